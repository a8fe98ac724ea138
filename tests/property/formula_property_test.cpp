// Laws of formulas: a printed tree means what it says; no text at all breaks the reader.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "domain/usage/formula.hpp"

namespace tallybook {
namespace formula_property {

void holds(std::string const& what, std::function<void()> const& property) {
  EXPECT_TRUE(rc::check(what, property)) << what;
}

struct Tree {
  std::string text;
  Exact value;
};

// A random formula with the value it must have, computed beside the reader.
Tree any_tree(int depth) {
  if (depth == 0 || *rc::gen::inRange(0, 4) == 0) {
    int const number = *rc::gen::inRange(0, 1000);
    return {std::to_string(number), Exact(number)};
  }
  Tree const a = any_tree(depth - 1);
  Tree const b = any_tree(depth - 1);
  auto const binary = [&](char const* sign, Exact value) {
    return Tree{"(" + a.text + sign + b.text + ")", std::move(value)};
  };
  switch (*rc::gen::inRange(0, 10)) {
    case 0:
      return binary("+", a.value + b.value);
    case 1:
      return binary(" - ", a.value - b.value);
    case 2:
      return binary("*", a.value * b.value);
    case 3:
      return binary(" / ", b.value.is_zero() ? Exact(0) : a.value / b.value);
    case 4:
      return binary("<=", a.value <= b.value ? 1 : 0);
    case 5:
      return binary(" and ", !a.value.is_zero() && !b.value.is_zero() ? 1 : 0);
    case 6:
      return binary(" OR ", !a.value.is_zero() || !b.value.is_zero() ? 1 : 0);
    case 7:
      return {"greatest(" + a.text + "," + b.text + ")", max(a.value, b.value)};
    case 8:
      return {"-(" + a.text + ")", -a.value};
    default: {
      Tree const c = any_tree(depth - 1);
      return {"IF(" + a.text + ", " + b.text + ", " + c.text + ")",
              a.value.is_zero() ? c.value : b.value};
    }
  }
}

TEST(FormulaProperty, ATreeMeansWhatItSays) {
  holds("trees", [] {
    Tree const tree = any_tree(3);
    auto const formula = Formula::parse(tree.text);
    RC_ASSERT(formula.has_value());
    RC_ASSERT(formula->evaluate({}) == tree.value);
  });
}

// Whatever is written is read or refused with its field and a place inside the text.
TEST(FormulaProperty, NoTextBreaksTheReader) {
  static std::vector<std::string> const pieces = {
      "sum(",   "count(*)", "a.b",  "max(", ")",   "(",        ",",      "if(",
      "not ",   " and ",    " or ", "<",    "=",   "!",        ">",      "-",
      "+",      "*",        "/",    "0",    "1.5", "9",        ".",      "\"",
      "\"x\"",  " ",        "'",    ";",    "--",  "\xC3\xA9", "select", std::string("\0", 1),
      "least(", "1e9"};
  holds("any text", [] {
    std::string text;
    int const count = *rc::gen::inRange(0, 60);
    for (int i = 0; i < count; ++i)
      text +=
          pieces[static_cast<std::size_t>(*rc::gen::inRange(0, static_cast<int>(pieces.size())))];
    auto const formula = Formula::parse(text);
    if (formula) {
      (void)formula->evaluate(std::vector<Exact>(formula->aggregates().size(), Exact(3)));
      return;
    }
    RC_ASSERT(formula.error().fields.size() == 1U);
    RC_ASSERT(formula.error().fields.front().path == "formula_sql");
  });
}

}  // namespace formula_property
}  // namespace tallybook
