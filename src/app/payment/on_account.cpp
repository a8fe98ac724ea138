#include "app/payment/on_account.hpp"

#include <algorithm>
#include <map>

#include "app/customer/customers.hpp"
#include "app/payment/settling.hpp"
#include "app/payment/wallet_payment.hpp"
#include "app/tax/taxes.hpp"
#include "base/assert.hpp"
#include "base/crash_point.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace on_account_detail {

Result<void> give(UnitOfWork& work, Transaction const& payment,
                  std::vector<AllocationTerms> const& parts) {
  std::int64_t left = unallocated(work, payment);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    std::string const path = "allocations[" + std::to_string(i) + "].";
    auto invoice = work.records<Invoice>().find_for_update(parts[i].invoice_id.value);
    if (!invoice || invoice->customer_id != payment.customer_id)
      return fail(errors::invalid_field(path + "invoice_id", "the customer has no such invoice"));
    if (invoice->currency != payment.currency)
      return fail(errors::invalid_field(
          path + "invoice_id",
          "the invoice is in " + invoice->currency + ", the payment in " + payment.currency));
    auto const coming = coming_payments(work.sql(), work.tenant(), invoice->id);
    if (auto const may = may_record_payment(*invoice, parts[i].amount,
                                            checked_add(coming.under_way, coming.planned));
        !may) {
      if (may.error().fields.empty()) return fail(may.error());
      return fail(errors::invalid_field(path + "amount", may.error().fields.front().reason));
    }
    if (parts[i].amount > left)
      return fail(errors::invalid_field(
          path + "amount",
          "more than what is left of the payment: " + std::to_string(left) + " minor units"));
    left -= parts[i].amount;
    allocate_payment(work, payment, *invoice, parts[i].amount);
  }
  return {};
}

bool taken_by_provider(Transaction const& payment) {
  return payment.provider_name.has_value() && payment.sent_at.has_value() &&
         payment.payment_method_id.has_value();
}

// What the invoice still keeps: what its credit notes paid back came out of the same money.
std::int64_t kept_by(UnitOfWork& work, Invoice const& invoice) {
  std::int64_t kept = invoice.amount_paid;
  for (auto const& note : work.records<Invoice>().where(
           "original_invoice_id = ? AND type = 'credit_note' AND number IS NOT NULL",
           {invoice.id.value}))
    kept -= note.amount_paid;
  return kept;
}

struct RefundStart {
  TransactionId refund;
  std::optional<ProviderCall> call;
};

Result<RefundStart> start_refund(UnitOfWork& work, TransactionId const& id) {
  auto const seen = work.records<Transaction>().find(id.value);
  if (!seen) return fail(errors::not_found("Transaction"));
  std::optional<Invoice> invoice;
  if (seen->invoice_id) invoice = work.records<Invoice>().find_for_update(seen->invoice_id->value);
  auto payment = work.records<Transaction>().find_for_update(id.value);
  bool const money_in =
      payment->type == TransactionType::subscription || payment->type == TransactionType::one_time;
  if (!money_in)
    return fail(errors::conflict("The transaction is a " +
                                 std::string(reflect::enum_name(payment->type)) +
                                 "; only payments are refunded"));
  if (payment->status != TransactionStatus::settled)
    return fail(errors::conflict("The transaction is " +
                                 std::string(reflect::enum_name(payment->status)) +
                                 "; only a settled one is refunded"));
  if (payment->payment_method_type == TransactionMethod::wallet)
    return fail(errors::conflict("The payment came from the wallet; credit the invoice to it"));
  std::int64_t amount = refundable(*payment);
  if (!invoice) amount = std::min(amount, unallocated(work, *payment));
  if (invoice) amount = std::min(amount, kept_by(work, *invoice));
  if (amount <= 0)
    return fail(
        errors::conflict("Nothing of the transaction is left to refund: it was refunded, "
                         "charged back or given to invoices"));
  if (invoice) {
    TB_CHECK(may_refund_load(work, *invoice, amount));
  }
  auto const document = invoice ? std::optional(invoice->id) : std::nullopt;
  auto refund = intend_refund(work, *payment, document, amount);
  if (taken_by_provider(*payment)) return RefundStart{refund.id, prepare_call(work, refund)};
  refund.look_again_at.reset();
  settle_taken_back(work, refund, *payment, invoice ? &*invoice : nullptr);
  work.records<Transaction>().update(refund);
  return RefundStart{refund.id, std::nullopt};
}

Result<void> add_lines(UnitOfWork& work, InvoiceWithLines& document,
                       std::vector<OneTimeProduct> const& products) {
  for (std::size_t i = 0; i < products.size(); ++i) {
    std::string const path = "products[" + std::to_string(i) + "].";
    auto const product = work.records<Product>().find(products[i].product_id);
    if (!product) return fail(errors::invalid_field(path + "id", "no such product"));
    if (product->type == ProductType::credit)
      return fail(errors::invalid_field(
          path + "id", "credits are sold with POST /v1/customers/{id}/credits/{id}/purchase"));
    if (products[i].amount < 0 || products[i].amount > max_amount_minor)
      return fail(errors::invalid_field(path + "amount", "expected 0 to 10^15 minor units"));
    InvoiceLine line;
    line.id = work.new_id<InvoiceLineTag>();
    line.invoice_id = document.invoice.id;
    line.position = static_cast<int>(i);
    line.name = products[i].name.value_or(product->name);
    line.product_id = product->id;
    line.product_type = product->type;
    if (product->type == ProductType::bundle) line.bundle_items = product->bundle_items;
    line.exact_amount = Exact(products[i].amount);
    line.unit_amount = line.exact_amount;
    document.lines.push_back(std::move(line));
  }
  return {};
}

}  // namespace on_account_detail

