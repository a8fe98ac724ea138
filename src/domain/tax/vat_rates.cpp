#include "domain/tax/vat_rates.hpp"

#include <utility>

#include "base/assert.hpp"
#include "base/mutant.hpp"

namespace tallybook {
namespace vat_rates_detail {

std::vector<std::string_view> split_at(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    auto const at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::optional<VatRateKind> kind_of(std::string_view text) {
  static constexpr std::pair<std::string_view, VatRateKind> kinds[] = {
      {"standard", VatRateKind::standard},
      {"reduced", VatRateKind::reduced},
      {"reduced_2", VatRateKind::reduced_2},
      {"super_reduced", VatRateKind::super_reduced},
      {"parking", VatRateKind::parking}};
  for (auto const& [name, kind] : kinds) {
    if (text == name) return kind;
  }
  return std::nullopt;
}

Error bad(std::size_t line, std::string const& what) {
  return errors::invalid("VAT rates, line " + std::to_string(line) + ": " + what);
}

Result<VatRate> row_of(std::string_view text, std::size_t line) {
  auto const columns = split_at(text, '\t');
  if (columns.size() != 6) return fail(bad(line, "expected 6 columns"));
  VatRate row;
  row.place = columns[0];
  auto const kind = kind_of(columns[1]);
  auto const rate = Exact::parse(columns[2]);
  auto const from = parse_date(columns[3]);
  if (row.place.empty() || !kind) return fail(bad(line, "expected a place and a kind of rate"));
  if (!rate || rate->is_negative() || *rate > Exact(100))
    return fail(bad(line, "expected a percentage from 0 to 100"));
  if (!from) return fail(bad(line, "expected a first day"));
  if (!columns[4].empty()) {
    row.until = parse_date(columns[4]);
    if (!row.until || *row.until <= *from) return fail(bad(line, "expected a later last day"));
  }
  if (columns[5].empty()) return fail(bad(line, "expected a source"));
  row.kind = *kind;
  row.rate = *rate;
  row.from = *from;
  row.source = columns[5];
  return row;
}

}  // namespace vat_rates_detail

Result<VatRates> VatRates::parse(std::string_view table) {
  using namespace vat_rates_detail;
  VatRates rates;
  std::size_t number = 0;
  for (auto const text : split_at(table, '\n')) {
    ++number;
    if (text.empty() || text.starts_with('#')) continue;
    TB_TRY(row, row_of(text, number));
    VatRate const* before = nullptr;
    for (auto const& earlier : rates.rows_) {
      if (earlier.place == row.place && earlier.kind == row.kind) before = &earlier;
    }
    if (before != nullptr && before->until != row.from)
      return fail(bad(number, "expected to start when the rate before ends"));
    rates.rows_.push_back(std::move(row));
  }
  for (auto const& row : rates.rows_) {
    bool standard = false;
    for (auto const& other : rates.rows_)
      standard = standard || (other.place == row.place && other.kind == VatRateKind::standard);
    if (!standard) return fail(errors::invalid("VAT rates: no standard rate of " + row.place));
  }
  return rates;
}

VatRates const& VatRates::built_in() {
  static VatRates const rates = [] {
    auto parsed = parse(vat_rates_data);
    TB_ASSERT(parsed.has_value());
    return *std::move(parsed);
  }();
  return rates;
}

std::optional<Exact> VatRates::find(std::string_view place, VatRateKind kind, Date day) const {
  Date const on = day < covered_from() ? covered_from() : day;
  for (auto const& row : rows_) {
    if (row.place == place && row.kind == kind && TB_MUTANT(94, row.from <= on, row.from < on) &&
        (!row.until || on < *row.until))
      return row.rate;
  }
  return std::nullopt;
}

Exact VatRates::rate_for(std::string_view place, ProductTaxCategory category, Date day) const {
  if (category == ProductTaxCategory::exempt) return 0;
  if (category == ProductTaxCategory::reduced) {
    if (auto const reduced = find(place, VatRateKind::reduced, day)) return *reduced;
  }
  auto const standard = find(place, VatRateKind::standard, day);
  TB_ASSERT(standard.has_value());
  return *standard;
}

}  // namespace tallybook
