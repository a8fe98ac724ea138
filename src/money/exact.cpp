#include "money/exact.hpp"

#include <algorithm>
#include <bit>
#include <boost/multiprecision/cpp_int.hpp>

#include "base/assert.hpp"
#include "base/mutant.hpp"

namespace tallybook {
namespace exact_detail {

using Small = __int128;
using Wide = unsigned __int128;
using BigInt = boost::multiprecision::cpp_int;
using BigRational = boost::multiprecision::cpp_rational;

// The smallest 128-bit value is left out so that negation never overflows.
constexpr Small small_max = static_cast<Small>(~Wide{0} >> 1);

bool fits_64(Small value) { return value == static_cast<std::int64_t>(value); }
Wide magnitude(Small value) {
  return value < 0 ? -static_cast<Wide>(value) : static_cast<Wide>(value);
}

std::uint64_t gcd_64(std::uint64_t a, std::uint64_t b) {
  if (a < b) std::swap(a, b);
  if (b == 0) return a;
  a %= b;  // one division first: the operands often differ a lot in size
  if (a == 0) return b;
  int const shift = std::countr_zero(a | b);
  a >>= std::countr_zero(a);
  do {
    b >>= std::countr_zero(b);
    if (a > b) std::swap(a, b);
    b -= a;
  } while (b != 0);
  return a << shift;
}

// Euclid until both fit 64 bits, where the binary form is several times faster.
Wide gcd_wide(Wide a, Wide b) {
  while (b != 0) {
    if ((a >> 64) == 0 && (b >> 64) == 0) {
      return gcd_64(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b));
    }
    Wide const rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

// An exact division, in the machine's own width when it can be.
Small cut(Small value, Small divisor) {
  if (divisor == 1) return value;
  if (fits_64(value) && fits_64(divisor)) {
    return static_cast<std::int64_t>(value) / static_cast<std::int64_t>(divisor);
  }
  return value / divisor;
}

Small gcd_small(Small a, Small b) {
  return static_cast<Small>(gcd_wide(magnitude(a), magnitude(b)));
}

bool multiply(Small a, Small b, Small& out) {
  return !__builtin_mul_overflow(a, b, &out) && out >= -small_max;
}
bool add(Small a, Small b, Small& out) {
  return !__builtin_add_overflow(a, b, &out) && out >= -small_max;
}

// 10^n for 0 <= n <= 38.
Small power_of_ten(int n) {
  Small power = 1;
  for (int i = 0; i < n; ++i) power *= 10;
  return power;
}

std::string digits_of(Wide value) {
  char buffer[40];
  char* at = buffer + sizeof buffer;
  do {
    *--at = static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value != 0);
  return std::string(at, buffer + sizeof buffer);
}

std::string text_of(Small value) {
  return value < 0 ? "-" + digits_of(magnitude(value)) : digits_of(magnitude(value));
}

// numerator / denominator (above 0) to a whole number.
template <class Whole>
Whole divide_rounded(Whole const& numerator, Whole const& denominator, Rounding how) {
  Whole quotient = numerator / denominator;  // towards zero
  Whole rest = numerator % denominator;
  if (rest == 0) return quotient;
  bool const negative = rest < 0;
  if (negative) rest = -rest;
  Whole const complement = denominator - rest;
  bool away = false;
  switch (how) {
    case Rounding::half_away_from_zero:
      away = TB_MUTANT(1, rest >= complement, rest > complement);
      break;
    case Rounding::half_even:
      away = TB_MUTANT(2, rest > complement || (rest == complement && Whole(quotient % 2) != 0),
                       rest >= complement);
      break;
    case Rounding::up:
      away = TB_MUTANT(3, !negative, negative);
      break;
    case Rounding::down:
      away = TB_MUTANT(4, negative, !negative);
      break;
    case Rounding::towards_zero:
      break;
  }
  if (away) quotient += TB_MUTANT(5, negative ? -1 : 1, 1);
  return quotient;
}

// "1234" with 2 places is "12.34"; trailing zeros behind the point go.
std::string place_point(std::string digits, bool negative, int places) {
  if (places > 0) {
    auto const wanted = static_cast<size_t>(places) + 1;
    if (digits.size() < wanted) digits.insert(0, wanted - digits.size(), '0');
    digits.insert(digits.size() - static_cast<size_t>(places), 1, '.');
    digits.erase(digits.find_last_not_of('0') + 1);
    if (digits.back() == '.') digits.pop_back();
  }
  return negative && digits != "0" ? "-" + digits : digits;
}

// How often `factor` divides `value`, which is divided by it.
template <class Whole>
int take_factor(Whole& value, int factor) {
  int count = 0;
  while (value % factor == 0) {
    value /= factor;
    ++count;
  }
  return count;
}

// Decimal places that write 1/denominator exactly; -1 when it never ends.
template <class Whole>
int ending_places(Whole denominator) {
  int const twos = take_factor(denominator, 2);
  int const fives = take_factor(denominator, 5);
  return denominator == 1 ? std::max(twos, fives) : -1;
}

// A decimal literal, taken apart: digits without the point, and the power of ten they are times.
struct Literal {
  bool negative = false;
  std::string digits;
  int exponent = 0;
};

size_t count_digits(std::string_view text) {
  size_t count = 0;
  while (count < text.size() && text[count] >= '0' && text[count] <= '9') ++count;
  return count;
}

bool read_exponent(std::string_view text, int& out) {
  bool const negative = !text.empty() && text.front() == '-';
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  if (text.empty() || count_digits(text) != text.size()) return false;
  int value = 0;
  for (char const c : text) {
    value = value * 10 + (c - '0');
    if (value > 1000) return false;
  }
  out = negative ? -value : value;
  return true;
}

constexpr size_t max_digits = 1000;

std::optional<Literal> read_literal(std::string_view text) {
  Literal literal;
  if (text.size() > 2 * max_digits) return std::nullopt;
  if (!text.empty() && text.front() == '-') {
    literal.negative = true;
    text.remove_prefix(1);
  }
  size_t const whole = count_digits(text);
  if (whole == 0) return std::nullopt;
  literal.digits = text.substr(0, whole);
  text.remove_prefix(whole);
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    size_t const behind = count_digits(text);
    if (behind == 0) return std::nullopt;
    literal.digits += text.substr(0, behind);
    literal.exponent = -static_cast<int>(behind);
    text.remove_prefix(behind);
  }
  if (literal.digits.size() > max_digits) return std::nullopt;
  if (!text.empty()) {
    int exponent = 0;
    if ((text.front() != 'e' && text.front() != 'E') || !read_exponent(text.substr(1), exponent)) {
      return std::nullopt;
    }
    literal.exponent += exponent;
  }
  return literal;
}

Small small_from_digits(std::string_view digits) {
  Small value = 0;
  for (char const c : digits) value = value * 10 + (c - '0');
  return value;
}

// A leading 0 would make cpp_int read octal.
BigInt big_from_digits(std::string_view digits) {
  size_t const first = digits.find_first_not_of('0');
  return first == std::string_view::npos ? BigInt(0) : BigInt(std::string(digits.substr(first)));
}

}  // namespace exact_detail

struct Exact::Big {
  exact_detail::BigRational value;
};

void Exact::BigDeleter::operator()(Big* big) const noexcept { delete big; }

// What may see inside an Exact.
struct ExactAccess {
  using Small = exact_detail::Small;
  using BigInt = exact_detail::BigInt;
  using BigRational = exact_detail::BigRational;

