// The tax of a document: which amounts are rounded and how the rounded tax is given to the lines
// (TAX-7). Every choice leaves line taxes that sum to the tax of the document and of each rate.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "money/exact.hpp"

namespace tallybook {

enum class TaxRounding {
  per_rate,       // the default: the tax of each rate over the whole document (EN 16931 BR-CO-17)
  per_line,       // the tax of each rate on each line
  once_on_total,  // the exact sum over all lines and rates
};

// What a line is taxed on: its amount after discounts in minor units (may be a fraction where a
// discount is shared exactly) and every rate in percent that applies to it. Several rates are not
// compounded: each is taken of the same amount. A rate that a line has twice is two taxes.
struct TaxableLine {
  Exact net;
  std::vector<Exact> rates;
};

struct RateTotal {
  Exact rate;
  Exact base;
  std::int64_t tax = 0;
};

struct TaxTotals {
  std::vector<std::int64_t> line_tax;  // as many as lines
  std::vector<RateTotal> by_rate;      // ascending; one more for a second tax of a rate
  std::int64_t tax = 0;
  // The base-weighted average rate in percent; lines weigh alike when there is nothing to tax.
  Exact effective_rate;
};

[[nodiscard]] TaxTotals tax_totals(std::span<TaxableLine const> lines,
                                   TaxRounding rounding = TaxRounding::per_rate);

}  // namespace tallybook
