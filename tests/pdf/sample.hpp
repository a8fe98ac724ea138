// A complete invoice, as a finance department would see it; tests change what they are about.
#pragma once

#include "adapters/pdf/invoice_pdf.hpp"

namespace tallybook::testing {

inline InvoiceDocument sample_invoice() {
  InvoiceDocument d;
  d.number = "INV-2026-00042";
  d.status = "Due in 14 days";
  d.issue_date = "1 February 2026";
  d.due_date = "15 February 2026";
  d.period = "1 Jan 2026 – 31 Jan 2026";
  d.purchase_order = "PO-4711";
  d.reference = "C-0815 / Project Lighthouse";
  d.seller = {"Northwind Cloud Services SAS",
              "Northwind Cloud",
              {"12 rue de la Paix", "75002 Paris", "France"},
              "FR32123456789",
              "RCS Paris 123 456 789",
              "billing@northwind.example"};
  d.buyer = {"Müller & Söhne Maschinenbau GmbH",
             "",
             {"z. Hd. Frau Jäger", "Industriestraße 7", "70565 Stuttgart", "Germany"},
             "DE123456789",
             "HRB 98765",
             "rechnung@mueller.example"};
  d.lines = {{"Scale plan", "Monthly subscription, paid in arrears", "1 Jan – 31 Jan 2026", "1",
              "€499.00", "€499.00", "20%"},
             {"API requests", "First 1,000,000 included; then €0.40 per thousand",
              "1 Jan – 31 Jan 2026", "3,482,119", "€0.0004", "€992.85", "20%"},
             {"Storage", "Average of daily peaks, GB-month", "1 Jan – 31 Jan 2026", "812.5",
              "€0.12", "€97.50", "20%"},
             {"Additional seats", "Pro-rated from 12 Jan (20 of 31 days)", "12 Jan – 31 Jan 2026",
              "4", "€18.71", "€74.84", "20%"},
             {"Training handbook (printed)", "", "", "2", "€40.00", "€80.00", "5.5%"},
             {"Goodwill credit", "Incident of 9 January", "", "1", "−€50.00", "−€50.00", "20%"}};
  d.subtotal = "€1,694.19";
  d.discount = "−€100.00";
  d.tax_recap = {{"20%", "€1,514.19", "€302.84", "VAT"},
                 {"5.5%", "€80.00", "€4.40", "VAT reduced rate"}};
  d.tax_total = "€307.24";
  d.total = "€1,901.43";
  d.amount_paid = "€500.00";
  d.amount_due = "€1,401.43";
  d.currency = "EUR";
  d.payment_terms =
      "Payable within 14 days by bank transfer to IBAN FR76 3000 6000 0112 3456 7890 189, BIC "
      "AGRIFRPP. "
      "Late payments bear interest at three times the legal rate, plus a fixed recovery charge of "
      "€40.";
  d.notes = {"Thank you for your business.", "Questions about usage: usage@northwind.example"};
  d.footer =
      "Northwind Cloud Services SAS · Share capital €120,000 · RCS Paris 123 456 789 · VAT "
      "FR32123456789";
  d.created_at = {1769904000000};
  return d;
}

}  // namespace tallybook::testing
