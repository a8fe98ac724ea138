// What is wrong with phases as they are given.
#include "domain/subscription/phase_terms.hpp"

#include <gtest/gtest.h>

namespace tallybook {
namespace phase_terms_test {

Date day(char const* text) { return parse_date(text).value(); }
Instant at(char const* text) { return parse_instant(text).value(); }

SubscriptionPhase lasting(int months) {
  SubscriptionPhase phase;
  phase.end_strategy = PhaseEnd::duration;
  phase.duration = Duration{months, DurationPeriod::months};
  return phase;
}
SubscriptionPhase until(char const* instant) {
  SubscriptionPhase phase;
  phase.end_strategy = PhaseEnd::end_date;
  phase.ends_at = at(instant);
  return phase;
}
SubscriptionPhase ending(PhaseEnd how) {
  SubscriptionPhase phase;
  phase.end_strategy = how;
  return phase;
}

std::string fields(std::vector<SubscriptionPhase> const& phases, std::optional<Date> begins_on,
                   ContractTerms const& contract = {}) {
  std::vector<GivenPhase> given;
  for (std::size_t i = 0; i < phases.size(); ++i)
    given.push_back({&phases[i], std::to_string(i), true});
  std::string all;
  for (auto const& problem : problems_of(given, begins_on, contract, TimeZone()))
    all += (all.empty() ? "" : " ") + problem.field;
  return all;
}

TEST(PhaseTerms, EachNeedsWhatItsEndReads) {
  auto endless = lasting(1);
  endless.duration.reset();
  auto const on_a_day = ending(PhaseEnd::end_date);
  auto billed = ending(PhaseEnd::forever);
  billed.billing_date_setting = BillingDateSetting::specific_date;
  EXPECT_EQ(fields({endless, on_a_day, ending(PhaseEnd::contract_end_date), billed}, {}),
            "0.duration 1.ends_at 2.end_strategy 3.initial_billing_at");
  EXPECT_EQ(fields({lasting(0), lasting(1001), lasting(1)}, {}),
            "0.duration.count 1.duration.count");
  EXPECT_EQ(fields({ending(PhaseEnd::forever), lasting(1)}, {}), "0.end_strategy");
}

TEST(PhaseTerms, NoneIsOverBeforeItBegins) {
  // Two months from the 10th of January: the next begins on the 10th of March.
  EXPECT_EQ(fields({lasting(2), until("2026-03-09T00:00:00Z")}, day("2026-01-10")), "1.ends_at");
  EXPECT_EQ(fields({lasting(2), until("2026-03-10T00:00:00Z")}, day("2026-01-10")), "");
  EXPECT_EQ(fields({until("2026-01-09T23:00:00Z")}, day("2026-01-10")), "0.ends_at");
  EXPECT_EQ(fields({until("2026-01-10T23:00:00Z")}, day("2026-01-10")), "");
  // An end by hand cannot come before its beginning; without a known day nothing is known.
  EXPECT_EQ(fields({ending(PhaseEnd::manual), until("2026-01-09T00:00:00Z")}, day("2026-01-10")),
            "1.ends_at");
  EXPECT_EQ(fields({ending(PhaseEnd::manual), until("2026-01-20T00:00:00Z")}, day("2026-01-10")),
            "");
  EXPECT_EQ(fields({lasting(2), until("2026-01-09T00:00:00Z")}, {}), "");
}

TEST(PhaseTerms, TheContractsEndCountsUnlessItRenews) {
  ContractTerms contract;
  contract.end_strategy = ContractEnd::duration;
  contract.duration = Duration{1, DurationPeriod::months};
  std::vector<SubscriptionPhase> const phases = {lasting(2), ending(PhaseEnd::contract_end_date)};
  EXPECT_EQ(fields(phases, day("2026-01-10"), contract), "1.end_strategy");
  contract.renew_automatically = true;
  EXPECT_EQ(fields(phases, day("2026-01-10"), contract), "");
  contract.renew_automatically = false;
  contract.duration->count = 3;
  EXPECT_EQ(fields(phases, day("2026-01-10"), contract), "");
}

TEST(PhaseTerms, OneThatIsOverByTheDayIsKnown) {
  ContractTerms contract;
  contract.ends_at = at("2026-02-28T00:00:00Z");
  auto const dated = until("2026-02-28T00:00:00Z");
  EXPECT_TRUE(is_over_before(dated, day("2026-03-01"), contract, TimeZone()));
  EXPECT_FALSE(is_over_before(dated, day("2026-02-28"), contract, TimeZone()));
  auto const by_contract = ending(PhaseEnd::contract_end_date);
  EXPECT_TRUE(is_over_before(by_contract, day("2026-03-01"), contract, TimeZone()));
  EXPECT_FALSE(is_over_before(by_contract, day("2026-03-01"), {}, TimeZone()));
  EXPECT_FALSE(is_over_before(lasting(1), day("2026-03-01"), contract, TimeZone()));
}

}  // namespace phase_terms_test
}  // namespace tallybook
