#include "app/subscription/valuation.hpp"

#include <map>

#include "app/invoice/invoicing.hpp"
#include "app/subscription/timeline.hpp"
#include "base/assert.hpp"
#include "domain/coupon/eligibility.hpp"

namespace tallybook {
namespace valuing_detail {

// Of a document with its sign: what notes take back counts against it.
void add_amounts(std::vector<ValuedAmount>& amounts, InvoiceWithLines const& document,
                 bool invoiced, TimeZone const& zone) {
  auto const& invoice = document.invoice;
  std::int64_t const sign = invoice.type == InvoiceType::credit_note ? -1 : 1;
  for (auto const& line : document.lines) {
    ValuedAmount amount;
    amount.net = sign * line.amount_excluding_tax;
    amount.day =
        line.period_start_on.value_or(zone.date_of(invoice.issued_at.value_or(invoice.created_at)));
    bool const minimum = line.charge && line.charge->kind == ChargeKind::minimum_fee;
    amount.recurring =
        minimum || (line.revenue_interval && line.revenue_interval->period != WirePeriod::once);
    amount.invoiced = invoiced;
    amounts.push_back(amount);
  }
}

// Issued, or on its way to be: drafts and what waits are still to be invoiced.
std::vector<ValuedAmount> stored_amounts(SqlSession& sql, Tenant const& tenant,
                                         Subscription const& subscription, TimeZone const& zone) {
  std::vector<ValuedAmount> amounts;
  for (auto const& invoice : Records<Invoice>(sql, tenant)
                                 .where("subscription_id = ? AND status NOT IN ('open', 'closed', "
                                        "'archived') ORDER BY created_at, id",
                                        {subscription.id.value})) {
    // The organisation's own document and the customer's copy of it are one.
    if (invoice.customer_id != subscription.customer_id) continue;
    bool const done = invoice.number || invoice.status == InvoiceStatus::charged_on_parent;
    add_amounts(amounts, {invoice, invoice_lines(sql, tenant, invoice.id)}, done, zone);
  }
  return amounts;
}

// The last billed period of each usage line, as often as it is billed in a year.
std::int64_t variable_value(SqlSession& sql, Tenant const& tenant,
                            std::vector<SubscriptionLine> const& lines) {
  Exact sum;
  for (auto const& line : lines) {
    if (line.type != ProductType::dynamic || line.detached_at) continue;
    auto const last = Records<InvoiceLine>(sql, tenant)
                          .first(
                              "subscription_line_id = ? AND period_start_on IS NOT NULL AND "
                              "entry_type = 'debit' ORDER BY period_start_on DESC, id",
                              {line.id.value});
    if (!last || !last->period_end_on) continue;
    int const days = *last->period_end_on - *last->period_start_on;
    if (days > 0) sum += Exact(last->amount_excluding_tax) * 365 / days;
  }
  return sum.round().value_or(0);
}

constexpr std::size_t most_events = 1000;

// What was billed of each period of the usage lines, all groups of it together.
std::vector<BilledVariable> billed_usage_of(SqlSession& sql, Tenant const& tenant,
                                            std::vector<SubscriptionLine> const& lines) {
  std::map<std::pair<std::string, std::int32_t>, BilledVariable> periods;
  for (auto const& line : lines) {
    if (line.type != ProductType::dynamic) continue;
    for (auto const& billed : Records<InvoiceLine>(sql, tenant)
                                  .where("subscription_line_id = ? AND entry_type = 'debit' AND "
                                         "period_start_on IS NOT NULL AND period_end_on IS NOT "
                                         "NULL ORDER BY period_start_on, id",
                                         {line.id.value})) {
      bool const late = billed.charge && billed.charge->kind == ChargeKind::late_usage;
      int const days = *billed.period_end_on - *billed.period_start_on;
      auto const invoice = Records<Invoice>(sql, tenant).find(billed.invoice_id.value);
      TB_ASSERT(invoice.has_value());
      bool const counts =
          invoice->type != InvoiceType::credit_note && !invoice->original_invoice_id &&
          invoice->status != InvoiceStatus::open && invoice->status != InvoiceStatus::closed &&
          invoice->status != InvoiceStatus::archived && invoice->status != InvoiceStatus::voided;
      if (late || days <= 0 || !counts) continue;
      auto& sum = periods[{line.product_id.value, billed.period_start_on->days}];
      sum.product_id = line.product_id;
      sum.period_start_on = *billed.period_start_on;
      sum.at = invoice->created_at;
      sum.annual += Exact(billed.amount_excluding_tax) * 365 / days;
    }
  }
  std::vector<BilledVariable> all;
  for (auto& [key, value] : periods) all.push_back(std::move(value));
  return all;
}

}  // namespace valuing_detail

Result<SubscriptionValue> subscription_value(Services& services, Tenant const& tenant,
                                             SubscriptionId const& id,
                                             std::optional<ValuationGranularity> granularity) {
  using namespace valuing_detail;
  std::optional<SubscriptionState> state;
  std::vector<ValuedAmount> amounts;
  Period window;
  Instant end;
  SubscriptionValue value;
  services.database.read([&](SqlSession& sql) {
    auto found = Records<Subscription>(sql, tenant).find(id.value);
    if (!found) return;
    state = load_state(sql, tenant, *std::move(found));
    auto const zone = TimeZone::find(state->subscription.timezone).value_or(TimeZone());
    window = contract_window(state->subscription,
                             zone.date_of(tenant_now(sql, tenant, services.clock)), zone);
    end = zone.start_of(window.end);
    amounts = stored_amounts(sql, tenant, state->subscription, zone);
    value.variable_arr = variable_value(sql, tenant, state->lines);
  });
  if (!state) return fail(errors::not_found("Subscription"));
  auto const zone = TimeZone::find(state->subscription.timezone).value_or(TimeZone());
  // What is due in arrears at the very end is of the contract.
  TB_TRY(ahead, preview_timeline(services, tenant, id, std::nullopt, most_events, end));
  for (auto const& event : ahead.events) {
    for (auto const& document : event.invoices) {
      // A planned version has a contract of its own.
      if (document.invoice.customer_id == state->subscription.customer_id &&
          document.invoice.subscription_id == id)
        add_amounts(amounts, document, false, zone);
    }
  }
  value.contract = value_of(amounts, window, granularity);
  value.fixed_arr =
      annual_value_with_coupons(state->lines, state->subscription.coupons).round().value_or(0);
  value.subscription = std::move(state->subscription);
  return value;
}

Result<ArrHistory> arr_history(SqlSession& sql, Tenant const& tenant, SubscriptionId const& id,
                               Instant now) {
  auto const subscription = Records<Subscription>(sql, tenant).find(id.value);
  if (!subscription) return fail(errors::not_found("Subscription"));
  ArrHistory history{subscription->currency, {}};
  // Never begun: nothing was worth anything.
  if (!subscription->activated_at) return history;
  auto const lines = Records<SubscriptionLine>(sql, tenant)
                         .where("subscription_id = ? ORDER BY position, id", {id.value});
  auto const phases = Records<SubscriptionPhase>(sql, tenant)
                          .where("subscription_id = ? ORDER BY position", {id.value});
  history.steps = arr_steps(lines, phases, all_coupons_of(sql, tenant, id),
                            valuing_detail::billed_usage_of(sql, tenant, lines), now);
  return history;
}

}  // namespace tallybook
