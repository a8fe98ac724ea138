// Invoices: drafting from charges, issuing with a gapless number, crediting, recording payments.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

// Who sells and who buys, loaded once per run.
struct InvoiceParties {
  InvoicingEntity entity;
  Customer customer;
};
Result<InvoiceParties> parties_of(UnitOfWork& work, EntityId const& entity,
                                  CustomerId const& customer);

// A document with frozen parties, reference and zone; lines and totals come later.
Invoice new_document(UnitOfWork& work, InvoiceParties const& parties, InvoiceType type,
                     std::string const& currency);

// Number, dates, conversion, ledger entry, outbox rows; status to_pay, or paid when nothing is
// owed. An invoice whose total is below 0 becomes a credit note. A credit note's amount_credited
// (what is set off against its invoice) is set before. Asserts that it has no number yet.
void issue(UnitOfWork& work, InvoiceParties const& parties, InvoiceWithLines& document);
// The ledger entry of a document that is issued now, and with its outbox rows.
void post_issue(UnitOfWork& work, InvoiceWithLines const& document);
void announce_issue(UnitOfWork& work, InvoiceWithLines const& document);

// What the ledger entry of an issued document covers: from memory, and from the stored bytes.
std::string facts_of(Invoice const& invoice, std::vector<InvoiceLine> const& lines);
std::string stored_facts_of(SqlSession& sql, Tenant const& tenant, InvoiceId const& id);

// draft or grace_period -> issued now. 409 otherwise. Usage lines are counted again first.
Result<InvoiceWithLines> validate_invoice(UnitOfWork& work, InvoiceId const& id);
// At the end of the grace period: usage counted again, totals anew, issued.
void end_grace(UnitOfWork& work, Invoice invoice);
// Counts the usage lines of a document that is not issued yet, decides its tax as of now and
// computes its totals anew. False when its tax is not known yet.
bool refresh_document(UnitOfWork& work, InvoiceWithLines& document);
// The first part of it: whoever is billed, usage is that of the subscription's customer.
void recount_usage(UnitOfWork& work, InvoiceWithLines& document);

std::vector<InvoiceLine> invoice_lines(SqlSession& sql, Tenant const& tenant, InvoiceId const& id);
std::vector<Transaction> invoice_transactions(SqlSession& sql, Tenant const& tenant,
                                              InvoiceId const& id);

}  // namespace tallybook
