#include "domain/tax/territory.hpp"

#include <algorithm>
#include <array>

namespace tallybook {
namespace territory_detail {

constexpr std::array<std::string_view, 27> member_states = {
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU",
    "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"};

// Levy a VAT of their own outside the Union that the table knows.
constexpr std::array<std::string_view, 5> others = {"GB", "NO", "CH", "IS", "FO"};
// No VAT at all: domestic sales there carry none.
constexpr std::array<std::string_view, 2> without_vat = {"GI", "GL"};

// A postal code, or its first digits, that moves a country's place to another one.
struct Exception {
  std::string_view country;
  std::string_view prefix;
  TaxPlace (*place)();
};

// Codes the contract or other lists use for a place we know under another name.
struct Alias {
  std::string_view code;
  std::string_view country;
};
constexpr Alias aliases[] = {{"EL", "GR"}, {"UK", "GB"}, {"XI", "GB"},
                             {"IM", "GB"}, {"MC", "FR"}, {"LI", "CH"}};

constexpr Exception exceptions[] = {
    {"DE", "27498",
     [] {
       return TaxPlace{"", "DE-HELGOLAND", false};
     }},
    {"DE", "78266",
     [] {
       return TaxPlace{"", "DE-BUESINGEN", false};
     }},
    {"IT", "23041",
     [] {
       return TaxPlace{"", "IT-LIVIGNO", false};
     }},
    {"IT", "22061",
     [] {
       return TaxPlace{"", "IT-CAMPIONE", false};
     }},
    {"GR", "63086",
     [] {
       return TaxPlace{"", "GR-ATHOS", false};
     }},
    {"AT", "6691",
     [] {
       return TaxPlace{"AT-JM", "AT", true};
     }},
    {"AT", "6991",
     [] {
       return TaxPlace{"AT-JM", "AT", true};
     }},
    {"AT", "6992",
     [] {
       return TaxPlace{"AT-JM", "AT", true};
     }},
    {"AT", "6993",
     [] {
       return TaxPlace{"AT-JM", "AT", true};
     }},
    {"ES", "35", [] { return tax_place("IC"); }},
    {"ES", "38", [] { return tax_place("IC"); }},
    {"ES", "51", [] { return tax_place("ES-CE"); }},
    {"ES", "52", [] { return tax_place("ES-ML"); }},
    {"FI", "22", [] { return tax_place("AX"); }},
    {"FR", "971", [] { return tax_place("GP"); }},
    {"FR", "972", [] { return tax_place("MQ"); }},
    {"FR", "973", [] { return tax_place("GF"); }},
    {"FR", "974", [] { return tax_place("RE"); }},
    {"FR", "976", [] { return tax_place("YT"); }},
    {"FR", "975", [] { return tax_place("PM"); }},
    {"FR", "977", [] { return tax_place("BL"); }},
    {"FR", "978", [] { return tax_place("MF"); }},
    {"FR", "986", [] { return tax_place("WF"); }},
    {"FR", "987", [] { return tax_place("PF"); }},
    {"FR", "988", [] { return tax_place("NC"); }},
    {"PT", "90", [] { return tax_place("PT-30"); }},
    {"PT", "91", [] { return tax_place("PT-30"); }},
    {"PT", "92", [] { return tax_place("PT-30"); }},
    {"PT", "93", [] { return tax_place("PT-30"); }},
    {"PT", "94", [] { return tax_place("PT-30"); }},
    {"PT", "95", [] { return tax_place("PT-20"); }},
    {"PT", "96", [] { return tax_place("PT-20"); }},
    {"PT", "97", [] { return tax_place("PT-20"); }},
    {"PT", "98", [] { return tax_place("PT-20"); }},
    {"PT", "99", [] { return tax_place("PT-20"); }},
};

// The digits of a postal code without a country prefix ("D-27498", "PT 9500-001").
std::string digits_of(std::string_view postal_code) {
  std::string digits;
  for (char const c : postal_code) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return digits;
}

}  // namespace territory_detail

bool is_member_state(std::string_view country) {
  if (country == "EL") country = "GR";
  return std::ranges::find(territory_detail::member_states, country) !=
         territory_detail::member_states.end();
}

TaxPlace tax_place(std::string_view country, std::string_view postal_code) {
  using namespace territory_detail;
  for (auto const& alias : aliases) {
    if (country == alias.code) country = alias.country;
  }
  std::string const digits = digits_of(postal_code);
  for (auto const& exception : exceptions) {
    if (country == exception.country && !digits.empty() && digits.starts_with(exception.prefix))
      return exception.place();
  }
  if (country == "PT-20" || country == "PT-30") return {std::string(country), "PT", true};
  if (country == "GP" || country == "MQ" || country == "RE")
    return {std::string(country), "FR", false};
  if (country == "GF" || country == "YT") return {"", "FR", false};
  if (country == "AX") return {"FI", "FI", false};
  std::string const code(country);
  if (is_member_state(country)) return {code, code, true};
  bool const known = std::ranges::find(others, country) != others.end();
  return {known ? code : "", code, false};
}

bool has_automatic_tax(TaxPlace const& seller) {
  using namespace territory_detail;
  return !seller.rates.empty() ||
         std::ranges::find(without_vat, std::string_view(seller.area)) != without_vat.end();
}

}  // namespace tallybook
