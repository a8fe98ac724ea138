#include "app/billing/open_invoice.hpp"

#include <algorithm>

#include "app/billing/charging.hpp"
#include "app/billing/organisation_billing.hpp"
#include "app/coupon/applying.hpp"
#include "app/tax/taxes.hpp"
#include "base/assert.hpp"
#include "domain/subscription/billing.hpp"

namespace tallybook {
namespace open_detail {

// Lines that are charged when their period ends.
std::vector<SubscriptionLine const*> in_arrears(SubscriptionState const& state) {
  std::vector<SubscriptionLine const*> lines;
  for (auto const& line : state.lines) {
    if (!line.detached_at && line.next_charge_at && line.payment_schedule == PaymentSchedule::end)
      lines.push_back(&line);
  }
  return lines;
}

bool counts_usage(std::vector<SubscriptionLine const*> const& lines) {
  return std::ranges::any_of(lines,
                             [](auto const* line) { return line->aggregator_id.has_value(); });
}

void set_period(Invoice& invoice, std::vector<SubscriptionLine const*> const& lines,
                TimeZone const& zone) {
  invoice.period_starts_at.reset();
  invoice.period_ends_at.reset();
  for (auto const* line : lines) {
    auto const part = due_charge(*line, zone).part;
    auto const range = part.time.value_or(to_instants(part.period, zone));
    if (!invoice.period_starts_at || range.start < *invoice.period_starts_at)
      invoice.period_starts_at = range.start;
    if (!invoice.period_ends_at || range.end > *invoice.period_ends_at)
      invoice.period_ends_at = range.end;
  }
}

}  // namespace open_detail

void keep_open_invoice(UnitOfWork& work, SubscriptionState const& state) {
  bool const usage = std::ranges::any_of(
      state.lines, [](auto const& line) { return line.aggregator_id.has_value(); });
  if (!usage) return;
  auto const lines = open_detail::in_arrears(state);
  bool const wanted =
      state.subscription.status == SubscriptionStatus::active && open_detail::counts_usage(lines);
  auto const there = work.records<Invoice>().first("subscription_id = ? AND status = 'open'",
                                                   {state.subscription.id.value});
  if (!wanted) {
    if (there) work.records<Invoice>().erase(there->id.value);
    return;
  }
  auto const zone = TimeZone::find(state.subscription.timezone).value_or(TimeZone());
  if (there) {
    Invoice changed = *there;
    open_detail::set_period(changed, lines, zone);
    work.records<Invoice>().update_changed(*there, changed);
    return;
  }
  auto const parties =
      parties_of(work, state.subscription.invoicing_entity_id, state.subscription.customer_id);
  TB_ASSERT(parties.has_value());
  auto document = invoice_for(work, state.subscription, *parties);
  document.invoice.status = InvoiceStatus::open;
  open_detail::set_period(document.invoice, lines, zone);
  work.records<Invoice>().insert(document.invoice);
}

std::optional<InvoiceId> take_open_invoice(UnitOfWork& work, SubscriptionId const& subscription) {
  auto const open = work.records<Invoice>().first("subscription_id = ? AND status = 'open'",
                                                  {subscription.value});
  if (!open) return std::nullopt;
  work.records<Invoice>().erase(open->id.value);
  return open->id;
}

void count_open_invoice(UnitOfWork& work, InvoiceWithLines& document) {
  auto& invoice = document.invoice;
  TB_ASSERT(invoice.status == InvoiceStatus::open && invoice.subscription_id);
  auto subscription = work.records<Subscription>().find(invoice.subscription_id->value);
  if (!subscription) return;
  auto const state = load_state(work.sql(), work.tenant(), *std::move(subscription));
  auto const parties = parties_of(work, invoice.invoicing_entity_id, invoice.customer_id);
  TB_ASSERT(parties.has_value());
  auto const zone = TimeZone::find(invoice.timezone).value_or(TimeZone());
  document.lines.clear();
  for (auto const* line : open_detail::in_arrears(state)) {
    for (auto& counted :
         charge_lines(work, invoice.customer_id, *line, due_charge(*line, zone).part, zone)) {
      counted.id = InvoiceLineId("ili_" + invoice.id.value.substr(4) + "_" +
                                 std::to_string(document.lines.size()));
      add_line(document, std::move(counted));
    }
  }
  for (auto& waiting : waiting_for_invoice(work, state.subscription.id)) {
    waiting.id = InvoiceLineId("ili_" + invoice.id.value.substr(4) + "_" +
                               std::to_string(document.lines.size()));
    add_line(document, std::move(waiting));
  }
  if (organisation_invoicing(parties->customer) == OrganisationInvoicing::none) {
    discount(work, document);
    preview_taxes(work, *parties, document);
    compute_totals(invoice, document.lines);
  } else {
    preview_for_organisation(work, organisation_parties(work, parties->customer), document);
  }
  invoice.updated_at = work.now();
}

}  // namespace tallybook
