// Minimum fees and commitments.
#include "calendar/proration.hpp"
#include "domain/catalogue/window_commitment.hpp"
#include "domain/subscription/minimum_fee.hpp"
#include "golden/themes.hpp"

namespace tallybook::golden {
namespace minimums_detail {

void true_up(Json const& inputs, Policy const&, Checker& check) {
  int const billed = inputs.at("billed_days").small();
  int const cycle = inputs.at("cycle_days").small();
  if (billed < 0 || cycle <= 0) throw BadCase("no cycle, or less than 0 days billed");
  std::vector<std::int64_t> counted;
  if (inputs.has("counted_minor")) {
    Json const& fees = inputs.at("counted_minor");
    if (fees.kind != Json::Kind::list) counted.push_back(fees.minor());
    for (Json const& one : fees.items) counted.push_back(one.minor());
  }
  Exact const share = proration_days({Date{0}, Date{billed}}, {Date{0}, Date{cycle}});
  auto const fee = minimum_true_up(inputs.at("minimum_minor").minor(), share, counted);
  check.number("prorated_minimum_minor", fee.prorated_minimum);
  check.number("true_up_minor", fee.true_up);
}

void windowed(Json const& inputs, Policy const&, Checker& check) {
  std::vector<CommitmentWindow> windows;
  for (Json const& one : inputs.at("windows").list()) {
    only_known(one, "windows",
               {"quantity", "unit_price_major", "commitment_major", "overage_factor", "true_up"});
    CommitmentWindow window;
    window.usage = one.at("quantity").number() * minor_or_zero(one, "unit_price_major");
    window.commitment = minor_or_zero(one, "commitment_major");
    if (one.has("overage_factor")) window.overage_factor = one.at("overage_factor").number();
    window.true_up = one.has("true_up") && one.at("true_up").truth();
    windows.push_back(std::move(window));
  }
  auto const out = windowed_commitment(windows);
  check.number("utilized_major", out.utilized / 100);
  check.number("overage_major", out.overage / 100);
  check.number("true_up_major", out.true_up / 100);
  check.number("amount_major", out.amount / 100);
}

}  // namespace minimums_detail

Theme minimums_theme() {
  using namespace minimums_detail;
  Theme theme;
  theme.kinds = {{"minimum.true_up", true_up},
                 {"minimum.prorated", true_up},
                 {"commitment.windowed", windowed}};
  theme.offered = {{"billing_mode", {"advance", "arrears"}},
                   {"commitment.overage", {"excess_over_commitment_times_factor"}},
                   {"commitment.window", {"each_window_independent"}},
                   {"minimum.counts", {"fees_of_the_same_period"}},
                   {"minimum.proration", {"actual_days_in_cycle"}},
                   {"rounding", {"nearest_any_tie_rule", "half_up"}}};
  return theme;
}

}  // namespace tallybook::golden
