// A JSON value of a case file, and a value of ours to set beside it. Numbers stay text: nothing
// goes through binary floating point. "p/q" texts are exact fractions.
#pragma once

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "money/exact.hpp"

namespace tallybook::golden {

// A case or file that cannot be read: wrong types, missing fields, values out of range.
struct BadCase : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Json {
  enum class Kind { null, boolean, number, text, list, object } kind = Kind::null;
  std::string text;  // number, text, "true" or "false"
  std::vector<Json> items;
  std::map<std::string, Json> members;

  static Json of(Exact const& number);
  static Json of(std::string text);
  static Json of_boolean(bool value);
  static Json list(std::vector<Json> items);
  static Json numbers(std::vector<Exact> const& values);
  static Json numbers(std::vector<std::int64_t> const& values);
  static Json object(std::map<std::string, Json> members);

  // What a case is asked for; each throws BadCase naming what is wrong.
  [[nodiscard]] bool has(std::string const& key) const;        // there and not null
  [[nodiscard]] Json const& at(std::string const& key) const;  // there and not null
  [[nodiscard]] std::vector<Json> const& list() const;         // a list
  [[nodiscard]] std::string const& word() const;               // a text
  [[nodiscard]] bool truth() const;                            // true or false
  [[nodiscard]] Exact number() const;                          // a number or numeric text
  [[nodiscard]] int small() const;                             // whole, within a million
  [[nodiscard]] std::int64_t minor()
      const;  // whole minor units, within 100 times the largest amount

  // On one line: {"a":1,"b":[2,"x"]} without spaces and with bare words.
  [[nodiscard]] std::string str() const;
};

// Whether ours is what is wanted: numbers by value ("1.50" is 1.5 and 3/2), rounded to `decimals`
// places first when that is not negative; lists element by element; objects by the keys wanted,
// where other keys of ours must be 0. A key may be spelled as another number of the same value.
[[nodiscard]] bool equal(Json const& wanted, Json const& ours, int decimals = -1);

// Throws BadCase when the file cannot be opened or is no JSON.
[[nodiscard]] Json read_json_file(std::string const& path);

}  // namespace tallybook::golden
