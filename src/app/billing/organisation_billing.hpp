// Invoices of customers that belong to an organisation (ORG-1 to ORG-5): the organisation issues
// each of them, or waits and issues one over all of them. What the customer itself keeps is never
// numbered and never posted: the money is claimed once, on the organisation's document.
#pragma once

#include "app/invoice/invoicing.hpp"
#include "domain/customer/organisation.hpp"

namespace tallybook {

// The organisation of a customer with its own invoicing entity: who is billed instead.
InvoiceParties organisation_parties(UnitOfWork& work, Customer const& child);

// The same lines, with the same ids, on a document of the organisation.
InvoiceWithLines charged_on_organisation(UnitOfWork& work, InvoiceParties const& organisation,
                                         InvoiceWithLines const& own);
// What the customer keeps of its document `own`: a copy of what its organisation was charged.
void store_reference(UnitOfWork& work, Invoice own, InvoiceWithLines const& charged);
// Follows a change of a document that is not issued yet, when a customer keeps a copy of it.
void update_reference(UnitOfWork& work, InvoiceWithLines const& charged);
// What a customer keeps of a note over a document of its organisation.
void refer_to_note(UnitOfWork& work, InvoiceWithLines const& note);

// Stores a document that waits for the organisation's next invoice.
void wait_for_organisation(UnitOfWork& work, Customer const& child, InvoiceWithLines& document);
// Tax as its organisation would pay it and totals, of a document of a customer.
void preview_for_organisation(UnitOfWork& work, InvoiceParties const& organisation,
                              InvoiceWithLines& document);

// Makes one invoice per currency of what waits for the organisation, one line for each document,
// and moves its date on. Returns the invoices.
std::vector<InvoiceWithLines> invoice_organisation(UnitOfWork& work, Customer organisation);
// Moves the date on without an invoice.
void postpone_organisation(UnitOfWork& work, Customer organisation);

// The line of the organisation's invoice that stands for a document.
std::optional<InvoiceLine> grouped_line(UnitOfWork& work, InvoiceId const& child_document);
// After a document behind a line of an unissued invoice was cut: the line and the invoice follow.
void follow_child(UnitOfWork& work, Invoice& invoice, Invoice const& child_document);

}  // namespace tallybook
