#include "app/subscription/live_billing.hpp"

#include <algorithm>
#include <set>

#include "app/billing/charging.hpp"
#include "app/billing/organisation_billing.hpp"
#include "app/coupon/applying.hpp"
#include "app/explain/explaining.hpp"
#include "app/subscription/lines.hpp"
#include "app/subscription/running_period.hpp"
#include "base/assert.hpp"
#include "domain/explain/explanation.hpp"
#include "domain/subscription/billing.hpp"
#include "domain/subscription/metering.hpp"
#include "domain/subscription/minimum_line.hpp"

namespace tallybook {
namespace live_detail {

// The period the line is in, in local days.
std::optional<Period> period_of(SubscriptionLine const& line, TimeZone const& zone) {
  if (line.detached_at) return std::nullopt;
  auto const running = running_period(line, zone);
  if (!running) return std::nullopt;
  return Period{zone.date_of(running->start), zone.date_of(running->end - 1) + 1};
}

std::string name_of(PriceTier const& tier) {
  std::string const from = tier.from.value_or(Exact(0)).decimal();
  return tier.to ? from + " - " + tier.to->decimal() : from + "+";
}

std::int64_t whole(Exact const& amount) {
  auto const out = amount.round();
  TB_ASSERT(out.has_value());
  return *out;
}

// What each tier cost, before commitment, floor and cap.
void add_tiers(LiveItem& item, SubscriptionLine const& source, InvoiceLine const& line) {
  if (source.price_type == PriceType::bps) return;
  Exact const quantity = line.usage_quantity.value_or(line.units_count);
  auto const& prices = prices_of_group(source, line.charge ? line.charge->group : std::nullopt);
  auto const priced =
      price_quantity(prices, quantity, source.price_options.value_or(PriceOptions()));
  for (auto const& share : priced.shares) {
    auto const& tier = prices[share.tier];
    item.tiers.push_back({tier.id, name_of(tier), whole(share.amount_minor), share.quantity});
  }
}

LiveItem item_of(InvoiceLine const& line, std::vector<SubscriptionLine> const& sources) {
  LiveItem item;
  item.id = is_minimum_fee(line) ? "minimum_fee" : line.product_id->value;
  item.item_name = line.name;
  item.total_amount = line.amount_excluding_tax;
  item.discount_amount = line.discount_amount;
  item.original_amount = checked_add(line.amount_excluding_tax, line.discount_amount);
  for (auto const& source : sources) {
    if (line.subscription_line_id == source.id) add_tiers(item, source, line);
  }
  return item;
}

LiveCoupon coupon_of(InvoiceCoupon const& shown, std::vector<InvoiceLine> const& lines) {
  LiveCoupon coupon{shown.coupon_id.value_or(""), shown.name, shown.discount_amount, {}};
  for (auto const& line : lines) {
    if (line.product_id &&
        std::ranges::find(shown.line_items_ids, line.id.value) != shown.line_items_ids.end())
      coupon.item_ids.push_back(line.product_id->value);
  }
  return coupon;
}

}  // namespace live_detail

LiveBilling live_billing(UnitOfWork& work, SubscriptionState const& state, bool explained) {
  using namespace live_detail;
  auto const& subscription = state.subscription;
  LiveBilling live;
  if (subscription.status != SubscriptionStatus::active) return live;
  auto const parties = parties_of(work, subscription.invoicing_entity_id, subscription.customer_id);
  TB_ASSERT(parties.has_value());
  auto document = invoice_for(work, subscription, *parties);
  auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
  for (auto const& line : state.lines) {
    auto const period = period_of(line, zone);
    if (!period || !is_invoiced(state, line.phase_id)) continue;
    auto const part = line.period_starts_at ? open_part(line, zone) : std::nullopt;
    for (auto& charged :
         charge_lines(work, subscription.customer_id, line,
                      part.value_or(ChargedPart{*period, fraction_of(line, *period), {}}), zone))
      add_line(document, std::move(charged));
  }
  // What waits comes with them.
  for (auto& line : waiting_for_invoice(work, subscription.id)) add_line(document, std::move(line));
  bool const alone = organisation_invoicing(parties->customer) == OrganisationInvoicing::none;
  discount_by(work, document,
              (alone ? *parties : organisation_parties(work, parties->customer)).entity.id);
  compute_totals(document.invoice, document.lines);
  live.total_amount = document.invoice.amount_excluding_tax;
  live.total_discount = document.invoice.discount_amount;
  for (auto const& line : document.lines) {
    live.billing_items.push_back(item_of(line, state.lines));
    if (line.product_type != ProductType::dynamic)
      live.fixed_amount = checked_add(live.fixed_amount, line.amount_excluding_tax);
  }
  for (auto const& shown : document.invoice.coupons.value_or(std::vector<InvoiceCoupon>()))
    live.coupons.push_back(coupon_of(shown, document.lines));
  if (explained)
    live.explanation =
        explain_document(work.sql(), work.tenant(), work.services().events, document);
  return live;
}

}  // namespace tallybook
