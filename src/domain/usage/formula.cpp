#include "domain/usage/formula.hpp"

#include <algorithm>
#include <map>

#include "base/assert.hpp"

namespace tallybook {
namespace formula_detail {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool in_name(char c) { return starts_name(c) || is_digit(c) || c == '.'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

std::string lowered(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace formula_detail

// Recursive descent, one function for each level of binding.
class FormulaParser {
 public:
  explicit FormulaParser(std::string_view text) : text_(text) {}

  Result<Formula> run() {
    if (text_.size() > max_formula_length)
      return fail(errors::invalid_field("formula_sql", "expected at most 1000 characters"));
    TB_TRY(root, expression());
    skip_space();
    if (at_ < text_.size()) return wrong("expected an operator or the end");
    formula_.root_ = root;
    return std::move(formula_);
  }

 private:
  using Kind = Formula::Kind;
  using Node = Result<std::size_t>;
  struct Level {
    FormulaParser& parser;
    explicit Level(FormulaParser& of) : parser(of) { ++parser.depth_; }
    ~Level() { --parser.depth_; }
    Level(Level const&) = delete;
  };

  [[nodiscard]] tl::unexpected<Error> wrong(std::string const& reason) const {
    return fail(errors::invalid_field("formula_sql",
                                      "at character " + std::to_string(at_ + 1) + ": " + reason));
  }

  void skip_space() {
    while (at_ < text_.size() && formula_detail::is_space(text_[at_])) ++at_;
  }
  bool take(std::string_view symbol) {
    skip_space();
    if (!text_.substr(at_).starts_with(symbol)) return false;
    at_ += symbol.size();
    return true;
  }
  [[nodiscard]] std::string_view name_ahead() {
    skip_space();
    std::size_t end = at_;
    if (end < text_.size() && formula_detail::starts_name(text_[end])) {
      while (end < text_.size() && formula_detail::in_name(text_[end])) ++end;
    }
    return text_.substr(at_, end - at_);
  }
  bool take_word(std::string_view word) {
    auto const name = name_ahead();
    if (formula_detail::lowered(name) != word) return false;
    at_ += name.size();
    return true;
  }

  Node add(Formula::Node node) {
    if (formula_.nodes_.size() == max_formula_nodes)
      return wrong("the formula has more than 200 parts");
    formula_.nodes_.push_back(std::move(node));
    return formula_.nodes_.size() - 1;
  }
  Node add(Kind kind, std::vector<std::size_t> parts) {
    return add({kind, 0, 0, std::move(parts)});
  }

  Node expression() {
    Level const level(*this);
    if (depth_ > max_formula_depth) return wrong("nested deeper than 32 levels");
    TB_TRY(left, conjunction());
    while (take_word("or")) {
      TB_TRY(right, conjunction());
      TB_TRY(both, add(Kind::either, {left, right}));
      left = both;
    }
    return left;
  }

  Node conjunction() {
    TB_TRY(left, negation());
    while (take_word("and")) {
      TB_TRY(right, negation());
      TB_TRY(both, add(Kind::both, {left, right}));
      left = both;
    }
    return left;
  }

  Node negation() {
    if (!take_word("not")) return comparison();
    Level const level(*this);
    if (depth_ > max_formula_depth) return wrong("nested deeper than 32 levels");
    TB_TRY(inner, negation());
    return add(Kind::negation, {inner});
  }

  Node comparison() {
    TB_TRY(left, sum());
    struct Sign {
      char const* text;
      Kind kind;
    };
    // The longer spelling first.
    for (Sign const& sign :
         {Sign{"<=", Kind::less_or_equal}, Sign{">=", Kind::greater_or_equal},
          Sign{"<>", Kind::not_equal}, Sign{"!=", Kind::not_equal}, Sign{"==", Kind::equal},
          Sign{"<", Kind::less}, Sign{">", Kind::greater}, Sign{"=", Kind::equal}}) {
      if (!take(sign.text)) continue;
      TB_TRY(right, sum());
      return add(sign.kind, {left, right});
    }
    return left;
  }

  Node sum() {
    TB_TRY(left, product());
    while (true) {
      Kind kind = Kind::add;
      if (!take("+")) {
        if (!take("-")) return left;
        kind = Kind::subtract;
      }
      TB_TRY(right, product());
      TB_TRY(both, add(kind, {left, right}));
      left = both;
    }
  }

  Node product() {
    TB_TRY(left, sign());
    while (true) {
      Kind kind = Kind::multiply;
      if (!take("*")) {
        if (!take("/")) return left;
        kind = Kind::divide;
      }
      TB_TRY(right, sign());
      TB_TRY(both, add(kind, {left, right}));
      left = both;
    }
  }

  Node sign() {
    bool const minus = take("-");
    if (!minus && !take("+")) return primary();
    Level const level(*this);
    if (depth_ > max_formula_depth) return wrong("nested deeper than 32 levels");
    TB_TRY(inner, sign());
    if (!minus) return inner;
    return add(Kind::negate, {inner});
  }

  Node primary() {
    skip_space();
    if (at_ == text_.size()) return wrong("expected a number, a function or a parenthesis");
    if (formula_detail::is_digit(text_[at_])) return number();
    if (take("(")) {
      TB_TRY(inner, expression());
      if (!take(")")) return wrong("expected )");
      return inner;
    }
    std::size_t const start = at_;
    std::string const name = formula_detail::lowered(name_ahead());
    if (name.empty()) return wrong("expected a number, a function or a parenthesis");
    at_ += name.size();
    if (!take("(")) {
      at_ = start;
      return wrong("a property is read inside sum, avg, min, max or count");
    }
    return call(name, start);
  }

  Node number() {
    std::size_t end = at_;
    while (end < text_.size() && (formula_detail::is_digit(text_[end]) || text_[end] == '.')) ++end;
    auto const text = text_.substr(at_, end - at_);
    auto const value = text.size() <= 40 ? Exact::parse(text) : std::nullopt;
    if (!value) return wrong("expected a number of at most 40 digits");
    at_ = end;
    return add({Kind::number, *value, 0, {}});
  }

  // Behind the opening parenthesis.
  Node call(std::string const& name, std::size_t start) {
    static std::map<std::string, FormulaFunction> const aggregates = {
        {"sum", FormulaFunction::sum},
        {"avg", FormulaFunction::avg},
        {"min", FormulaFunction::min},
        {"max", FormulaFunction::max},
        {"count", FormulaFunction::count}};
    static std::map<std::string, Kind> const functions = {
        {"greatest", Kind::greatest}, {"least", Kind::least}, {"if", Kind::choice}};
    if (auto const found = aggregates.find(name); found != aggregates.end())
      return aggregate(found->second);
    auto const found = functions.find(name);
    if (found == functions.end()) {
      at_ = start;
      return wrong("unknown function " + name);
    }
    std::vector<std::size_t> parts;
    do {
      TB_TRY(part, expression());
      parts.push_back(part);
    } while (take(","));
    if (!take(")")) return wrong("expected , or )");
    bool const right = found->second == Kind::choice ? parts.size() == 3 : parts.size() >= 2;
    if (!right) {
      at_ = start;
      return wrong(name + (found->second == Kind::choice ? " takes three values"
                                                         : " takes at least two values"));
    }
    return add(found->second, std::move(parts));
  }

  Node aggregate(FormulaFunction function) {
    FormulaAggregate wanted{function, ""};
    if (function == FormulaFunction::count && take("*")) {
      wanted.function = FormulaFunction::count_all;
    } else {
      TB_TRY(property, property_name());
      wanted.property = property;
    }
    if (!take(")")) return wrong("expected )");
    auto& all = formula_.aggregates_;
    auto const place = std::find(all.begin(), all.end(), wanted);
    auto const index = static_cast<std::size_t>(place - all.begin());
    if (place == all.end()) all.push_back(std::move(wanted));
    return add({Kind::aggregate, 0, index, {}});
  }

  Result<std::string> property_name() {
    if (take("\"")) {
      auto const end = text_.find('"', at_);
      if (end == std::string_view::npos) return wrong("the quoted property does not end");
      if (end == at_) return wrong("expected the name of a property");
      std::string name(text_.substr(at_, end - at_));
      at_ = end + 1;
      return name;
    }
    std::string name(name_ahead());
    if (name.empty() || name.back() == '.') return wrong("expected the name of a property");
    at_ += name.size();
    return name;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  Formula formula_;
};

Result<Formula> Formula::parse(std::string_view text) { return FormulaParser(text).run(); }

Exact Formula::combine(Kind kind, Exact const& a, Exact const& b) const {
  switch (kind) {
    case Kind::add:
      return a + b;
    case Kind::subtract:
      return a - b;
    case Kind::multiply:
      return a * b;
    case Kind::divide:
      return b.is_zero() ? Exact(0) : a / b;
    case Kind::less:
      return a < b ? 1 : 0;
    case Kind::less_or_equal:
      return a <= b ? 1 : 0;
    case Kind::greater:
      return a > b ? 1 : 0;
    case Kind::greater_or_equal:
      return a >= b ? 1 : 0;
    case Kind::equal:
      return a == b ? 1 : 0;
    case Kind::not_equal:
      return a == b ? 0 : 1;
    default:
      break;
  }
  broken_invariant("no operator of two values", __FILE__, __LINE__);
}

Exact Formula::value_of(std::size_t index, std::vector<Exact> const& values) const {
  Node const& node = nodes_[index];
  auto const part = [&](std::size_t i) { return value_of(node.parts[i], values); };
  switch (node.kind) {
    case Kind::number:
      return node.number;
    case Kind::aggregate:
      return values[node.aggregate];
    case Kind::negate:
      return -part(0);
    case Kind::negation:
      return part(0).is_zero() ? 1 : 0;
    case Kind::both:
      return part(0).is_zero() || part(1).is_zero() ? 0 : 1;
    case Kind::either:
      return part(0).is_zero() && part(1).is_zero() ? 0 : 1;
    case Kind::choice:
      return part(0).is_zero() ? part(2) : part(1);
    case Kind::greatest:
    case Kind::least: {
      Exact best = part(0);
      for (std::size_t i = 1; i < node.parts.size(); ++i)
        best = node.kind == Kind::greatest ? max(best, part(i)) : min(best, part(i));
      return best;
    }
    default:
      break;
  }
  return combine(node.kind, part(0), part(1));
}

Exact Formula::evaluate(std::vector<Exact> const& values) const {
  TB_ASSERT(values.size() == aggregates_.size());
  return value_of(root_, values);
}

}  // namespace tallybook
