// VAT numbers of the 27 member states, Northern Ireland (XI), the United Kingdom, Norway and
// Switzerland: their shape and, where the state publishes one, their check digits. Whether a number
// is in force only the state's register knows (app/ports/tax_number_register.hpp).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tallybook {

struct VatNumber {
  std::string country;  // ISO code of the state; XI for Northern Ireland. Greece is GR.
  std::string number;   // upper case, without prefix, spaces, dots and hyphens
  // With the prefix the state uses (EL for Greece): "FR40303265045".
  [[nodiscard]] std::string text() const;
  // The prefix alone, which is also how the Union's register calls the state.
  [[nodiscard]] std::string prefix() const;
  friend bool operator==(VatNumber const&, VatNumber const&) = default;
};

// Reads a number as people write it. The state is that of its prefix (Greece: EL or GR; Norway: NO
// or the ending MVA; Switzerland: CHE); without a prefix it is `country`, which may be empty. Empty
// when that is no state of ours: then nothing can be said about the number.
[[nodiscard]] std::optional<VatNumber> read_vat_number(std::string_view text,
                                                       std::string_view country = {});

// Whether shape and check digits are right.
[[nodiscard]] bool is_well_formed(VatNumber const& number);

// What the state's numbers look like, for messages: "FR + 2 characters + 9 digits".
[[nodiscard]] std::string expected_vat_number(std::string_view country);

// What can be a tax id of any country at all: 1 to 64 printable characters, not only spaces.
[[nodiscard]] bool may_be_tax_id(std::string_view text);

}  // namespace tallybook
