// Exact: a rational number that never rounds and never overflows. Kept as a reduced fraction of
// two checked 128-bit integers; what does not fit moves to a big rational (boost cpp_rational,
// fenced in exact.cpp) and back when it fits again. Everything between a usage event and the one
// named rounding of an invoice line is Exact.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace tallybook {

enum class Rounding {
  half_away_from_zero,  // the default policy: 0.5 -> 1, -0.5 -> -1
  half_even,            // 0.5 -> 0, 1.5 -> 2
  up,                   // towards plus infinity (ceiling)
  down,                 // towards minus infinity (floor)
  towards_zero,
};

class Exact {
 public:
  Exact() = default;
  Exact(std::int64_t whole) : numerator_(whole) {}  // NOLINT: whole numbers convert freely
  Exact(int whole) : numerator_(whole) {}           // NOLINT
  // numerator / denominator; TB_ASSERTs that the denominator is not 0.
  static Exact fraction(std::int64_t numerator, std::int64_t denominator);
  // Reads a JSON number or plain decimal text exactly: "0.1" is 1/10, "1e3" is 1000. Empty on
  // anything else (spaces, "+1", "1.", ".5", "NaN") and on exponents or lengths beyond 1000 digits.
  // Leading zeros are accepted ("007" is 7): numeric text of events may carry them.
  static std::optional<Exact> parse(std::string_view text);
  // Reads "p/q" (whole digits, q above 0, not necessarily reduced) or what parse() reads. The
  // inverse of str(). Empty beyond 20000 characters.
  static std::optional<Exact> parse_fraction(std::string_view text);

  friend Exact operator+(Exact const&, Exact const&);
  friend Exact operator-(Exact const&, Exact const&);
  friend Exact operator*(Exact const&, Exact const&);
  friend Exact operator/(Exact const&, Exact const&);  // TB_ASSERTs a divisor other than 0
  Exact operator-() const;
  Exact& operator+=(Exact const& other) { return *this = *this + other; }
  Exact& operator-=(Exact const& other) { return *this = *this - other; }
  Exact& operator*=(Exact const& other) { return *this = *this * other; }
  Exact& operator/=(Exact const& other) { return *this = *this / other; }
  friend bool operator==(Exact const&, Exact const&);
  friend std::strong_ordering operator<=>(Exact const&, Exact const&);

  [[nodiscard]] bool is_zero() const;
  [[nodiscard]] bool is_negative() const;
  [[nodiscard]] bool is_whole() const;

  // The nearest whole number; empty when it does not fit 64 bits.
  [[nodiscard]] std::optional<std::int64_t> round(
      Rounding how = Rounding::half_away_from_zero) const;
  // Rounded to `decimals` places (0 to 30), still exact.
  [[nodiscard]] Exact rounded(int decimals, Rounding how = Rounding::half_away_from_zero) const;
  // The whole number at or below / at or above, as Exact (any size).
  [[nodiscard]] Exact floor() const { return rounded(0, Rounding::down); }
  [[nodiscard]] Exact ceil() const { return rounded(0, Rounding::up); }

  // "3", "-1/7": canonical, for stores and explanations.
  [[nodiscard]] std::string str() const;
  // Plain decimal digits without exponent: exact when the fraction ends ("0.1"), however many
  // digits that takes; otherwise rounded half away from zero to `max_decimals` places (0 to 1000).
  // No trailing zeros, never "-0".
  [[nodiscard]] std::string decimal(int max_decimals = 18) const;

  Exact(Exact const& other) : numerator_(other.numerator_), denominator_(other.denominator_) {
    if (other.big_) copy_big(other);
  }
  Exact& operator=(Exact const& other) {
    if (big_ || other.big_) return assign_big(other);
    numerator_ = other.numerator_;
    denominator_ = other.denominator_;
    return *this;
  }
  // A moved-from number is 0 or unchanged; either way it is a valid number.
  Exact(Exact&& other) noexcept
      : numerator_(other.numerator_),
        denominator_(other.denominator_),
        big_(std::move(other.big_)) {}
  Exact& operator=(Exact&& other) noexcept {
    numerator_ = other.numerator_;
    denominator_ = other.denominator_;
    big_ = std::move(other.big_);
    return *this;
  }
  ~Exact() = default;

 private:
  struct Big;  // the big rational
  struct BigDeleter {
    void operator()(Big* big) const noexcept;
  };
  friend struct ExactAccess;
  void copy_big(Exact const& other);
  Exact& assign_big(Exact const& other);

  // Reduced, denominator above 0, both within plus or minus (2^127 - 1); 0/1 while big_ is set.
  __int128 numerator_ = 0;
  __int128 denominator_ = 1;
  std::unique_ptr<Big, BigDeleter> big_;  // set only while the value does not fit the fraction
};

inline Exact min(Exact const& a, Exact const& b) { return b < a ? b : a; }
inline Exact max(Exact const& a, Exact const& b) { return a < b ? b : a; }

}  // namespace tallybook
