// Golden cases: restated expectations of other billing systems, read from a JSON file. A mapping
// per kind builds inputs and calls our rules; it computes nothing itself.
#pragma once

#include <simdjson.h>

#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "money/exact.hpp"

namespace tallybook::golden {

// The case cannot be read: the runner reports it as a failure.
struct BadCase : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// A parsed JSON value. Numbers stay text: nothing goes through binary floating point.
struct Json {
  enum class Kind { null, boolean, number, text, list, object } kind = Kind::null;
  std::string text;  // number, text, "true" or "false"
  std::vector<Json> items;
  std::map<std::string, Json> members;

  [[nodiscard]] bool has(std::string const& key) const;        // there and not null
  [[nodiscard]] Json const& at(std::string const& key) const;  // throws BadCase when absent
  [[nodiscard]] Exact number() const;                          // throws BadCase on anything else
  [[nodiscard]] int whole() const;
};

Json read_json_file(std::string const& path);

// The case assumes what we do not offer.
struct NotApplicable {
  std::string key;     // a policy key=value, or kind:name
  std::string reason;  // for a person
};

using Policy = std::map<std::string, std::string>;

// What a mapping found: one line per key of `expected` that does not hold.
class Checker {
 public:
  explicit Checker(Json const& expected) : expected_(expected) {}
  // Compares our figure with expected[key]; a key the case does not have is skipped.
  void number(std::string const& key, Exact const& ours);
  void text(std::string const& key, std::string const& ours);
  void json(std::string const& key, std::function<std::string(Json const&)> const& compare);
  [[nodiscard]] std::vector<std::string> problems() const;  // includes keys nobody compared

 private:
  Json const& expected_;
  std::map<std::string, bool> seen_;
  std::vector<std::string> problems_;
};

using Mapping = std::function<void(Json const& inputs, Policy const& policy, Checker& check)>;

// The mapping throws NotApplicable or BadCase, or compares every expected key.
struct Theme {
  std::string file;  // "billing_dates.json"
  std::map<std::string, Mapping> kinds;
  std::map<std::string, std::string> kinds_not_offered;  // kind -> reason
  // Values of policy keys we work by or offer; anything else is not applicable, with the key.
  std::map<std::string, std::vector<std::string>> offered;
  std::map<std::string, std::string> reasons;  // key=value -> why we do not offer it
};

// Runs every case of the theme as one GoogleTest assertion each, prints the counts.
void run_theme(Theme const& theme);

}  // namespace tallybook::golden
