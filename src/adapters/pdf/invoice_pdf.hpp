// The invoice as a PDF: A4, any script, fonts embedded as subsets. Everything arrives as text that
// is ready to print (amounts and dates are formatted by the caller); this only sets it on pages.
// Knows no domain type, no store and no clock.
#pragma once

#include <string>
#include <vector>

#include "base/instant.hpp"

namespace tallybook {

// An empty field is left out of the page, here and below.
struct PdfParty {
  std::string name;
  std::string trade_name;
  std::vector<std::string> address_lines;
  std::string tax_id;
  std::string registration_number;
  std::string email;
};

struct PdfLine {
  std::string name;
  std::string description;
  std::string period;  // "1 Jan 2026 - 31 Jan 2026"
  std::string quantity;
  std::string unit_price;
  std::string net;
  std::string tax_rate;  // "20%"; the column is left out when no line has one
};

struct PdfTaxRow {
  std::string rate;  // "20%"
  std::string base;  // what the rate applies to
  std::string tax;
  std::string label;  // "VAT", or why there is none
};

struct InvoiceDocument {
  std::string title = "Invoice";  // "Invoice" and "Credit note" are translated, others kept
  std::string number;             // empty: "Draft" instead, and a watermark on each page
  std::string status;             // "Paid on 3 February 2026"
  std::string issue_date;
  std::string due_date;
  std::string period;
  std::string purchase_order;
  std::string reference;
  std::string original_invoice_number;  // of a credit note
  PdfParty seller;
  PdfParty buyer;
  PdfParty delivery;  // who it goes to and where; no address: not shown
  std::vector<PdfLine> lines;
  std::string subtotal;
  std::string discount;
  std::vector<PdfTaxRow> tax_recap;
  std::string tax_total;
  std::string total;
  std::string amount_paid;
  std::string amount_due;
  std::string currency;  // "EUR"
  std::string payment_terms;
  std::vector<std::string> notes;
  std::string footer;
  std::string language = "en";          // en fr de it es pl pt nl lt; any other: en
  std::string brand_color = "#1F3A5F";  // "#RRGGBB"; any other text: the default
  Instant created_at;                   // goes into the metadata, nowhere else
};

// The bytes of the PDF: the same for the same document on the same machine (fonts decide). Bytes
// that are not UTF-8 become replacement characters. Throws std::runtime_error when the drawing
// library fails (out of memory, no font at all). Any thread, several at a time.
std::string render_invoice_pdf(InvoiceDocument const& document);

}  // namespace tallybook
