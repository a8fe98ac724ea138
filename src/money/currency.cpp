#include "money/currency.hpp"

#include <algorithm>
#include <iterator>

namespace tallybook {
namespace currency_detail {

// The contract's 155 codes, retired ones included, and the current ISO 4217 codes it lacks.
// Sorted: searched by halves.
constexpr std::string_view accepted[] = {
    "AED", "AFN", "ALL", "AMD", "ANG", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT",
    "BGN", "BHD", "BIF", "BMD", "BND", "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BYR", "BZD",
    "CAD", "CDF", "CHF", "CLP", "CNY", "COP", "CRC", "CUP", "CVE", "CZK", "DJF", "DKK", "DOP",
    "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD", "GNF",
    "GTQ", "GYD", "HKD", "HNL", "HRK", "HTG", "HUF", "IDR", "ILS", "INR", "IQD", "IRR", "ISK",
    "JMD", "JOD", "JPY", "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK",
    "LBP", "LKR", "LRD", "LSL", "LYD", "MAD", "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRO",
    "MRU", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO", "NOK", "NPR", "NZD",
    "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF",
    "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SLL", "SOS", "SRD", "SSP", "STD",
    "STN", "SYP", "SZL", "THB", "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH",
    "UGX", "USD", "UYU", "UZS", "VEF", "VES", "VND", "VUV", "WST", "XAF", "XCD", "XCG", "XOF",
    "XPF", "YER", "ZAR", "ZMW", "ZWG", "ZWL",
};
static_assert(std::size(accepted) == 162);
static_assert(std::is_sorted(std::begin(accepted), std::end(accepted)));

constexpr std::string_view without_decimals[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                                 "KMF", "KRW", "PYG", "RWF", "UGX", "VND",
                                                 "VUV", "XAF", "XOF", "XPF"};
constexpr std::string_view with_three[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};

}  // namespace currency_detail

std::optional<Currency> Currency::parse(std::string_view code) {
  using namespace currency_detail;
  if (!std::binary_search(std::begin(accepted), std::end(accepted), code)) return std::nullopt;
  Currency out;
  std::copy(code.begin(), code.end(), out.code_);
  return out;
}

std::vector<std::string> const& Currency::codes() {
  static std::vector<std::string> const all(std::begin(currency_detail::accepted),
                                            std::end(currency_detail::accepted));
  return all;
}

std::string Currency::str() const { return empty() ? std::string() : std::string(code_, 3); }

int Currency::decimals() const {
  using namespace currency_detail;
  std::string_view const code(code_, 3);
  if (std::ranges::find(without_decimals, code) != std::end(without_decimals)) return 0;
  if (std::ranges::find(with_three, code) != std::end(with_three)) return 3;
  return 2;
}

}  // namespace tallybook
