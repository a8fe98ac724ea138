// Taxes: a case becomes taxable lines, a rounding level, and one call of domain/invoice/totals.
#include "domain/catalogue/price.hpp"
#include "domain/discount/distribution.hpp"
#include "golden/tax_words.hpp"
#include "golden/themes.hpp"
#include "money/money.hpp"

namespace tallybook::golden {
namespace taxes_detail {

std::map<std::string, TaxRounding> const& levels() {
  static std::map<std::string, TaxRounding> const all = {
      {"per_line", TaxRounding::per_line},
      {"per_rate", TaxRounding::per_rate},
      {"each_rate_rounded", TaxRounding::per_rate},
      {"on_invoice_total_per_rate", TaxRounding::per_rate},
      {"per_rate_or_precise_sum_on_invoice", TaxRounding::per_rate},
      {"precise_sum_rounded_once_on_invoice", TaxRounding::once_on_total}};
  return all;
}

std::vector<Exact> rates_of(Json const& value) {
  std::vector<Exact> out;
  for (Json const& one : value.list()) out.push_back(rate_of(one));
  return out;
}

// Cases that show figures by rate spell the rates in an object, or list them as the inputs do.
Json by_rate(Checker const& check, std::string const& key, std::vector<Exact> const& rates,
             TaxTotals const& totals, std::function<Exact(RateTotal const&)> const& figure) {
  Json const* const wanted = check.wanted(key);
  Json out;
  out.kind = wanted != nullptr ? wanted->kind : Json::Kind::object;
  if (out.kind == Json::Kind::object) {
    for (auto const& row : totals.by_rate) out.members[row.rate.str()] = Json::of(figure(row));
    return out;
  }
  std::map<Exact, int> seen;
  for (Exact const& rate : rates) {
    int skip = seen[rate]++;
    for (auto const& row : totals.by_rate) {
      if (row.rate == rate && skip-- == 0) out.items.push_back(Json::of(figure(row)));
    }
  }
  return out;
}

// How many minor units a major one has: by the decimals of the case, which must be those of the
// currency it names.
Exact minor_units(Json const& inputs) {
  if (!inputs.has("currency_decimals") && !inputs.has("currency")) return 100;
  std::optional<Currency> currency;
  if (inputs.has("currency")) currency = currency_of(inputs.at("currency"));
  int const decimals = inputs.has("currency_decimals") ? inputs.at("currency_decimals").small()
                                                       : currency->decimals();
  if (currency && currency->decimals() != decimals) {
    throw NotApplicable{"currency",
                        currency->str() + ": ISO 4217 gives it another number of decimals"};
  }
  return scale_of(decimals);
}

void single(Json const& inputs, Policy const& policy, Checker& check) {
  Exact const scale = minor_units(inputs);
  std::vector<TaxableLine> const lines = {
      {inputs.at("taxable_major").number() * scale, {rate_of(inputs.at("rate_percent"))}}};
  check.number("tax_major", Exact(tax_totals(lines, tax_rounding(policy)).tax) / scale);
}

void multiple_rates(Json const& inputs, Policy const& policy, Checker& check) {
  Exact const scale = minor_units(inputs);
  auto const rates = rates_of(inputs.at("rates_percent"));
  std::vector<TaxableLine> const lines = {{inputs.at("taxable_major").number() * scale, rates}};
  auto const totals = tax_totals(lines, tax_rounding(policy));
  check.value("per_rate_major", by_rate(check, "per_rate_major", rates, totals,
                                        [&](auto const& row) { return Exact(row.tax) / scale; }));
  check.number("tax_major", Exact(totals.tax) / scale);
}

void multiple_rates_minor(Json const& inputs, Policy const& policy, Checker& check) {
  auto const rates = rates_of(inputs.at("rates_percent"));
  std::vector<TaxableLine> const lines = {{inputs.at("amount_minor").number(), rates}};
  auto const totals = tax_totals(lines, tax_rounding(policy));
  check.value("tax_by_rate_minor", by_rate(check, "tax_by_rate_minor", rates, totals,
                                           [](auto const& row) { return Exact(row.tax); }));
  check.number("tax_minor", totals.tax);
}

void per_line(Json const& inputs, Policy const& policy, Checker& check) {
  std::vector<TaxableLine> lines;
  std::int64_t net = 0;
  for (Json const& one : inputs.at("lines").list()) {
    std::int64_t const amount = one.at("amount_minor").minor();
    lines.push_back({amount, {rate_of(one.at("rate_percent"))}});
    net = checked_add(net, amount);
  }
  auto const totals = tax_totals(lines, tax_rounding(policy));
  check.numbers("per_line_minor", totals.line_tax);
  check.number("tax_minor", totals.tax);
  check.number("total_minor", checked_add(net, totals.tax));
}

void after_discount(Json const& inputs, Policy const& policy, Checker& check) {
  Exact const scale = minor_units(inputs);
  Exact const net =
      (inputs.at("subtotal_major").number() - inputs.at("discount_major").number()) * scale;
  std::vector<TaxableLine> const lines = {{net, {rate_of(inputs.at("rate_percent"))}}};
  std::int64_t const tax = tax_totals(lines, tax_rounding(policy)).tax;
  check.number("tax_major", Exact(tax) / scale);
  check.number("total_major", (net + tax) / scale);
}

void after_discount_minor(Json const& inputs, Policy const& policy, Checker& check) {
  std::vector<TaxableLine> const lines = {
      {inputs.at("amount_minor").number() - inputs.at("discount_minor").number(),
       {rate_of(inputs.at("rate_percent"))}}};
  check.number("tax_minor", tax_totals(lines, tax_rounding(policy)).tax);
}

void invoice_vs_lines(Json const& inputs, Policy const& policy, Checker& check) {
  Exact const rate = rate_of(inputs.at("rate_percent"));
  std::vector<TaxableLine> lines;
  std::int64_t net = 0;
  for (Json const& one : inputs.at("lines_minor").list()) {
    lines.push_back({one.minor(), {rate}});
    net = checked_add(net, one.minor());
  }
  std::int64_t const tax = tax_totals(lines, tax_rounding(policy)).tax;
  check.number("tax_on_total_minor", tax_totals(lines, TaxRounding::once_on_total).tax);
  check.number("sum_of_line_taxes_minor", tax_totals(lines, TaxRounding::per_line).tax);
  check.number("invoice_tax_minor", tax);
  check.number("total_minor", checked_add(net, tax));
}

// Bases are exact behind a discount; a document shows them in whole minor units.
void per_rate_on_invoice(Json const& inputs, Policy const& policy, Checker& check) {
  std::vector<Exact> amounts;
  std::vector<TaxableLine> lines;
  std::vector<Exact> rates;
  for (Json const& one : inputs.at("lines").list()) {
    amounts.emplace_back(one.at("amount_minor").minor());
    lines.push_back({amounts.back(), rates_of(one.at("rates_percent"))});
    rates.insert(rates.end(), lines.back().rates.begin(), lines.back().rates.end());
  }
  auto const shares = discount_shares(amounts, inputs.at("coupon_minor").minor());
  for (std::size_t i = 0; i < lines.size(); ++i) lines[i].net -= shares[i];
  auto const totals = tax_totals(lines, tax_rounding(policy));
  check.value("tax_by_rate_minor", by_rate(check, "tax_by_rate_minor", rates, totals,
                                           [](auto const& row) { return Exact(row.tax); }));
  check.value("base_by_rate_minor", by_rate(check, "base_by_rate_minor", rates, totals,
                                            [](auto const& row) { return row.base.rounded(0); }));
  check.number("tax_minor", totals.tax);
  check.number("effective_rate_percent", totals.effective_rate);
}

void mixed_tax_coupon(Json const& inputs, Policy const& policy, Checker& check) {
  std::vector<TaxableLine> lines;
  std::int64_t net = 0;
  for (Json const& one : inputs.at("lines").list()) {
    std::int64_t const amount = one.at("amount_minor").minor() - one.at("coupon_minor").minor();
    lines.push_back({amount, {rate_of(one.at("rate_percent"))}});
    net = checked_add(net, amount);
  }
  auto const totals = tax_totals(lines, tax_rounding(policy));
  check.number("subtotal_minor", net);
  check.number("tax_minor", totals.tax);
  check.number("total_minor", checked_add(net, totals.tax));
  check.number("effective_rate_percent_5dp", totals.effective_rate);
}

// `units` at a price of minor units that may be a fraction, as one line.
Mapping fee_line(std::string const& units, std::string const& unit_amount) {
  return [=](Json const& inputs, Policy const&, Checker& check) {
    PriceTier fee;
    fee.amount = inputs.at(unit_amount).number();
    auto const prices = value_of(checked_prices({fee}, PriceType::fee, "price"));
    auto const priced = price_quantity(prices, inputs.at(units).number());
    check.number("amount_minor", Money::rounded(priced.amount_minor, Currency()).minor);
  };
}

}  // namespace taxes_detail

TaxRounding tax_rounding(Policy const& policy) {
  auto const named = policy.values.find("tax.rounding_level");
  return named == policy.values.end() ? TaxRounding::per_rate
                                      : taxes_detail::levels().at(named->second);
}

std::vector<std::string> tax_rounding_levels() {
  std::vector<std::string> out;
  for (auto const& [name, level] : taxes_detail::levels()) out.push_back(name);
  return out;
}

Exact rate_of(Json const& value) {
  Exact const rate = value.number();
  if (rate.is_negative()) throw BadCase("a negative rate: " + value.str());
  return rate;
}

std::int64_t tax_on(Exact const& net, Exact const& rate) {
  return tax_totals(std::vector<TaxableLine>{{net, {rate}}}).tax;
}

Theme taxes_theme() {
  using namespace taxes_detail;
  Theme theme;
  theme.kinds = {{"tax.single", single},
                 {"tax.multiple_rates", multiple_rates},
                 {"tax.multiple_rates_minor", multiple_rates_minor},
                 {"tax.per_line", per_line},
                 {"tax.after_discount", after_discount},
                 {"tax.after_discount_minor", after_discount_minor},
                 {"tax.invoice_vs_lines", invoice_vs_lines},
                 {"tax.per_rate_on_invoice", per_rate_on_invoice},
                 {"invoice.mixed_tax_coupon", mixed_tax_coupon},
                 {"invoice.adjusted_fee", fee_line("units", "unit_amount_minor_precise")},
                 {"invoice.pricing_unit", fee_line("true_up_units_minor", "conversion_rate")}};
  theme.offered = {{"coupon.before_tax", {"yes"}},
                   {"discount.distribution", {"pro_rata_precise"}},
                   {"rounding", {"nearest_any_tie_rule", "half_up"}},
                   {"rounding.level", {"per_line", "line_total_not_unit", "per_fee"}},
                   {"amount.precision", {"kept_until_invoice_line_rounding"}},
                   {"tax.base", {"after_discount"}},
                   {"tax.compound", {"no"}},
                   {"tax.prices", {"exclusive"}},
                   {"tax.rounding_level", tax_rounding_levels()}};
  return theme;
}

}  // namespace tallybook::golden
