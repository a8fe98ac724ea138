#include "domain/tax/vat_check_digits.hpp"

#include <initializer_list>

namespace tallybook::vat_check {
namespace detail {

int digit(char c) { return c - '0'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The sum of digits times weights, from the first digit on, as many as there are weights.
int weighted(std::string_view number, std::initializer_list<int> weights) {
  int sum = 0;
  std::size_t at = 0;
  for (int const weight : weights) sum += weight * digit(number[at++]);
  return sum;
}

// The rest of a division of a number of any length.
int rest_of(std::string_view digits, int divisor) {
  int rest = 0;
  for (char const c : digits) rest = (rest * 10 + digit(c)) % divisor;
  return rest;
}

// ISO/IEC 7812: every second digit from the right doubled.
bool luhn(std::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (std::size_t i = digits.size(); i-- > 0; twice = !twice) {
    int const value = digit(digits[i]) * (twice ? 2 : 1);
    sum += value / 10 + value % 10;
  }
  return sum % 10 == 0;
}

// ISO 7064 MOD 11,10.
bool mod_11_10(std::string_view digits) {
  int check = 5;
  for (char const c : digits) check = ((check == 0 ? 10 : check) * 2 % 11 + digit(c)) % 10;
  return check == 1;
}

bool all_zero(std::string_view digits) {
  return digits.find_first_not_of('0') == std::string_view::npos;
}

// A day of some year; which century is not known here.
bool is_month_and_day(int month, int day) {
  static constexpr int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1];
}

int number_of(std::string_view digits) {
  int value = 0;
  for (char const c : digits) value = value * 10 + digit(c);
  return value;
}

// Czech and Slovak birth numbers: women's months are shifted by 50, both by 20 when a day ran out.
// Nine digits, without a check digit, were given until 1953.
bool is_birth_number(std::string_view number) {
  int month = number_of(number.substr(2, 2));
  if (month > 50) month -= 50;
  if (month > 20) month -= 20;
  if (!is_month_and_day(month, number_of(number.substr(4, 2)))) return false;
  int const year = number_of(number.substr(0, 2));
  if (number.size() == 9) return year <= 53 || year >= 80;
  return rest_of(number.substr(0, 9), 11) % 10 == digit(number[9]);
}

}  // namespace detail

using namespace detail;

bool austria(std::string_view number) {
  number.remove_prefix(1);  // the U
  int sum = 4;
  for (std::size_t i = 0; i < 7; ++i) {
    int const value = digit(number[i]) * (i % 2 == 0 ? 1 : 2);
    sum += value / 10 + value % 10;
  }
  return (10 - sum % 10) % 10 == digit(number[7]);
}

bool belgium(std::string_view number) {
  return !all_zero(number.substr(0, 8)) &&
         97 - rest_of(number.substr(0, 8), 97) == number_of(number.substr(8));
}

bool bulgaria(std::string_view number) {
  if (number.size() == 9) {
    int check = weighted(number, {1, 2, 3, 4, 5, 6, 7, 8}) % 11;
    if (check == 10) check = weighted(number, {3, 4, 5, 6, 7, 8, 9, 10}) % 11 % 10;
    return check == digit(number[8]);
  }
  int const last = digit(number[9]);
  // Citizens, whose months are shifted by 20 and 40 in other centuries.
  int const month = number_of(number.substr(2, 2));
  if (month <= 52 && is_month_and_day(month % 20, number_of(number.substr(4, 2))) &&
      weighted(number, {2, 4, 8, 5, 10, 9, 7, 3, 6}) % 11 % 10 == last)
    return true;
  if (weighted(number, {21, 19, 17, 13, 11, 9, 7, 3, 1}) % 10 == last) return true;  // foreigners
  int const other = 11 - weighted(number, {4, 3, 2, 7, 6, 5, 4, 3, 2}) % 11;
  return other != 10 && other % 11 == last;
}

bool croatia(std::string_view number) { return mod_11_10(number); }

bool germany(std::string_view number) { return number[0] != '0' && mod_11_10(number); }

bool cyprus(std::string_view number) {
  static constexpr int odd[] = {1, 0, 5, 7, 9, 13, 15, 17, 19, 21};
  if (number.starts_with("12")) return false;
  int sum = 0;
  for (std::size_t i = 0; i < 8; ++i) sum += i % 2 == 0 ? odd[digit(number[i])] : digit(number[i]);
  return static_cast<char>('A' + sum % 26) == number[8];
}

bool czechia(std::string_view number) {
  if (number.size() == 8) {
    int const check = 11 - weighted(number, {8, 7, 6, 5, 4, 3, 2}) % 11;
    return number[0] != '9' && (check == 11 ? 1 : check % 10) == digit(number[7]);
  }
  if (number.size() == 9 && number[0] == '6') {
    int const sum = weighted(number.substr(1), {8, 7, 6, 5, 4, 3, 2}) % 11;
    return (8 - (10 - sum) % 11 + 10) % 10 == digit(number[8]);
  }
  return is_birth_number(number);
}

bool denmark(std::string_view number) {
  return number[0] != '0' && weighted(number, {2, 7, 6, 5, 4, 3, 2, 1}) % 11 == 0;
}

bool estonia(std::string_view number) {
  return weighted(number, {3, 7, 1, 3, 7, 1, 3, 7, 1}) % 10 == 0;
}

bool finland(std::string_view number) {
  return weighted(number, {7, 9, 10, 5, 8, 4, 2, 1}) % 11 == 0;
}

bool france(std::string_view number) {
  std::string_view const siren = number.substr(2);
  // Numbers of Monaco start with three zeros and are not in the French register of companies.
  if (!siren.starts_with("000") && !luhn(siren)) return false;
  if (is_digit(number[0]) && is_digit(number[1]))
    return (12 + 3 * rest_of(siren, 97)) % 97 == number_of(number.substr(0, 2));
  static constexpr std::string_view letters = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";
  auto const first = letters.find(number[0]), second = letters.find(number[1]);
  if (first == std::string_view::npos || second == std::string_view::npos) return false;
  int const value =
      static_cast<int>(is_digit(number[0]) ? first * 24 + second - 10 : first * 34 + second - 100);
  return (rest_of(siren, 11) + 1 + value / 11) % 11 == value % 11;
}

bool greece(std::string_view number) {
  return !all_zero(number) &&
         weighted(number, {256, 128, 64, 32, 16, 8, 4, 2}) % 11 % 10 == digit(number[8]);
}

bool hungary(std::string_view number) {
  return weighted(number, {9, 7, 3, 1, 9, 7, 3, 1}) % 10 == 0;
}

bool ireland(std::string_view number) {
  static constexpr std::string_view letters = "WABCDEFGHIJKLMNOPQRSTUV";
  if (is_digit(number[1])) {
    int sum = weighted(number, {8, 7, 6, 5, 4, 3, 2});
    if (number.size() == 9 && number[8] > 'W') return false;
    if (number.size() == 9 && number[8] != 'W') sum += 9 * (number[8] - 'A' + 1);
    return letters[static_cast<std::size_t>(sum % 23)] == number[7];
  }
  // Before 2013: the second character is a letter or a sign, the first digit is counted last.
  int const sum = weighted(number.substr(2), {7, 6, 5, 4, 3}) + 2 * digit(number[0]);
  return letters[static_cast<std::size_t>(sum % 23)] == number[7];
}

bool italy(std::string_view number) {
  int const office = number_of(number.substr(7, 3));
  bool const known = (office >= 1 && office <= 100) || office == 120 || office == 121 ||
                     office == 888 || office == 999;
  return !all_zero(number.substr(0, 7)) && known && luhn(number);
}

bool latvia(std::string_view number) {
  if (number[0] > '3') return weighted(number, {9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1}) % 11 == 3;
  if (number.starts_with("32")) return true;  // persons since 2017: no check digit is published
  if (!is_month_and_day(number_of(number.substr(2, 2)), number_of(number.substr(0, 2))))
    return false;
  return (1 + weighted(number, {10, 5, 8, 4, 2, 1, 6, 3, 7, 9})) % 11 % 10 == digit(number[10]);
}

bool lithuania(std::string_view number) {
  std::size_t const last = number.size() - 1;
  if (number[last - 1] != '1') return false;
  int sum = 0, again = 0;
  for (std::size_t i = 0; i < last; ++i) {
    sum += static_cast<int>(1 + i % 9) * digit(number[i]);
    again += static_cast<int>(1 + (i + 2) % 9) * digit(number[i]);
  }
  int const check = sum % 11 == 10 ? again % 11 % 10 : sum % 11;
  return check == digit(number[last]);
}

bool luxembourg(std::string_view number) {
  return rest_of(number.substr(0, 6), 89) == number_of(number.substr(6));
}

bool malta(std::string_view number) {
  return number[0] != '0' && weighted(number, {3, 4, 6, 7, 8, 9, 10, 1}) % 37 == 0;
}

bool netherlands(std::string_view number) {
  if (all_zero(number.substr(0, 9)) || number.substr(10) == "00") return false;
  int const sum = weighted(number, {9, 8, 7, 6, 5, 4, 3, 2}) - digit(number[8]);
  if (sum % 11 == 0) return true;
  // Sole traders since 2020: ISO 7064 MOD 97-10 over the whole number, letters as A=10 ... Z=35.
  int rest = rest_of("2321", 97);  // N, L
  for (char const c : number) {
    rest = is_digit(c) ? (rest * 10 + digit(c)) % 97 : (rest * 100 + (c - 'A' + 10)) % 97;
  }
  return rest == 1;
}

bool norway(std::string_view number) {
  return weighted(number, {3, 2, 7, 6, 5, 4, 3, 2, 1}) % 11 == 0;
}

bool poland(std::string_view number) {
  return weighted(number, {6, 5, 7, 2, 3, 4, 5, 6, 7}) % 11 == digit(number[9]);
}

bool portugal(std::string_view number) {
  int const check = 11 - weighted(number, {9, 8, 7, 6, 5, 4, 3, 2}) % 11;
  return number[0] != '0' && (check >= 10 ? 0 : check) == digit(number[8]);
}

bool romania(std::string_view number) {
  if (number[0] == '0') return false;
  static constexpr int weights[] = {7, 5, 3, 2, 1, 7, 5, 3, 2};
  std::size_t const digits = number.size() - 1;
  int sum = 0;
  for (std::size_t i = 0; i < digits; ++i) sum += weights[9 - digits + i] * digit(number[i]);
  return sum * 10 % 11 % 10 == digit(number[digits]);
}

bool slovakia(std::string_view number) {
  bool const kind = std::string_view("234789").find(number[2]) != std::string_view::npos;
  return (number[0] != '0' && kind && rest_of(number, 11) == 0) || is_birth_number(number);
}

bool slovenia(std::string_view number) {
  int const check = 11 - weighted(number, {8, 7, 6, 5, 4, 3, 2}) % 11;
  return number[0] != '0' && check != 11 && check % 10 == digit(number[7]);
}

bool spain(std::string_view number) {
  static constexpr std::string_view person = "TRWAGMYFPDXBNJZSQVHLCKE";
  char const first = number[0], last = number[8];
  if (is_digit(first))
    return !is_digit(last) &&
           person[static_cast<std::size_t>(rest_of(number.substr(0, 8), 23))] == last;
  std::string_view const digits = number.substr(1, 7);
  if (first >= 'X' && first <= 'Z') {
    // Foreigners: X, Y, Z stand for 0, 1, 2.
    int const rest = ((first - 'X') * 10'000'000 + number_of(digits)) % 23;
    return person[static_cast<std::size_t>(rest)] == last;
  }
  if (first >= 'K' && first <= 'M')
    return person[static_cast<std::size_t>(number_of(digits) % 23)] == last;
  int sum = 0;
  for (std::size_t i = 0; i < 7; ++i) {
    int const value = digit(digits[i]) * (i % 2 == 0 ? 2 : 1);
    sum += value / 10 + value % 10;
  }
  int const check = (10 - sum % 10) % 10;
  bool const as_digit = last == static_cast<char>('0' + check);
  bool const as_letter = last == "JABCDEFGHI"[check];
  if (std::string_view("PQRSNW").find(first) != std::string_view::npos) return as_letter;
  if (std::string_view("ABEH").find(first) != std::string_view::npos) return as_digit;
  return as_digit || as_letter;
}

bool sweden(std::string_view number) {
  return number.substr(10) != "00" && luhn(number.substr(0, 10));
}

bool switzerland(std::string_view number) {
  return weighted(number.substr(1), {5, 4, 3, 2, 7, 6, 5, 4, 1}) % 11 == 0;
}

bool united_kingdom(std::string_view number) {
  if (number.starts_with("GD")) return number_of(number.substr(2)) < 500;   // government
  if (number.starts_with("HA")) return number_of(number.substr(2)) >= 500;  // health authority
  int const rest = (weighted(number, {8, 7, 6, 5, 4, 3, 2}) + number_of(number.substr(7, 2))) % 97;
  if (all_zero(number.substr(0, 7))) return false;
  // Since 2010 numbers above 100 are also given with another offset.
  return rest == 0 || ((rest == 42 || rest == 55) && number_of(number.substr(0, 3)) >= 100);
}

}  // namespace tallybook::vat_check
