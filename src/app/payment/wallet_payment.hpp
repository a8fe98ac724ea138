// Wallets as a payment method (WAL-5, WAL-6): they pay what is due after tax, before anything is
// charged elsewhere.
#pragma once

#include "app/invoice/invoicing.hpp"

namespace tallybook {

// Pays as much as possible of an issued invoice from the customer's wallet, at once: at most the
// lines of the products wallets may pay, with their tax, and never what planned payments will
// bring. Returns the amount, 0 when wallets are off or there is nothing to pay with. Stores the
// transaction and the wallet; the invoice, whose lines are stored, is left to the caller.
// Locks the wallet, after the invoice.
std::int64_t pay_from_wallet(UnitOfWork& work, Invoice& invoice);

// Takes a wallet's payment back: the invoice is owed again, the wallet holds the money. 404 when
// the invoice has no such transaction, 409 when it is no settled wallet payment or was given back.
Result<InvoiceWithLines> undo_wallet_payment(UnitOfWork& work, InvoiceId const& invoice,
                                             TransactionId const& transaction);

// 409 when `amount` of a payment that loaded the wallet cannot be refunded: the wallet no longer
// holds it. Asked before a provider is told to refund.
Result<void> may_refund_load(UnitOfWork& work, Invoice const& document, std::int64_t amount);

}  // namespace tallybook
