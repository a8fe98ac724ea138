#include "domain/catalogue/product.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/mutant.hpp"
#include "money/money.hpp"

namespace tallybook {

BillingInterval to_billing_interval(Interval const& interval) {
  int const count = interval.count.value_or(1);
  switch (interval.period) {
    case WirePeriod::days:
      return {IntervalPeriod::days, count};
    case WirePeriod::weeks:
      return {IntervalPeriod::weeks, count};
    case WirePeriod::months:
      return {IntervalPeriod::months, count};
    case WirePeriod::years:
      return {IntervalPeriod::years, count};
    case WirePeriod::once:
      return {IntervalPeriod::once, 1};
    case WirePeriod::all:
      break;
  }
  broken_invariant("an interval of all periods is no billing interval", __FILE__, __LINE__);
}

Interval to_interval(BillingInterval interval) {
  switch (interval.period) {
    case IntervalPeriod::days:
      return {WirePeriod::days, interval.count};
    case IntervalPeriod::weeks:
      return {WirePeriod::weeks, interval.count};
    case IntervalPeriod::months:
      return {WirePeriod::months, interval.count};
    case IntervalPeriod::years:
      return {WirePeriod::years, interval.count};
    case IntervalPeriod::once:
      break;
  }
  return {WirePeriod::once, std::nullopt};
}

bool may_carry(ProductType product, PriceType price) {
  switch (product) {
    case ProductType::flat_fee:
    case ProductType::bundle:
      return price == PriceType::fee;
    case ProductType::seat:
      return price == PriceType::volume || price == PriceType::bulk || price == PriceType::packaged;
    case ProductType::dynamic:
      return price == PriceType::volume || price == PriceType::bulk ||
             price == PriceType::packaged || price == PriceType::bps;
    case ProductType::credit:
      return price == PriceType::bundle;
  }
  return false;
}

std::vector<std::int64_t> split_over_items(std::int64_t net, std::vector<BundleItem> const& items) {
  std::vector<Exact> shares;
  for (auto const& item : items) shares.push_back(item.percentage);
  return allocate(net, shares);
}

namespace product_detail {

// A year is twelve months, a week seven days.
bool same_time(Interval const& a, Interval const& b) {
  auto const counted = [](Interval const& interval) {
    int const count = interval.count.value_or(1);
    if (interval.period == WirePeriod::years) return std::pair(WirePeriod::months, 12 * count);
    if (interval.period == WirePeriod::weeks) return std::pair(WirePeriod::days, 7 * count);
    return std::pair(interval.period, count);
  };
  return counted(a) == counted(b);
}

// Whether the configuration names a commitment at all.
bool is_for_a_commitment(PriceConfiguration const& configuration) {
  return configuration.commitment_interval &&
         configuration.commitment_interval->period != WirePeriod::all;
}

bool fits(PriceConfiguration const& of, SoldWith const& sale) {
  if (of.status != CatalogueStatus::active || of.currency != sale.currency) return false;
  if (of.country && of.country != sale.country) return false;
  if (sale.interval && of.billing_interval && *of.billing_interval != *sale.interval) return false;
  if (of.price_book_id && of.price_book_id != sale.price_book) return false;
  if (of.plan_id && of.plan_id != sale.plan) return false;
  return !is_for_a_commitment(of) ||
         (sale.commitment &&
          TB_MUTANT(124, same_time(*of.commitment_interval, *sale.commitment), true));
}

int rank_of(PriceConfiguration const& of) {
  return (of.price_book_id ? 16 : 0) + (of.plan_id ? TB_MUTANT(125, 8, 0) : 0) +
         (is_for_a_commitment(of) ? 4 : 0) + (of.country ? 2 : 0) + (of.billing_interval ? 1 : 0);
}

}  // namespace product_detail

PriceConfiguration const* best_match(std::vector<PriceConfiguration> const& configurations,
                                     SoldWith const& sale) {
  PriceConfiguration const* best = nullptr;
  int best_rank = -1;
  for (auto const& candidate : configurations) {
    if (!product_detail::fits(candidate, sale)) continue;
    int const rank = product_detail::rank_of(candidate);
    if (rank > best_rank) {
      best = &candidate;
      best_rank = rank;
    }
  }
  return best;
}

bool same_rule(Aggregator const& a, Aggregator const& b) {
  auto const x = rule_of(a);
  auto const y = rule_of(b);
  auto const same_field = [](FilterField const& p, FilterField const& q) {
    return p.property == q.property && p.op == q.op && p.values == q.values;
  };
  return x.event_type == y.event_type && x.operation == y.operation && x.property == y.property &&
         x.allow_negative_values == y.allow_negative_values && x.formula == y.formula &&
         x.where.conditional == y.where.conditional &&
         std::ranges::equal(x.where.fields, y.where.fields, same_field);
}

AggregatorRule rule_of(Aggregator const& aggregator) {
  AggregatorRule rule;
  rule.event_type = aggregator.entity;
  rule.operation = aggregator.operation;
  rule.property = aggregator.property.value_or("");
  if (aggregator.event_filter) rule.where = *aggregator.event_filter;
  rule.allow_negative_values = aggregator.allow_negative_values;
  rule.formula = aggregator.formula_sql;
  return rule;
}

}  // namespace tallybook
