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

}  // namespace tallybook
