// The tax of a document per category and rate, as EN 16931 wants it (group BG-23).
#pragma once

#include "domain/invoice/invoice.hpp"

namespace tallybook {

struct VatBreakdownRow {
  TaxCategory category = TaxCategory::S;
  Exact rate;             // percent (BT-119); 0 where there is no tax
  std::int64_t base = 0;  // BT-116, minor units
  std::int64_t tax = 0;   // BT-117, minor units
};

// The category of a line; for one from before categories were kept, what its rate and the
// document's scheme say.
[[nodiscard]] TaxCategory category_of(Invoice const& invoice, InvoiceLine const& line);

// One row for each category and rate, in the order the lines first use them. The bases sum to the
// net amount (BR-CO-13), the taxes to the tax amount (BR-CO-14), and each tax is its base times its
// rate, rounded once (BR-CO-17), because compute_totals() taxes per rate.
[[nodiscard]] std::vector<VatBreakdownRow> vat_breakdown(Invoice const& invoice,
                                                         std::vector<InvoiceLine> const& lines);

// Why that row has no tax, in a language; empty where it has, and outside the scope unless the
// document itself says that the service is supplied abroad.
[[nodiscard]] std::string_view reason_of(Invoice const& invoice, VatBreakdownRow const& row,
                                         std::string_view language);

}  // namespace tallybook
