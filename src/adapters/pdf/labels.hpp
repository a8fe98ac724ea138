// The fixed words on an invoice, in nine languages. Static data; any thread.
#pragma once

#include <string>
#include <string_view>

namespace tallybook::pdf {

struct Labels {
  char const* code;
  char const* invoice;
  char const* credit_note;
  char const* draft;
  char const* issue_date;
  char const* due_date;
  char const* period;
  char const* purchase_order;
  char const* reference;
  char const* original_invoice;
  char const* currency;
  char const* bill_to;
  char const* ship_to;
  char const* tax_id;
  char const* registration;
  char const* description;
  char const* quantity;
  char const* unit_price;
  char const* tax;
  char const* amount;
  char const* subtotal;
  char const* discount;
  char const* tax_total;
  char const* total;
  char const* amount_paid;
  char const* amount_due;
  char const* tax_summary;
  char const* rate;
  char const* taxable_base;
  char const* payment_terms;
  char const* notes;
  char const* page;  // {page} and {pages} stand for the numbers
};

// English when the language is none of the nine.
Labels const& labels_for(std::string_view language);

// "Invoice" and "Credit note" in that language; other titles as they are.
std::string translated_title(std::string const& title, Labels const& labels);

std::string page_label(Labels const& labels, std::size_t page, std::size_t pages);

}  // namespace tallybook::pdf
