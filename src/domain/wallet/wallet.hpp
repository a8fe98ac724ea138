// A customer's wallet: money in one currency that was paid ahead or given, and its movements
// (WAL-1 to WAL-8). A balance is the sum of its movements and what its credits still hold, never
// below 0. Amounts are whole minor units.
#pragma once

#include <array>

#include "domain/invoice/invoice.hpp"

namespace tallybook {

struct WalletTag {
  static constexpr char const* prefix = "wal";
};
using WalletId = Id<WalletTag>;
struct WalletTransactionTag {
  static constexpr char const* prefix = "walt";
};
using WalletTransactionId = Id<WalletTransactionTag>;

BOOST_DEFINE_ENUM_CLASS(WalletState, active, paused)
BOOST_DEFINE_ENUM_CLASS(AutoLoadType, free, paid)
BOOST_DEFINE_ENUM_CLASS(WalletTransactionType, credit_free, credit_paid, debit)

// How a wallet is loaded by itself (WAL-7): at each date of a series, at a threshold, or both.
struct AutoLoad {
  bool is_auto_load_enabled = false;
  std::optional<AutoLoadType> auto_load_type;
  std::optional<std::int64_t> auto_load_amount;
  bool auto_load_reset = false;  // what is left expires when the load arrives
  std::optional<Interval> auto_load_interval;
  std::optional<Instant> auto_load_anchor_at;  // the first date: the series is counted from it
  std::optional<Instant> auto_load_next_date;
  std::optional<std::int64_t> auto_load_threshold;  // loads at or below it
};
BOOST_DESCRIBE_STRUCT(AutoLoad, (),
                      (is_auto_load_enabled, auto_load_type, auto_load_amount, auto_load_reset,
                       auto_load_interval, auto_load_anchor_at, auto_load_next_date,
                       auto_load_threshold))

struct Wallet : AutoLoad {
  WalletId id;
  CustomerId customer_id;
  WalletState state = WalletState::active;  // paused: nothing is debited or loaded by itself
  std::string currency;
  std::int64_t balance = 0;
  std::int64_t movements = 0;  // the position of the next movement
  std::optional<std::int64_t> low_projected_balance_threshold;
  std::optional<Instant> auto_load_due_at;  // when the billing run must look at it; indexed
  std::optional<InvoiceId> resets_with;     // the unpaid load before which the balance expires
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(Wallet, (AutoLoad),
                      (id, customer_id, state, currency, balance, movements,
                       low_projected_balance_threshold, auto_load_due_at, resets_with, created_at,
                       updated_at))

struct WalletTransaction {
  WalletTransactionId id;
  WalletId wallet_id;
  std::int64_t position = 0;  // order within the wallet
  WalletTransactionType type = WalletTransactionType::debit;
  std::int64_t amount = 0;     // positive; the type says the direction
  std::int64_t remaining = 0;  // of a credit: what no debit has used yet
  EntityId invoicing_entity_id;
  std::optional<std::string> comment;
  std::optional<InvoiceId> invoice_id;  // what it paid, or the document it came by
  // What its ledger entry documents: a transaction, an allocation, or the movement itself.
  std::string source_id;
  std::optional<WalletTransactionId> original_transaction_id;  // what it takes back
  std::optional<WalletTransactionId> reverted_by;
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(WalletTransaction, (),
                      (id, wallet_id, position, type, amount, remaining, invoicing_entity_id,
                       comment, invoice_id, source_id, original_transaction_id, reverted_by,
                       created_at))

// What may change of a movement after it was made; the rest is facts.
inline constexpr std::array wallet_transaction_changing_columns = {std::string_view("remaining"),
                                                                   std::string_view("reverted_by")};

// The switches of an account and mode.
struct WalletSettings {
  std::string id;
  bool enabled = false;  // off: nothing is loaded or debited
  bool allow_free_credits = false;
  bool allow_topup_on_portal = false;
  std::vector<std::string> product_ids;  // wallets pay lines of these only; empty: every line
  std::optional<Instant> updated_at;
};
BOOST_DESCRIBE_STRUCT(WalletSettings, (),
                      (id, enabled, allow_free_credits, allow_topup_on_portal, product_ids,
                       updated_at))

// Lets a debit of `amount` use up what the credits (in order of position) still hold: `first`
// before the others, then given before paid, oldest first. Asserts that they hold as much.
void use_credits(std::vector<WalletTransaction>& credits, std::int64_t amount,
                 std::optional<WalletTransactionId> const& first);

// The most a wallet may pay of an invoice: what is due and not planned to be paid otherwise, at
// most the balance, and with `eligible` (the lines of the products it may pay, with tax, less what
// wallets paid already) at most that.
[[nodiscard]] std::int64_t wallet_share(std::int64_t due, std::int64_t balance, Currency currency,
                                        std::optional<std::int64_t> const& eligible);

// The first date of the series after `after`.
[[nodiscard]] Instant next_load_date(Instant anchor, Interval const& interval, Instant after,
                                     TimeZone const& zone);
// Whether the wallet stands at its threshold; `pending` is what unpaid loads will bring.
[[nodiscard]] bool at_load_threshold(Wallet const& wallet, std::int64_t pending);

}  // namespace tallybook
