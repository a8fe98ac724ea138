#include "domain/invoice/vat_breakdown.hpp"

#include "domain/tax/tax_mention.hpp"

namespace tallybook {

TaxCategory category_of(Invoice const& invoice, InvoiceLine const& line) {
  if (line.tax_category) return *line.tax_category;
  if (!line.tax_rate.is_zero()) return TaxCategory::S;
  switch (invoice.tax_scheme) {
    case TaxScheme::exempt:
      return TaxCategory::E;
    case TaxScheme::reverse_charge:
      return TaxCategory::AE;
    case TaxScheme::not_eligible:
      return TaxCategory::O;
    case TaxScheme::standard:
    case TaxScheme::manual:
      break;
  }
  return TaxCategory::Z;
}

std::string_view reason_of(Invoice const& invoice, VatBreakdownRow const& row,
                           std::string_view language) {
  if (row.category == TaxCategory::O && invoice.tax_mention != TaxMention::outside_scope) return "";
  return exemption_reason(row.category, language);
}

std::vector<VatBreakdownRow> vat_breakdown(Invoice const& invoice,
                                           std::vector<InvoiceLine> const& lines) {
  std::vector<VatBreakdownRow> rows;
  for (auto const& line : lines) {
    TaxCategory const category = category_of(invoice, line);
    VatBreakdownRow* row = nullptr;
    for (auto& known : rows) {
      if (known.category == category && known.rate == line.tax_rate) row = &known;
    }
    if (row == nullptr) row = &rows.emplace_back(VatBreakdownRow{category, line.tax_rate, 0, 0});
    row->base = checked_add(row->base, line.amount_excluding_tax);
    row->tax = checked_add(row->tax, line.tax_amount);
  }
  return rows;
}

}  // namespace tallybook
