// The dated table of VAT rates: what is in vat_rates.tsv, read once and checked as a whole.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "calendar/date.hpp"
#include "domain/tax/tax_scheme.hpp"
#include "money/exact.hpp"

namespace tallybook {

BOOST_DEFINE_ENUM_CLASS(VatRateKind, standard, reduced, reduced_2, super_reduced, parking)

struct VatRate {
  std::string place;  // TaxPlace::rates
  VatRateKind kind = VatRateKind::standard;
  Exact rate;  // percent
  Date from;
  std::optional<Date> until;  // exclusive; empty: still in force
  std::string source;         // the legal act, in words
};

class VatRates {
 public:
  // Reads the six columns of vat_rates.tsv. Refused, with the line: another number of columns, an
  // unknown kind, a rate outside [0, 100], a day that does not exist, no source; rows of one place
  // and kind that overlap, leave a gap or are not in order of time; a place without a standard
  // rate.
  static Result<VatRates> parse(std::string_view table);
  // The table this program was built with. Asserts that it is a good one.
  static VatRates const& built_in();

  // From here on the table is complete. Documents are dated when they are issued, which is later.
  static Date covered_from() { return make_date(2020, 1, 1); }
  // Percent in force on that day; an earlier day than the table covers counts as its first. Empty
  // when the place does not have that kind of rate (any more).
  [[nodiscard]] std::optional<Exact> find(std::string_view place, VatRateKind kind, Date day) const;
  // The rate of a product: reduced falls back to standard where there is no reduced rate, because
  // too little VAT is the seller's loss. Asserts that the place has a standard rate.
  [[nodiscard]] Exact rate_for(std::string_view place, ProductTaxCategory category, Date day) const;

  [[nodiscard]] std::vector<VatRate> const& rows() const { return rows_; }

 private:
  std::vector<VatRate> rows_;
};

// The text of vat_rates.tsv, carried inside the program.
extern std::string_view const vat_rates_data;

}  // namespace tallybook
