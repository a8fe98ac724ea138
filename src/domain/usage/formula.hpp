// Formulas of aggregators (semantics USE-2): arithmetic over aggregates of the events, written as
// `greatest(sum(minutes) - 50000, 0)`. A formula is parsed into a tree of ours and evaluated
// exactly; no part of its text ever reaches a database. Pure.
//
// numbers, + - * /, parentheses, < <= > >= = == != <>, and, or, not; greatest, least (two or more),
// if(condition, then, otherwise); sum, avg, min, max, count of a property, count(*). Keywords and
// functions in any case. A property is a name (letters, digits, _ and dots) or "any text". A
// comparison is 1 or 0; what is not 0 is true. A division by 0 gives 0. Aggregates of no event are
// 0.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "money/exact.hpp"

namespace tallybook {

inline constexpr std::size_t max_formula_length = 1000;
inline constexpr int max_formula_depth = 32;           // nested parentheses, calls, signs
inline constexpr std::size_t max_formula_nodes = 200;  // numbers, operators and calls

enum class FormulaFunction { count_all, count, sum, avg, min, max };

struct FormulaAggregate {
  FormulaFunction function = FormulaFunction::count_all;
  std::string property;  // empty for count_all
  friend bool operator==(FormulaAggregate const&, FormulaAggregate const&) = default;
};

class Formula {
 public:
  // Fails with the field formula_sql and the place of the first character that is wrong.
  static Result<Formula> parse(std::string_view text);

  // Each aggregate once; evaluate() wants their values in this order.
  [[nodiscard]] std::vector<FormulaAggregate> const& aggregates() const { return aggregates_; }
  // Asserts that there is a value for each aggregate.
  [[nodiscard]] Exact evaluate(std::vector<Exact> const& values) const;

 private:
  friend class FormulaParser;
  enum class Kind {
    number,
    aggregate,
    add,
    subtract,
    multiply,
    divide,
    negate,
    less,
    less_or_equal,
    greater,
    greater_or_equal,
    equal,
    not_equal,
    both,
    either,
    negation,
    greatest,
    least,
    choice
  };
  struct Node {
    Kind kind = Kind::number;
    Exact number;
    std::size_t aggregate = 0;
    std::vector<std::size_t> parts;
  };
  [[nodiscard]] Exact value_of(std::size_t node, std::vector<Exact> const& values) const;
  [[nodiscard]] Exact combine(Kind kind, Exact const& a, Exact const& b) const;

  std::vector<Node> nodes_;
  std::vector<FormulaAggregate> aggregates_;
  std::size_t root_ = 0;
};

}  // namespace tallybook
