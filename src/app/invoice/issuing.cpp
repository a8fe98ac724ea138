#include <set>

#include "app/billing/charging.hpp"
#include "app/billing/late_usage.hpp"
#include "app/billing/organisation_billing.hpp"
#include "app/billing/usage_lines.hpp"
#include "app/coupon/applying.hpp"
#include "app/invoice/crediting.hpp"
#include "app/invoice/invoicing.hpp"
#include "app/payment/wallet_payment.hpp"
#include "app/tax/taxes.hpp"
#include "base/assert.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace issuing_detail {

void store(UnitOfWork& work, InvoiceWithLines const& document) {
  work.records<Invoice>().update(document.invoice);
  store_lines(work, document);
  update_reference(work, document);
}

// False when it cannot be issued yet: its tax is not known.
bool finalise(UnitOfWork& work, InvoiceWithLines& document) {
  auto const parties =
      parties_of(work, document.invoice.invoicing_entity_id, document.invoice.customer_id);
  TB_ASSERT(parties.has_value());
  if (!refresh_document(work, document)) return false;
  issue(work, *parties, document);
  store(work, document);
  use_up_coupons(work, document);
  return true;
}

}  // namespace issuing_detail

void recount_usage(UnitOfWork& work, InvoiceWithLines& document) {
  auto const zone = TimeZone::find(document.invoice.timezone).value_or(TimeZone());
  std::optional<Subscription> subscription;
  std::set<std::pair<std::string, Date>> counted;
  // Lines may be added behind these.
  for (std::size_t i = 0, stored = document.lines.size(); i < stored; ++i) {
    auto& line = document.lines[i];
    if (!line.usage_quantity || !line.subscription_line_id) continue;
    auto const source = work.records<SubscriptionLine>().find(line.subscription_line_id->value);
    TB_ASSERT(source && line.period_start_on);
    if (!subscription || subscription->id != source->subscription_id)
      subscription = work.records<Subscription>().find(source->subscription_id.value);
    TB_ASSERT(subscription.has_value());
    auto const& customer = subscription->customer_id;
    if (line.charge && line.charge->kind == ChargeKind::late_usage)
      recount_late_line(work, customer, *source, line);
    else if (counted.emplace(source->id.value, *line.period_start_on).second)
      recount_period(work, customer, *source, document, *line.period_start_on, zone);
  }
}

bool refresh_document(UnitOfWork& work, InvoiceWithLines& document) {
  recount_usage(work, document);
  discount(work, document);
  auto const parties =
      parties_of(work, document.invoice.invoicing_entity_id, document.invoice.customer_id);
  TB_ASSERT(parties.has_value());
  bool const taxed = apply_taxes(work, *parties, document);
  compute_totals(document.invoice, document.lines);
  return taxed;
}

namespace issuing_detail {

// A note that stands alone is paid back as it says; an invoice is paid by the wallet first.
Result<void> settle_issued(UnitOfWork& work, Invoice& invoice) {
  bool const note = invoice.type == InvoiceType::credit_note;
  if (note) {
    TB_CHECK(settle_note(work, invoice));
  }
  if (note || pay_from_wallet(work, invoice) > 0) work.records<Invoice>().update(invoice);
  return {};
}

}  // namespace issuing_detail

Result<InvoiceWithLines> validate_invoice(UnitOfWork& work, InvoiceId const& id) {
  if (auto const seen = work.records<Invoice>().find(id.value)) lock_coupons(work, *seen);
  auto invoice = work.records<Invoice>().find_for_update(id.value);
  if (!invoice) return fail(errors::not_found("Invoice"));
  if (invoice->status != InvoiceStatus::draft && invoice->status != InvoiceStatus::grace_period) {
    return fail(errors::conflict("The invoice is " +
                                 std::string(reflect::enum_name(invoice->status)) +
                                 "; only a draft or grace_period one can be validated"));
  }
  InvoiceWithLines document{*std::move(invoice), invoice_lines(work.sql(), work.tenant(), id)};
  if (document.invoice.original_invoice_id) {
    TB_CHECK(issue_drafted_note(work, document));
    return document;
  }
  if (document.invoice.status == InvoiceStatus::grace_period)
    document.invoice.grace_period_ended_at = work.now();
  if (!issuing_detail::finalise(work, document)) return fail(tax_is_awaited());
  TB_CHECK(issuing_detail::settle_issued(work, document.invoice));
  return document;
}

void end_grace(UnitOfWork& work, Invoice invoice) {
  // One that waited for its tax has not used its coupons yet.
  if (invoice.status == InvoiceStatus::missing_info) lock_coupons(work, invoice);
  InvoiceWithLines document{std::move(invoice), {}};
  document.lines = invoice_lines(work.sql(), work.tenant(), document.invoice.id);
  document.invoice.grace_period_ended_at = work.now();
  if (issuing_detail::finalise(work, document)) {
    auto const settled = issuing_detail::settle_issued(work, document.invoice);
    TB_ASSERT(settled.has_value());
    return;
  }
  document.invoice.status = InvoiceStatus::missing_info;
  document.invoice.updated_at = work.now();
  issuing_detail::store(work, document);
}

}  // namespace tallybook
