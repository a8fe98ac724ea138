// What settled money does: the one place where transactions become amounts on documents and ledger
// entries. Callers hold the rows locked and decide; these functions assert that the decision holds.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

// The facts a transaction's ledger entry covers: from memory, and from the stored bytes.
std::string facts_of(Transaction const& transaction);
std::string stored_facts_of(SqlSession& sql, Tenant const& tenant, TransactionId const& id);

// The payment is money: status settled, the invoice and the ledger follow it, invoice.settled is
// told when nothing is owed any more. Neither row is stored. Asserts that no more is paid than
// owed.
void settle_payment(UnitOfWork& work, Invoice& invoice, Transaction& payment);
// The same for money on account, which no invoice takes yet.
void settle_on_account(UnitOfWork& work, Transaction& payment, EntityId const& entity);
// Gives a part of a settled payment on account to an invoice; stores the allocation and the
// invoice.
void allocate_payment(UnitOfWork& work, Transaction const& payment, Invoice& invoice,
                      std::int64_t amount);

// The invoices that lines of the document lowered, and those that theirs did: a change within a
// period is charged on one document while what it replaces was charged on another.
[[nodiscard]] std::vector<InvoiceId> lowered_by(UnitOfWork& work, InvoiceId const& document);
// What an issued note comes to beyond all of its invoice lowers what is still owed on those
// invoices, before anything is paid back. The note is stored by then; its new state is not.
void set_off_elsewhere(UnitOfWork& work, Invoice const& original, Invoice& note);

// A refund that pays a credit note back: the note, the ledger and refunded_at of its invoice
// follow. Neither row is stored; the invoice it credits is.
void settle_note_refund(UnitOfWork& work, Invoice& note, Transaction& refund);
// A refund or chargeback without a credit note: `payment` is taken back and `invoice` (null: money
// on account) is owed again. What an unpaid credit note of the invoice still owes is set off.
// The invoice and the payment are stored, the refund is not.
void settle_taken_back(UnitOfWork& work, Transaction& refund, Transaction& payment,
                       Invoice* invoice);

// What remains of a settled payment to give back, less refunds under way.
[[nodiscard]] inline std::int64_t refundable(Transaction const& payment) {
  return payment.amount - payment.refunded_amount;
}

}  // namespace tallybook
