#include "app/invoice/manual.hpp"

#include "app/entity/invoicing_entities.hpp"
#include "app/invoice/crediting.hpp"
#include "app/invoice/manual_lines.hpp"
#include "app/payment/collecting.hpp"
#include "app/payment/payment_methods.hpp"
#include "app/payment/payments.hpp"
#include "app/payment/settling.hpp"
#include "app/payment/wallet_payment.hpp"
#include "app/tax/taxes.hpp"
#include "base/assert.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace manual_detail {
namespace {

Result<InvoiceParties> find_parties(UnitOfWork& work, NewInvoice const& wanted) {
  auto customer = work.records<Customer>().find(wanted.customer_id.value);
  if (!customer || customer->deleted_at)
    return fail(errors::invalid_field("customer_id", "no such customer"));
  EntityId const entity_id = wanted.invoicing_entity_id.value_or(customer->invoicing_entity_id);
  auto entity = work.records<InvoicingEntity>().find(entity_id.value);
  if (!entity || entity->deleted_at)
    return fail(errors::invalid_field("invoicing_entity_id", "no such invoicing entity"));
  return InvoiceParties{*std::move(entity), *std::move(customer)};
}

Result<void> check_status(NewInvoice const& wanted) {
  bool const known = wanted.status == InvoiceStatus::draft ||
                     wanted.status == InvoiceStatus::to_pay || wanted.status == InvoiceStatus::paid;
  if (!known) return fail(errors::invalid_field("status", "expected draft, to_pay or paid"));
  if (wanted.payment_method_strategy && wanted.status != InvoiceStatus::to_pay)
    return fail(errors::invalid_field("payment_method_strategy", "only with the status to_pay"));
  if (wanted.document_name && wanted.type != InvoiceType::document)
    return fail(errors::invalid_field("document_name", "only documents have one"));
  if (wanted.settled_at && wanted.status != InvoiceStatus::paid)
    return fail(errors::invalid_field("settled_at", "only with the status paid"));
  if (wanted.number && wanted.status == InvoiceStatus::draft)
    return fail(errors::invalid_field("number", "a draft has none; it gets one when it is issued"));
  return {};
}

Result<void> check_dates(UnitOfWork& work, NewInvoice const& wanted,
                         InvoiceParties const& parties) {
  if (wanted.emitted_at) {
    if (*wanted.emitted_at > work.now())
      return fail(errors::invalid_field("emitted_at", "expected a moment that is not ahead"));
    if (!wanted.number) {
      auto const zone = TimeZone::find(parties.entity.timezone).value_or(TimeZone());
      auto const newest = work.records<Invoice>().first(
          "invoicing_entity_id = ? AND type = ? AND sequence_number IS NOT NULL ORDER BY "
          "sequence_number DESC",
          {parties.entity.id.value, std::string(reflect::enum_name(wanted.type))});
      if (newest && zone.date_of(*wanted.emitted_at) < zone.date_of(*newest->issued_at))
        return fail(errors::invalid_field("emitted_at",
                                          "numbers follow the date: the last one was issued on " +
                                              format_date(zone.date_of(*newest->issued_at)) +
                                              "; an older document is imported with its number"));
    }
  }
  Instant const issued = wanted.emitted_at.value_or(work.now());
  if (wanted.due_at && *wanted.due_at < issued)
    return fail(errors::invalid_field("due_at", "expected a moment after the issue"));
  if (wanted.settled_at && (*wanted.settled_at > work.now() || *wanted.settled_at < issued))
    return fail(errors::invalid_field("settled_at", "expected a moment between the issue and now"));
  return {};
}

Result<void> check_references(UnitOfWork& work, NewInvoice const& wanted,
                              InvoiceParties const& parties) {
  if (wanted.subscription_id) {
    auto const subscription = work.records<Subscription>().find(wanted.subscription_id->value);
    if (!subscription || subscription->customer_id != wanted.customer_id)
      return fail(
          errors::invalid_field("subscription_id", "the customer has no such subscription"));
  }
  if (wanted.payment_method_id) {
    auto const method = chargeable_method(work, wanted.customer_id, *wanted.payment_method_id);
    if (!method) return fail(errors::invalid_field("payment_method_id", method.error().message));
  }
  if (wanted.number) {
    if (wanted.number->empty() || wanted.number->size() > 100)
      return fail(errors::invalid_field("number", "expected 1 to 100 characters"));
    if (work.records<Invoice>().count(
            "invoicing_entity_id = ? AND type = ? AND number = ?",
            {parties.entity.id.value, std::string(reflect::enum_name(wanted.type)),
             *wanted.number}) > 0)
      return fail(errors::conflict("The number " + *wanted.number + " is taken"));
  }
  if (wanted.type == InvoiceType::credit_note &&
      !parties.entity.standalone_credit_note_creation_enabled)
    return fail(errors::conflict(
        "The invoicing entity does not make standalone credit notes; credit an invoice (POST "
        "/v1/invoices/{id}/credit-notes) or set standalone_credit_note_creation_enabled"));
  if (wanted.reference && (wanted.reference->empty() || wanted.reference->size() > 100))
    return fail(errors::invalid_field("reference", "expected 1 to 100 characters"));
  return {};
}

Invoice header(UnitOfWork& work, NewInvoice const& wanted, InvoiceParties const& parties,
               std::string const& currency) {
  Invoice invoice = new_document(work, parties, wanted.type, currency);
  invoice.subscription_id = wanted.subscription_id;
  invoice.document_name = wanted.document_name;
  if (wanted.reference) invoice.reference = wanted.reference;
  invoice.purchase_order = wanted.purchase_order;
  invoice.custom_note = wanted.custom_note;
  if (wanted.additional_info) invoice.additional_info = wanted.additional_info;
  if (wanted.footer) invoice.footer = wanted.footer;
  invoice.payment_method_strategy = wanted.payment_method_strategy;
  if (wanted.status == InvoiceStatus::paid)
    invoice.payment_method_strategy = PaymentStrategy::external;
  invoice.payment_method_id = wanted.payment_method_id;
  invoice.bank_account_id = wanted.bank_account_id;
  invoice.due_override_at = wanted.due_at;
  invoice.properties = wanted.properties;
  if (wanted.number) {
    invoice.imported = true;
    invoice.number = wanted.number;
  }
  return invoice;
}

// What was paid already, and what is planned; a paid invoice without a list is paid in one.
Result<std::vector<NewInvoicePayment>> payments_of(UnitOfWork& work, NewInvoice const& wanted,
                                                   Invoice const& invoice) {
  auto payments = wanted.transactions;
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < payments.size(); ++i) {
    std::string const path = "transactions[" + std::to_string(i) + "].";
    if (payments[i].amount <= 0 || payments[i].amount > max_amount_minor)
      return fail(
          errors::invalid_field(path + "amount", "expected a positive number of minor units"));
    if (payments[i].payment_method_id) {
      if (payments[i].process_at <= work.now())
        return fail(errors::invalid_field(path + "payment_method_id",
                                          "only a payment planned for later is charged; what was "
                                          "paid already is recorded without"));
      auto const method =
          chargeable_method(work, invoice.customer_id, *payments[i].payment_method_id);
      if (!method)
        return fail(errors::invalid_field(path + "payment_method_id", method.error().message));
    }
    if (wanted.status == InvoiceStatus::paid && payments[i].process_at > work.now())
      return fail(errors::invalid_field(
          path + "process_at", "expected a moment that is not ahead: the invoice is paid"));
    sum = checked_add(sum, payments[i].amount);
  }
  if (!payments.empty() && wanted.status == InvoiceStatus::draft)
    return fail(errors::invalid_field("transactions", "a draft takes no payments yet"));
  if (!payments.empty() && wanted.type == InvoiceType::credit_note)
    return fail(errors::invalid_field("transactions", "a credit note takes no payments"));
  bool const short_of =
      wanted.status == InvoiceStatus::paid && !payments.empty() && sum != invoice.total_amount;
  if (sum > invoice.total_amount || short_of)
    return fail(errors::invalid_field("transactions", "they sum to " + std::to_string(sum) +
                                                          " minor units, the invoice to " +
                                                          std::to_string(invoice.total_amount)));
  bool const note = wanted.type == InvoiceType::credit_note;
  if (wanted.status == InvoiceStatus::paid && payments.empty() && invoice.total_amount > 0 && !note)
    payments.push_back({invoice.total_amount,
                        wanted.settled_at.value_or(wanted.emitted_at.value_or(work.now())),
                        {}});
  return payments;
}

