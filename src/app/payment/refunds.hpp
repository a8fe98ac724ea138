// Paying credit notes back: to the wallet, or to where the money came from.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

// Credits what the note owes to the customer's wallet, which is made when he has none. 409 when
// wallets are off or it has another currency. The note is not stored.
Result<void> refund_to_wallet(UnitOfWork& work, Invoice& note);
// Whether refund_to_wallet would work for this customer and currency.
bool wallet_takes_refunds(UnitOfWork& work, CustomerId const& customer,
                          std::string const& currency);
// Splits what the note owes over the payments of its invoice, then of those that one lowered: by
// the same provider and method, into the wallet it came from, or recorded as paid back outside.
// What a provider settles later settles the note then. The note is not stored.
void refund_to_original(UnitOfWork& work, Invoice& note);

// 409 while a payment of the invoice is at a provider: nobody knows yet whether it is paid.
Result<void> refuse_while_collecting(UnitOfWork& work, Invoice const& invoice);
// Cancels the planned payments of an invoice that takes none any more.
void cancel_planned(UnitOfWork& work, InvoiceId const& invoice);

}  // namespace tallybook
