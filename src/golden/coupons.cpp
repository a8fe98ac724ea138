// Coupons and discounts, and invoices that take credits after them.
#include "domain/discount/coupons.hpp"

#include "domain/credit/line_credits.hpp"
#include "domain/discount/distribution.hpp"
#include "golden/tax_words.hpp"
#include "golden/themes.hpp"
#include "money/money.hpp"

namespace tallybook::golden {
namespace coupons_detail {

CouponStacking stacking_of(Policy const& policy) {
  return policy.is("coupon.stacking", "percentages_first_then_fixed_independent_of_order")
             ? CouponStacking::percentages_first
             : CouponStacking::in_order;
}

// The lines a coupon names by id; empty for all. Ids that are not on the invoice match nothing.
std::optional<std::vector<std::size_t>> eligible(Json const& coupon,
                                                 std::vector<std::string> const& ids) {
  if (!coupon.has("applies_to")) return std::nullopt;
  Json const& target = coupon.at("applies_to");
  if (target.kind == Json::Kind::text && target.text == "all") return std::nullopt;
  std::vector<Json> const named =
      target.kind == Json::Kind::text ? std::vector<Json>{target} : target.list();
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    for (Json const& one : named) {
      if (one.word() != ids[i]) continue;
      out.push_back(i);
      break;
    }
  }
  return out;
}

CouponTerms terms_of(Json const& coupon, std::vector<std::string> const& ids) {
  only_known(coupon, "coupon",
             {"id", "name", "type", "amount_minor", "amount_major", "rate_percent", "currency",
              "applies_to", "line", "frequency", "remaining_minor", "already_used_minor"});
  CouponTerms out;
  std::string const type = coupon.has("type")           ? coupon.at("type").word()
                           : coupon.has("rate_percent") ? "percentage"
                                                        : "fixed";
  if (type == "percentage") {
    out.percentage = coupon.at("rate_percent").number();
  } else if (type == "fixed" || type == "fixed_amount") {
    out.amount = coupon.has("amount_major") ? minor_or_zero(coupon, "amount_major")
                                            : coupon.at("amount_minor").number();
    if (coupon.has("remaining_minor")) out.amount = coupon.at("remaining_minor").number();
    if (coupon.has("already_used_minor")) out.amount -= coupon.at("already_used_minor").number();
  } else {
    throw NotApplicable{"coupon.type", type + ": neither a percentage nor a fixed amount"};
  }
  if (coupon.has("currency")) out.currency = currency_of(coupon.at("currency"));
  out.lines = eligible(coupon, ids);
  return out;
}

std::vector<CouponTerms> all_terms(Json const& inputs, std::vector<std::string> const& ids = {}) {
  std::vector<CouponTerms> out;
  for (Json const& one : inputs.at("coupons").list()) out.push_back(terms_of(one, ids));
  return out;
}

std::vector<std::int64_t> amounts_of(AppliedCoupons const& applied) {
  std::vector<std::int64_t> out;
  for (auto const& use : applied.uses) out.push_back(use.amount);
  return out;
}

// One line: what is left of the whole invoice is what is left of the line.
void sequential(Json const& inputs, Policy const& policy, Checker& check) {
  std::vector<Exact> const lines = {inputs.at("subtotal_minor").minor()};
  auto const applied = apply_coupons(lines, all_terms(inputs), Currency(), stacking_of(policy));
  check.numbers("discounts_minor", amounts_of(applied));
  check.number("total_discount_minor", applied.total);
  check.number("net_minor", lines.front() - applied.total);
  if (!inputs.has("tax_rate_percent")) return;
  Exact const net = lines.front() - applied.total;
  std::int64_t const tax = tax_on(net, rate_of(inputs.at("tax_rate_percent")));
  check.number("tax_minor", tax);
  check.number("total_minor", net + tax);
}

void currency(Json const& inputs, Policy const& policy, Checker& check) {
  std::vector<Exact> const lines = {inputs.at("subtotal_minor").minor()};
  std::vector<CouponTerms> const coupons = {terms_of(inputs.at("coupon"), {})};
  auto const applied = apply_coupons(lines, coupons, currency_of(inputs.at("invoice_currency")),
                                     stacking_of(policy));
  check.number("discount_minor", applied.total);
}

struct Lines {
  std::vector<std::string> ids;
  std::vector<Exact> amounts;
};

Lines lines_of(Json const& inputs) {
  Lines out;
  for (Json const& one : inputs.at("lines").list()) {
    out.ids.push_back(one.at("id").word());
    out.amounts.emplace_back(one.at("amount_minor").minor());
  }
  return out;
}

// The invoice may hold more than the lines listed: what general coupons may take from as well.
void limited_pair(Json const& inputs, Policy const& policy, Checker& check) {
  Lines lines = lines_of(inputs);
  Exact const fees = inputs.at("invoice_fees_minor").minor();
  Exact others = fees;
  for (auto const& amount : lines.amounts) others -= amount;
  auto const coupons = all_terms(inputs, lines.ids);
  if (others > 0) lines.amounts.push_back(others);
  auto const applied = apply_coupons(lines.amounts, coupons, Currency(), stacking_of(policy));
  check.numbers("discounts_minor", amounts_of(applied));
  check.number("total_discount_minor", applied.total);
  check.number("net_minor", fees - applied.total);
}

void targeted_breakdown(Json const& inputs, Policy const& policy, Checker& check) {
  if (policy.is("discount.distribution", "pro_rata_remainder_to_last_line"))
    throw NotApplicable{"discount.distribution", "coupons share exactly"};
  Lines const lines = lines_of(inputs);
  auto const applied =
      apply_coupons(lines.amounts, all_terms(inputs, lines.ids), Currency(), stacking_of(policy));
  std::vector<TaxableLine> taxable;
  Exact subtotal;
  for (std::size_t i = 0; i < lines.ids.size(); ++i) {
    taxable.push_back(
        {applied.remaining[i], {rate_of(inputs.at("lines").items[i].at("tax_rate_percent"))}});
    subtotal += applied.remaining[i];
  }
  auto const totals = tax_totals(taxable, tax_rounding(policy));
  std::map<std::string, Json> discounts;
  std::map<std::string, Json> taxes;
  for (std::size_t i = 0; i < lines.ids.size(); ++i) {
    discounts[lines.ids[i]] = Json::of(applied.discounts[i]);
    taxes[lines.ids[i]] = Json::of(Exact(totals.line_tax[i]));
  }
  check.value("line_discount_minor_1dp", Json::object(std::move(discounts)));
  check.value("line_tax_minor", Json::object(std::move(taxes)));
  check.number("total_discount_minor", applied.total);
  check.number("subtotal_minor", subtotal);
  check.number("tax_minor", totals.tax);
  check.number("total_minor", subtotal + totals.tax);
}

void distribute_lines(Json const& inputs, Policy const& policy, Checker& check) {
  std::vector<std::int64_t> lines;
  for (Json const& one : inputs.at("lines_minor").list()) lines.push_back(one.minor());
  auto const how = policy.is("discount.distribution", "pro_rata_remainder_to_last_line")
                       ? DiscountDistribution::remainder_to_last_line
                       : DiscountDistribution::largest_remainder;
  auto const parts = distribute_discount(lines, inputs.at("discount_minor").minor(), how);
  for (std::size_t i = 0; i < lines.size(); ++i) lines[i] -= parts[i];
  check.numbers("taxable_minor", lines);
}

void distribute_precise(Json const& inputs, Policy const&, Checker& check) {
  std::vector<Exact> lines;
  for (Json const& one : inputs.at("lines_minor").list()) lines.push_back(one.number());
  check.value("per_line_minor",
              Json::numbers(discount_shares(lines, inputs.at("coupon_minor").number())));
}

// Coupons of a line first, then those of the invoice, then wallets pay what is left of the lines.
void discount_then_credit(Json const& inputs, Policy const& policy, Checker& check) {
  std::vector<Exact> lines;
  Exact subtotal;
  for (Json const& one : inputs.at("lines").list()) {
    only_known(one, "lines", {"id", "amount_major"});
    lines.push_back(minor_or_zero(one, "amount_major"));
    subtotal += lines.back();
  }
  std::vector<CouponTerms> coupons;
  if (inputs.has("line_coupons")) {
    for (Json const& one : inputs.at("line_coupons").list()) {
      auto const line = static_cast<std::size_t>(one.at("line").small());
      if (line >= lines.size()) throw BadCase("no such line: " + one.str());
      coupons.push_back(terms_of(one, {}));
      coupons.back().lines = {line};
    }
  }
  if (inputs.has("invoice_coupons")) {
    for (Json const& one : inputs.at("invoice_coupons").list())
      coupons.push_back(terms_of(one, {}));
  }
  auto const applied = apply_coupons(lines, coupons, Currency(), stacking_of(policy));
  std::vector<Exact> wallets;
  for (Json const& one : inputs.at("wallets_major").list()) wallets.push_back(one.number() * 100);
  auto const paid = apply_credits(applied.remaining, wallets);
  check.number("subtotal_major", subtotal / 100);
  check.number("discount_major", Exact(applied.total) / 100);
  check.number("credits_major", (subtotal - applied.total - paid.total_payable) / 100);
  check.number("total_major", paid.total_payable / 100);
}

}  // namespace coupons_detail