// An imported document is posted as it is: its number is not ours, nobody is told it is ready.
void import_document(UnitOfWork& work, InvoiceParties const& parties, InvoiceWithLines& document) {
  auto& invoice = document.invoice;
  invoice.issued_at = work.now();
  int const delay =
      parties.customer.custom_payment_delay.value_or(parties.entity.default_payment_delay);
  invoice.due_at = invoice.due_override_at.value_or(work.now() + delay * 86'400'000LL);
  invoice.status = InvoiceStatus::to_pay;
  if (invoice.payment_method_strategy == PaymentStrategy::current)
    plan_collection(work, parties, invoice);
  update_settlement(invoice, work.now());
  post_issue(work, document);
}

void store_new(UnitOfWork& work, InvoiceWithLines const& document) {
  work.records<Invoice>().insert(document.invoice);
  for (auto const& line : document.lines) work.records<InvoiceLine>().insert(line);
}

Result<void> pay(UnitOfWork& work, InvoiceId const& id, NewInvoicePayment const& wanted,
                 Instant now) {
  NewPayment payment;
  payment.amount = wanted.amount;
  payment.process_at = wanted.process_at;
  payment.payment_method_id = wanted.payment_method_id;
  // Settled when it says, not when it is written down.
  work.set_now(std::min(now, std::max(wanted.process_at, Instant{0})));
  if (wanted.process_at > now) work.set_now(now);
  auto const paid = record_payment(work, id, payment);
  work.set_now(now);
  TB_CHECK(paid);
  return {};
}

}  // namespace
}  // namespace manual_detail

