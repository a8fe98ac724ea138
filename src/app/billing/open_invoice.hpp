// The open invoice of a subscription that is billed in arrears: the document its running period
// will become (INV-2: open). The row says that it runs and for which period; its lines and amounts
// are counted whenever somebody looks, so they are never older than the last event.
#pragma once

#include "app/subscription/subscriptions.hpp"

namespace tallybook {

// Makes sure that an active subscription with lines in arrears has its open invoice, and no other
// one has. Called after something was charged, started or ended.
void keep_open_invoice(UnitOfWork& work, SubscriptionState const& state);
// Removes the open row and gives its id to the document that its period becomes.
std::optional<InvoiceId> take_open_invoice(UnitOfWork& work, SubscriptionId const& subscription);
// What would be billed if the period ended now: lines, tax and totals of an open invoice as of the
// unit's time. Their ids are the same at every look. Reads only.
void count_open_invoice(UnitOfWork& work, InvoiceWithLines& document);

}  // namespace tallybook
