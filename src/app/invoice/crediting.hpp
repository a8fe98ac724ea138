// Credit notes: what an issued invoice is reduced by (CRN-1 to CRN-7). A note mirrors the lines and
// the tax of what it credits; any split of an invoice into notes sums to it exactly. It first
// lowers what is still owed; the rest is owed to the customer and settled by the refund method.
#pragma once

#include "app/invoice/invoicing.hpp"

namespace tallybook {

// A part of an issued invoice that is credited.
struct CreditPart {
  InvoiceLine original;
  std::optional<Exact> net;  // minor units without tax in the line's sign; none: the rest
  std::string name;
  std::optional<Period> period;      // none: the line's own
  std::optional<Exact> units = {};   // none: the line's own
  CreditFacts facts = {};            // what `net` comes from; none: it was asked for
  std::optional<Instant> from = {};  // first moment of the period; none: the start of its day
};

// Engine's note over parts of one invoice: issued at once. A part of which nothing is left is left
// out; more than is left is cut to it. Nothing to credit: no note. What it credits, without tax.
std::int64_t issue_credit_note(UnitOfWork& work, InvoiceParties const& parties,
                               InvoiceId const& original, std::vector<CreditPart> parts,
                               std::optional<RefundMethod> refund_method);
// What the invoice, or one line of it, has left to be credited without tax.
std::int64_t left_to_credit(UnitOfWork& work, InvoiceId const& id,
                            std::optional<InvoiceLineId> const& line);
// The same for an amount without tax over all lines of the invoice.
std::int64_t issue_credit_note_over(UnitOfWork& work, InvoiceParties const& parties,
                                    InvoiceId const& original, std::int64_t net,
                                    std::string const& name,
                                    std::optional<RefundMethod> refund_method);

struct WantedCredit {
  std::string line_item_id;
  std::optional<std::int64_t> amount_excluding_tax;  // none: the rest of the line
};
struct NewCreditNote {
  std::optional<std::int64_t> amount_including_tax;  // over the whole invoice
  std::vector<WantedCredit> lines;  // instead of an amount; neither: all that is left
  bool draft = false;
  std::optional<RefundMethod> refund_method;  // none: accounting only
  // Pay back as the entity usually does when no method is named: to the wallet where it says so,
  // else to where the money came from.
  bool refund_by_default = false;
  std::optional<std::string> custom_note;
};
// 409 when the invoice's state forbids it or nothing is left, 400 with the field when an amount is
// more than what is left.
Result<InvoiceWithLines> create_credit_note(UnitOfWork& work, InvoiceId const& invoice,
                                            NewCreditNote const& wanted);
// Credits all of an unpaid invoice, which is voided by it (CRN-6). 409 unless it is to_pay.
Result<InvoiceWithLines> void_invoice(UnitOfWork& work, InvoiceId const& id);
// Issues a drafted note: its amounts are checked again against what is left.
Result<void> issue_drafted_note(UnitOfWork& work, InvoiceWithLines& note);
// Writes an unpaid invoice off. 409 when it takes no payment.
Result<InvoiceWithLines> write_off(UnitOfWork& work, InvoiceId const& id);

// Pays what the issued note owes by its refund method; stores what changed but the note itself.
Result<void> settle_note(UnitOfWork& work, Invoice& note);

}  // namespace tallybook
