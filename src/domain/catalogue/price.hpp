// Prices as pure rules (semantics PRI-1..PRI-9, policies tier.boundary, volume, bulk, packaged,
// bps). A list of tiers of one type turns a quantity into an exact amount of minor units; nothing
// here rounds.
#pragma once

#include <boost/describe/enum.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "money/exact.hpp"

namespace tallybook {

BOOST_DEFINE_ENUM_CLASS(PriceType, fee, volume, packaged, bulk, bps, bundle)
// What an incomplete block of `unit_count` units (or tier) costs (PRI-3, PRI-6, PRI-7). One rule:
// a tier is charged in blocks, and the option says what an unfinished block costs: its exact part,
// all of it, or nothing.
// - A block is `unit_count` units, counted within the tier.
// - Except: in a closed volume or bulk tier whose unit_count is 1, the tier itself is the block
//   (there is nothing smaller to finish): its own units for volume, all units up to `to` for bulk.
// So 250 units at 10.00 per 100 cost 25.00, 30.00 or 20.00, and 30 units in a tier [0-100] at 0.50
// cost 15.00, 50.00 or 0.00. `packaged` always counts blocks, also of one unit.
BOOST_DEFINE_ENUM_CLASS(OnIncomplete, pro_rata, pay_in_full, do_not_charge)

struct PriceTier {
  std::string id;  // pri_..., kept when prices are edited
  PriceType type = PriceType::fee;
  std::optional<Exact> from;  // volume, packaged, bps; absent for fee and bulk
  std::optional<Exact> to;    // empty: open end
  Exact amount;               // minor units, may be a fraction; per unit_count units
  Exact unit_count = 1;
  OnIncomplete on_incomplete = OnIncomplete::pro_rata;
  // bps only: percentage of the value (1.5 means 1.5 %); cap, floor and fee are minor units per
  // event.
  Exact percentage;
  std::optional<Exact> per_unit_cap;
  std::optional<Exact> per_unit_floor;
  std::optional<Exact> per_unit_fee;
  Exact pack_size = 1;  // bundle: credits per pack
  // Extensions. flat_amount: charged once when the tier is entered (the first one at a quantity
  // above 0), whatever on_incomplete says. max_amount: the most this tier may cost, flat included.
  std::optional<Exact> flat_amount;
  std::optional<Exact> max_amount;
  // bundle only, extension: minor units of each credit used beyond the balance.
  std::optional<Exact> overage_amount;
  friend bool operator==(PriceTier const&, PriceTier const&) = default;
};

// The account's choices where billing systems disagree (docs/policies.md). The defaults are ours.
enum class VolumeMeans {
  graduated,  // each unit in its tier
  all_units,  // all units at the reached tier, for volume and packaged
};
enum class FlatAmounts {
  each_entered,  // the flat amount of every tier entered
  reached_only,  // only that of the last tier entered
};
enum class PercentageMeans {
  per_event,        // each event's value on its own, at the tier that value reaches
  graduated_total,  // the sum of the values walks the tiers, each part at its tier's percentage
};
struct PriceOptions {
  VolumeMeans volume = VolumeMeans::graduated;
  FlatAmounts flat_amounts = FlatAmounts::each_entered;
  bool flat_at_zero = false;  // the first tier's flat amount is charged at quantity 0 as well
  PercentageMeans percentage = PercentageMeans::per_event;
  bool fee_inside_clamp = false;  // bps: clamp(value x percentage + fee, floor, cap)
  // bps: events are free until their number or their summed value is used up, whichever ends
  // first; the event that crosses the free value pays on what exceeds it. Read by price_events.
  std::optional<std::int64_t> free_events;
  std::optional<Exact> free_amount;
  bool floor_at_zero = false;  // a negative result becomes 0
  friend bool operator==(PriceOptions const&, PriceOptions const&) = default;
};

// One tier's share of an amount, for explanations: quantity priced there, how many blocks of
// unit_count (packs for bundle) that was charged as, and what it cost, flat amount included.
struct TierShare {
  std::size_t tier = 0;
  Exact quantity;
  Exact blocks;
  Exact amount_minor;
};

struct PricedQuantity {
  Exact amount_minor;
  std::vector<TierShare> shares;  // by tier, ascending
};

// Refuses lists that cannot price every quantity (PRI-5): no tier, mixed types, a first tier that
// does not start at 0, gaps, overlaps, an open tier that is not last, amounts below 0 or beyond
// max_amount_minor, unit_count or pack_size <= 0, a bps floor above its cap. Each problem names
// its tier as the caller numbered it: prices[2].from. Both border spellings (0-20/21- and
// 0-20/20-) are read; the result is contiguous ((previous to, to]) and sorted. A closed last tier
// is allowed and also prices what lies beyond it, unit by unit.
Result<std::vector<PriceTier>> checked_prices(std::vector<PriceTier> prices, PriceType type,
                                              std::string_view path);

// All functions below take a list that checked_prices() returned (asserted: not empty).

// The amount of `quantity` units. fee: amount x quantity. volume: graduated. bulk: all units at
// the reached tier. packaged: blocks of unit_count, graduated over tiers. bundle: whole packs of
// pack_size (the first option of the list). bps: `quantity` is the value of ONE event; use
// price_events for many.
// `quantity` may be negative (credit of usage): the negative of the price of its absolute value.
PricedQuantity price_quantity(std::vector<PriceTier> const& prices, Exact const& quantity,
                              PriceOptions const& options = {});

// bps: each event's value priced on its own, then summed (PRI-8). Other types: each value (a
// window's quantity) priced on its own, then summed.
PricedQuantity price_events(std::vector<PriceTier> const& prices, std::vector<Exact> const& values,
                            PriceOptions const& options = {});

// What is still to pay when `before` units of a cumulative window were priced already and the
// window now holds `after` (USE-11): price(after) - price(before), tier by tier.
PricedQuantity price_difference(std::vector<PriceTier> const& prices, Exact const& before,
                                Exact const& after, PriceOptions const& options = {});

// A change of the number of units in use, and the part of the period it is paid for:
// 5 seats for 21 of 30 days are {5, 3.5}. Negative when units leave.
struct ProratedUnits {
  Exact units;
  Exact prorated_units;
};

// Units that come and go within a period. volume: `units` walk the tiers up and down in order,
// and each part pays its `prorated_units` at its tier. bulk (and all_units): the total of `units`
// chooses the tier, the total of `prorated_units` pays. Flat amounts are not prorated and are
// charged for every tier ever entered. Only unit prices: on_incomplete does not apply.
PricedQuantity price_prorated(std::vector<PriceTier> const& prices,
                              std::vector<ProratedUnits> const& changes,
                              PriceOptions const& options = {});

// The average price of a unit, for display; 0 when there is no unit.
Exact average_unit_amount(PricedQuantity const& priced, Exact const& quantity);

}  // namespace tallybook
