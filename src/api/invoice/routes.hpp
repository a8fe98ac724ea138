// Routes of invoices, and their object for webhooks.
#pragma once

#include "api/protocol/route.hpp"

namespace tallybook::api {

// Invoices: lists, reads, the PDF, validate, transactions.
void add_invoice_routes(Router& router);
void add_invoice_write_routes(Router& router);

// The object for webhooks.
std::string invoice_json(Invoice const& invoice, std::vector<InvoiceLine> const& lines);

}  // namespace tallybook::api
