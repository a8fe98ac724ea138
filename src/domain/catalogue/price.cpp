#include "domain/catalogue/price.hpp"

#include "base/assert.hpp"
#include "base/mutant.hpp"

namespace tallybook {
namespace price_detail {

using Prices = std::vector<PriceTier>;

Exact lower_bound_of(PriceTier const& tier) { return tier.from.value_or(Exact(0)); }

// Units charged as blocks of unit_count; see OnIncomplete. `size` is what the tier holds when it
// is full, empty for an open end.
Exact charged_blocks(PriceTier const& tier, Exact const& units, std::optional<Exact> const& size) {
  Exact const blocks = units / tier.unit_count;
  if (tier.on_incomplete == OnIncomplete::pro_rata || units.is_zero()) return blocks;
  bool const full = tier.on_incomplete == OnIncomplete::pay_in_full;
  bool const tier_is_block = tier.type != PriceType::packaged && tier.type != PriceType::fee &&
                             tier.unit_count == 1 && size.has_value();
  if (tier_is_block) {
    if (TB_MUTANT(31, units >= *size, units > *size)) return blocks;
    return full ? *size : Exact(0);
  }
  return TB_MUTANT(32, full ? blocks.ceil() : blocks.floor(),
                   full ? blocks.floor() : blocks.ceil());
}

Exact capped(PriceTier const& tier, Exact const& amount) {
  return tier.max_amount ? min(amount, *tier.max_amount) : amount;
}

void add_share(PricedQuantity& out, TierShare share) {
  out.amount_minor += share.amount_minor;
  out.shares.push_back(std::move(share));
}

// The tier a quantity above 0 falls into: (from, to]; the last one takes what lies beyond.
size_t reached_tier(Prices const& prices, Exact const& quantity) {
  size_t at = 0;
  while (TB_MUTANT(34, at + 1 < prices.size(), at + 2 < prices.size()) && prices[at].to &&
         TB_MUTANT(33, quantity > *prices[at].to, quantity >= *prices[at].to))
    ++at;
  return at;
}

bool flat_applies(size_t tier, size_t reached, PriceOptions const& options) {
  return options.flat_amounts == FlatAmounts::each_entered
             ? TB_MUTANT(35, tier <= reached, tier < reached)
             : tier == reached;
}

// Each part of `quantity` in its own tier; `rate` gives blocks and amount of a part.
template <class Rate>
PricedQuantity walk_tiers(Prices const& prices, Exact const& quantity, PriceOptions const& options,
                          Rate rate) {
  PricedQuantity out;
  size_t const reached = reached_tier(prices, quantity);
  for (size_t i = 0; i <= reached; ++i) {
    PriceTier const& tier = prices[i];
    Exact const from = lower_bound_of(tier);
    TierShare share;
    share.tier = i;
    share.quantity = TB_MUTANT(36, (i == reached ? quantity : *tier.to) - from,
                               i == reached ? quantity : *tier.to);
    std::optional<Exact> size;
    if (tier.to) size = *tier.to - from;
    share.amount_minor = rate(tier, share.quantity, size, share.blocks);
    if (flat_applies(i, reached, options)) share.amount_minor += tier.flat_amount.value_or(0);
    share.amount_minor = capped(tier, share.amount_minor);
    add_share(out, std::move(share));
  }
  return out;
}

PricedQuantity graduated(Prices const& prices, Exact const& quantity, PriceOptions const& options) {
  return walk_tiers(prices, quantity, options,
                    [](PriceTier const& tier, Exact const& units, std::optional<Exact> const& size,
                       Exact& blocks) {
                      blocks = charged_blocks(tier, units, size);
                      return blocks * tier.amount;
                    });
}

PricedQuantity graduated_percentage(Prices const& prices, Exact const& total,
                                    PriceOptions const& options) {
  return walk_tiers(
      prices, total, options,
      [](PriceTier const& tier, Exact const& value, std::optional<Exact> const&, Exact& blocks) {
        blocks = value;
        return value * tier.percentage / 100;
      });
}

PricedQuantity all_units(Prices const& prices, Exact const& quantity) {
  PricedQuantity out;
  size_t const reached = reached_tier(prices, quantity);
  PriceTier const& tier = prices[reached];
  Exact const blocks = charged_blocks(tier, quantity, tier.to);
  Exact const amount = blocks * tier.amount + tier.flat_amount.value_or(0);
  add_share(out, {reached, quantity, blocks, capped(tier, amount)});
  return out;
}

// One event: the percentage within floor and cap, and the fee (PRI-8). `value` is what the
// percentage is taken of, `reach` what chooses the tier.
TierShare one_event(Prices const& prices, Exact const& value, Exact const& reach,
                    PriceOptions const& options) {
  size_t const reached = reached_tier(prices, reach);
  PriceTier const& tier = prices[reached];
  Exact const fee = tier.per_unit_fee.value_or(0);
  Exact amount = value * tier.percentage / 100;
  if (options.fee_inside_clamp) amount += fee;
  if (tier.per_unit_floor)
    amount = TB_MUTANT(37, max(amount, *tier.per_unit_floor), min(amount, *tier.per_unit_floor));
  if (tier.per_unit_cap) amount = TB_MUTANT(38, min(amount, *tier.per_unit_cap), amount);
  if (TB_MUTANT(39, !options.fee_inside_clamp, false)) amount += fee;
  amount += tier.flat_amount.value_or(0);
  return {reached, value, 1, capped(tier, amount)};
}

PricedQuantity packs(Prices const& prices, Exact const& quantity) {
  PricedQuantity out;
  PriceTier const& option = prices.front();
  Exact const count = TB_MUTANT(40, (quantity / option.pack_size).ceil(),
                                (quantity / option.pack_size).floor() + 1);
  add_share(out, {0, quantity, count,
                  capped(option, count * option.amount + option.flat_amount.value_or(0))});
  return out;
}

PricedQuantity one_fee(Prices const& prices, Exact const& quantity) {
  PricedQuantity out;
  PriceTier const& fee = prices.front();
  Exact const blocks = charged_blocks(fee, quantity, std::nullopt);
  add_share(out,
            {0, quantity, blocks, capped(fee, blocks * fee.amount + fee.flat_amount.value_or(0))});
  return out;
}

// For quantities above 0.
PricedQuantity price_positive(Prices const& prices, Exact const& quantity,
                              PriceOptions const& options) {
  switch (prices.front().type) {
    case PriceType::fee:
      return one_fee(prices, quantity);
    case PriceType::bundle:
      return packs(prices, quantity);
    case PriceType::bulk:
      return all_units(prices, quantity);
    case PriceType::volume:
    case PriceType::packaged:
      return options.volume == VolumeMeans::all_units ? all_units(prices, quantity)
                                                      : graduated(prices, quantity, options);
    case PriceType::bps:
      break;
  }
  if (options.percentage == PercentageMeans::graduated_total) {
    return graduated_percentage(prices, quantity, options);
  }
  PricedQuantity out;
  add_share(out, one_event(prices, quantity, quantity, options));
  return out;
}

void negate(PricedQuantity& priced) {
  priced.amount_minor = -priced.amount_minor;
  for (TierShare& share : priced.shares) {
    share.quantity = -share.quantity;
    share.blocks = -share.blocks;
    share.amount_minor = -share.amount_minor;
  }
}

// Adds shares tier by tier; `sign` is 1 or -1.
void merge(std::vector<TierShare>& into, std::vector<TierShare> const& shares, int sign) {
  for (TierShare const& share : shares) {
    auto at = into.begin();
    while (at != into.end() && at->tier < share.tier) ++at;
    if (at == into.end() || at->tier != share.tier) at = into.insert(at, {share.tier, 0, 0, 0});
    at->quantity += share.quantity * sign;
    at->blocks += share.blocks * sign;
    at->amount_minor += share.amount_minor * sign;
  }
}

void apply_floor(PricedQuantity& priced, PriceOptions const& options) {
  if (options.floor_at_zero) priced.amount_minor = max(priced.amount_minor, 0);
}

// How much of an event's value the free allowance leaves to pay; empty when it covers the event.
struct FreeAllowance {
  std::int64_t events = 0;
  Exact amount;

