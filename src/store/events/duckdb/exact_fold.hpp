// Exact sums, minima and maxima over decimal text: a 128-bit integer of 18 decimals while values
// fit, Exact for those that do not, so that no value is ever wrong or refused. Internal to
// src/store/events/duckdb.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/usage/aggregator.hpp"
#include "money/exact.hpp"

namespace tallybook::duckdb_detail {

// Whether the value is a number (numeric text counts) that takes part; `out` is its decimal text.
bool number_takes_part(RecordValue const& value, bool allow_negative, std::string& out);
// The same for count_unique, where numbers are equal by value and text as text; `out` is equal
// exactly for equal values.
bool distinct_takes_part(RecordValue const& value, std::string& out);

class ExactFold {
 public:
  enum class What { sum, min, max };
  explicit ExactFold(What what) : what_(what) {}
  void add(std::string_view decimal);  // text that Exact::parse() reads
  void merge(ExactFold const& other);
  [[nodiscard]] Exact result() const;  // 0 when nothing was added

 private:
  void add_scaled(__int128 value);
  void add_exact(Exact const& value);
  What what_;
  bool has_scaled_ = false;
  __int128 scaled_ = 0;        // in 10^-18
  std::optional<Exact> rest_;  // what did not fit
};

}  // namespace tallybook::duckdb_detail
