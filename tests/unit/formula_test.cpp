// Formulas of aggregators: what they mean, what is refused and where (USE-2).
#include "domain/usage/formula.hpp"

#include <gtest/gtest.h>

namespace tallybook {
namespace {

// The value of a formula whose aggregates have these values, in order of their appearance.
std::string value(std::string_view text, std::vector<Exact> const& values = {}) {
  auto const formula = Formula::parse(text);
  if (!formula) return formula.error().fields.front().reason;
  if (formula->aggregates().size() != values.size())
    return std::to_string(formula->aggregates().size()) + " aggregates";
  return formula->evaluate(values).str();
}

std::string refused(std::string_view text) {
  auto const formula = Formula::parse(text);
  if (formula) return "";
  auto const& field = formula.error().fields.front();
  return field.path + ": " + field.reason;
}

TEST(Formula, Arithmetic_BindsAndIsExact) {
  EXPECT_EQ(value("1 + 2 * 3 - 4 / 8"), "13/2");
  EXPECT_EQ(value("(1 + 2) * -3"), "-9");
  EXPECT_EQ(value("0.1 + 0.2"), "3/10");
  EXPECT_EQ(value("10 - 3 - 2"), "5");
  EXPECT_EQ(value("1/3*3"), "1");
  EXPECT_EQ(value("0.5 * 4"), "2");
}

TEST(Formula, DivisionByZero_IsZero) {
  EXPECT_EQ(value("1 / 0"), "0");
  EXPECT_EQ(value("sum(a) / count(*)", {7, 0}), "0");
}

TEST(Formula, Comparisons_AreOneOrZero) {
  EXPECT_EQ(value("(1 < 2) + (2 <= 2) + (3 > 2) + (2 >= 3) + (1 = 1) + (1 == 2) + (1 != 2)"), "5");
  EXPECT_EQ(value("1 <> 1 or not 0 and 2 > 1"), "1");
  EXPECT_EQ(value("NOT 5"), "0");
}

// The vendor's patterns: a floor, an allowance, a cap, a condition (USE-2).
TEST(Formula, Patterns) {
  EXPECT_EQ(value("greatest(sum(a), 500)", {120}), "500");
  EXPECT_EQ(value("Greatest(SUM(m) - 50000, 0)", {70000}), "20000");
  EXPECT_EQ(value("least(max(seats),1000)", {2500}), "1000");
  EXPECT_EQ(value("if(sum(a) > 10, sum(a) - 10, 0) + count(*)", {15, 3}), "8");
  EXPECT_EQ(value("if(count(x) = 0, 0, sum(x) / count(x))", {4, 10}), "5/2");
}

TEST(Formula, Aggregates_AreReadOnceEach) {
  auto const formula = Formula::parse("sum(meta.tokens) + sum( meta.tokens ) + min(\"odd name\")");
  ASSERT_TRUE(formula.has_value());
  using F = FormulaFunction;
  EXPECT_EQ(formula->aggregates(),
            (std::vector<FormulaAggregate>{{F::sum, "meta.tokens"}, {F::min, "odd name"}}));
}

TEST(Formula, WhatIsWrong_IsNamedWithItsPlace) {
  EXPECT_EQ(refused(""),
            "formula_sql: at character 1: expected a number, a function or a parenthesis");
  EXPECT_EQ(refused("sum(a"), "formula_sql: at character 6: expected )");
  EXPECT_EQ(refused("1 + median(a)"), "formula_sql: at character 5: unknown function median");
  EXPECT_EQ(refused("tokens * 2"),
            "formula_sql: at character 1: a property is read inside sum, avg, min, max or count");
  EXPECT_EQ(refused("sum(1)"), "formula_sql: at character 5: expected the name of a property");
  EXPECT_EQ(refused("sum(*)"), "formula_sql: at character 5: expected the name of a property");
  EXPECT_EQ(refused("1 2"), "formula_sql: at character 3: expected an operator or the end");
  EXPECT_EQ(refused("if(1,2)"), "formula_sql: at character 1: if takes three values");
  EXPECT_EQ(refused("least(1)"), "formula_sql: at character 1: least takes at least two values");
  EXPECT_EQ(refused("1; drop table events"),
            "formula_sql: at character 2: expected an operator or the end");
  EXPECT_EQ(refused("1.2.3"),
            "formula_sql: at character 1: expected a number of at most 40 digits");
}

TEST(Formula, Limits) {
  EXPECT_EQ(refused(std::string(1001, ' ')), "formula_sql: expected at most 1000 characters");
  std::string const deep = std::string(31, '(') + "1" + std::string(31, ')');
  EXPECT_EQ(value(deep), "1");
  EXPECT_EQ(refused("(" + deep + ")"),
            "formula_sql: at character 33: nested deeper than 32 levels");
  EXPECT_EQ(refused(std::string(40, '-') + "1"),
            "formula_sql: at character 33: nested deeper than 32 levels");
  std::string long_sum = "1";
  for (int i = 0; i < 99; ++i) long_sum += "+1";
  EXPECT_EQ(value(long_sum), "100");
  EXPECT_NE(refused(long_sum + "+1").find("more than 200 parts"), std::string::npos);
}

}  // namespace
}  // namespace tallybook
