// Prices: a case becomes tiers and options in minor units (two decimals unless it says otherwise),
// and one call of domain/catalogue.
#include "domain/catalogue/billed_quantity.hpp"
#include "domain/catalogue/price.hpp"
#include "domain/catalogue/spend_limits.hpp"
#include "domain/invoice/totals.hpp"
#include "golden/themes.hpp"
#include "money/money.hpp"

namespace tallybook::golden {
namespace prices_detail {

constexpr int cents = 100;

Exact minor(Json const& inputs, std::string const& key) { return minor_or_zero(inputs, key); }
std::optional<Exact> minor_if(Json const& inputs, std::string const& key) {
  if (!inputs.has(key)) return std::nullopt;
  return minor(inputs, key);
}

std::vector<PriceTier> checked(std::vector<PriceTier> prices) {
  PriceType const type = prices.empty() ? PriceType::fee : prices.front().type;
  auto result = checked_prices(std::move(prices), type, "tiers");
  if (!result) throw BadCase(result.error().message);
  return *std::move(result);
}

std::vector<PriceTier> tiers_of(Json const& inputs, PriceType type) {
  std::vector<PriceTier> out;
  for (Json const& one : inputs.at("tiers").list()) {
    PriceTier tier;
    tier.type = type;
    if (one.has("up_to")) tier.to = one.at("up_to").number();
    tier.amount = minor(one, "unit_price_major");
    if (one.has("rate_percent")) tier.percentage = one.at("rate_percent").number();
    tier.flat_amount = minor_if(one, "flat_fee_major");
    tier.max_amount = minor_if(one, "cap_major");
    out.push_back(std::move(tier));
  }
  return checked(std::move(out));
}

std::vector<PriceTier> fee_of(Json const& inputs, std::string const& key = "unit_price_major") {
  PriceTier fee;
  fee.amount = minor(inputs, key);
  return checked({fee});
}

// Free units are a first tier at no price.
std::vector<PriceTier> package_of(Json const& inputs) {
  std::string const rounding =
      inputs.has("package_rounding") ? inputs.at("package_rounding").word() : "up";
  if (rounding != "up" && rounding != "down")
    throw NotApplicable{"package_rounding", rounding + ": not offered"};
  PriceTier packages;
  packages.type = PriceType::packaged;
  packages.unit_count = inputs.at("package_size").number();
  packages.amount = minor(inputs, "package_price_major");
  packages.on_incomplete =
      rounding == "up" ? OnIncomplete::pay_in_full : OnIncomplete::do_not_charge;
  std::vector<PriceTier> out;
  if (inputs.has("free_units") && inputs.at("free_units").number() > 0) {
    PriceTier free;
    free.type = PriceType::packaged;
    free.to = inputs.at("free_units").number();
    out.push_back(std::move(free));
  }
  out.push_back(std::move(packages));
  return checked(std::move(out));
}

PriceOptions options_of(Policy const& policy) {
  PriceOptions out;
  if (policy.is("tier.flat_fee", "flat_of_reached_tier_only"))
    out.flat_amounts = FlatAmounts::reached_only;
  out.flat_at_zero = policy.is("tier.zero_usage_first_tier_flat", "charged");
  out.floor_at_zero = policy.is("negative_charge", "floored_at_zero");
  return out;
}

void amount(Checker& check, std::string const& key, Exact const& minor_units) {
  check.number(key, minor_units / cents);
}

// Cases number the tiers from 1 in an object, or list them; a list may stop early.
void per_tier(Checker& check, PricedQuantity const& priced) {
  Json const* const wanted = check.wanted("per_tier_major");
  if (wanted == nullptr) return;
  auto const amount_of = [&](std::size_t tier) {
    for (TierShare const& share : priced.shares) {
      if (share.tier == tier) return Json::of(share.amount_minor / cents);
    }
    return Json::of(Exact(0));
  };
  Json ours;
  ours.kind = wanted->kind;
  for (std::size_t i = 0; i < wanted->items.size(); ++i) ours.items.push_back(amount_of(i));
  if (wanted->kind == Json::Kind::object) {
    for (TierShare const& share : priced.shares)
      ours.members[std::to_string(share.tier + 1)] = amount_of(share.tier);
    for (auto const& [number, value] : wanted->members)
      ours.members.emplace(number, Json::of(Exact(0)));
  }
  check.value("per_tier_major", ours);
}

// gross, discounts and amount of a priced line under the case's limits.
void limited(Json const& inputs, PricedQuantity const& priced, Checker& check) {
  SpendLimits const limits{minor_if(inputs, "minimum_spend_major"),
                           minor_if(inputs, "maximum_spend_major")};
  Exact const percentage =
      inputs.has("discount_percent") ? inputs.at("discount_percent").number() : Exact(0);
  auto const out = limit_discounted_amount(priced.amount_minor, percentage, limits,
                                           minor(inputs, "already_billed_major"));
  amount(check, "gross_major", priced.amount_minor);
  amount(check, "usage_amount_major", priced.amount_minor);
  amount(check, "percentage_discount_major", out.percentage_discount);
  amount(check, "true_up_major", out.limited.true_up);
  amount(check, "discount_major", out.limited.cap_discount);
  amount(check, "cap_discount_major", out.limited.cap_discount);
  amount(check, "amount_major", out.limited.amount);
}

Mapping tiered(PriceType type) {
  return [type](Json const& inputs, Policy const& policy, Checker& check) {
    auto const priced =
        price_quantity(tiers_of(inputs, type), inputs.at("quantity").number(), options_of(policy));
    per_tier(check, priced);
    limited(inputs, priced, check);
  };
}

// Priced again for the whole window, less what was priced before.
PricedQuantity increment(std::vector<PriceTier> const& prices, Json const& inputs,
                         Policy const& policy, std::string const& used_key) {
  Exact const before = inputs.has(used_key) ? inputs.at(used_key).number() : Exact(0);
  return price_difference(prices, before, before + inputs.at("quantity_in_line").number(),
                          options_of(policy));
}

void graduated_increment(Json const& inputs, Policy const& policy, Checker& check) {
  auto const priced =
      increment(tiers_of(inputs, PriceType::volume), inputs, policy, "quantity_already_billed");
  per_tier(check, priced);
  limited(inputs, priced, check);
}

void package_increment(Json const& inputs, Policy const& policy, Checker& check) {
  limited(inputs, increment(package_of(inputs), inputs, policy, "quantity_already_used"), check);
}

void package(Json const& inputs, Policy const&, Checker& check) {
  Exact const quantity = inputs.at("quantity").number();
  auto const priced = price_quantity(package_of(inputs), quantity);
  amount(check, "amount_major", priced.amount_minor);
  check.number("packages", priced.shares.empty() ? Exact(0) : priced.shares.back().blocks);
  amount(check, "effective_unit_major", average_unit_amount(priced, quantity));
}

void unit(Json const& inputs, Policy const& policy, Checker& check) {
  auto const prices = fee_of(inputs);
  bool const line = inputs.has("quantity_in_line");
  limited(inputs,
          line ? increment(prices, inputs, policy, "quantity_already_used")
               : price_quantity(prices, inputs.at("quantity").number()),
          check);
}

Exact billed_quantity(Json const& inputs) {
  static std::map<std::string, Rounding> const roundings = {
      {"ceiling", Rounding::up},
      {"ceil", Rounding::up},
      {"up", Rounding::up},
      {"floor", Rounding::down},
      {"down", Rounding::down},
      {"round", Rounding::half_away_from_zero},
      {"nearest", Rounding::half_away_from_zero},
      {"half_up", Rounding::half_away_from_zero}};
  std::string const name =
      inputs.has("conversion_rounding") ? inputs.at("conversion_rounding").word() : "none";
  std::optional<Rounding> rounding;
  if (name != "none") {
    auto const found = roundings.find(name);
    if (found == roundings.end())
      throw NotApplicable{"conversion_rounding", name + ": a rounding we do not offer"};
    rounding = found->second;
  }
  return converted_units(inputs.at("raw_quantity").number(), inputs.at("divide_by").number(),
                         rounding);
}

// A usage discount is a number of free units in front.
void unit_converted(Json const& inputs, Policy const&, Checker& check) {
  PriceTier paid;
  paid.type = PriceType::volume;
  paid.amount = minor(inputs, "unit_price_major");
  std::vector<PriceTier> prices;
  if (inputs.has("usage_discount_quantity")) {
    PriceTier free;
    free.type = PriceType::volume;
    free.to = inputs.at("usage_discount_quantity").number();
    prices.push_back(std::move(free));
  }
  size_t const paid_tier = prices.size();
  prices.push_back(std::move(paid));
  auto const priced = price_quantity(checked(std::move(prices)), billed_quantity(inputs));
  Exact billed;
  for (TierShare const& share : priced.shares) {
    if (share.tier == paid_tier) billed = share.quantity;
  }
  check.number("billed_quantity", billed);
  amount(check, "amount_major", priced.amount_minor);
}

void graduated_converted(Json const& inputs, Policy const& policy, Checker& check) {
  Exact const billed = billed_quantity(inputs);
  check.number("billed_quantity", billed);
  auto const priced =
      price_quantity(tiers_of(inputs, PriceType::volume), billed, options_of(policy));
  amount(check, "amount_major", priced.amount_minor);
}

void percentage(Json const& inputs, Policy const&, Checker& check) {
  PriceTier tier;
  tier.type = PriceType::bps;
  tier.percentage = inputs.at("rate_percent").number();
  tier.per_unit_fee = minor_if(inputs, "fixed_fee_per_event_major");
  tier.per_unit_floor = minor_if(inputs, "min_per_event_major");
  tier.per_unit_cap = minor_if(inputs, "max_per_event_major");
  PriceOptions options;
  options.fee_inside_clamp = true;  // percentage.min_max: per event, after the fixed fee
  if (inputs.has("free_events")) options.free_events = inputs.at("free_events").small();
  options.free_amount = minor_if(inputs, "free_amount");
  std::vector<Exact> values;
  for (Json const& one : inputs.at("events").list()) values.push_back(one.number() * cents);
  amount(check, "amount_major", price_events(checked({tier}), values, options).amount_minor);
}

// The value is money: it walks the tiers in minor units like everything else.
void graduated_percentage(Json const& inputs, Policy const& policy, Checker& check) {
  auto prices = tiers_of(inputs, PriceType::bps);
  for (PriceTier& tier : prices) {
    if (tier.from) *tier.from *= cents;
    if (tier.to) *tier.to *= cents;
  }
  PriceOptions options = options_of(policy);
  options.percentage = PercentageMeans::graduated_total;
  auto const priced = price_quantity(prices, minor(inputs, "quantity"), options);
  amount(check, "amount_major", priced.amount_minor);
}

void rounded_amount(Checker& check, Exact const& minor_units) {
  amount(check, "amount_major", Money::rounded(minor_units, *Currency::parse("EUR")).minor);
}

void graduated_prorated(Json const& inputs, Policy const& policy, Checker& check) {
  std::vector<ProratedUnits> changes;
  for (Json const& one : inputs.at("events").list()) {
    changes.push_back({one.at("units").number(), one.at("prorated_units").number()});
  }
  rounded_amount(check,
                 price_prorated(tiers_of(inputs, PriceType::volume), changes, options_of(policy))
                     .amount_minor);
}

void volume_prorated(Json const& inputs, Policy const& policy, Checker& check) {
  auto const priced =
      price_prorated(tiers_of(inputs, PriceType::bulk),
                     {{inputs.at("full_units").number(), inputs.at("prorated_units").number()}},
                     options_of(policy));
  rounded_amount(check, priced.amount_minor);
}

// Started blocks are full; top_tier prices all of them at the tier reached.
void tiered_blocks(Json const& inputs, Policy const&, Checker& check) {
  std::vector<PriceTier> prices;
  Exact end = 0;
  for (Json const& one : inputs.at("tiers").list()) {
    PriceTier tier;
    tier.type = PriceType::packaged;
    tier.unit_count = one.at("block_size").number();
    tier.amount = minor(one, "block_price_major");
    tier.on_incomplete = OnIncomplete::pay_in_full;
    if (one.has("max_blocks")) {
      end += tier.unit_count * one.at("max_blocks").number();
      tier.to = end;
    }
    prices.push_back(std::move(tier));
  }
  std::string const& mode = inputs.at("mode").word();
  if (mode != "top_tier" && mode != "all_tiers")
    throw NotApplicable{"tier.mode", mode + ": not offered"};
  PriceOptions options;
  options.volume = mode == "top_tier" ? VolumeMeans::all_units : VolumeMeans::graduated;
  auto const priced =
      price_quantity(checked(std::move(prices)), inputs.at("quantity").number(), options);
  amount(check, "amount_major", priced.amount_minor);
}

template <class PricesOf>
Mapping windowed(PricesOf prices_of) {
  return [prices_of](Json const& inputs, Policy const& policy, Checker& check) {
    std::vector<Exact> windows;
    for (Json const& one : inputs.at("window_quantities").list()) windows.push_back(one.number());
    amount(check, "amount_major",
           price_events(prices_of(inputs), windows, options_of(policy)).amount_minor);
  };
}

// Amounts are rounded to the currency before limits are applied to what the customer sees.
void dynamic(Json const& inputs, Policy const& policy, Checker& check) {
  int const decimals = inputs.at("currency_decimals").small();
  (void)scale_of(decimals);
  auto const prices = fee_of(inputs, "multiplier");
  Exact const used =
      inputs.has("quantity_already_used") ? inputs.at("quantity_already_used").number() : Exact(0);
  PricedQuantity priced =
      price_difference(prices, used, used + inputs.at("quantity").number(), options_of(policy));
  priced.amount_minor = (priced.amount_minor / cents).rounded(decimals) * cents;
  limited(inputs, priced, check);
}

// Without groups one line; with groups a line each, rounded each.
void dynamic_events(Json const& inputs, Policy const&, Checker& check) {
  PriceTier fee;
  fee.amount = 1;
  Currency const eur = *Currency::parse("EUR");
  auto const line = [&](std::vector<Exact> const& values) {
    return Money::rounded(price_events({fee}, values).amount_minor, eur);
  };
  std::vector<Exact> all;
  std::map<std::string, std::vector<Exact>> groups;
  auto const& events = inputs.at("event_amounts_minor").list();
  for (size_t i = 0; i < events.size(); ++i) {
    all.push_back(events[i].number());
    if (inputs.has("groups")) groups[inputs.at("groups").list().at(i).word()].push_back(all.back());
  }
  check.number("after_first_minor", line({all.at(0)}).minor);
  Money total = groups.empty() ? line(all) : Money{0, eur};
  for (auto const& [name, values] : groups) total = total + line(values);
  check.number("total_minor", total.minor);
  std::map<std::string, Json> by_group;
  for (auto const& [name, values] : groups) by_group[name] = Json::of(Exact(line(values).minor));
  check.value("group_minor", Json::object(std::move(by_group)));
}

void graduated_taxed(Json const& inputs, Policy const& policy, Checker& check) {
  auto const priced = price_quantity(tiers_of(inputs, PriceType::volume),
                                     inputs.at("quantity").number(), options_of(policy));
  std::int64_t const net = Money::rounded(priced.amount_minor, *Currency::parse("EUR")).minor;
  auto const taxes =
      tax_totals(std::vector<TaxableLine>{{net, {inputs.at("tax_rate_percent").number()}}});
  amount(check, "amount_major", priced.amount_minor);
  amount(check, "total_with_tax_major", checked_add(net, taxes.tax));
}

void round_currency(Json const& inputs, Policy const&, Checker& check) {
  Currency const currency = currency_of(inputs.at("currency"));
  int const decimals = inputs.at("currency_decimals").small();
  if (currency.decimals() != decimals) {
    throw NotApplicable{"currency",
                        currency.str() + ": ISO 4217 gives it another number of decimals"};
  }
  Exact const scale = scale_of(decimals);
  Money const money = Money::rounded(inputs.at("amount_major").number() * scale, currency);
  check.number("rounded_major", Exact(money.minor) / scale);
}

}  // namespace prices_detail

Theme pricing_models_theme() {
  using namespace prices_detail;
  Theme theme;
  auto const tiers = [](PriceType type) {
    return [type](Json const& in) { return tiers_of(in, type); };
  };
  theme.kinds = {{"price.unit", unit},
                 {"price.unit_min_max", unit},
                 {"price.unit_converted", unit_converted},
                 {"price.graduated", tiered(PriceType::volume)},
                 {"price.graduated_converted", graduated_converted},
                 {"price.graduated_taxed", graduated_taxed},
                 {"price.graduated_increment", graduated_increment},
                 {"price.graduated_percentage", graduated_percentage},
                 {"price.graduated_prorated", graduated_prorated},
                 {"price.volume", tiered(PriceType::bulk)},
                 {"price.volume_min_max", tiered(PriceType::bulk)},
                 {"price.volume_prorated", volume_prorated},
                 {"price.package", package},
                 {"price.package_increment", package_increment},
                 {"price.percentage", percentage},
                 {"price.tiered_blocks", tiered_blocks},
                 {"price.dynamic", dynamic},
                 {"price.dynamic_events", dynamic_events},
                 {"price.windowed_unit", windowed([](Json const& in) { return fee_of(in); })},
                 {"price.windowed_package", windowed(package_of)},
                 {"price.windowed_graduated", windowed(tiers(PriceType::volume))},
                 {"price.windowed_volume", windowed(tiers(PriceType::bulk))},
                 {"round.currency", round_currency}};
  theme.offered = {
      {"amount.precision", {"kept_until_invoice_line_rounding"}},
      {"graduated.prorated", {"events_walk_tiers_by_full_units_charged_on_prorated_units"}},
      {"graduated.prorated_flat_fee", {"not_prorated_charged_for_each_tier_ever_reached"}},
      {"max_spend", {"discount_on_excess_over_cap"}},
      {"max_spend.order", {"after_percentage_discount"}},
      {"min_spend", {"true_up_in_last_line_of_period"}},
      {"negative_charge", {"floored_at_zero"}},
      {"package.partial", {"rounded_up_to_full_package", "rounded_down"}},
      {"percentage.free_allowances", {"whichever_of_free_events_or_free_amount_ends_first"}},
      {"percentage.min_max", {"per_event_after_fixed_fee_on_paying_events_only"}},
      {"percentage.partially_free_event", {"pays_fixed_fee_and_percent_on_excess"}},
      {"progressive_billing",
       {"cumulative_tiers_minus_already_billed", "cumulative_packages_minus_already_billed"}},
      {"rounding", {"nearest_any_tie_rule", "half_up"}},
      {"rounding.level", {"per_group", "sum_then_round", "line_total_not_unit"}},
      {"tier.boundary", {"up_to_inclusive"}},
      {"tier.cap", {"per_tier_max_amount"}},
      {"tier.flat_fee", {"charged_once_when_tier_entered", "flat_of_reached_tier_only"}},
      {"tier.fractional_gap", {"falls_into_next_tier"}},
      {"tier.mode", {"top_tier", "all_tiers"}},
      {"tier.zero_usage_first_tier_flat", {"charged"}},
      {"unit_conversion",
       {"convert_round_then_tier", "convert_then_round", "convert_round_then_usage_discount"}},
      {"volume.prorated_tier_choice", {"by_full_units"}},
      {"windowed_usage", {"each_window_priced_separately_then_summed"}}};
  return theme;
}

}  // namespace tallybook::golden