Result<InvoiceWithLines> create_invoice(UnitOfWork& work, NewInvoice const& wanted) {
  using namespace manual_detail;
  TB_CHECK(check_status(wanted));
  TB_TRY(parties, find_parties(work, wanted));
  TB_CHECK(check_dates(work, wanted, parties));
  TB_CHECK(check_references(work, wanted, parties));
  std::string const currency =
      wanted.currency.value_or(parties.customer.currency.value_or(parties.entity.currency));
  Instant const now = work.now();
  if (wanted.emitted_at) work.set_now(*wanted.emitted_at);
  InvoiceWithLines document{header(work, wanted, parties, currency), {}};
  document.invoice.created_at = document.invoice.updated_at = now;
  auto const filled = fill_document(work, parties, document, wanted.lines, wanted.coupons,
                                    wanted.tax_rate, wanted.tax_scheme);
  if (!filled) {
    work.set_now(now);
    return fail(filled.error());
  }
  work.set_now(now);
  if (wanted.status != InvoiceStatus::draft && !is_tax_known(document))
    return fail(tax_is_awaited());
  TB_TRY(payments, payments_of(work, wanted, document.invoice));
  if (wanted.emitted_at) work.set_now(*wanted.emitted_at);
  // Everything is checked: from here on nothing fails.
  if (!wanted.number)
    work.emit("invoice.created", document.invoice.customer_id,
              work.services().snapshots.invoice(document.invoice, document.lines));
  if (wanted.status == InvoiceStatus::draft) {
    document.invoice.status = InvoiceStatus::draft;
  } else if (wanted.number) {
    import_document(work, parties, document);
  } else {
    issue(work, parties, document);
  }
  work.set_now(now);
  store_new(work, document);
  if (wanted.type == InvoiceType::credit_note && wanted.status == InvoiceStatus::paid) {
    // Paid back already, outside.
    refund_outside(work, document.invoice);
    work.records<Invoice>().update(document.invoice);
  }
  for (auto const& payment : payments) {
    TB_CHECK(pay(work, document.invoice.id, payment, now));
  }
  auto stored = work.records<Invoice>().find(document.invoice.id.value);
  TB_ASSERT(stored.has_value());
  document.invoice = *std::move(stored);
  if (wanted.status == InvoiceStatus::to_pay && pay_from_wallet(work, document.invoice) > 0)
    work.records<Invoice>().update(document.invoice);
  return document;
}

