// Money: a whole number of minor units of one currency. Adding two currencies is our bug and
// asserts; leaving 64 bits asserts. Fractions of a minor unit are Exact, never Money.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "money/currency.hpp"
#include "money/exact.hpp"

namespace tallybook {

struct Money {
  std::int64_t minor = 0;
  Currency currency;

  // The one named rounding of a line: minor units from an exact amount of minor units.
  // Asserts that the result fits 64 bits (amounts are bounded long before, see max_amount_minor).
  static Money rounded(Exact const& minor_units, Currency currency,
                       Rounding how = Rounding::half_away_from_zero);
  friend Money operator+(Money const&, Money const&);
  friend Money operator-(Money const&, Money const&);
  Money operator-() const;
  friend bool operator==(Money const&, Money const&) = default;
  // "1234.56 EUR", "-0.05 USD", "500 JPY": for people and logs.
  [[nodiscard]] std::string str() const;
};

// No amount of one price, line or invoice may be larger (in minor units): input beyond it is
// refused, so that sums of many stay far from 64 bits.
inline constexpr std::int64_t max_amount_minor = 1'000'000'000'000'000;  // 10^15

// Adds, asserting on overflow.
std::int64_t checked_add(std::int64_t a, std::int64_t b);

// Splits `total` in proportion to `weights` (all of one sign or zero) by largest remainder: the
// parts sum to the total exactly, ties go to the earlier part, and -total splits into the negated
// parts of total. Asserts that weights do not mix signs. All-zero weights give everything to
// the first part; no weights give no parts.
std::vector<std::int64_t> allocate(std::int64_t total, std::span<Exact const> weights);

// Rounds exact parts to whole units that sum to `total`, which must be their sum to the nearest
// unit (asserted): each part is cut towards zero, then the largest remainders
// on the side of what is missing get one unit each, ties going to the earlier part. Parts may mix
// signs; none is more than one unit from its exact value or changes sign, and the mirror of the
// parts rounds to the mirror of the result.
std::vector<std::int64_t> round_parts(std::int64_t total, std::span<Exact const> parts);

// "1234.56" for 123456 with 2 decimals; "500" with 0.
std::string format_minor(std::int64_t minor, int decimals);

}  // namespace tallybook
