// The annual value over time, from lines as they were sold and replaced (ANA-2).
#include "domain/subscription/arr_history.hpp"

#include <gtest/gtest.h>

namespace tallybook {
namespace arr_cases {

constexpr std::int64_t day_ms = 86'400'000;
Instant at(int day) { return {day * day_ms}; }

SubscriptionPhase phase(char const* id, int start) {
  SubscriptionPhase phase;
  phase.id = PhaseId(id);
  phase.status = PhaseStatus::active;
  phase.starts_at = at(start);
  return phase;
}

SubscriptionLine seats(char const* id, int count) {
  SubscriptionLine line;
  line.id = SubscriptionLineId(id);
  line.phase_id = PhaseId("sup_1");
  line.product_id = ProductId("itm_1");
  line.type = ProductType::seat;
  line.price_type = PriceType::volume;
  line.prices = {PriceTier{}};
  line.prices.front().type = PriceType::volume;
  line.prices.front().from = Exact(0);
  line.prices.front().amount = Exact(1000);
  line.payment_interval = {WirePeriod::months, 1};
  line.count = count;
  line.attached_at = at(10);
  return line;
}

std::string text(std::vector<ArrStep> const& steps) {
  std::string out;
  for (auto const& step : steps)
    out += std::to_string(step.at.ms / day_ms) + ":" + std::to_string(step.fixed) + "+" +
           std::to_string(step.variable) + " ";
  return out;
}

}  // namespace arr_cases

// A replacement keeps the day the product was attached; it counts from when it took over.
TEST(ArrHistory, AReplacedLine_CountsUntilTheNextOneTakesOver) {
  using namespace arr_cases;
  auto first = seats("sli_1", 5);
  first.replaced_at = first.detached_at = at(20);
  auto second = seats("sli_2", 7);
  second.replaced_at = second.detached_at = at(30);
  auto const third = seats("sli_3", 6);
  std::vector<SubscriptionPhase> const phases = {phase("sup_1", 5)};
  std::vector<SubscriptionLine> const lines = {third, first, second};
  EXPECT_EQ(text(arr_steps(lines, phases, {}, {}, at(100))), "10:60000+0 20:84000+0 30:72000+0 ");
  EXPECT_EQ(text(arr_steps(lines, phases, {}, {}, at(25))), "10:60000+0 20:84000+0 ");
}

TEST(ArrHistory, APhaseThatHasNotBegun_IsWorthNothing) {
  using namespace arr_cases;
  auto waiting = phase("sup_1", 5);
  waiting.status = PhaseStatus::pending;
  std::vector<SubscriptionPhase> const phases = {waiting};
  std::vector<SubscriptionLine> const lines = {seats("sli_1", 5)};
  EXPECT_EQ(text(arr_steps(lines, phases, {}, {}, at(100))), "");
}

TEST(ArrHistory, Usage_IsWorthThePeriodBilledLastWhileItIsSold) {
  using namespace arr_cases;
  auto line = seats("sli_1", 1);
  line.type = ProductType::dynamic;
  line.detached_at = at(90);
  std::vector<SubscriptionPhase> const phases = {phase("sup_1", 5)};
  std::vector<SubscriptionLine> const lines = {line};
  std::vector<BilledVariable> const billed = {{ProductId("itm_1"), Date{10}, at(40), Exact(500)},
                                              {ProductId("itm_1"), Date{40}, at(70), Exact(700)},
                                              {ProductId("itm_2"), Date{40}, at(70), Exact(9)}};
  EXPECT_EQ(text(arr_steps(lines, phases, {}, billed, at(100))), "40:0+500 70:0+700 90:0+0 ");
}

}  // namespace tallybook
