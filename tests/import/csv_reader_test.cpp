#include "app/usage/csv_reader.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "app/usage/event_import.hpp"

namespace csv_reader_tests {

using namespace tallybook;
using Fields = std::vector<std::string>;

struct Case {
  char const* name;
  std::string text;
  std::vector<Fields> rows;
};

std::vector<Case> const& cases() {
  static std::vector<Case> const all = {
      {"LineFeeds", "a,b\n1,2\n", {{"a", "b"}, {"1", "2"}}},
      {"CarriageReturns", "a,b\r\n1,2\r\n", {{"a", "b"}, {"1", "2"}}},
      {"NoLineEndAtTheEnd", "a,b\r\n1,2", {{"a", "b"}, {"1", "2"}}},
      {"ReturnAtTheEnd", "a,b\n1,2\r", {{"a", "b"}, {"1", "2"}}},
      {"EmptyFields", ",\n,,\n", {{"", ""}, {"", "", ""}}},
      {"EmptyLines", "\n\na\n\r\nb\n\n", {{"a"}, {"b"}}},
      {"Nothing", "", {}},
      {"Mark",
       "\xEF\xBB\xBF"
       "a,b\n",
       {{"a", "b"}}},
      {"PartOfAMark",
       "\xEF\xBB"
       "a\n",
       {{"\xEF\xBB"
         "a"}}},
      {"Quotes", "\"a,b\",\"say \"\"hi\"\"\"\n", {{"a,b", "say \"hi\""}}},
      {"QuotedLineEnds",
       "\"one\r\ntwo\nthree\",x\r\ny,z\n",
       {{"one\r\ntwo\nthree", "x"}, {"y", "z"}}},
      {"QuotedAtRowEnd", "a,\"b\"\r\nc,\"d\"", {{"a", "b"}, {"c", "d"}}},
      {"EmptyQuotes", "\"\",\"\"\n\"\"\n", {{"", ""}, {""}}},
      {"QuoteInside", "a\"b,c\n", {{"a\"b", "c"}}},
      {"ReturnInside", "a\rb,c\n", {{"a\rb", "c"}}},
  };
  return all;
}

TEST(CsvReader, ReadsRows) {
  for (auto const& each : cases()) {
    SCOPED_TRACE(each.name);
    std::istringstream stream(each.text);
    CsvReader reader(stream);
    std::vector<Fields> rows;
    CsvRow row;
    while (reader.next(row)) {
      EXPECT_EQ(row.problem, "");
      rows.push_back(row.fields);
    }
    EXPECT_EQ(rows, each.rows);
    EXPECT_EQ(reader.bytes_read(), each.text.size());
  }
}

TEST(CsvReader, NamesWhatCannotBeRead) {
  std::istringstream stream("a\n\"b\" c,d\n\"e\"\r\"f\"\ngood\n\"open\nnot closed");
  CsvReader reader(stream);
  CsvRow row;
  std::vector<std::string> seen;
  while (reader.next(row)) seen.push_back(std::to_string(row.line) + ":" + row.problem);
  EXPECT_EQ(seen, (std::vector<std::string>{"1:", "2:text follows a closing quote",
                                            "3:text follows a closing quote",
                                            "4:", "5:a quote is not closed"}));
}

TEST(CsvReader, PassesOverRowsThatAreTooLong) {
  std::istringstream stream("a\n\"" + std::string(500, 'x') + "\n" + std::string(500, 'y') +
                            "\"\nb\n");
  CsvReader reader(stream, 100);
  CsvRow row;
  ASSERT_TRUE(reader.next(row));
  ASSERT_TRUE(reader.next(row));
  EXPECT_NE(row.problem.find("longer than 100 bytes"), std::string::npos);
  EXPECT_LE(row.raw.size(), 100U);
  ASSERT_TRUE(reader.next(row));
  EXPECT_EQ(row.fields, Fields{"b"});
  EXPECT_EQ(row.line, 4U);
  EXPECT_FALSE(reader.next(row));
}

TEST(ImportTime, ReadsWhatFilesHold) {
  EXPECT_EQ(parse_import_time("2023-11-16 18:15:46.6805900"),
            parse_instant("2023-11-16T18:15:46.680Z"));
  EXPECT_EQ(parse_import_time("2023-11-16T18:15:46Z"), parse_instant("2023-11-16T18:15:46.000Z"));
  EXPECT_EQ(parse_import_time(" 2023-11-16 18:15:46 "), parse_instant("2023-11-16T18:15:46.000Z"));
  EXPECT_EQ(parse_import_time("2023-11-16T18:15:46.9999"),
            parse_instant("2023-11-16T18:15:46.999Z"));
  EXPECT_EQ(parse_import_time("1700158546680"), Instant{1'700'158'546'680});
  EXPECT_EQ(parse_import_time("-1"), Instant{-1});
  for (char const* bad : {"", "2023-11-16", "2023-13-16 00:00:00", "2023-11-16 18:15:46+02:00",
                          "yesterday", "99999999999999999999", "1e9", "1.5", "-"}) {
    EXPECT_FALSE(parse_import_time(bad)) << bad;
  }
}

TEST(OccurrenceCounts, CountsMoreThanItStartsWith) {
  OccurrenceCounts counts;
  for (std::uint64_t i = 0; i < 20'000; ++i) EXPECT_EQ(counts.count(i * 1'024), 0U);
  for (std::uint64_t i = 0; i < 20'000; ++i) EXPECT_EQ(counts.count(i * 1'024), 1U);
  EXPECT_EQ(counts.count(0), 2U);
}

}  // namespace csv_reader_tests
