// The part of an explanation that is a price list: its terms, what was priced, what each tier cost.
#include "domain/explain/explanation.hpp"

namespace tallybook {
namespace explain_prices {

char const* name_of(PriceType type) {
  switch (type) {
    case PriceType::fee:
      return "fee";
    case PriceType::volume:
      return "volume";
    case PriceType::bulk:
      return "bulk";
    case PriceType::packaged:
      return "packaged";
    case PriceType::bundle:
      return "bundle";
    case PriceType::bps:
      break;
  }
  return "bps";
}

char const* name_of(OnIncomplete on_incomplete) {
  switch (on_incomplete) {
    case OnIncomplete::pro_rata:
      return "pro_rata";
    case OnIncomplete::pay_in_full:
      return "pay_in_full";
    case OnIncomplete::do_not_charge:
      break;
  }
  return "do_not_charge";
}

ExplanationNode terms_of(PriceTier const& tier) {
  ExplanationNode node{"tier", "a tier of the price list", tier.amount};
  node.texts = {{"type", name_of(tier.type)}, {"on_incomplete", name_of(tier.on_incomplete)}};
  auto const add = [&](char const* name, std::optional<Exact> const& number) {
    if (number) node.numbers.emplace_back(name, *number);
  };
  add("from", tier.from);
  add("to", tier.to);
  add("unit_count", tier.unit_count);
  add("percentage", tier.percentage);
  add("per_unit_cap", tier.per_unit_cap);
  add("per_unit_floor", tier.per_unit_floor);
  add("per_unit_fee", tier.per_unit_fee);
  add("pack_size", tier.pack_size);
  add("flat_amount", tier.flat_amount);
  add("max_amount", tier.max_amount);
  return node;
}

// of: what is priced, the terms, then the share of each tier that was reached.
ExplanationNode priced(std::vector<PriceTier> const& prices, PriceOptions const& options,
                       ExplanationNode quantity, PricedQuantity const& result) {
  ExplanationNode node{"tiers", "the price of the quantity", result.amount_minor};
  bool const each = options.flat_amounts == FlatAmounts::each_entered;
  bool const per_event = options.percentage == PercentageMeans::per_event;
  node.texts = {{"model", name_of(prices.front().type)},
                {"volume", options.volume == VolumeMeans::graduated ? "graduated" : "all_units"},
                {"flat_amounts", each ? "each_entered" : "reached_only"},
                {"percentage", per_event ? "per_event" : "graduated_total"},
                {"flat_at_zero", options.flat_at_zero ? "true" : "false"},
                {"fee_inside_clamp", options.fee_inside_clamp ? "true" : "false"},
                {"floor_at_zero", options.floor_at_zero ? "true" : "false"}};
  if (options.free_events) node.numbers.emplace_back("free_events", *options.free_events);
  if (options.free_amount) node.numbers.emplace_back("free_amount", *options.free_amount);
  node.of.push_back(std::move(quantity));
  for (auto const& tier : prices) node.of.push_back(terms_of(tier));
  for (auto const& share : result.shares) {
    ExplanationNode part{"share", "what the tier cost", share.amount_minor};
    part.numbers = {{"tier", static_cast<std::int64_t>(share.tier)},
                    {"quantity", share.quantity},
                    {"blocks", share.blocks}};
    node.of.push_back(std::move(part));
  }
  return node;
}

}  // namespace explain_prices

ExplanationNode explain_price(std::vector<PriceTier> const& prices, PriceOptions const& options,
                              ExplanationNode quantity) {
  auto const result = price_quantity(prices, quantity.value, options);
  return explain_prices::priced(prices, options, std::move(quantity), result);
}

ExplanationNode explain_event_prices(std::vector<PriceTier> const& prices,
                                     PriceOptions const& options, ExplanationNode quantity,
                                     std::vector<Exact> const& values) {
  auto const result = price_events(prices, values, options);
  ExplanationNode list{"values", "the value of each event, in order; count of them in a row", 0};
  for (auto const& value : values) {
    list.value += value;
    if (!list.of.empty() && list.of.back().value == value) {
      list.of.back().numbers.front().second += 1;
      continue;
    }
    ExplanationNode run{"input", "events of one value", value, "the record of the event"};
    run.numbers = {{"count", 1}};
    list.of.push_back(std::move(run));
  }
  list.of.insert(list.of.begin(), std::move(quantity));
  return explain_prices::priced(prices, options, std::move(list), result);
}

}  // namespace tallybook
