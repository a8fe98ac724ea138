// What unused days of a charge come to.
#include "domain/invoice/credit_facts.hpp"

#include <gtest/gtest.h>

namespace tallybook {

TEST(CreditFacts, DaysThatAreLeftLessWhatWasGivenBackOfThem) {
  CreditFacts facts;
  facts.charged = CutAmount{"a", 9300, Exact::fraction(11, 31), {}, {}, {}};
  EXPECT_EQ(unused_amount(facts), Exact(3300));
  facts.given_back.push_back({"b", 2100, Exact::fraction(11, 21), {}, {}, {}});
  EXPECT_EQ(unused_amount(facts), Exact(2200));
  facts.part = Exact::fraction(1, 2);
  EXPECT_EQ(unused_amount(facts), Exact(1100));
  facts.netted = 600;
  EXPECT_EQ(unused_amount(facts), Exact(500));
  facts.taken = 450;
  EXPECT_EQ(unused_amount(facts), Exact(450));
}

TEST(CreditFacts, NeverMoreThanTheCreditsThatAreNotUsed) {
  CreditFacts facts;
  facts.charged = CutAmount{"a", 31000, Exact::fraction(21, 31), {}, {}, {}};
  facts.unused_credits = Exact::fraction(1, 10);
  EXPECT_EQ(unused_amount(facts), Exact(3100));
  facts.unused_credits = Exact::fraction(9, 10);
  EXPECT_EQ(unused_amount(facts), Exact(21000));
}

// 310.00 for a month; half the price gave back 105.00 of 21 days. With 11 days left 55.00 go, and
// 11/31 of the credits; half of them when half of the count goes.
TEST(CreditFacts, ALowerPriceTakesNoCreditsAndLeavesThemToTheirDays) {
  CreditFacts lower;
  lower.charged = CutAmount{"a", 31000, Exact::fraction(21, 31), {}, {}, {}};
  lower.part = Exact::fraction(1, 2);
  EXPECT_EQ(credits_share(lower, 10500), Exact::fraction(105, 310));
  lower.credits_part = 0;
  EXPECT_EQ(price_part(lower), Exact(1));
  EXPECT_EQ(credits_share(lower, 10500), Exact(0));
  CreditFacts facts;
  facts.charged = CutAmount{"a", 31000, Exact::fraction(11, 31), {}, {}, {}};
  facts.given_back.push_back({"b", 10500, Exact::fraction(11, 21), {}, {}, {}, Exact(1)});
  EXPECT_EQ(unused_amount(facts), Exact(5500));
  EXPECT_EQ(credits_share(facts, 5500), Exact::fraction(11, 31));
  EXPECT_EQ(credits_share(facts, 2750), Exact::fraction(11, 62));
  facts.part = Exact::fraction(3, 4);
  facts.credits_part = Exact::fraction(1, 2);
  EXPECT_EQ(price_part(facts), Exact::fraction(1, 3));
  EXPECT_EQ(credits_share(facts, 4125), Exact::fraction(11, 62))
      << "half the count, half the price";
}

}  // namespace tallybook
