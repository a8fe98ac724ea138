// Texts from outside: instants, dates, numbers, fractions. Whatever is read must write back to a
// text that reads as the same value.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/instant.hpp"
#include "calendar/date.hpp"
#include "money/exact.hpp"

namespace {

using namespace tallybook;

void require(bool holds) {
  if (!holds) std::abort();
}

void fuzz_times(std::string_view text) {
  if (auto const at = parse_instant(text)) {
    require(at->ms >= min_instant_ms && at->ms <= max_instant_ms);
    require(parse_instant(format_instant(*at)) == at);
  }
  if (auto const date = parse_date(text)) {
    require(format_date(*date) == text);
    YearMonthDay const ymd = split(*date);
    require(make_date(ymd.year, ymd.month, ymd.day) == *date);
  }
}

void fuzz_numbers(std::string_view text) {
  if (auto const number = Exact::parse(text)) {
    require(Exact::parse_fraction(number->str()) == *number);
    require(Exact::parse_fraction(text) == *number);
    require((*number - *number).is_zero());
    require(-(-*number) == *number);
    require(number->floor() <= *number && *number <= number->ceil());
    // A decimal literal always ends; its digits may exceed what parse() takes.
    auto const again = Exact::parse(number->decimal());
    require(!again || *again == *number);
  }
  if (auto const number = Exact::parse_fraction(text)) {
    require(Exact::parse_fraction(number->str()) == *number);
    if (!number->is_zero()) require(*number / *number == Exact(1));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  fuzz_times(text);
  fuzz_numbers(text);
  return 0;
}
