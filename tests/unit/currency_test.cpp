#include "money/currency.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace tallybook {

TEST(Currency, Codes_AreTheContractsAndTheCurrentOnesItLacks) {
  auto const& codes = Currency::codes();
  EXPECT_EQ(codes.size(), 162u);
  EXPECT_TRUE(std::ranges::is_sorted(codes));
  for (auto code : {"EUR", "HRK", "ZWL", "BYN", "MRU", "SLE", "STN", "VES", "XCG", "ZWG"}) {
    ASSERT_TRUE(Currency::parse(code)) << code;
    EXPECT_EQ(Currency::parse(code)->str(), code);
  }
}

TEST(Currency, Parse_RefusesUnknownLowerCaseAndOtherLengths) {
  for (auto code : {"", "eur", "EU", "EURO", "XXX", "XAU", "BTC", "E R", "EUR "}) {
    EXPECT_FALSE(Currency::parse(code)) << code;
  }
}

TEST(Currency, Decimals_FollowIso4217) {
  int zero = 0, three = 0;
  for (auto const& code : Currency::codes()) {
    int const decimals = Currency::parse(code)->decimals();
    zero += decimals == 0;
    three += decimals == 3;
  }
  EXPECT_EQ(zero, 16);
  EXPECT_EQ(three, 7);
  for (auto code : {"EUR", "USD", "MGA", "MRU", "MRO", "HUF", "TWD"}) {
    EXPECT_EQ(Currency::parse(code)->decimals(), 2) << code;
  }
  EXPECT_EQ(Currency::parse("JPY")->decimals(), 0);
  EXPECT_EQ(Currency::parse("KWD")->decimals(), 3);
}

TEST(Currency, NoCurrencyIsEmpty) {
  EXPECT_TRUE(Currency().empty());
  EXPECT_EQ(Currency().str(), "");
  EXPECT_NE(Currency(), Currency::parse("EUR").value());
}

}  // namespace tallybook
