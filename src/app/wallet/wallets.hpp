// Wallets and the switches of an account (WAL-1, WAL-7).
#pragma once

#include "app/unit_of_work.hpp"
#include "reflect/patch.hpp"

namespace tallybook {

// The switches; everything is off where none were ever set.
WalletSettings wallet_settings(SqlSession& sql, Tenant const& tenant);
struct WalletSettingsChanges {
  std::optional<bool> enabled, allow_free_credits, allow_topup_on_portal;
  std::optional<std::vector<std::string>> product_ids;
};
// 400 with product_ids[i] for a product that is not there.
Result<WalletSettings> update_wallet_settings(UnitOfWork& work,
                                              WalletSettingsChanges const& changes);
// 409 "Wallets are off ..." unless they are on.
Result<WalletSettings> enabled_wallets(UnitOfWork& work);

// Automatic loads and state as they are asked for; what is absent stays.
struct WalletTerms {
  std::optional<WalletState> state;
  bool is_auto_load_enabled = false;  // false forgets the terms of automatic loads
  std::optional<AutoLoadType> auto_load_type;
  std::optional<std::int64_t> auto_load_amount;
  std::optional<bool> auto_load_reset;
  Patch<Interval> auto_load_interval;
  Patch<Instant> auto_load_next_date;
  Patch<std::int64_t> auto_load_threshold;
  Patch<std::int64_t> low_projected_balance_threshold;
};
// In the customer's currency, else his invoicing entity's. 409 when he has one.
Result<Wallet> create_wallet(UnitOfWork& work, CustomerId const& customer,
                             WalletTerms const& terms);
Result<Wallet> update_wallet(UnitOfWork& work, WalletId const& id, WalletTerms const& terms);
// The customer's wallet in that currency, locked, made when there is none; 409 when his wallet has
// another currency.
Result<Wallet> wallet_for(UnitOfWork& work, CustomerId const& customer,
                          std::string const& currency);

// The balance less expected payments in its currency: what is owed on invoices, invoices that are
// not issued yet, and the next charge of each fixed line of the active subscriptions, with tax.
// Usage of the running period is not counted. May be below 0.
std::int64_t projected_balance(SqlSession& sql, Tenant const& tenant, Wallet const& wallet);

}  // namespace tallybook