  std::optional<Exact> payable(Exact const& value, PriceOptions const& options) {
    if (!options.free_events && !options.free_amount) return value;
    Exact const before = amount;
    amount += value;
    events += 1;
    if (options.free_events &&
        TB_MUTANT(41, events > *options.free_events, events >= *options.free_events))
      return value;
    if (!options.free_amount || amount <= *options.free_amount) return std::nullopt;
    return TB_MUTANT(42, min(value, amount - max(before, *options.free_amount)), value);
  }
};

}  // namespace price_detail

PricedQuantity price_quantity(std::vector<PriceTier> const& prices, Exact const& quantity,
                              PriceOptions const& options) {
  using namespace price_detail;
  TB_ASSERT(!prices.empty());
  PricedQuantity out;
  if (quantity.is_zero()) {
    if (options.flat_at_zero && prices.front().flat_amount) {
      add_share(out, {0, 0, 0, *prices.front().flat_amount});
    }
  } else if (quantity.is_negative()) {
    out = TB_MUTANT(43, price_positive(prices, -quantity, options),
                    price_quantity(prices, 0, options));
    negate(out);
  } else {
    out = price_positive(prices, quantity, options);
  }
  apply_floor(out, options);
  return out;
}

PricedQuantity price_events(std::vector<PriceTier> const& prices, std::vector<Exact> const& values,
                            PriceOptions const& options) {
  using namespace price_detail;
  TB_ASSERT(!prices.empty());
  bool const percentage = prices.front().type == PriceType::bps;
  if (percentage && options.percentage == PercentageMeans::graduated_total) {
    Exact total;
    for (Exact const& value : values) total += value;
    return price_quantity(prices, total, options);
  }
  PricedQuantity out;
  FreeAllowance allowance;
  for (Exact const& value : values) {
    PricedQuantity one;
    if (!percentage || value.is_negative()) {
      one = price_quantity(prices, value, options);
    } else if (auto const payable = allowance.payable(value, options)) {
      add_share(one, one_event(prices, *payable, value, options));
    }
    out.amount_minor += one.amount_minor;
    merge(out.shares, one.shares, 1);
  }
  apply_floor(out, options);
  return out;
}

PricedQuantity price_difference(std::vector<PriceTier> const& prices, Exact const& before,
                                Exact const& after, PriceOptions const& options) {
  PricedQuantity const old = price_quantity(prices, before, options);
  PricedQuantity out = price_quantity(prices, after, options);
  out.amount_minor -= TB_MUTANT(44, old.amount_minor, Exact(0));
  price_detail::merge(out.shares, old.shares, -1);
  price_detail::apply_floor(out, options);
  return out;
}

namespace price_detail {

PricedQuantity prorated_all_units(Prices const& prices, std::vector<ProratedUnits> const& changes) {
  Exact units;
  Exact prorated;
  for (ProratedUnits const& change : changes) {
    units += change.units;
    prorated += change.prorated_units;
  }
  PricedQuantity out;
  size_t const reached = reached_tier(prices, units);
  PriceTier const& tier = prices[reached];
  Exact const blocks = prorated / tier.unit_count;
  Exact const flat = units > 0 ? tier.flat_amount.value_or(0) : Exact(0);
  add_share(out, {reached, prorated, blocks, capped(tier, blocks * tier.amount + flat)});
  return out;
}

// The length of the overlap of a tier with (low, high]; the first tier reaches down without end,
// the last one up.
Exact overlap(Prices const& prices, size_t i, Exact const& low, Exact const& high) {
  Exact const bottom = i == 0 ? low : max(low, lower_bound_of(prices[i]));
  Exact const top = i + 1 == prices.size() || !prices[i].to ? high : min(high, *prices[i].to);
  return TB_MUTANT(45, max(0, top - bottom), top - bottom);
}

PricedQuantity prorated_graduated(Prices const& prices, std::vector<ProratedUnits> const& changes,
                                  PriceOptions const& options) {
  std::vector<Exact> prorated(prices.size());
  Exact position;
  Exact peak;
  for (ProratedUnits const& change : changes) {
    if (change.units.is_zero()) continue;
    Exact const next = position + change.units;
    Exact const low = min(position, next);
    Exact const high = max(position, next);
    for (size_t i = 0; i < prices.size(); ++i) {
      prorated[i] += change.prorated_units * overlap(prices, i, low, high) / (high - low);
    }
    position = next;
    peak = max(peak, position);
  }
  PricedQuantity out;
  size_t const reached = reached_tier(prices, peak);
  for (size_t i = 0; i < prices.size(); ++i) {
    bool const flat = peak > 0 && flat_applies(i, reached, options);
    if (prorated[i].is_zero() && !flat) continue;
    Exact const blocks = prorated[i] / prices[i].unit_count;
    Exact const amount = blocks * prices[i].amount + (flat ? prices[i].flat_amount.value_or(0) : 0);
    add_share(out, {i, prorated[i], blocks, capped(prices[i], amount)});
  }
  return out;
}

}  // namespace price_detail

PricedQuantity price_prorated(std::vector<PriceTier> const& prices,
                              std::vector<ProratedUnits> const& changes,
                              PriceOptions const& options) {
  using namespace price_detail;
  TB_ASSERT(!prices.empty());
  PriceType const type = prices.front().type;
  bool const at_reached = type == PriceType::bulk || options.volume == VolumeMeans::all_units;
  PricedQuantity out = at_reached ? prorated_all_units(prices, changes)
                                  : prorated_graduated(prices, changes, options);
  apply_floor(out, options);
  return out;
}

Exact average_unit_amount(PricedQuantity const& priced, Exact const& quantity) {
  return quantity.is_zero() ? Exact(0) : priced.amount_minor / quantity;
}

}  // namespace tallybook
