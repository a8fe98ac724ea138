// Payments that somebody records or plans.
#pragma once

#include "app/invoice/invoicing.hpp"

namespace tallybook {

struct NewPayment {
  std::int64_t amount = 0;
  Instant process_at;
  TransactionMethod method = TransactionMethod::external;
  // A planned one is charged with this method of the customer when its time comes.
  std::optional<std::string> payment_method_id;
  std::optional<std::string> bank_account_id;
  std::optional<std::string> provider_name;
  std::optional<std::string> provider_id;
  std::optional<std::string> provider_transaction_id;
};
// Settles at once, or plans it when process_at lies ahead. 409 when the document takes no payment,
// 400 with what is left when the amount is more.
Result<InvoiceWithLines> record_payment(UnitOfWork& work, InvoiceId const& id,
                                        NewPayment const& payment);
// A planned payment whose moment has come: settled, or an order to the provider of its method;
// cancelled when less is owed by now. True when it settled.
bool settle_planned(UnitOfWork& work, Transaction transaction);
// Takes a planned payment back. 409 naming the state of any other.
Result<void> cancel_planned_payment(UnitOfWork& work, InvoiceId const& invoice,
                                    TransactionId const& id);

// Pays what the note still owes outside: the movement is recorded. The note is not stored.
void refund_outside(UnitOfWork& work, Invoice& note);

}  // namespace tallybook
