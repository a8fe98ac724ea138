#include "domain/invoice/totals.hpp"

#include <map>

#include "base/assert.hpp"
#include "base/mutant.hpp"
#include "money/money.hpp"

namespace tallybook {
namespace totals_detail {

std::int64_t whole(Exact const& value) {
  auto const out = value.round();
  TB_ASSERT(out.has_value());
  return *out;
}

// The lines of one rate with their exact taxes.
struct RateGroup {
  Exact base;
  std::vector<std::size_t> lines;
  std::vector<Exact> taxes;
};

Exact average_rate(std::span<TaxableLine const> lines) {
  Exact weights;
  for (auto const& line : lines) weights += line.net;
  bool const unweighted = weights.is_zero();
  if (unweighted) weights = static_cast<std::int64_t>(lines.size());
  Exact sum;
  for (auto const& line : lines) {
    for (auto const& rate : line.rates) sum += rate * (unweighted ? Exact(1) : line.net);
  }
  return lines.empty() ? Exact(0) : sum / weights;
}

// How each tax of each line is rounded, in the order of the taxes given.
std::vector<std::int64_t> rounded_taxes(std::vector<Exact> const& taxes, bool alone) {
  std::vector<std::int64_t> out;
  Exact sum;
  for (auto const& tax : taxes) {
    out.push_back(whole(tax));
    sum += tax;
  }
  return TB_MUTANT(67, alone ? out : round_parts(whole(sum), taxes), out);
}

}  // namespace totals_detail

TaxTotals tax_totals(std::span<TaxableLine const> lines, TaxRounding rounding) {
  std::map<std::pair<Exact, int>, totals_detail::RateGroup> groups;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::map<Exact, int> seen;
    for (auto const& rate : lines[i].rates) {
      auto& group = groups[{rate, seen[rate]++}];
      group.base += lines[i].net;
      group.lines.push_back(i);
      group.taxes.push_back(
          TB_MUTANT(68, lines[i].net * rate / 100, lines[i].net * rate / (Exact(100) + rate)));
    }
  }
  std::vector<std::int64_t> at_once;  // every tax of the document, group by group
  if (rounding == TaxRounding::once_on_total) {
    std::vector<Exact> all;
    for (auto const& [key, group] : groups)
      all.insert(all.end(), group.taxes.begin(), group.taxes.end());
    at_once = totals_detail::rounded_taxes(all, false);
  }
  TaxTotals out;
  out.line_tax.assign(lines.size(), 0);
  out.effective_rate = totals_detail::average_rate(lines);
  std::size_t next = 0;
  for (auto const& [key, group] : groups) {
    std::vector<std::int64_t> parts;
    if (rounding == TaxRounding::once_on_total) {
      for (std::size_t k = 0; k < group.taxes.size(); ++k) parts.push_back(at_once[next++]);
    } else {
      parts = totals_detail::rounded_taxes(group.taxes, rounding == TaxRounding::per_line);
    }
    std::int64_t tax = 0;
    for (std::size_t k = 0; k < parts.size(); ++k) {
      auto& line_tax = out.line_tax[group.lines[k]];
      line_tax = checked_add(line_tax, parts[k]);
      tax = checked_add(tax, parts[k]);
    }
    out.by_rate.push_back({key.first, group.base, tax});
    out.tax = checked_add(out.tax, tax);
  }
  return out;
}

}  // namespace tallybook
