#include "app/payment/collecting.hpp"

#include "app/payment/payment_methods.hpp"
#include "app/payment/wallet_payment.hpp"
#include "base/assert.hpp"
#include "base/crash_point.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace collecting_detail {

constexpr std::int64_t day = 86'400'000;
constexpr std::int64_t hour = 3'600'000;

void add_charge(UnitOfWork& work, Invoice& invoice, Transaction& charge, int attempt) {
  charge.attempt = attempt;
  ++invoice.attempt_count;
  work.records<Transaction>().insert(charge);
  work.records<Invoice>().update(invoice);
}

// Of the invoice, else the customer's active one.
std::optional<std::string> method_id_of(UnitOfWork& work, Invoice const& invoice) {
  if (invoice.payment_method_id) return invoice.payment_method_id;
  auto const customer = work.records<Customer>().find(invoice.customer_id.value);
  TB_ASSERT(customer.has_value());
  return customer->payment_method_id;
}

}  // namespace collecting_detail

// Runs for every invoice of a billing run: it only looks at what is loaded.
void plan_collection(UnitOfWork& work, InvoiceParties const& parties, Invoice& invoice) {
  if (invoice.type == InvoiceType::credit_note || invoice.total_amount <= 0) return;
  if (invoice.payment_method_strategy == PaymentStrategy::external) return;
  if (!invoice.payment_method_id && !parties.customer.payment_method_id) return;
  int const usual = invoice.type == InvoiceType::document
                        ? parties.entity.document_payment_initiation_delay
                        : parties.entity.invoice_payment_initiation_delay;
  int const days = parties.customer.custom_payment_initiation_delay.value_or(usual);
  invoice.collect_at = work.now() + days * collecting_detail::day;
}

ComingPayments coming_payments(SqlSession& sql, Tenant const& tenant, InvoiceId const& invoice) {
  ComingPayments coming;
  for (auto const& payment : invoice_transactions(sql, tenant, invoice)) {
    using enum TransactionStatus;
    if (payment.type == TransactionType::refund || payment.type == TransactionType::chargeback)
      continue;
    if (payment.status == scheduled) coming.planned = checked_add(coming.planned, payment.amount);
    if (payment.status == to_process || payment.status == pending) {
      coming.under_way = checked_add(coming.under_way, payment.amount);
      if (!coming.first_under_way) coming.first_under_way = payment.id;
    }
    if (payment.attempt && payment.status == failed) coming.attempt = *payment.attempt + 1;
    if (payment.status == settled) coming.attempt = 1;
  }
  return coming;
}

void collect_invoice(UnitOfWork& work, Invoice invoice) {
  invoice.collect_at.reset();
  invoice.updated_at = work.now();
  if (takes_payment(invoice)) pay_from_wallet(work, invoice);
  if (!takes_payment(invoice) || invoice.status == InvoiceStatus::uncollectible)
    return work.records<Invoice>().update(invoice);
  auto const coming = coming_payments(work.sql(), work.tenant(), invoice.id);
  std::int64_t const amount = invoice.amount_due - coming.under_way - coming.planned;
  if (coming.under_way > 0) {
    // What is on its way may fail: then this asks again.
    invoice.collect_at = work.now() + collecting_detail::hour;
    return work.records<Invoice>().update(invoice);
  }
  auto const id = collecting_detail::method_id_of(work, invoice);
  auto const method = id ? chargeable_method(work, invoice.customer_id, *id)
                         : Result<PaymentMethod>(fail(errors::not_found("Payment method")));
  if (amount <= 0 || !method) return work.records<Invoice>().update(invoice);
  auto charge = new_charge(work, invoice, *method, amount);
  collecting_detail::add_charge(work, invoice, charge, coming.attempt);
}

void order_planned(UnitOfWork& work, Invoice& invoice, Transaction& payment,
                   PaymentMethod const& method) {
  auto const order = new_charge(work, invoice, method, payment.amount);
  payment.status = order.status;
  payment.provider_name = order.provider_name;
  payment.look_again_at = order.look_again_at;
  payment.attempt = coming_payments(work.sql(), work.tenant(), invoice.id).attempt;
  ++invoice.attempt_count;
}

Result<std::optional<ProviderCall>> order_charge(UnitOfWork& work, InvoiceId const& id,
                                                 ChargeTerms const& terms) {
  auto invoice = work.records<Invoice>().find_for_update(id.value);
  if (!invoice) return fail(errors::not_found("Invoice"));
  auto const state = std::string(reflect::enum_name(invoice->status));
  if (invoice->type == InvoiceType::credit_note)
    return fail(errors::conflict("A credit note cannot be charged; invoices can"));
  if (!takes_payment(*invoice))
    return fail(errors::conflict("The invoice is " + state +
                                 "; only one that is to_pay, partially_paid, error or "
                                 "uncollectible can be charged"));
  auto const coming = coming_payments(work.sql(), work.tenant(), id);
  std::int64_t left = invoice->amount_due - coming.under_way - coming.planned;
  if (left <= 0 && coming.first_under_way)
    return fail(errors::conflict("The invoice is " + state + " and payment " +
                                 coming.first_under_way->value +
                                 " of it is under way; wait for its outcome"));
  if (left <= 0)
    return fail(errors::conflict("The invoice is " + state +
                                 " and planned payments cover it; delete one to charge now"));
  if (terms.amount) {
    TB_CHECK(may_record_payment(*invoice, *terms.amount, invoice->amount_due - left));
  }
  if (!terms.amount) left -= pay_from_wallet(work, *invoice);
  if (left <= 0) {
    work.records<Invoice>().update(*invoice);
    return std::optional<ProviderCall>();
  }
  auto const method_id = terms.payment_method_id ? terms.payment_method_id
                                                 : collecting_detail::method_id_of(work, *invoice);
  if (!method_id)
    return fail(
        errors::conflict("The customer has no payment method that can be charged; add one "
                         "or record the payment"));
  TB_TRY(method, chargeable_method(work, invoice->customer_id, *method_id));
  if (providers_for(work, invoice->invoicing_entity_id, method).empty())
    return fail(errors::conflict("The provider " + method.provider_name +
                                 " of the payment method is not connected"));
  // "A given payment_method_id replaces the invoice's", retries included.
  if (terms.payment_method_id) {
    invoice->payment_method_id = method.id.value;
    invoice->payment_method_type = method.type;
  }
  auto charge = new_charge(work, *invoice, method, terms.amount.value_or(left));
  invoice->updated_at = work.now();
  if (charge.amount == left) {
    invoice->collect_at.reset();
    collecting_detail::add_charge(work, *invoice, charge, coming.attempt);
  } else {
    // A part: its failure changes no plan.
    ++invoice->attempt_count;
    work.records<Transaction>().insert(charge);
    work.records<Invoice>().update(*invoice);
  }
  return prepare_call(work, charge);
}

Result<void> charge_invoice(Services& services, Tenant const& tenant, InvoiceId const& id,
                            ChargeTerms const& terms) {
  TB_TRY(call, in_unit(services, tenant,
                       [&](UnitOfWork& work) { return order_charge(work, id, terms); }));
  crash_point("payment.committed");
  if (call) carry_out(services, tenant, {*std::move(call)});
  return {};
}

}  // namespace tallybook
