// What a mapping is given and what it answers with: inputs, policies, and a checker that sets our
// figures beside the expected ones.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"
#include "golden/json.hpp"
#include "money/currency.hpp"

namespace tallybook::golden {

// The case assumes what we do not offer: a policy, or an input whose meaning we do not know.
struct NotApplicable {
  std::string key;     // of a policy, or the name of an input
  std::string reason;  // for a person: the value, why not
};

// The assumptions of a case.
struct Policy {
  std::map<std::string, std::string> values;
  [[nodiscard]] bool is(std::string const& key, std::string const& value) const;
  [[nodiscard]] bool has(std::string const& key) const { return values.contains(key); }
};

// Collects our figure for every key of `expected`. Keys that no case of the kind asks for may be
// given as well and are left out; a key that nobody compared is a difference.
class Checker {
 public:
  explicit Checker(Json const& expected) : expected_(expected) {}
  // A key ending in _Ndp (also _Ndp_ceil) is compared after rounding to N decimals.
  void value(std::string const& key, Json const& ours);
  void number(std::string const& key, Exact const& ours) { value(key, Json::of(ours)); }
  void numbers(std::string const& key, std::vector<std::int64_t> const& ours) {
    value(key, Json::numbers(ours));
  }
  void text(std::string const& key, std::string const& ours) { value(key, Json::of(ours)); }
  void instant(std::string const& key, Instant ours);              // however the case writes it
  [[nodiscard]] Json const* wanted(std::string const& key) const;  // nullptr: not asked for

  [[nodiscard]] bool holds() const;
  [[nodiscard]] std::string got() const;   // key=value, a space between
  [[nodiscard]] std::string want() const;  // the same keys in the same order

 private:
  Json const& expected_;
  std::map<std::string, Json> ours_;
  std::map<std::string, bool> same_;
};

// Throws NotApplicable or BadCase, or compares every expected key.
using Mapping = std::function<void(Json const& inputs, Policy const& policy, Checker& check)>;

// Kinds that share what their policies mean.
struct Theme {
  std::map<std::string, Mapping> kinds;
  // Values of policy keys we work by or offer; anything else is not applicable, with the key.
  std::map<std::string, std::vector<std::string>> offered;
  std::map<std::string, std::string> reasons;  // key=value -> why we do not offer it
};

// A refusal of a rule is a case that does not hold, with the rule's words.
template <class T>
T value_of(Result<T> result) {
  if (!result) throw BadCase(result.error().message);
  return *std::move(result);
}

// Refuses an object with a member that is not among `known`: its meaning would be guessed.
void only_known(Json const& object, std::string const& what, std::vector<std::string> const& known);
// The first of these members that is there; throws BadCase when none is.
[[nodiscard]] Json const& first_of(Json const& object, std::vector<std::string> const& names);

// A currency by its code in any case of letters; throws NotApplicable when it is not on our list.
[[nodiscard]] Currency currency_of(Json const& value);
// 10^decimals.
[[nodiscard]] Exact scale_of(int decimals);
// An amount in major units as minor units of two decimals; 0 or empty when it is not there.
[[nodiscard]] Exact minor_or_zero(Json const& inputs, std::string const& key);

}  // namespace tallybook::golden
