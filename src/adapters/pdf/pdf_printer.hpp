// PdfPrinter: invoices as PDF. Every amount and date of an invoice becomes text here; the page
// itself is set by invoice_pdf.
#pragma once

#include "app/ports/invoice_printer.hpp"

namespace tallybook {

class PdfPrinter final : public InvoicePrinter {
 public:
  [[nodiscard]] std::string print(Invoice const& invoice, std::vector<InvoiceLine> const& lines,
                                  InvoicingEntity const& entity,
                                  std::string const& language) const override;
};

}  // namespace tallybook
