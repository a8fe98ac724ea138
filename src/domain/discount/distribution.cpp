#include "domain/discount/distribution.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/mutant.hpp"
#include "money/money.hpp"

namespace tallybook {
namespace distribution_detail {

std::int64_t whole(Exact const& value, Rounding how) {
  auto const out = value.round(how);
  TB_ASSERT(out.has_value());
  return *out;
}

}  // namespace distribution_detail

std::vector<Exact> discount_shares(std::span<Exact const> lines, Exact const& discount) {
  Exact eligible;
  for (auto const& line : lines) eligible += TB_MUTANT(59, max(line, 0), line);
  std::vector<Exact> shares(lines.size());
  Exact const taken = TB_MUTANT(58, min(discount, eligible), discount);
  if (taken <= 0) return shares;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i] > 0) shares[i] = taken * lines[i] / eligible;
  }
  return shares;
}

std::vector<std::int64_t> distribute_discount(std::span<std::int64_t const> lines,
                                              std::int64_t discount, DiscountDistribution how) {
  auto const shares = discount_shares(std::vector<Exact>(lines.begin(), lines.end()), discount);
  Exact sum;
  for (auto const& share : shares) sum += share;
  std::int64_t left = distribution_detail::whole(sum, Rounding::half_away_from_zero);
  if (how == DiscountDistribution::largest_remainder) return round_parts(left, shares);
  std::vector<std::int64_t> out;
  for (auto const& share : shares) {
    out.push_back(distribution_detail::whole(share, Rounding::down));
    left -= out.back();
  }
  for (std::size_t i = out.size(); i-- > 0 && left > 0;) {
    std::int64_t const more = std::min(left, std::max<std::int64_t>(0, lines[i]) - out[i]);
    out[i] += more;
    left -= more;
  }
  return out;
}

}  // namespace tallybook
