// What waived changes may move, and what an earlier part of a period took (SUB-UPD-6, MIN-2,
// SUB-13).
#include <gtest/gtest.h>

#include "domain/subscription/minimum_line.hpp"
#include "domain/subscription/phases.hpp"

namespace tallybook {
namespace waived_terms_test {

SubscriptionLine monthly(char const* product, PaymentSchedule schedule) {
  SubscriptionLine line;
  line.product_id = ProductId(product);
  line.payment_interval = {WirePeriod::months, 1};
  line.payment_schedule = schedule;
  return line;
}

InvoiceLine charged(std::int64_t minor) {
  InvoiceLine line;
  line.exact_amount = Exact(minor);
  return line;
}

}  // namespace waived_terms_test

TEST(WaivedTerms, DaysMoveWithAnotherIntervalOfWhatIsPaidOrTheOtherEndOfThePeriods) {
  using namespace waived_terms_test;
  auto const paid = monthly("itm_a", PaymentSchedule::start);
  auto const open = monthly("itm_a", PaymentSchedule::end);
  auto by_quarters = paid;
  by_quarters.payment_interval = {WirePeriod::months, 3};
  auto open_by_quarters = open;
  open_by_quarters.payment_interval = {WirePeriod::months, 3};
  EXPECT_FALSE(moves_days(paid, paid));
  EXPECT_TRUE(moves_days(paid, by_quarters));
  EXPECT_TRUE(moves_days(paid, open));
  EXPECT_TRUE(moves_days(open, paid));
  // What is charged at its end is cut there: no day is lost.
  EXPECT_FALSE(moves_days(open, open_by_quarters));
  EXPECT_FALSE(moves_days(paid, monthly("itm_b", PaymentSchedule::end)));
  auto once = paid;
  once.payment_interval = {WirePeriod::once, std::nullopt};
  EXPECT_FALSE(moves_days(once, paid));
  auto usage = open;
  usage.type = ProductType::dynamic;
  EXPECT_FALSE(moves_days(paid, usage));
}

TEST(WaivedTerms, ThePartBeforeHadTheAmountsAndTheMinimum) {
  using namespace waived_terms_test;
  auto line = monthly("itm_a", PaymentSchedule::end);
  line.anchor_on = make_date(2026, 1, 1);
  Date const end = make_date(2026, 2, 1);
  Period const rest{make_date(2026, 1, 11), end};
  auto const known = [&](Period part) {
    ChargeFacts facts;
    know_earlier_part(line, part, facts);
    return std::pair(facts.minimum_before.value_or(false), facts.amounts_before.value_or(false));
  };
  EXPECT_EQ(known(rest), std::pair(false, false));
  line.paid = PaidTerms{Exact(31000), end, std::nullopt};
  EXPECT_EQ(known(rest), std::pair(true, true));
  // With its first day all of it came back, but for what was used of that day.
  EXPECT_EQ(known({line.anchor_on, end}), std::pair(true, false));
  line.period_starts_at = Instant{1767268800000};
  EXPECT_EQ(known({line.anchor_on, end}), std::pair(true, true));
  line.period_starts_at.reset();
  EXPECT_EQ(known({end, make_date(2026, 3, 1)}), std::pair(false, false));
  line.paid = PaidTerms{0, end, std::nullopt};
  EXPECT_EQ(known(rest), std::pair(false, true));
  EXPECT_EQ(known({rest.start, end - 5}), std::pair(false, true));
  EXPECT_EQ(known({end, make_date(2026, 3, 1)}), std::pair(false, false));
  ChargeFacts change;
  change.kind = ChargeKind::change;
  know_earlier_part(line, rest, change);
  EXPECT_FALSE(change.amounts_before.has_value());
}

TEST(WaivedTerms, ACutDocumentKeepsItsMinimumLessWhatWentBack) {
  using namespace waived_terms_test;
  InvoiceLine minimum;
  minimum.charge.emplace();
  minimum.charge->kind = ChargeKind::minimum_fee;
  minimum.charge->fraction = 1;
  minimum.charge->minimum_before = true;
  // 500.00 of which 250.00 went back.
  minimum.charge->minimum_fee = Exact(25000);
  std::vector<InvoiceLine> lines{charged(6000)};
  keep_minimum_line(lines, minimum);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[1].exact_amount, Exact(19000));
  // Usage that came since fills it, and nothing is below 0.
  lines = {charged(6000), charged(40000)};
  keep_minimum_line(lines, minimum);
  EXPECT_EQ(lines[2].exact_amount, Exact(0));
}

}  // namespace tallybook
