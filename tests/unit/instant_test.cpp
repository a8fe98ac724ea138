#include "base/instant.hpp"

#include <gtest/gtest.h>

namespace tallybook {

TEST(Instant, Format_AlwaysHasThreeDecimalsAndZ) {
  EXPECT_EQ(format_instant({0}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(format_instant({1}), "1970-01-01T00:00:00.001Z");
  EXPECT_EQ(format_instant({-1}), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(format_instant({max_instant_ms}), "9999-12-31T23:59:59.999Z");
  EXPECT_EQ(format_instant({min_instant_ms}), "0001-01-01T00:00:00.000Z");
}

TEST(Instant, Parse_AcceptsTheContractsForms) {
  EXPECT_EQ(parse_instant("2026-02-01T00:00Z"), parse_instant("2026-02-01T00:00:00.000Z"));
  EXPECT_EQ(parse_instant("2026-02-01T00:00:00.1234567Z")->ms % 1000, 123);
  EXPECT_EQ(format_instant(*parse_instant("2024-02-29T23:59:59.9Z")), "2024-02-29T23:59:59.900Z");
}

TEST(Instant, Parse_RefusesOffsetsBareDatesAndDaysThatDoNotExist) {
  for (auto text : {"", "2026-02-01", "2026-02-01T00:00:00", "2026-02-01T00:00:00+01:00",
                    "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-10T00:00:00Z",
                    "2026-01-32T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z",
                    "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.0",
                    "0000-01-01T00:00:00Z", " 2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z ",
                    "+026-01-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_instant(text)) << text;
  }
}

}  // namespace tallybook
