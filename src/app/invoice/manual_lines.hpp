// The lines and discounts of a document somebody writes. Internal to app/invoice.
#pragma once

#include "app/invoice/manual.hpp"

namespace tallybook::manual_detail {

inline constexpr std::size_t most_lines = 500;

// Reads lines and coupons into the document, taxes it and computes its totals. 400 with the path of
// the field. Writes nothing to the store.
Result<void> fill_document(UnitOfWork& work, InvoiceParties const& parties,
                           InvoiceWithLines& document, std::vector<NewInvoiceLine> const& lines,
                           std::vector<NewInvoiceCoupon> const& coupons,
                           std::optional<Exact> const& tax_rate,
                           std::optional<TaxScheme> const& scheme);
// The same for lines that are there already: their discounts, taxes and totals anew.
Result<void> apply_invoice_coupons(UnitOfWork& work, InvoiceWithLines& document,
                                   std::vector<NewInvoiceCoupon> const& coupons);
// What is on the document already, to be applied again; those of its subscription come by
// themselves.
std::vector<NewInvoiceCoupon> kept_coupons(Invoice const& invoice);
Result<void> tax_and_total(UnitOfWork& work, InvoiceParties const& parties,
                           InvoiceWithLines& document);
// The scheme somebody chose: one that knows no tax takes every line's.
void tax_by_scheme(InvoiceWithLines& document, TaxScheme scheme);

}  // namespace tallybook::manual_detail