Result<void> delete_invoice(UnitOfWork& work, InvoiceId const& id) {
  auto invoice = work.records<Invoice>().find_for_update(id.value);
  if (!invoice) return fail(errors::not_found("Invoice"));
  bool const imported = invoice->imported.value_or(false);
  if (invoice->status != InvoiceStatus::draft && !imported)
    return fail(errors::conflict("The invoice is " +
                                 std::string(reflect::enum_name(invoice->status)) +
                                 "; only a draft or an imported one can be deleted"));
  auto const lines = invoice_lines(work.sql(), work.tenant(), id);
  bool const charged = std::ranges::any_of(lines, [](InvoiceLine const& line) {
    return line.subscription_line_id.has_value() || line.child_invoice_id.has_value();
  });
  if (!imported && charged && invoice->type == InvoiceType::invoice) {
    invoice->status = InvoiceStatus::closed;
    invoice->updated_at = work.now();
    work.records<Invoice>().update(*invoice);
    return {};
  }
  if (imported) {
    if (!invoice_transactions(work.sql(), work.tenant(), id).empty() ||
        invoice->amount_credited > 0)
      return fail(errors::conflict(
          "The imported invoice has payments; one without payments can be deleted"));
    work.post(EntryKind::reversal, invoice->invoicing_entity_id, invoice->customer_id,
              invoice->currency, id.value + "/reversed", reversed(postings_of_issue(*invoice)),
              facts_of(*invoice, lines));
  }
  work.sql().execute(
      "DELETE FROM invoice_lines WHERE account_id = ? AND mode = ? AND invoice_id = ?",
      {work.tenant().account_id, std::string(mode_text(work.tenant().mode)), id.value});
  work.records<Invoice>().erase(id.value);
  return {};
}

Result<InvoiceWithLines> duplicate_invoice(UnitOfWork& work, InvoiceId const& id) {
  auto const source = work.records<Invoice>().find(id.value);
  if (!source) return fail(errors::not_found("Invoice"));
  if (source->type == InvoiceType::credit_note)
    return fail(errors::conflict("A credit note cannot be duplicated; an invoice or document can"));
  TB_TRY(parties, parties_of(work, source->invoicing_entity_id, source->customer_id));
  InvoiceWithLines copy{new_document(work, parties, source->type, source->currency), {}};
  copy.invoice.status = InvoiceStatus::draft;
  copy.invoice.document_name = source->document_name;
  copy.invoice.purchase_order = source->purchase_order;
  copy.invoice.custom_note = source->custom_note;
  copy.invoice.tax_scheme_custom = source->tax_scheme_custom;
  copy.invoice.additional_info = source->additional_info;
  copy.invoice.footer = source->footer;
  copy.invoice.properties = source->properties;
  copy.invoice.period_starts_at = source->period_starts_at;
  copy.invoice.period_ends_at = source->period_ends_at;
  for (auto line : invoice_lines(work.sql(), work.tenant(), id)) {
    line.id = work.new_id<InvoiceLineTag>();
    line.invoice_id = copy.invoice.id;
    // A copy is written by hand: it counts no usage and charges no period of a subscription.
    line.subscription_line_id.reset();
    line.usage_quantity.reset();
    line.usage_sequence.reset();
    line.original_line_item_id.reset();
    line.child_invoice_id.reset();
    line.charge.reset();
    copy.lines.push_back(std::move(line));
  }
  // What the subscription gave is given again, as a discount of the document.
  auto given = *source;
  if (given.coupons) {
    for (auto& coupon : *given.coupons) coupon.subscription_coupon_id.reset();
  }
  TB_CHECK(manual_detail::apply_invoice_coupons(work, copy, manual_detail::kept_coupons(given)));
  TB_CHECK(manual_detail::tax_and_total(work, parties, copy));
  manual_detail::store_new(work, copy);
  work.emit("invoice.created", copy.invoice.customer_id,
            work.services().snapshots.invoice(copy.invoice, copy.lines));
  return copy;
}

}  // namespace tallybook
