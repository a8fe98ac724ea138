#include "domain/credit/credit_price.hpp"

#include <algorithm>

#include "base/mutant.hpp"

namespace tallybook {
namespace credit_price_detail {

// No event comes later.
constexpr Instant never{max_instant_ms};

}  // namespace credit_price_detail

Exact credits_for(CreditAggregator const& entry, Exact const& quantity) {
  if (!entry.prices) return (quantity * entry.weight).rounded(credit_decimals);
  auto const options = entry.price_options.value_or(PriceOptions{});
  return price_quantity(*entry.prices, quantity, options).amount_minor.rounded(credit_decimals);
}

std::vector<InstantRange> credit_windows(CreditAggregator const& entry, Instant opened,
                                         Instant first, Instant last, TimeZone const& zone) {
  using namespace credit_price_detail;
  if (!entry.reset_interval) return {{opened, never}};
  std::vector<InstantRange> windows;
  if (last < opened) return windows;
  Date const anchor = zone.date_of(opened);
  auto const interval = to_billing_interval(*entry.reset_interval);
  Date const day = zone.date_of(std::max(first, opened));
  for (auto n = anniversaries_until(day, anchor, interval);; ++n) {
    InstantRange const window{std::max(opened, zone.start_of(anniversary(anchor, interval, n))),
                              zone.start_of(anniversary(anchor, interval, n + 1))};
    if (TB_MUTANT(120, window.start > last, window.start >= last)) break;
    windows.push_back(window);
  }
  return windows;
}

std::vector<std::pair<std::string, std::string>> problems_of(CreditAggregator const& entry) {
  std::vector<std::pair<std::string, std::string>> problems;
  if (!entry.prices) {
    if (entry.weight.is_negative() || entry.weight.is_zero())
      problems.emplace_back("weight", "expected a weight above 0");
    return problems;
  }
  for (std::size_t i = 0; i < entry.prices->size(); ++i) {
    auto const& tier = (*entry.prices)[i];
    std::string const at = "prices[" + std::to_string(i) + "].";
    bool const counted = tier.type == PriceType::volume || tier.type == PriceType::bulk ||
                         tier.type == PriceType::packaged;
    if (!counted)
      problems.emplace_back(at + "type", "expected volume, bulk or packaged prices in credits");
    if (tier.amount.is_negative()) problems.emplace_back(at + "amount", "expected 0 or more");
    if (tier.flat_amount && tier.flat_amount->is_negative())
      problems.emplace_back(at + "flat_amount", "expected 0 or more");
    if (tier.max_amount && tier.max_amount->is_negative())
      problems.emplace_back(at + "max_amount", "expected 0 or more");
  }
  if (entry.price_options && entry.price_options->flat_at_zero)
    problems.emplace_back("price_options.flat_at_zero", "what is not used takes no credits");
  auto const& reset = entry.reset_interval;
  if (reset && (reset->period == WirePeriod::once || reset->period == WirePeriod::all))
    problems.emplace_back("reset_interval.period", "expected days, weeks, months or years");
  return problems;
}

}  // namespace tallybook
