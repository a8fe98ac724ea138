// Currency: an ISO 4217 code with its number of decimals. The accepted list is the contract's 155
// codes (retired ones included) and the current ISO codes it lacks.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tallybook {

class Currency {
 public:
  Currency() = default;  // no currency: str() is empty
  // Upper-case three-letter code; empty when it is not on the list.
  static std::optional<Currency> parse(std::string_view code);
  static std::vector<std::string> const& codes();  // sorted

  [[nodiscard]] std::string str() const;
  // 0, 2 or 3: how many digits of an amount are behind the point.
  [[nodiscard]] int decimals() const;
  [[nodiscard]] bool empty() const { return code_[0] == 0; }
  friend bool operator==(Currency const&, Currency const&) = default;
  friend auto operator<=>(Currency const&, Currency const&) = default;

 private:
  char code_[3] = {0, 0, 0};
};

}  // namespace tallybook