std::int64_t unallocated(UnitOfWork& work, Transaction const& payment) {
  std::int64_t left = refundable(payment);
  for (auto const& part :
       work.records<TransactionAllocation>().where("transaction_id = ?", {payment.id.value}))
    left -= part.amount;
  return left;
}

Result<Transaction> record_on_account(UnitOfWork& work, NewAccountPayment const& payment) {
  TB_TRY(customer, find_customer(work, payment.customer_id));
  if (payment.amount <= 0 || payment.amount > max_amount_minor)
    return fail(errors::invalid_field("amount", "expected 1 to 10^15 minor units"));
  if (!Currency::parse(payment.currency))
    return fail(errors::invalid_field("currency", "expected an ISO 4217 currency code"));
  Transaction transaction;
  transaction.id = work.new_id<TransactionTag>();
  transaction.type = TransactionType::one_time;
  transaction.amount = payment.amount;
  transaction.currency = payment.currency;
  transaction.customer_id = customer.id;
  transaction.payment_method_type = payment.method;
  transaction.bank_account_id = payment.bank_account_id;
  transaction.reference = payment.reference;
  transaction.process_at = transaction.created_at = work.now();
  settle_on_account(work, transaction, customer.invoicing_entity_id);
  work.records<Transaction>().insert(transaction);
  TB_CHECK(on_account_detail::give(work, transaction, payment.allocations));
  return transaction;
}

Result<Transaction> allocate(UnitOfWork& work, TransactionId const& id,
                             std::vector<AllocationTerms> const& parts) {
  auto payment = work.records<Transaction>().find_for_update(id.value);
  if (!payment) return fail(errors::not_found("Transaction"));
  if (payment->status != TransactionStatus::settled || payment->invoice_id ||
      payment->type == TransactionType::refund || payment->type == TransactionType::chargeback)
    return fail(errors::conflict("The transaction is a " +
                                 std::string(reflect::enum_name(payment->status)) + " " +
                                 std::string(reflect::enum_name(payment->type)) +
                                 (payment->invoice_id ? " of an invoice" : "") +
                                 "; only a settled payment on account is allocated"));
  TB_CHECK(on_account_detail::give(work, *payment, parts));
  return *std::move(payment);
}

Result<Transaction> refund_transaction(Services& services, Tenant const& tenant,
                                       TransactionId const& id) {
  TB_TRY(start, in_unit(services, tenant, [&](UnitOfWork& work) {
           return on_account_detail::start_refund(work, id);
         }));
  crash_point("refund.committed");
  if (start.call) carry_out(services, tenant, {*start.call});
  std::optional<Transaction> refund;
  services.database.read([&](SqlSession& sql) {
    refund = Records<Transaction>(sql, tenant).find(start.refund.value);
  });
  TB_ASSERT(refund.has_value());
  return *std::move(refund);
}

Result<OneTimeSold> sell_one_time(UnitOfWork& work, OneTimePayment const& payment) {
  TB_TRY(customer, find_customer(work, payment.customer_id));
  if (!customer.currency)
    return fail(errors::invalid("The customer has no currency; set one before selling to it"));
  if (payment.products.empty())
    return fail(errors::invalid_field("products", "expected at least one product"));
  TB_TRY(parties, parties_of(work, customer.invoicing_entity_id, customer.id));
  InvoiceWithLines document{new_document(work, parties, InvoiceType::invoice, *customer.currency),
                            {}};
  auto& invoice = document.invoice;
  invoice.purchase_order = payment.purchase_order;
  invoice.custom_note = payment.custom_note;
  TB_CHECK(on_account_detail::add_lines(work, document, payment.products));
  if (payment.payment_method_type) {
    invoice.payment_method_type = payment.payment_method_type;
    invoice.payment_method_strategy = PaymentStrategy::external;
  }
  if (!apply_taxes(work, parties, document)) return fail(tax_is_awaited());
  compute_totals(invoice, document.lines);
  work.emit("invoice.created", customer.id,
            work.services().snapshots.invoice(invoice, document.lines));
  issue(work, parties, document);
  work.records<Invoice>().insert(invoice);
  for (auto const& line : document.lines) work.records<InvoiceLine>().insert(line);
  if (pay_from_wallet(work, invoice) > 0) work.records<Invoice>().update(invoice);
  OneTimeSold sold{invoice.id, std::nullopt};
  bool const charged = !payment.payment_method_type && takes_payment(invoice) &&
                       (payment.payment_method_id || customer.payment_method_id);
  if (!charged) return sold;
  TB_TRY(call, order_charge(work, invoice.id, {payment.payment_method_id, std::nullopt}));
  sold.call = std::move(call);
  return sold;
}

}  // namespace tallybook
