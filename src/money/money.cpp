#include "money/money.hpp"

#include <algorithm>
#include <numeric>

#include "base/assert.hpp"
#include "base/mutant.hpp"

namespace tallybook {

std::int64_t checked_add(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  TB_ASSERT(!__builtin_add_overflow(a, b, &sum));
  return sum;
}

Money Money::rounded(Exact const& minor_units, Currency currency, Rounding how) {
  auto const whole = minor_units.round(how);
  TB_ASSERT(whole.has_value());
  return {*whole, currency};
}

Money operator+(Money const& a, Money const& b) {
  TB_ASSERT(a.currency == b.currency);
  return {checked_add(a.minor, b.minor), a.currency};
}

Money Money::operator-() const {
  TB_ASSERT(minor != INT64_MIN);
  return {-minor, currency};
}

Money operator-(Money const& a, Money const& b) {
  TB_ASSERT(a.currency == b.currency);
  std::int64_t difference = 0;
  TB_ASSERT(!__builtin_sub_overflow(a.minor, b.minor, &difference));
  return {difference, a.currency};
}

std::string Money::str() const {
  std::string const amount = format_minor(minor, currency.decimals());
  return currency.empty() ? amount : amount + " " + currency.str();
}

std::string format_minor(std::int64_t minor, int decimals) {
  bool const negative = minor < 0;
  std::uint64_t const size =
      negative ? -static_cast<std::uint64_t>(minor) : static_cast<std::uint64_t>(minor);
  std::string digits = std::to_string(size);
  if (TB_MUTANT(11, decimals > 0, decimals > 2)) {
    auto const places = static_cast<size_t>(decimals);
    if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
    digits.insert(digits.size() - places, 1, '.');
  }
  return negative ? "-" + digits : digits;
}

// Cutting towards zero makes the split of -x the mirror of the split of x: a credit takes back
// exactly what was charged.
std::vector<std::int64_t> round_parts(std::int64_t total, std::span<Exact const> parts) {
  std::vector<std::int64_t> whole(parts.size(), 0);
  std::vector<Exact> remainders(parts.size());
  Exact sum;
  Exact left = total;
  for (size_t i = 0; i < parts.size(); ++i) {
    auto const cut =
        TB_MUTANT(6, parts[i].round(Rounding::towards_zero), parts[i].round(Rounding::down));
    TB_ASSERT(cut.has_value());
    whole[i] = *cut;
    remainders[i] = parts[i] - Exact(*cut);
    sum += parts[i];
    left -= Exact(*cut);
  }
  TB_ASSERT(max(sum - total, Exact(total) - sum) <= Exact::fraction(1, 2));
  std::int64_t const unit = TB_MUTANT(7, left.is_negative() ? -1 : 1, 1);
  std::vector<size_t> order(parts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  if (unit < 0) {
    for (Exact& remainder : remainders) remainder = -remainder;
  }
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return TB_MUTANT(8, remainders[a] > remainders[b], remainders[a] < remainders[b]);
  });
  auto const units = (left * unit).round();
  TB_ASSERT(units && *units <= static_cast<std::int64_t>(parts.size()));
  for (size_t i = 0; i < TB_MUTANT(9, static_cast<size_t>(*units), size_t{0}); ++i)
    whole[order[i]] += unit;
  return whole;
}

std::vector<std::int64_t> allocate(std::int64_t total, std::span<Exact const> weights) {
  Exact sum;
  bool above = false;
  bool below = false;
  for (Exact const& weight : weights) {
    sum += weight;
    above = above || (!weight.is_zero() && !weight.is_negative());
    below = below || weight.is_negative();
  }
  TB_ASSERT(!(above && below));
  if (sum.is_zero()) {
    std::vector<std::int64_t> parts(weights.size(), 0);
    if (!parts.empty()) parts.front() = TB_MUTANT(10, total, std::int64_t{0});
    return parts;
  }
  std::vector<Exact> shares(weights.begin(), weights.end());
  for (Exact& share : shares) share = Exact(total) * share / sum;
  return round_parts(total, shares);
}

}  // namespace tallybook
