#include "domain/tax/vat_number.hpp"

#include "domain/tax/vat_check_digits.hpp"

namespace tallybook {
namespace vat_number_detail {

// Patterns: 9 a digit, @ a letter, X either, + a letter or one of + and *; everything else itself.
// Several are separated by a bar.
struct State {
  std::string_view country;
  std::string_view patterns;
  bool (*check)(std::string_view);
  char const* expected;
};

constexpr State states[] = {
    {"AT", "U99999999", vat_check::austria, "ATU and 8 digits"},
    {"BE", "0999999999|1999999999", vat_check::belgium, "BE0 or BE1 and 9 digits"},
    {"BG", "999999999|9999999999", vat_check::bulgaria, "BG and 9 or 10 digits"},
    {"CH", "E999999999", vat_check::switzerland, "CHE and 9 digits"},
    {"CY", "99999999@", vat_check::cyprus, "CY, 8 digits and a letter"},
    {"CZ", "99999999|999999999|9999999999", vat_check::czechia, "CZ and 8 to 10 digits"},
    {"DE", "999999999", vat_check::germany, "DE and 9 digits"},
    {"DK", "99999999", vat_check::denmark, "DK and 8 digits"},
    {"EE", "999999999", vat_check::estonia, "EE and 9 digits"},
    {"ES", "X9999999X", vat_check::spain, "ES and 9 characters"},
    {"FI", "99999999", vat_check::finland, "FI and 8 digits"},
    {"FR", "XX999999999", vat_check::france, "FR, 2 characters and 9 digits"},
    {"GB", "999999999|999999999999|GD999|HA999", vat_check::united_kingdom,
     "GB and 9 or 12 digits"},
    {"GR", "999999999", vat_check::greece, "EL and 9 digits"},
    {"HR", "99999999999", vat_check::croatia, "HR and 11 digits"},
    {"HU", "99999999", vat_check::hungary, "HU and 8 digits"},
    {"IE", "9999999@|9999999@@|9+99999@", vat_check::ireland, "IE, 7 digits and 1 or 2 letters"},
    {"IT", "99999999999", vat_check::italy, "IT and 11 digits"},
    {"LT", "999999999|999999999999", vat_check::lithuania, "LT and 9 or 12 digits"},
    {"LU", "99999999", vat_check::luxembourg, "LU and 8 digits"},
    {"LV", "99999999999", vat_check::latvia, "LV and 11 digits"},
    {"MT", "99999999", vat_check::malta, "MT and 8 digits"},
    {"NL", "999999999B99", vat_check::netherlands, "NL, 9 digits, B and 2 digits"},
    {"NO", "999999999", vat_check::norway, "9 digits and MVA"},
    {"PL", "9999999999", vat_check::poland, "PL and 10 digits"},
    {"PT", "999999999", vat_check::portugal, "PT and 9 digits"},
    {"RO", "99|999|9999|99999|999999|9999999|99999999|999999999|9999999999", vat_check::romania,
     "RO and 2 to 10 digits"},
    {"SE", "999999999999", vat_check::sweden, "SE and 12 digits"},
    {"SI", "99999999", vat_check::slovenia, "SI and 8 digits"},
    {"SK", "9999999999", vat_check::slovakia, "SK and 10 digits"},
    {"XI", "999999999|999999999999|GD999|HA999", vat_check::united_kingdom,
     "XI and 9 or 12 digits"},
};

State const* state_of(std::string_view country) {
  for (auto const& state : states) {
    if (state.country == country) return &state;
  }
  return nullptr;
}

bool fits(std::string_view text, std::string_view pattern) {
  if (text.size() != pattern.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char const c = text[i];
    bool const digit = c >= '0' && c <= '9', letter = c >= 'A' && c <= 'Z';
    bool good = c == pattern[i];
    if (pattern[i] == '9') good = digit;
    if (pattern[i] == '@') good = letter;
    if (pattern[i] == 'X') good = digit || letter;
    if (pattern[i] == '+') good = letter || c == '+' || c == '*';
    if (!good) return false;
  }
  return true;
}

std::string compact(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == ' ' || c == '.' || c == '-' || c == '/') continue;
    out += c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  return out;
}

// The words Switzerland and Norway put behind a number that is registered for VAT.
void drop_ending(std::string& text, std::string_view country) {
  for (std::string_view const ending : {"MWST", "TVA", "IVA", "MVA"}) {
    bool const swiss = ending != "MVA";
    if (swiss == (country == "CH") && text.ends_with(ending))
      text.resize(text.size() - ending.size());
  }
}

}  // namespace vat_number_detail

std::string VatNumber::prefix() const { return country == "GR" ? "EL" : country; }
std::string VatNumber::text() const { return prefix() + number; }

std::optional<VatNumber> read_vat_number(std::string_view text, std::string_view country) {
  using namespace vat_number_detail;
  std::string body = compact(text);
  std::string_view const start = std::string_view(body).substr(0, 2);
  VatNumber number;
  if (start == "EL" || start == "GR") {
    number.country = "GR";
  } else if (state_of(start) != nullptr) {
    number.country = start;
  } else if (body.size() == 12 && body.ends_with("MVA")) {
    number = {"NO", body};
    drop_ending(number.number, "NO");
    return number;
  }
  if (!number.country.empty()) {
    number.number = body.substr(2);
    drop_ending(number.number, number.country);
    return number;
  }
  if (country == "EL") country = "GR";
  if (country == "MC") country = "FR";
  if (country == "IM") country = "GB";
  if (state_of(country) == nullptr) return std::nullopt;
  drop_ending(body, country);
  if (country == "CH" && !body.starts_with('E')) body.insert(0, "E");
  return VatNumber{std::string(country), std::move(body)};
}

bool is_well_formed(VatNumber const& number) {
  using namespace vat_number_detail;
  State const* state = state_of(number.country);
  if (state == nullptr) return false;
  std::string_view patterns = state->patterns;
  while (true) {
    auto const bar = patterns.find('|');
    if (fits(number.number, patterns.substr(0, bar))) return state->check(number.number);
    if (bar == std::string_view::npos) return false;
    patterns.remove_prefix(bar + 1);
  }
}

std::string expected_vat_number(std::string_view country) {
  auto const* state = vat_number_detail::state_of(country);
  return state == nullptr ? "" : state->expected;
}

bool may_be_tax_id(std::string_view text) {
  bool visible = false;
  for (char const c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return false;
    visible = visible || c != ' ';
  }
  return visible && text.size() <= 64;
}

}  // namespace tallybook
