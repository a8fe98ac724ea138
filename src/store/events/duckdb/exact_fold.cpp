#include "store/events/duckdb/exact_fold.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace tallybook::duckdb_detail {
namespace {

constexpr int scale_digits = 18;
constexpr size_t most_whole_digits = 19;  // 10^19 * 10^18 fits 127 bits

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "-12.50" with at most 19 and 18 digits, as a multiple of 10^-18; false for any other spelling.
bool parse_scaled(std::string_view text, __int128& out) {
  bool const negative = !text.empty() && text.front() == '-';
  if (negative) text.remove_prefix(1);
  size_t const point = std::min(text.find('.'), text.size());
  std::string_view const whole = text.substr(0, point);
  if (whole.empty() || whole.size() > most_whole_digits ||
      (whole.size() > 1 && whole.front() == '0'))
    return false;
  std::string_view const decimals =
      point < text.size() ? text.substr(point + 1) : std::string_view();
  if (point < text.size() && (decimals.empty() || decimals.size() > scale_digits)) return false;
  __int128 value = 0;
  for (char c : whole) {
    if (!is_digit(c)) return false;
    value = value * 10 + (c - '0');
  }
  for (int i = 0; i < scale_digits; ++i) {
    char const c =
        static_cast<size_t>(i) < decimals.size() ? decimals[static_cast<size_t>(i)] : '0';
    if (!is_digit(c)) return false;
    value = value * 10 + (c - '0');
  }
  out = negative ? -value : value;
  return true;
}

Exact from_scaled(__int128 value) {
  bool const negative = value < 0;
  // The magnitude of the smallest 128-bit number does not fit the signed type.
  auto rest =
      negative ? -static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
  std::string digits;
  while (rest > 0 || digits.size() <= scale_digits) {
    if (digits.size() == scale_digits) digits += '.';
    digits += static_cast<char>('0' + static_cast<int>(rest % 10));
    rest /= 10;
  }
  if (negative) digits += '-';
  std::reverse(digits.begin(), digits.end());
  auto parsed = Exact::parse(digits);
  TB_ASSERT(parsed.has_value());
  return *std::move(parsed);
}

}  // namespace

bool number_takes_part(RecordValue const& value, bool allow_negative, std::string& out) {
  if (value.kind != RecordValue::Kind::number && value.kind != RecordValue::Kind::text)
    return false;
  __int128 scaled = 0;
  if (parse_scaled(value.text, scaled)) {
    if (scaled < 0 && !allow_negative) return false;
  } else {
    auto const exact = Exact::parse(value.text);
    if (!exact || (exact->is_negative() && !allow_negative)) return false;
  }
  out = value.text;
  return true;
}

bool distinct_takes_part(RecordValue const& value, std::string& out) {
  switch (value.kind) {
    case RecordValue::Kind::null:
      return false;
    case RecordValue::Kind::boolean:
      out = "b" + value.text;
      return true;
    case RecordValue::Kind::text:
      out = "t" + value.text;
      return true;
    case RecordValue::Kind::number:
      break;
  }
  auto const number = Exact::parse(value.text);
  out = "n" + (number ? number->str() : value.text);
  return true;
}

void ExactFold::add(std::string_view decimal) {
  __int128 scaled = 0;
  if (parse_scaled(decimal, scaled)) return add_scaled(scaled);
  auto const exact = Exact::parse(decimal);
  TB_ASSERT(exact.has_value());
  add_exact(*exact);
}

void ExactFold::add_scaled(__int128 value) {
  if (what_ == What::sum) {
    __int128 total = 0;
    if (__builtin_add_overflow(scaled_, value, &total)) {
      add_exact(from_scaled(scaled_));
      total = value;
    }
    scaled_ = total;
  } else if (!has_scaled_ || (what_ == What::min ? value < scaled_ : value > scaled_)) {
    scaled_ = value;
  }
  has_scaled_ = true;
}

void ExactFold::add_exact(Exact const& value) {
  if (!rest_)
    rest_ = value;
  else if (what_ == What::sum)
    *rest_ += value;
  else
    rest_ = what_ == What::min ? tallybook::min(*rest_, value) : tallybook::max(*rest_, value);
}

void ExactFold::merge(ExactFold const& other) {
  if (other.has_scaled_) add_scaled(other.scaled_);
  if (other.rest_) add_exact(*other.rest_);
}

Exact ExactFold::result() const {
  if (!rest_) return has_scaled_ ? from_scaled(scaled_) : Exact();
  if (!has_scaled_) return *rest_;
  ExactFold both(what_);
  both.add_exact(*rest_);
  both.add_exact(from_scaled(scaled_));
  return *both.rest_;
}

}  // namespace tallybook::duckdb_detail
