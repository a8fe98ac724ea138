// Proration: shares of cycles by days, fixed months and milliseconds, and plan changes.
#include "calendar/proration.hpp"

#include "domain/invoice/crediting.hpp"
#include "golden/calendar_words.hpp"
#include "golden/themes.hpp"
#include "money/money.hpp"

namespace tallybook::golden {
namespace proration_detail {

Period period_of(Json const& inputs, std::string const& from, std::string const& to) {
  Period const period{day(inputs.at(from)), day(inputs.at(to))};
  if (period.end < period.start) throw BadCase(to + " before " + from);
  return period;
}

Exact share_of(Json const& inputs, Period used) {
  Period const cycle = period_of(inputs, "cycle_from", "cycle_to");
  if (cycle.days() == 0) throw BadCase("a cycle without a day");
  return proration_days(used, cycle);
}

// Kinds that count days know no other basis; what another one would mean for them is not guessed.
void only_real_days(Policy const& policy) {
  auto const basis = policy.values.find("proration.basis");
  if (basis != policy.values.end() && basis->second != "actual_days_in_cycle")
    throw NotApplicable{"proration.basis", basis->second + ": not for this kind"};
}

std::int64_t rounded(Exact const& minor_units) {
  return Money::rounded(minor_units, Currency()).minor;
}

void stub_amount(Json const& inputs, Policy const& policy, Checker& check) {
  only_real_days(policy);
  std::string const& basis = inputs.at("basis").word();
  if (basis != "days") throw NotApplicable{"basis", basis + ": not in days"};
  Exact const share = share_of(inputs, period_of(inputs, "used_from", "used_to"));
  Exact const full = inputs.has("full_amount_minor")
                         ? inputs.at("full_amount_minor").number()
                         : inputs.at("full_amount_major").number() * 100;
  std::int64_t const amount = rounded(full * share);
  check.number("amount_minor", amount);
  check.number("amount_major", Exact(amount) / 100);
}

void stub_amount_seconds(Json const& inputs, Policy const&, Checker& check) {
  InstantRange const cycle{instant(inputs.at("cycle_from")), instant(inputs.at("cycle_to"))};
  InstantRange const used{instant(inputs.at("used_from")), instant(inputs.at("used_to"))};
  if (cycle.end <= cycle.start || used.end < used.start) throw BadCase("ends before it starts");
  int const decimals = inputs.at("decimals").small();
  (void)scale_of(decimals);
  check.number("amount",
               (inputs.at("full_amount").number() * proration_ms(used, cycle)).rounded(decimals));
}

// Instants count as the local days they fall in.
void day_count(Json const& inputs, Policy const&, Checker& check) {
  auto const zone = TimeZone::find(inputs.at("timezone").word());
  if (!zone) throw BadCase("unknown time zone: " + inputs.at("timezone").text);
  auto const local = [&](Json const& value) {
    auto const date = parse_date(value.word());
    return date ? *date : zone->date_of(instant(value));
  };
  check.number("days", local(inputs.at("to")) - local(inputs.at("from")));
}

void plan_change(Json const& inputs, Policy const& policy, Checker& check) {
  only_real_days(policy);
  Period left = period_of(inputs, "change_date", "cycle_to");
  Exact const share = share_of(inputs, left);
  std::int64_t net = 0;
  auto const lines = [&](std::string const& key, int sign) {
    std::vector<std::int64_t> out;
    for (Json const& one : inputs.at(key).list()) {
      out.push_back(rounded(one.number() * share * sign));
      net = checked_add(net, out.back());
    }
    return out;
  };
  check.numbers("credit_lines_minor", lines("removed_minor", -1));
  check.numbers("charge_lines_minor", lines("added_minor", 1));
  check.number("net_minor", net);
}

// What a change credits of the old amount and charges of the new one, each rounded.
void change_legs(Exact const& old_amount, Exact const& new_amount, Exact const& share,
                 Checker& check) {
  std::int64_t const credit = rounded(-old_amount * share);
  std::int64_t const charge = rounded(new_amount * share);
  check.number("credit_major", Exact(credit) / 100);
  check.number("charge_major", Exact(charge) / 100);
  check.number("net_major", Exact(checked_add(credit, charge)) / 100);
}

// The end date is a day of the period.
void plan_change_inclusive_end(Json const& inputs, Policy const&, Checker& check) {
  Period cycle = period_of(inputs, "period_start", "period_end");
  Period left = period_of(inputs, "change_date", "period_end");
  cycle.end = cycle.end + 1;
  left.end = left.end + 1;
  change_legs(minor_or_zero(inputs, "old_total_major"), minor_or_zero(inputs, "new_total_major"),
              proration_days(left, cycle), check);
}

void plan_change_fraction(Json const& inputs, Policy const&, Checker& check) {
  change_legs(minor_or_zero(inputs, "old_amount_major"), minor_or_zero(inputs, "new_amount_major"),
              inputs.at("remaining_fraction").number(), check);
}

// The item was billed for the whole cycle, or from a day within it on: what was billed then is the
// base of what counts as paid for the rest.
void plan_change_same_item(Json const& inputs, Policy const& policy, Checker& check) {
  only_real_days(policy);
  Period const left = period_of(inputs, "change_date", "cycle_to");
  Exact const old_amount = inputs.at("old_amount_minor").minor();
  std::int64_t const gross =
      rounded(Exact(inputs.at("new_amount_minor").minor()) * share_of(inputs, left));
  std::int64_t paid = rounded(old_amount * share_of(inputs, left));
  if (inputs.has("old_item_from")) {
    Period const billed = period_of(inputs, "old_item_from", "cycle_to");
    std::int64_t const first = rounded(old_amount * share_of(inputs, billed));
    check.number("old_first_charge_minor", first);
    if (policy.has("proration.credit_base") && billed.days() > 0)
      paid = rounded(Exact(first) * proration_days(left, billed));
  }
  check.number("new_charge_gross_minor", gross);
  check.number("already_paid_minor", paid);
  check.number("net_charge_minor", checked_add(gross, -paid));
}

void credit_cap(Json const& inputs, Policy const&, Checker& check) {
  check.number("credit_major", capped_credit(inputs.at("potential_credit_major").number(),
                                             inputs.at("amount_paid_major").number(),
                                             inputs.at("credits_already_issued_major").number()));
}

void fixed_days_month(Json const& inputs, Policy const&, Checker& check) {
  int const month = inputs.at("fixed_days_in_month").small();
  if (month <= 0) throw BadCase("a month without days");
  std::int64_t const days = fixed_month_days(period_of(inputs, "from", "to"), month);
  Exact const share = Exact::fraction(days, month);
  check.number("billed_days", days);
  check.number("fraction_9dp", share);
  check.number("amount_major",
               Exact(rounded(minor_or_zero(inputs, "full_amount_major") * share)) / 100);
}

void cycles(Json const& inputs, Policy const& policy, Checker& check) {
  only_real_days(policy);
  auto const interval = named_interval(inputs.at("period").word(), 1);
  int const billing_day = inputs.at("billing_day").small();
  bool const months =
      interval.period == IntervalPeriod::months || interval.period == IntervalPeriod::years;
  if (!months || billing_day < 1 || billing_day > 31)
    throw NotApplicable{"billing_day", "only months and years have one, from 1 to 31"};
  std::optional<Date> end;
  if (inputs.has("end")) end = day(inputs.at("end"));
  check.number("cycles", billed_cycles(day(inputs.at("start")), end, day(inputs.at("target_date")),
                                       interval, billing_day));
}

}  // namespace proration_detail

Theme proration_theme() {
  using namespace proration_detail;
  Theme theme;
  theme.kinds = {{"proration.stub_amount", stub_amount},
                 {"proration.stub_amount_seconds", stub_amount_seconds},
                 {"proration.day_count", day_count},
                 {"proration.plan_change", plan_change},
                 {"proration.plan_change_inclusive_end", plan_change_inclusive_end},
                 {"proration.plan_change_fraction", plan_change_fraction},
                 {"proration.plan_change_same_item", plan_change_same_item},
                 {"proration.credit_cap", credit_cap},
                 {"proration.fixed_days_month", fixed_days_month},
                 {"proration.billed_cycles", cycles}};
  theme.offered = {
      {"billing_mode", {"advance", "arrears"}},
      {"period.end", {"exclusive"}},
      {"plan_change.anchor", {"kept"}},
      {"plan_change.day", {"belongs_to_new_plan"}},
      {"plan_change.usage_components", {"never_prorated"}},
      {"plan_change.credit", {"netted_against_new_charge_of_same_item", "separate_line"}},
      {"plan_change.credit_cap", {"amount_paid_minus_previous_credits"}},
      {"proration.basis",
       {"actual_days_in_cycle", "seconds", "fixed_30_day_month", "actual_days_end_date_inclusive"}},
      {"proration.credit_base", {"share_of_rounded_amount_actually_billed"}},
      {"proration.day_count", {"calendar_days_in_customer_timezone"}},
      {"rounding", {"nearest_any_tie_rule", "half_up"}},
      {"rounding.level", {"per_component_line", "per_line"}},
      {"termination.day", {"counted_as_used"}},
      {"trial", {"prorates_first_charge_by_remaining_days"}}};
  theme.reasons = {{"proration.clamped_cycle_length=one_month_back_from_clamped_date",
                    "a cycle in front of a clamped boundary starts on the boundary before it"},
                   {"plan_change.day=charged_to_both_plans_in_arrears",
                    "the day of a change belongs to what is new"}};
  return theme;
}

}  // namespace tallybook::golden
