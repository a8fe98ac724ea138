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

// The rate of a customer: his own, else the entity's manual one, else 0.
Exact tax_rate_of(InvoiceParties const& parties);

// Number, dates, ledger entry, outbox rows; status to_pay, or paid when the total is 0. An invoice
// whose total is below 0 becomes a credit note.
// Asserts that it has no number yet.
void issue(UnitOfWork& work, InvoiceParties const& parties, InvoiceWithLines& document);

// draft or grace_period -> issued now. 409 otherwise. Usage lines are counted again first.
Result<InvoiceWithLines> validate_invoice(UnitOfWork& work, InvoiceId const& id);
// At the end of the grace period: usage counted again, totals anew, issued.
void end_grace(UnitOfWork& work, Invoice invoice);

struct NewPayment {
  std::int64_t amount = 0;
  Instant process_at;
  PaymentMethodType method = PaymentMethodType::external;
  std::optional<std::string> bank_account_id;
  std::optional<std::string> provider_name;
  std::optional<std::string> provider_id;
  std::optional<std::string> provider_transaction_id;
};
// Settles at once, or plans it when process_at lies ahead.
Result<InvoiceWithLines> record_payment(UnitOfWork& work, InvoiceId const& id,
                                        NewPayment const& payment);
// A planned payment whose moment has come.
void settle_planned(UnitOfWork& work, Transaction transaction);

// A credit note over parts of issued invoices: each line mirrors the tax of the line it credits.
struct CreditPart {
  InvoiceLine original;
  Exact amount_minor;  // net, exact
  std::string name;
  Period period;
};
void issue_credit_note(UnitOfWork& work, InvoiceParties const& parties, Invoice const& original,
                       std::vector<CreditPart> const& parts,
                       std::optional<RefundMethod> refund_method, Instant at);

std::vector<InvoiceLine> invoice_lines(SqlSession& sql, Tenant const& tenant, InvoiceId const& id);
std::vector<Transaction> invoice_transactions(SqlSession& sql, Tenant const& tenant,
                                              InvoiceId const& id);

}  // namespace tallybook
