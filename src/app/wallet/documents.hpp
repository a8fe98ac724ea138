// The documents behind loads: the advance a customer pays, the credit note of a gift. Internal to
// app/wallet.
#pragma once

#include "app/wallet/wallets.hpp"

namespace tallybook {

// Takes the lock of the number sequence now: it comes before the wallet in the lock order.
void lock_numbers(UnitOfWork& work, EntityId const& entity, InvoiceType type);
// A numbered document over what is paid ahead, without tax: revenue and tax arise when the wallet
// pays an invoice. It is issued and stored, its payment loads the wallet.
InvoiceWithLines issue_advance(UnitOfWork& work, Wallet const& wallet, std::int64_t amount,
                               std::optional<std::string> const& comment, PaymentStrategy strategy,
                               std::optional<std::string> const& bank_account_id);
// A credit note of its own, refunded to the wallet at once or when the draft is issued.
Result<void> give_to_wallet(UnitOfWork& work, Wallet const& wallet, std::int64_t amount,
                            std::optional<std::string> const& comment, bool draft);

}  // namespace tallybook
