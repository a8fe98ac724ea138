// What every benchmark prints: a readable line, and a RESULT line tools/bench.sh collects.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tallybook::bench {

// One figure beside its baseline. The target is met when every bound that is given holds.
struct Figure {
  std::string name;
  double value = 0;
  std::string unit;
  std::string baseline_name;  // empty: nothing to compare with
  double baseline = 0;
  std::optional<double> least_ratio;  // value / baseline
  std::optional<double> most_ratio;
  std::optional<double> least;  // of the value itself
  std::optional<double> most;
};

// Prints the table line and
//   RESULT <tab> name <tab> value <tab> unit <tab> baseline <tab> ratio <tab> target <tab>
//   ok|below|-
void report(Figure const& figure);
// What is not a figure: how the measurement was made. Ends up under the table.
void note(std::string const& text);

double seconds(std::function<void()> const& body);
double median(std::vector<double> values);
// The value that share (0.99) of the values do not exceed.
double percentile(std::vector<double>& values, double share);

// Resident memory of a process ("self" or a number) in MB.
double resident_mb(std::string const& process = "self");

// argv[i] as a whole number, or `otherwise`.
long argument(int count, char** words, int index, long otherwise);

}  // namespace tallybook::bench
