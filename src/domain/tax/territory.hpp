// Where a seller or buyer is for VAT: postal codes decide as well as countries, because parts of
// some states lie outside the VAT area of the Union or have rates of their own.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tallybook {

struct TaxPlace {
  std::string rates;  // key of the rate table; empty where no VAT of ours is levied
  std::string area;   // whose VAT law applies inside: a sale within one area is domestic
  bool in_eu =
      false;  // part of the VAT area of the Union (Articles 5 to 7 of Directive 2006/112/EC)
  friend bool operator==(TaxPlace const&, TaxPlace const&) = default;
};

// `country` is one of the contract's codes (ISO 3166-1 alpha-2, IC, ES-CE, ES-ML, PT-20, PT-30) or
// EL, UK, XI; `postal_code` as written, may be empty. Never fails: an unknown country is an area of
// its own without rates.
// - Monaco counts as France (Article 7), the Isle of Man as the United Kingdom, Northern Ireland
//   too (services are outside its protocol), Liechtenstein as Switzerland.
// - Outside the Union's VAT area (Article 6): the Canary Islands, Ceuta, Melilla, Heligoland,
//   Buesingen, Livigno, Campione d'Italia, Mount Athos, and the French departments overseas. Of
//   these, Guadeloupe, Martinique and Reunion have French VAT at their own rates, Guiana and
//   Mayotte none.
// - Aaland is outside the Union's VAT area too, but services there are under Finnish VAT law.
// - The Azores and Madeira are in the Union with their own rates.
// - Jungholz and Mittelberg are in Austria with a standard rate of 19 % (AT-JM).
[[nodiscard]] TaxPlace tax_place(std::string_view country, std::string_view postal_code = {});

// Whether that two-letter code is one of the 27 member states (EL is Greece as well).
[[nodiscard]] bool is_member_state(std::string_view country);

// Whether the automatic engine knows what a seller there must charge (the contract's list).
[[nodiscard]] bool has_automatic_tax(TaxPlace const& seller);

}  // namespace tallybook