  static bool is_big(Exact const& x) { return x.big_ != nullptr; }
  static Small numerator(Exact const& x) { return x.numerator_; }
  static Small denominator(Exact const& x) { return x.denominator_; }

  static Exact reduced(Small numerator, Small denominator) {
    Exact out;
    out.numerator_ = numerator;
    out.denominator_ = denominator;
    return out;
  }
  // Any fraction with a denominator above 0.
  static Exact reduce(Small numerator, Small denominator) {
    Small const divisor = exact_detail::gcd_small(numerator, denominator);
    return reduced(exact_detail::cut(numerator, divisor), exact_detail::cut(denominator, divisor));
  }
  static BigRational big(Exact const& x) {
    if (x.big_) return x.big_->value;
    return BigRational(BigInt(x.numerator_), BigInt(x.denominator_));
  }
  // Back to the small form when it fits: one value has one form, so equality compares fields.
  static Exact from_big(BigRational value) {
    BigInt const top = boost::multiprecision::numerator(value);
    BigInt const bottom = boost::multiprecision::denominator(value);
    BigInt const limit(exact_detail::small_max);
    if (bottom <= limit && boost::multiprecision::abs(top) <= limit) {
      return reduced(static_cast<Small>(top), static_cast<Small>(bottom));
    }
    Exact out;
    out.big_.reset(new Exact::Big{std::move(value)});
    return out;
  }
};

void Exact::copy_big(Exact const& other) { big_.reset(new Big(*other.big_)); }

Exact& Exact::assign_big(Exact const& other) {
  if (this == &other) return *this;
  std::unique_ptr<Big, BigDeleter> fresh(other.big_ ? new Big(*other.big_) : nullptr);
  numerator_ = other.numerator_;
  denominator_ = other.denominator_;
  big_ = std::move(fresh);
  return *this;
}

Exact Exact::fraction(std::int64_t numerator, std::int64_t denominator) {
  TB_ASSERT(denominator != 0);
  __int128 const sign = denominator < 0 ? -1 : 1;
  return ExactAccess::reduce(sign * numerator, sign * denominator);
}

std::optional<Exact> Exact::parse(std::string_view text) {
  using namespace exact_detail;
  auto const literal = read_literal(text);
  if (!literal) return std::nullopt;
  int const size = static_cast<int>(literal->digits.size());
  int const exponent = literal->exponent;
  if (size <= 38 && exponent <= 0 && exponent >= -38) {
    Small const top = small_from_digits(literal->digits);
    return ExactAccess::reduce(literal->negative ? -top : top, power_of_ten(-exponent));
  }
  BigInt top = big_from_digits(literal->digits);
  if (literal->negative) top = -top;
  BigInt const power =
      boost::multiprecision::pow(BigInt(10), static_cast<unsigned>(std::abs(exponent)));
  if (exponent >= 0) return ExactAccess::from_big(BigRational(top * power));
  return ExactAccess::from_big(BigRational(top, power));
}

std::optional<Exact> Exact::parse_fraction(std::string_view text) {
  using namespace exact_detail;
  if (text.size() > 20000) return std::nullopt;
  bool const negative = !text.empty() && text.front() == '-';
  std::string_view const top = text.substr(negative ? 1 : 0);
  size_t const top_size = count_digits(top);
  std::string_view bottom = "1";
  if (top_size == 0) return std::nullopt;
  if (top_size != top.size()) {
    bottom = top.substr(top_size + 1);
    if (top[top_size] != '/') return parse(text);
    if (bottom.empty() || count_digits(bottom) != bottom.size()) return std::nullopt;
  }
  if (top_size <= 38 && bottom.size() <= 38) {
    Small const numerator = small_from_digits(top.substr(0, top_size));
    Small const denominator = small_from_digits(bottom);
    if (denominator == 0) return std::nullopt;
    return ExactAccess::reduce(negative ? -numerator : numerator, denominator);
  }
  BigInt numerator = big_from_digits(top.substr(0, top_size));
  BigInt const denominator = big_from_digits(bottom);
  if (denominator == 0) return std::nullopt;
  if (negative) numerator = -numerator;
  return ExactAccess::from_big(BigRational(numerator, denominator));
}

namespace exact_detail {

// a/b + c/d after Knuth 4.5.1: one gcd when b and d have nothing in common, never a product larger
// than needed. False when 128 bits are not enough.
bool add_fractions(Small a, Small b, Small c, Small d, Small& top, Small& bottom) {
  if (b == 1 && d == 1) {
    bottom = 1;
    return add(a, c, top);
  }
  Small const common = gcd_small(b, d);
  Small left, right, sum;
  if (!multiply(a, cut(d, common), left) || !multiply(c, cut(b, common), right)) return false;
  if (!add(left, right, sum)) return false;
  Small const divisor = common == 1 ? 1 : gcd_small(sum, common);
  top = cut(sum, divisor);
  return multiply(cut(b, common), cut(d, divisor), bottom);
}

// a/b * c/d, both reduced: cancelling crosswise leaves a reduced product.
bool multiply_fractions(Small a, Small b, Small c, Small d, Small& top, Small& bottom) {
  if (b == 1 && d == 1) {
    bottom = 1;
    return multiply(a, c, top);
  }
  Small const left = gcd_small(a, d);
  Small const right = gcd_small(c, b);
  return multiply(cut(a, left), cut(c, right), top) &&
         multiply(cut(b, right), cut(d, left), bottom);
}

}  // namespace exact_detail

Exact operator+(Exact const& a, Exact const& b) {
  using X = ExactAccess;
  if (!X::is_big(a) && !X::is_big(b)) {
    __int128 top, bottom;
    if (exact_detail::add_fractions(X::numerator(a), X::denominator(a), X::numerator(b),
                                    X::denominator(b), top, bottom)) {
      return X::reduced(top, bottom);
    }
  }
  return X::from_big(X::big(a) + X::big(b));
}

Exact Exact::operator-() const {
  if (big_) return ExactAccess::from_big(-big_->value);
  return ExactAccess::reduced(-numerator_, denominator_);
}

Exact operator-(Exact const& a, Exact const& b) { return a + -b; }

Exact operator*(Exact const& a, Exact const& b) {
  using X = ExactAccess;
  if (!X::is_big(a) && !X::is_big(b)) {
    __int128 top, bottom;
    if (exact_detail::multiply_fractions(X::numerator(a), X::denominator(a), X::numerator(b),
                                         X::denominator(b), top, bottom)) {
      return X::reduced(top, bottom);
    }
  }
  return X::from_big(X::big(a) * X::big(b));
}

Exact operator/(Exact const& a, Exact const& b) {
  using X = ExactAccess;
  TB_ASSERT(!b.is_zero());
  if (!X::is_big(a) && !X::is_big(b)) {
    __int128 const sign = X::numerator(b) < 0 ? -1 : 1;
    __int128 top, bottom;
    if (exact_detail::multiply_fractions(X::numerator(a), X::denominator(a),
                                         sign * X::denominator(b), sign * X::numerator(b), top,
                                         bottom)) {
      return X::reduced(top, bottom);
    }
  }
  return X::from_big(X::big(a) / X::big(b));
}

bool operator==(Exact const& a, Exact const& b) {
  using X = ExactAccess;
  if (X::is_big(a) != X::is_big(b)) return false;
  if (X::is_big(a)) return X::big(a) == X::big(b);
  return X::numerator(a) == X::numerator(b) && X::denominator(a) == X::denominator(b);
}

std::strong_ordering operator<=>(Exact const& a, Exact const& b) {
  using X = ExactAccess;
  if (!X::is_big(a) && !X::is_big(b)) {
    if (X::denominator(a) == X::denominator(b)) return X::numerator(a) <=> X::numerator(b);
    __int128 left, right;
    if (exact_detail::multiply(X::numerator(a), X::denominator(b), left) &&
        exact_detail::multiply(X::numerator(b), X::denominator(a), right)) {
      return left <=> right;
    }
  }
  int const order = X::big(a).compare(X::big(b));
  return order <=> 0;
}

bool Exact::is_zero() const { return !big_ && numerator_ == 0; }
bool Exact::is_negative() const { return big_ ? big_->value < 0 : numerator_ < 0; }
bool Exact::is_whole() const {
  return big_ ? boost::multiprecision::denominator(big_->value) == 1 : denominator_ == 1;
}

std::optional<std::int64_t> Exact::round(Rounding how) const {
  Exact const whole = rounded(0, how);
  if (whole.big_ || !exact_detail::fits_64(whole.numerator_)) return std::nullopt;
  return static_cast<std::int64_t>(whole.numerator_);
}

Exact Exact::rounded(int decimals, Rounding how) const {
  using namespace exact_detail;
  TB_ASSERT(decimals >= 0 && decimals <= 30);
  if (is_whole()) return *this;
  Small const scale = power_of_ten(decimals);
  Small scaled;
  if (!big_ && multiply(numerator_, scale, scaled)) {
    return ExactAccess::reduce(divide_rounded<Small>(scaled, denominator_, how), scale);
  }
  BigRational const value = ExactAccess::big(*this);
  BigInt const top = boost::multiprecision::numerator(value) * BigInt(scale);
  BigInt const bottom = boost::multiprecision::denominator(value);
  return ExactAccess::from_big(
      BigRational(divide_rounded<BigInt>(top, bottom, how), BigInt(scale)));
}

std::string Exact::str() const {
  if (big_) return big_->value.str();
  std::string out = exact_detail::text_of(numerator_);
  if (denominator_ != 1) out += "/" + exact_detail::text_of(denominator_);
  return out;
}

std::string Exact::decimal(int max_decimals) const {
  using namespace exact_detail;
  TB_ASSERT(max_decimals >= 0 && max_decimals <= 1000);
  if (!big_) {
    if (denominator_ == 1) return text_of(numerator_);
    int places = ending_places(denominator_);
    if (places < 0) places = max_decimals;
    Small scaled;
    if (places <= 38 && multiply(numerator_, power_of_ten(places), scaled)) {
      Small const whole =
          divide_rounded<Small>(scaled, denominator_, Rounding::half_away_from_zero);
      return place_point(digits_of(magnitude(whole)), numerator_ < 0, places);
    }
  }
  BigRational const value = ExactAccess::big(*this);
  BigInt const bottom = boost::multiprecision::denominator(value);
  int places = ending_places(bottom);
  if (places < 0) places = max_decimals;
  BigInt const power = boost::multiprecision::pow(BigInt(10), static_cast<unsigned>(places));
  BigInt const top = boost::multiprecision::numerator(value) * power;
  BigInt const whole = divide_rounded<BigInt>(top, bottom, Rounding::half_away_from_zero);
  return place_point(BigInt(boost::multiprecision::abs(whole)).str(), value < 0, places);
}

}  // namespace tallybook
