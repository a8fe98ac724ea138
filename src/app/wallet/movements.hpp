// What changes a wallet's balance. Each movement belongs to one source that a ledger entry
// documents. Callers hold what the source is about locked; wallets are locked last.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

// The customer's wallet, locked; empty when there is none.
std::optional<Wallet> lock_wallet_of(UnitOfWork& work, CustomerId const& customer);

struct WalletMovement {
  WalletTransactionType type = WalletTransactionType::debit;
  std::int64_t amount = 0;
  EntityId entity;
  std::optional<InvoiceId> invoice_id;
  std::string source_id;  // empty: the movement itself
  std::optional<std::string> comment;
  std::optional<WalletTransactionId>
      original;          // what it takes back; a debit uses that one up first
  bool may_plan = true;  // false: what follows in the same step loads the wallet anyway
};
// Writes the movement and the wallet, which is locked, and tells of it. Asserts that a debit is
// covered. A debit plans the automatic load where the balance came down to the threshold.
WalletTransaction move_wallet(UnitOfWork& work, Wallet& wallet, WalletMovement const& movement);
// When the billing run looks at the wallet: at its next date, and at once at its threshold after a
// debit or a change (`lowered`). The wallet is not stored.
void plan_auto_load(UnitOfWork& work, Wallet& wallet, bool lowered);
// What is left is lost to the customer (auto_load_reset); its own ledger entry.
void expire_balance(UnitOfWork& work, Wallet& wallet, EntityId const& entity);

// A payment of an advance document came in: the wallet holds it.
void load_by_payment(UnitOfWork& work, Invoice const& document, std::int64_t amount,
                     std::string const& source);
// A credit note is refunded to the wallet.
void load_by_refund(UnitOfWork& work, Invoice const& note, Transaction const& refund);
// A payment by wallet is taken back: the money is in the wallet again.
void return_to_wallet(UnitOfWork& work, Transaction const& refund, Transaction const& payment);
// The payment of a load is refunded or charged back: as much as the wallet still holds leaves it.
// Returns the part it no longer holds.
[[nodiscard]] std::int64_t take_back_load(UnitOfWork& work, Invoice const& document,
                                          Transaction const& refund);

// The internal comment of a load travels with its document, in its properties.
JsonText comment_properties(std::optional<std::string> const& comment);

}  // namespace tallybook
