// How money gets into a wallet, and how a load is taken back (WAL-3, WAL-7).
#pragma once

#include "app/wallet/wallets.hpp"

namespace tallybook {

struct NewLoad {
  std::optional<AutoLoadType> type;
  std::optional<std::int64_t> amount;
  std::optional<std::int64_t> amount_free;  // offered beside the paid amount
  std::optional<std::string> comment;
  std::optional<std::string> document_status;  // of a gift's credit note: draft, to_pay or paid
  std::optional<std::string> transaction_id;   // money on account: all that is not allocated yet
  std::optional<std::string> invoice_id;       // a paid invoice, credited to the wallet
  std::vector<std::string> invoice_line_item_ids;  // these lines of it; empty: all that is left
  std::optional<Instant> date;                     // of a payment that was made outside
  std::optional<std::string> bank_account_id;
  std::optional<std::string> reference;
};
// Loads at once, but a gift drafted (when its credit note is issued) and a paid amount that the
// customer's payment method is charged with (when that payment settles). A paid amount without such
// a method, or with date, bank account or reference, was paid outside: it is recorded.
// 409 while wallets or gifts are off, 400 with the field for what does not fit.
Result<Wallet> load_wallet(UnitOfWork& work, WalletId const& id, NewLoad const& load);

// Takes a load back by a debit: a gift's credit note is voided; money that was paid stands on the
// customer's account again, as a transaction without an invoice, and its document is voided.
// 409 for a debit, a load that was reverted, one that gives a payment back, and when the balance
// does not cover it.
Result<WalletTransaction> revert_load(UnitOfWork& work, WalletId const& id,
                                      WalletTransactionId const& load);

// Loads the wallet when it is due, and moves its next date on. An automatic paid load without a
// payment method waits for the customer to pay its document: no money is made up.
void run_auto_load(UnitOfWork& work, WalletId const& id);

}  // namespace tallybook