Theme coupons_theme() {
  using namespace coupons_detail;
  Theme theme;
  theme.kinds = {{"coupon.sequential", sequential},
                 {"coupon.sequential_taxed", sequential},
                 {"coupon.precedence", sequential},
                 {"coupon.currency", currency},
                 {"coupon.limited_pair", limited_pair},
                 {"coupon.targeted_breakdown", targeted_breakdown},
                 {"discount.distribute_lines", distribute_lines},
                 {"discount.distribute_precise", distribute_precise},
                 {"invoice.discount_then_credit", discount_then_credit}};
  theme.offered = {
      {"amount.precision", {"kept_until_invoice_line_rounding"}},
      {"coupon.before_tax", {"yes"}},
      {"coupon.currency", {"fixed_must_match_percentage_any"}},
      {"coupon.fixed_once_remainder", {"carried_to_next_invoice"}},
      {"coupon.limited", {"capped_at_eligible_lines"}},
      {"coupon.order", {"line_coupons_then_invoice_coupons_in_order"}},
      {"coupon.stacking",
       {"sequential_on_remaining_in_application_order",
        "percentages_first_then_fixed_independent_of_order"}},
      {"coupon.target_order", {"metric_limited_then_plan_limited_then_general"}},
      {"credits.order", {"after_discounts_before_tax"}},
      {"discount.distribution", {"pro_rata_precise", "pro_rata_remainder_to_last_line"}},
      {"rounding", {"nearest_any_tie_rule", "half_up"}},
      {"rounding.level", {"per_line", "line_total_not_unit"}},
      {"tax.base", {"after_discount"}},
      {"tax.compound", {"no"}},
      {"tax.prices", {"exclusive"}},
      {"tax.rounding_level", tax_rounding_levels()}};
  return theme;
}

}  // namespace tallybook::golden
