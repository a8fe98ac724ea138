// Wallets against their movements, the movements against the ledger.
#include <map>

#include "app/verify/checks.hpp"
#include "base/assert.hpp"
#include "domain/wallet/wallet.hpp"
#include "reflect/describe.hpp"

namespace tallybook::verify_detail {
namespace {

struct Said {
  std::int64_t entries = 0;
  std::int64_t liability = 0;  // what the entry adds to what is owed to wallets
  std::string kind, currency, entity, customer;
};

// What the ledger says of a movement's source.
Said said_of(Check const& check, std::string const& source) {
  Said said;
  auto params = check.whose();
  params.emplace_back(source);
  check.sql.query(
      "SELECT e.kind, e.currency, e.invoicing_entity_id, e.customer_id, -CAST(SUM(p.amount) AS "
      "BIGINT) FROM ledger_entries e JOIN ledger_postings p ON p.entry_id = e.id WHERE "
      "e.account_id = ? AND e.mode = ? AND e.source_id = ? AND p.ledger_account = "
      "'wallet_liability' GROUP BY e.id, e.kind, e.currency, e.invoicing_entity_id, e.customer_id",
      params, [&](SqlRow const& row) {
        ++said.entries;
        said.kind = row.text(0);
        said.currency = row.text(1);
        said.entity = row.text(2);
        said.customer = row.text(3);
        said.liability += row.integer(4);
      });
  return said;
}

void check_movement(Check const& check, Wallet const& wallet, WalletTransaction const& movement) {
  std::string const name = "wallet transaction " + movement.id.value;
  bool const debit = movement.type == WalletTransactionType::debit;
  auto const said = said_of(check, movement.source_id);
  check.expect(name, "the number of its ledger entries", said.entries, 1);
  check.expect(name, "what the ledger says it moved", said.liability,
               debit ? -movement.amount : movement.amount);
  if (said.entries != 1) return;
  if (said.currency != wallet.currency || said.customer != wallet.customer_id.value ||
      said.entity != movement.invoicing_entity_id.value)
    check.found(name + ": its ledger entry has another currency, customer or entity");
  bool const own = movement.source_id == movement.id.value;
  bool const self_kind = said.kind == "wallet_expired" || said.kind == "wallet_reverted";
  if (own && !self_kind) check.found(name + ": its ledger entry is " + said.kind);
  if (!own) {
    auto const payment = check.records<Transaction>().find(movement.source_id);
    bool const other = payment && payment->invoice_id && payment->invoice_id != movement.invoice_id;
    if (other) check.found(name + ": its transaction belongs to another document");
  }
  if (movement.original_transaction_id) {
    auto const original =
        check.records<WalletTransaction>().find(movement.original_transaction_id->value);
    bool const fits = original && original->wallet_id == wallet.id &&
                      (original->type == WalletTransactionType::debit) != debit;
    if (!fits) check.found(name + ": what it takes back is missing");
    if (fits && original->amount == movement.amount && original->reverted_by != movement.id)
      check.found(name + ": what it takes back does not say so");
  }
  if (movement.reverted_by) {
    auto const by = check.records<WalletTransaction>().find(movement.reverted_by->value);
    if (!by || by->original_transaction_id != movement.id)
      check.found(name + ": what reverted it is missing");
  }
}

// A gift's note and an advance are voided when, and only when, the load was reverted.
void check_document(Check const& check, WalletTransaction const& movement) {
  if (!movement.invoice_id || movement.type == WalletTransactionType::debit) return;
  auto const document = check.records<Invoice>().find(movement.invoice_id->value);
  if (!document)
    return check.found("wallet transaction " + movement.id.value + ": its document is missing");
  if (document->revenue_kind != RevenueKind::wallet || !movement.reverted_by) return;
  auto const by = check.records<WalletTransaction>().find(movement.reverted_by->value);
  if (by && document->reverted_at != by->created_at)
    check.found(name_of(*document) + ": its load was reverted, it does not say when");
}

void check_wallet(Check const& check, Wallet const& wallet) {
  std::string const name = "wallet " + wallet.id.value;
  std::vector<WalletTransaction> credits;
  auto const movements = check.records<WalletTransaction>().where(
      "wallet_id = ? ORDER BY position, id", {wallet.id.value});
  std::map<std::string, std::int64_t> remaining;
  std::int64_t balance = 0, position = 0;
  for (auto const& movement : movements) {
    std::string const step = "wallet transaction " + movement.id.value;
    check.expect(step, "position", movement.position, position++);
    if (movement.amount <= 0) return check.found(step + ": its amount is not above 0");
    check_movement(check, wallet, movement);
    check_document(check, movement);
    if (movement.type == WalletTransactionType::debit) {
      if (movement.amount > balance)
        return check.found(step + ": takes " + std::to_string(movement.amount) + " of " +
                           std::to_string(balance));
      balance -= movement.amount;
      use_credits(credits, movement.amount, movement.original_transaction_id);
      check.expect(step, "remaining", movement.remaining, 0);
    } else {
      balance = checked_add(balance, movement.amount);
      credits.push_back(movement);
      credits.back().remaining = movement.amount;
    }
  }
  for (auto const& credit : credits) remaining[credit.id.value] = credit.remaining;
  for (auto const& movement : movements) {
    if (movement.type != WalletTransactionType::debit)
      check.expect("wallet transaction " + movement.id.value, "remaining", movement.remaining,
                   remaining[movement.id.value]);
  }
  check.expect(name, "balance", wallet.balance, balance);
  check.expect(name, "movements", wallet.movements, position);
  if (!check.records<Customer>().find(wallet.customer_id.value))
    check.found(name + ": its customer is missing");
}

}  // namespace

void check_wallets(Check const& check) {
  std::map<std::string, std::int64_t> held, owed;
  for_all<Wallet>(check, [&](Wallet const& wallet) {
    ++check.report.wallets;
    check_wallet(check, wallet);
    held[wallet.currency] = checked_add(held[wallet.currency], wallet.balance);
  });
  check.sql.query(
      "SELECT e.currency, -CAST(SUM(p.amount) AS BIGINT) FROM ledger_entries e JOIN "
      "ledger_postings p ON p.entry_id = e.id WHERE e.account_id = ? AND e.mode = ? AND "
      "p.ledger_account = 'wallet_liability' GROUP BY e.currency",
      check.whose(), [&](SqlRow const& row) { owed[std::string(row.text(0))] = row.integer(1); });
  for (auto const& [currency, amount] : owed) held.try_emplace(currency, 0);
  for (auto const& [currency, amount] : held)
    check.expect("ledger in " + currency, "wallet_liability", owed[currency], amount);
  check.sql.query(
      "SELECT t.id FROM wallet_transactions t LEFT JOIN wallets w ON w.id = t.wallet_id WHERE "
      "t.account_id = ? AND t.mode = ? AND (w.id IS NULL OR w.account_id <> t.account_id OR w.mode "
      "<> t.mode)",
      check.whose(), [&](SqlRow const& row) {
        check.found("wallet transaction " + std::string(row.text(0)) + ": its wallet is missing");
      });
  check.sql.query(
      "SELECT id FROM invoices WHERE account_id = ? AND mode = ? AND reverted_at IS NOT NULL AND "
      "(amount_paid > 0 OR revenue_kind <> 'wallet') AND "
      "NOT EXISTS (SELECT 1 FROM wallet_transactions t WHERE t.account_id = invoices.account_id "
      "AND "
      "t.mode = invoices.mode AND t.invoice_id = invoices.id AND t.reverted_by IS NOT NULL)",
      check.whose(), [&](SqlRow const& row) {
        check.found("invoice " + std::string(row.text(0)) + ": no load of it was reverted");
      });
}

}  // namespace tallybook::verify_detail
