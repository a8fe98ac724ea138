// checked_prices(): reads a list of tiers once, so that pricing can rely on its shape.
#include <algorithm>
#include <numeric>

#include "base/mutant.hpp"
#include "domain/catalogue/price.hpp"
#include "money/money.hpp"

namespace tallybook {
namespace checked_prices_detail {

std::string place(std::string_view path, size_t index, std::string_view field) {
  return std::string(path) + "[" + std::to_string(index) + "]." + std::string(field);
}

Result<void> refuse(std::string_view path, size_t index, std::string_view field,
                    std::string reason) {
  return fail(errors::invalid_field(place(path, index, field), std::move(reason)));
}

bool too_large(std::optional<Exact> const& amount) {
  return amount && *amount > Exact(max_amount_minor);
}

// Quantities are counts; beyond 30 digits they are a mistake.
bool bad_border(std::optional<Exact> const& border) {
  static Exact const limit = *Exact::parse("1e30");
  return border && (border->is_negative() || *border > limit);
}

Result<void> check_tier(PriceTier const& tier, PriceType type, std::string_view path,
                        size_t index) {
  if (tier.type != type)
    return refuse(path, index, "type", "all prices of a list have the same type");
  struct Amount {
    char const* name;
    std::optional<Exact> value;
  };
  for (Amount const& amount :
       {Amount{"amount", tier.amount}, Amount{"per_unit_cap", tier.per_unit_cap},
        Amount{"per_unit_floor", tier.per_unit_floor}, Amount{"per_unit_fee", tier.per_unit_fee},
        Amount{"flat_amount", tier.flat_amount}, Amount{"max_amount", tier.max_amount}}) {
    if (too_large(amount.value)) {
      return refuse(path, index, amount.name, "is larger than 10^15 minor units");
    }
    if (amount.value && amount.value->is_negative())
      return refuse(path, index, amount.name, "must be 0 or more: what lowers a bill is a coupon");
  }
  if (TB_MUTANT(48, tier.unit_count <= 0, tier.unit_count < 0))
    return refuse(path, index, "unit_count", "must be above 0");
  if (tier.pack_size <= 0) return refuse(path, index, "pack_size", "must be above 0");
  if (tier.per_unit_floor && tier.per_unit_cap && *tier.per_unit_floor > *tier.per_unit_cap) {
    return refuse(path, index, "per_unit_floor", "is above per_unit_cap");
  }
  if (tier.percentage.is_negative() || tier.percentage > 1'000'000) {
    return refuse(path, index, "percentage", "must be 0 or more, up to 1000000");
  }
  if (tier.overage_amount && type != PriceType::bundle)
    return refuse(path, index, "overage_amount", "only a bundle of credits has it");
  if (tier.overage_amount && (tier.overage_amount->is_negative() || too_large(tier.overage_amount)))
    return refuse(path, index, "overage_amount", "expected 0 to 10^15 minor units");
  if (bad_border(tier.from)) return refuse(path, index, "from", "must be 0 or more, up to 10^30");
  if (bad_border(tier.to)) return refuse(path, index, "to", "must be above 0, up to 10^30");
  return {};
}

// By `to`, the open tier last; equal ends keep the caller's order.
bool ends_before(PriceTier const& a, PriceTier const& b) {
  if (!a.to || !b.to) return a.to.has_value() && !b.to.has_value();
  return *a.to < *b.to;
}

// (previous to, to], whichever way the border was spelled.
Result<void> join(PriceTier& tier, Exact const& previous_to, bool first, std::string_view path,
                  size_t index) {
  if (tier.from) {
    bool const touches = *tier.from == previous_to ||
                         (!first && TB_MUTANT(47, *tier.from == previous_to + 1, false));
    if (!touches && first) return refuse(path, index, "from", "the first tier starts at 0");
    if (!touches && *tier.from > previous_to) {
      return refuse(
          path, index, "from",
          "must follow the tier before it, without a gap (expected " + previous_to.decimal() + ")");
    }
    if (!touches)
      return refuse(path, index, "from",
                    "must follow the tier before it, which it overlaps (expected " +
                        previous_to.decimal() + ")");
  }
  if (tier.to && TB_MUTANT(46, *tier.to <= previous_to, *tier.to < previous_to)) {
    return refuse(path, index, "to", "must be above " + previous_to.decimal());
  }
  if (tier.to && tier.from && *tier.to < *tier.from) {
    return refuse(path, index, "to", "is below from");
  }
  tier.from = previous_to;
  return {};
}

bool is_tiered(PriceType type) { return type != PriceType::fee && type != PriceType::bundle; }

}  // namespace checked_prices_detail

Result<std::vector<PriceTier>> checked_prices(std::vector<PriceTier> prices, PriceType type,
                                              std::string_view path) {
  using namespace checked_prices_detail;
  if (prices.empty()) {
    return fail(errors::invalid_field(std::string(path), "needs at least one price"));
  }
  for (size_t i = 0; i < prices.size(); ++i) {
    TB_CHECK(check_tier(prices[i], type, path, i));
  }
  if (type == PriceType::fee && prices.size() > 1) {
    return fail(errors::invalid_field(place(path, 1, "type"), "a fee has one price"));
  }
  if (!is_tiered(type)) return prices;

  std::vector<size_t> order(prices.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return ends_before(prices[a], prices[b]); });
  std::vector<PriceTier> sorted;
  Exact previous_to = 0;
  for (size_t const index : order) {
    bool const first = sorted.empty();
    if (!first && !sorted.back().to) {
      return fail(errors::invalid_field(place(path, index, "to"), "only the last tier is open"));
    }
    PriceTier tier = std::move(prices[index]);
    TB_CHECK(join(tier, previous_to, first, path, index));
    if (tier.to) previous_to = *tier.to;
    sorted.push_back(std::move(tier));
  }
  return sorted;
}

}  // namespace tallybook
