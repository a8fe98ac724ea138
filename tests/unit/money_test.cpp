#include "money/money.hpp"

#include <gtest/gtest.h>

#include "base/assert.hpp"
#include "money/exact.hpp"

namespace tallybook {
namespace money_test {

Exact ex(char const* text) { return Exact::parse_fraction(text).value(); }
Currency currency(char const* code) { return Currency::parse(code).value(); }

TEST(Exact, Parse_ReadsJsonNumbersAndDecimalTextExactly) {
  struct Row {
    char const* text;
    char const* value;
  };
  for (Row const& row : {Row{"0", "0"},
                         {"-0", "0"},
                         {"0.1", "1/10"},
                         {"1e3", "1000"},
                         {"1E-3", "1/1000"},
                         {"-2.50", "-5/2"},
                         {"12.5e+1", "125"},
                         {"007", "7"},
                         {"0.30", "3/10"},
                         {"0e1000", "0"},
                         {"1e40", "10000000000000000000000000000000000000000"}}) {
    auto const read = Exact::parse(row.text);
    ASSERT_TRUE(read) << row.text;
    EXPECT_EQ(read->str(), row.value) << row.text;
  }
}

TEST(Exact, Parse_RefusesWhatIsNotAPlainNumber) {
  for (auto text : {"", " 1", "1 ", "+1", "1.", ".5", "NaN", "inf", "1e", "1e+", "1e1001",
                    "1e-1001", "0x10", "--1", "1,5", "1.2.3", "1e1.5", "1/2", "-"}) {
    EXPECT_FALSE(Exact::parse(text)) << text;
  }
  EXPECT_TRUE(Exact::parse(std::string(1000, '9')));
  EXPECT_FALSE(Exact::parse(std::string(1001, '9')));
}

TEST(Exact, ParseFraction_IsTheInverseOfStr) {
  for (auto text : {"0", "3", "-1/7", "340282366920938463463374607431768211456/3"}) {
    EXPECT_EQ(ex(text).str(), text);
  }
  EXPECT_EQ(ex("2/4").str(), "1/2");
  EXPECT_EQ(ex("0.5"), Exact::fraction(1, 2));
  for (auto text : {"1/0", "1/-2", "/2", "1/", "1/2/3", "1.5/2", " 1/2"}) {
    EXPECT_FALSE(Exact::parse_fraction(text)) << text;
  }
}

TEST(Exact, Arithmetic_NeverRoundsAndNeverOverflows) {
  EXPECT_EQ(Exact::fraction(1, 3) + Exact::fraction(1, 6), Exact::fraction(1, 2));
  EXPECT_EQ(ex("0.1") + ex("0.2"), ex("0.3"));
  Exact const huge = ex("170141183460469231731687303715884105727");  // 2^127 - 1
  EXPECT_EQ((huge + 1).str(), "170141183460469231731687303715884105728");
  EXPECT_EQ(huge + 1 - 1, huge);
  EXPECT_EQ(huge * huge / huge, huge);
  EXPECT_EQ(-(-huge - 1), huge + 1);
  EXPECT_LT(huge, huge + 1);
  EXPECT_EQ(Exact(INT64_MIN) * INT64_MIN / INT64_MIN, Exact(INT64_MIN));
  EXPECT_EQ(Exact::fraction(INT64_MIN, INT64_MIN), Exact(1));
  EXPECT_THROW(Exact(1) / Exact(0), BrokenInvariant);
  EXPECT_THROW(Exact::fraction(1, 0), BrokenInvariant);
}

TEST(Exact, Round_FollowsTheNamedRule) {
  struct Row {
    char const* value;
    int half_away, half_even, up, down, zero;
  };
  for (Row const& row : {Row{"0.5", 1, 0, 1, 0, 0},
                         {"-0.5", -1, 0, 0, -1, 0},
                         {"1.5", 2, 2, 2, 1, 1},
                         {"2.5", 3, 2, 3, 2, 2},
                         {"-2.5", -3, -2, -2, -3, -2},
                         {"2.4", 2, 2, 3, 2, 2},
                         {"-2.6", -3, -3, -2, -3, -2},
                         {"7", 7, 7, 7, 7, 7},
                         {"1/3", 0, 0, 1, 0, 0}}) {
    Exact const value = ex(row.value);
    EXPECT_EQ(value.round(), row.half_away) << row.value;
    EXPECT_EQ(value.round(Rounding::half_even), row.half_even) << row.value;
    EXPECT_EQ(value.round(Rounding::up), row.up) << row.value;
    EXPECT_EQ(value.round(Rounding::down), row.down) << row.value;
    EXPECT_EQ(value.round(Rounding::towards_zero), row.zero) << row.value;
  }
  EXPECT_FALSE(ex("9223372036854775807.5").round());
  EXPECT_EQ(ex("9223372036854775807.4").round(), INT64_MAX);
  EXPECT_EQ(ex("2/3").rounded(2), ex("0.67"));
  EXPECT_EQ(ex("-2/3").rounded(30), ex("-0.666666666666666666666666666667"));
}

TEST(Exact, Decimal_IsExactWhenTheFractionEnds) {
  EXPECT_EQ(ex("1/8").decimal(), "0.125");
  EXPECT_EQ(ex("-1/3").decimal(4), "-0.3333");
  EXPECT_EQ(ex("2/3").decimal(4), "0.6667");
  EXPECT_EQ(ex("1e-25").decimal(2), "0.0000000000000000000000001");
  EXPECT_EQ(ex("-1/300").decimal(2), "0");
  EXPECT_EQ(ex("1e-50").decimal(), "0." + std::string(49, '0') + "1");
  EXPECT_EQ(ex("1250.50").decimal(), "1250.5");
  EXPECT_EQ(ex("100").decimal(), "100");
}

TEST(Exact, CopiesAndMoves_KeepBigAndSmallValues) {
  Exact const big = ex("1e60");
  Exact copy = big;
  EXPECT_EQ(copy, big);
  Exact small = 7;
  small = copy;
  EXPECT_EQ(small, big);
  small = Exact(3);
  EXPECT_EQ(small, Exact(3));
  copy = small;
  EXPECT_EQ(copy, Exact(3));
  Exact const moved = std::move(copy);
  EXPECT_EQ(moved, Exact(3));
}

TEST(Money, Rounded_IsHalfAwayFromZeroUnlessAskedOtherwise) {
  Currency const eur = currency("EUR");
  EXPECT_EQ(Money::rounded(ex("1012.5"), eur).minor, 1013);
  EXPECT_EQ(Money::rounded(ex("-1012.5"), eur).minor, -1013);
  EXPECT_EQ(Money::rounded(ex("1012.5"), eur, Rounding::half_even).minor, 1012);
}

TEST(Money, MixedCurrenciesAndOverflowAreOurBugs) {
  Money const euro{100, currency("EUR")};
  Money const dollar{100, currency("USD")};
  EXPECT_THROW(euro + dollar, BrokenInvariant);
  EXPECT_THROW(euro - dollar, BrokenInvariant);
  EXPECT_THROW((Money{INT64_MAX, euro.currency} + euro), BrokenInvariant);
  EXPECT_THROW(-(Money{INT64_MIN, euro.currency}), BrokenInvariant);
  EXPECT_EQ((euro - Money{150, euro.currency}).minor, -50);
}

TEST(Money, Str_ShowsTheCurrencysDecimals) {
  EXPECT_EQ((Money{123456, currency("EUR")}).str(), "1234.56 EUR");
  EXPECT_EQ((Money{-5, currency("USD")}).str(), "-0.05 USD");
  EXPECT_EQ((Money{500, currency("JPY")}).str(), "500 JPY");
  EXPECT_EQ((Money{1500, currency("KWD")}).str(), "1.500 KWD");
  EXPECT_EQ(format_minor(INT64_MIN, 2), "-92233720368547758.08");
}

TEST(Allocate, LargestRemainderSumsExactlyAndTiesGoToTheEarlierPart) {
  using Parts = std::vector<std::int64_t>;
  std::vector<Exact> const thirds = {1, 1, 1};
  EXPECT_EQ(allocate(100, thirds), (Parts{34, 33, 33}));
  EXPECT_EQ(allocate(-100, thirds), (Parts{-34, -33, -33}));
  std::vector<Exact> const uneven = {ex("0.5"), ex("0.3"), ex("0.2")};
  EXPECT_EQ(allocate(101, uneven), (Parts{51, 30, 20}));
  std::vector<Exact> const zeros = {0, 0};
  EXPECT_EQ(allocate(7, zeros), (Parts{7, 0}));
  EXPECT_EQ(allocate(7, {}), Parts{});
  std::vector<Exact> const negative = {-1, -3};
  EXPECT_EQ(allocate(8, negative), (Parts{2, 6}));
  std::vector<Exact> const mixed = {1, -1, 3};
  EXPECT_THROW(allocate(8, mixed), BrokenInvariant);
  std::vector<Exact> const half = {1, 1};
  EXPECT_EQ(allocate(INT64_MAX, half), (Parts{INT64_MAX / 2 + 1, INT64_MAX / 2}));
}

}  // namespace money_test
}  // namespace tallybook
