// The runner on cases that are broken, unknown or wrong: it says so and goes on.
#include "golden/runner.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

namespace tallybook::golden {
namespace runner_test {

// A file of these cases, gone with the object.
class CaseFile {
 public:
  // Each process has its own: tests run beside one another.
  explicit CaseFile(std::string const& text)
      : path_(testing::TempDir() + "golden_runner_" + std::to_string(::getpid()) + ".json") {
    std::ofstream(path_) << text;
  }
  ~CaseFile() { std::remove(path_.c_str()); }
  [[nodiscard]] FileResult run() const { return run_file(path_); }

 private:
  std::string path_;
};

CaseResult one(std::string const& text) {
  return CaseFile(R"({"theme":"t","cases":[)" + text + "]}").run().cases.at(0);
}

std::string taxed(std::string const& inputs, std::string const& expected,
                  std::string const& policy = "{}") {
  return R"({"id":"x","kind":"tax.single","inputs":)" + inputs + R"(,"expected":)" + expected +
         R"(,"policy":)" + policy + "}";
}

std::string const inputs = R"({"taxable_major":"10.05","rate_percent":20})";

TEST(GoldenRunner, PassesByValueWhateverTheSpelling) {
  for (char const* wanted : {"2.01", "\"2.010\"", "\"201/100\"", "0.201e1"}) {
    auto const out = one(taxed(inputs, R"({"tax_major":)" + std::string(wanted) + "}"));
    EXPECT_EQ(out.verdict, Verdict::pass) << out.line();
  }
  EXPECT_EQ(one(taxed(inputs, R"({"tax_major":2.01})")).line(),
            "pass\tx\ttax_major=2.01\ttax_major=2.01");
}

TEST(GoldenRunner, ADifferenceAndAKeyNobodyComparesFail) {
  EXPECT_EQ(one(taxed(inputs, R"({"tax_major":"2.02"})")).line(),
            "fail\tx\ttax_major=2.01\ttax_major=2.02");
  EXPECT_EQ(one(taxed(inputs, R"({"tax_major":"2.01","more":1})")).verdict, Verdict::fail);
  EXPECT_EQ(one(taxed(inputs, "{}")).verdict, Verdict::fail);
}

TEST(GoldenRunner, WhatIsUnknownIsSaidNotGuessed) {
  auto const kind = one(R"({"id":"x","kind":"no.kind","inputs":{},"expected":{"a":1}})");
  EXPECT_EQ(kind.line(), "unmapped no.kind\tx\t-\ta=1");
  auto const value = one(taxed(inputs, R"({"tax_major":"2.01"})", R"({"tax.compound":"yes"})"));
  EXPECT_EQ(value.verdict, Verdict::not_applicable);
  EXPECT_EQ(value.subject, "tax.compound");
  EXPECT_EQ(one(taxed(inputs, R"({"tax_major":"2.01"})", R"({"phase.moon":true})")).subject,
            "phase.moon");
}

TEST(GoldenRunner, BrokenCasesFailWithTheirReason) {
  for (char const* broken :
       {"5", "null", "{}", R"({"id":"x"})", R"({"id":"x","kind":"tax.single"})",
        R"({"id":"x","kind":"tax.single","inputs":3,"expected":{"tax_major":1}})",
        R"({"id":"x","kind":"tax.single","inputs":{},"expected":[1]})"}) {
    auto const out = one(broken);
    EXPECT_EQ(out.verdict, Verdict::fail) << broken;
    EXPECT_EQ(out.got.substr(0, 7), "error: ") << broken;
  }
  for (char const* inputs : {R"({"taxable_major":[1],"rate_percent":20})",
                             R"({"taxable_major":"ten","rate_percent":20})",
                             R"({"taxable_major":"1e40","rate_percent":20})",
                             R"({"taxable_major":"1","rate_percent":-20})", R"({})"}) {
    EXPECT_EQ(one(taxed(inputs, R"({"tax_major":1})")).verdict, Verdict::fail) << inputs;
  }
}

TEST(GoldenRunner, ALineIsALine) {
  auto const out = one(R"({"id":"a\tb\nc","kind":"no\tkind","inputs":{},"expected":{"k":"v\n"}})");
  EXPECT_EQ(out.line(), "unmapped no kind\ta b c\t-\tk=v ");
}

TEST(GoldenRunner, UnreadableFilesThrow) {
  EXPECT_THROW((void)run_file("/nowhere/at/all.json"), BadCase);
  for (char const* text : {"", "[1,2", "{}", R"({"cases":{}})", "[]", "7", R"({"cases":[]} x)"})
    EXPECT_THROW((void)CaseFile(text).run(), BadCase) << text;
}

TEST(GoldenRunner, DecimalsOfAKeyRoundBothSides) {
  Json const wanted = Json::of(Exact::fraction(3333, 10000));
  EXPECT_FALSE(equal(wanted, Json::of(Exact::fraction(1, 3))));
  EXPECT_TRUE(equal(wanted, Json::of(Exact::fraction(1, 3)), 4));
  EXPECT_TRUE(equal(Json::object({{"10", Json::of(Exact(1))}}),
                    Json::object({{"10.0", Json::of(Exact(1))}, {"20", Json::of(Exact(0))}})));
  EXPECT_FALSE(equal(Json::object({}), Json::object({{"20", Json::of(Exact(1))}})));
}

TEST(GoldenRunner, CountsByVerdict) {
  std::vector<CaseResult> cases(3);
  cases[0].verdict = Verdict::pass;
  cases[1].verdict = Verdict::unmapped;
  EXPECT_EQ(count_line("t", cases), "t: 1 pass, 1 fail, 0 not-applicable, 1 unmapped, of 3");
}

}  // namespace runner_test
}  // namespace tallybook::golden
