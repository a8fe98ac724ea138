// Credits: grants over time, and credits that pay lines.
#include "domain/credit/burn_down.hpp"
#include "domain/credit/line_credits.hpp"
#include "golden/calendar_words.hpp"
#include "golden/themes.hpp"

namespace tallybook::golden {
namespace credits_detail {

constexpr std::int64_t day_ms = 86'400'000;

// Every so many days from an anchor, which is the start of the grant unless the case says another.
std::optional<GrantRecurrence> recurrence_of(Json const& grant) {
  static std::vector<std::string> const in_days = {
      "recurrence_days", "recurs_every_days", "recurrence_every_days", "recurrence_interval_days"};
  GrantRecurrence out;
  out.anchor = instant(grant.has("recurrence_anchor") ? grant.at("recurrence_anchor")
                                                      : grant.at("effective_at"));
  for (auto const& name : in_days) {
    if (!grant.has(name)) continue;
    out.every_ms = grant.at(name).small() * day_ms;
    return out;
  }
  if (!grant.has("recurrence")) return std::nullopt;
  Json const& how = grant.at("recurrence");
  only_known(how, "grants.recurrence",
             {"days", "every_days", "interval_days", "interval", "unit", "count", "anchor"});
  if (how.has("anchor")) out.anchor = instant(how.at("anchor"));
  int days = 1;
  if (how.has("count")) days = how.at("count").small();
  for (char const* name : {"days", "every_days", "interval_days"}) {
    if (how.has(name)) days *= how.at(name).small();
  }
  for (char const* name : {"interval", "unit"}) {
    if (!how.has(name)) continue;
    auto const unit = named_interval(how.at(name).word(), 1);
    if (unit.period != IntervalPeriod::days && unit.period != IntervalPeriod::weeks)
      throw NotApplicable{"grants.recurrence", how.at(name).word() + ": not a number of days"};
    if (unit.period == IntervalPeriod::weeks) days *= 7;
  }
  out.every_ms = days * day_ms;
  return out;
}

TimedGrant grant_of(Json const& one) {
  only_known(
      one, "grants",
      {"id", "amount", "priority", "effective_at", "expires_at", "voided_at", "void_at",
       "rollover_max", "rollover_min", "recurrence", "recurrence_days", "recurrence_every_days",
       "recurs_every_days", "recurrence_interval_days", "recurrence_anchor", "created_at"});
  TimedGrant grant;
  grant.amount = one.at("amount").number();
  grant.effective_at = instant(one.at("effective_at"));
  for (char const* name : {"voided_at", "void_at"}) {
    if (one.has(name)) grant.voided_at = instant(one.at(name));
  }
  grant.recurrence = recurrence_of(one);
  if (one.has("rollover_min")) grant.rollover_min = one.at("rollover_min").number();
  if (one.has("rollover_max")) grant.rollover_max = one.at("rollover_max").number();
  if (one.has("priority")) grant.rank.priority = one.at("priority").small();
  if (one.has("expires_at")) grant.rank.expires_at = instant(one.at("expires_at"));
  grant.rank.created_at =
      one.has("created_at") ? instant(one.at("created_at")) : grant.effective_at;
  return grant;
}

void grant_burn_down(Json const& inputs, Policy const&, Checker& check) {
  std::vector<TimedGrant> grants;
  for (Json const& one : inputs.at("grants").list()) grants.push_back(grant_of(one));
  std::vector<TimedUsage> usage;
  for (Json const& one : inputs.at("usage").list()) {
    only_known(one, "usage", {"at", "quantity"});
    usage.push_back({instant(one.at("at")), one.at("quantity").number()});
  }
  std::vector<UsageReset> resets;
  if (inputs.has("resets")) {
    for (Json const& one : inputs.at("resets").list()) {
      only_known(one, "resets", {"at", "preserve_overage"});
      resets.push_back({instant(one.at("at")),
                        one.has("preserve_overage") && one.at("preserve_overage").truth()});
    }
  }
  auto const out = value_of(burn_down(instant(inputs.at("from")), instant(inputs.at("to")), grants,
                                      usage, resets, OverageMeans::deducted));
  std::map<std::string, Json> balances;
  for (std::size_t i = 0; i < grants.size(); ++i)
    balances[inputs.at("grants").items[i].at("id").word()] = Json::of(out.balances[i]);
  check.value("balances", Json::object(std::move(balances)));
  check.number("overage", out.overage);
}

std::vector<Exact> numbers_of(Json const& value) {
  std::vector<Exact> out;
  for (Json const& one : value.list()) out.push_back(one.number());
  return out;
}

void apply_to_lines(Json const& inputs, Policy const&, Checker& check) {
  auto const out =
      apply_credits(numbers_of(inputs.at("lines_major")), numbers_of(inputs.at("credits_major")));
  std::vector<Json> lines;
  for (auto const& line : out.lines) {
    lines.push_back(Json::object(
        {{"credit_major", Json::of(line.credit)}, {"payable_major", Json::of(line.payable)}}));
  }
  check.value("lines", Json::list(std::move(lines)));
  check.number("total_payable_major", out.total_payable);
}

}  // namespace credits_detail

Theme credits_theme() {
  using namespace credits_detail;
  Theme theme;
  theme.kinds = {{"credits.grant_burn_down", grant_burn_down},
                 {"credits.apply_to_lines", apply_to_lines}};
  theme.offered = {{"burn_order", {"priority_then_earliest_expiry"}},
                   {"credits.line_order", {"lines_in_order_greedy"}},
                   {"credits.order", {"after_discounts_before_tax"}},
                   {"overage_on_refill", {"deducted"}},
                   {"recurring_grant", {"refills_to_full_amount"}},
                   {"reset.overage", {"preserved"}},
                   {"reset.rollover", {"max(min_rollover, min(max_rollover, balance))"}},
                   {"usage_before_grant", {"kept_as_overage_and_deducted_from_next_grant"}}};
  return theme;
}

}  // namespace tallybook::golden
