#include "app/wallet/movements.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "reflect/value.hpp"

namespace tallybook {
namespace movements_detail {

// What unpaid loads will bring: a threshold loads once, not again until that money is there.
std::int64_t pending_loads(UnitOfWork& work, Wallet const& wallet) {
  return work.sql().number(
      "SELECT CAST(SUM(amount_due) AS BIGINT) FROM invoices WHERE account_id = ? AND mode = ? AND "
      "customer_id = ? AND currency = ? AND revenue_kind = 'wallet' AND type = 'document' AND "
      "status IN ('to_pay', 'partially_paid', 'error')",
      {work.tenant().account_id, std::string(mode_text(work.tenant().mode)),
       wallet.customer_id.value, wallet.currency});
}

std::optional<std::string> comment_of(Invoice const& document) {
  if (!document.properties) return std::nullopt;
  auto const parsed = parse_json(document.properties->text);
  if (!parsed || parsed->as_object() == nullptr) return std::nullopt;
  auto const* text = parsed->find("wallet_comment");
  if (text == nullptr || text->as_string() == nullptr) return std::nullopt;
  return *text->as_string();
}

Wallet locked(UnitOfWork& work, CustomerId const& customer) {
  auto wallet = lock_wallet_of(work, customer);
  TB_ASSERT(wallet.has_value());
  return *std::move(wallet);
}

}  // namespace movements_detail

JsonText comment_properties(std::optional<std::string> const& comment) {
  Value properties{Value::Object{}};
  if (comment) properties["wallet_comment"] = *comment;
  return JsonText{to_json_text(properties)};
}

std::optional<Wallet> lock_wallet_of(UnitOfWork& work, CustomerId const& customer) {
  return work.records<Wallet>().first(std::string("customer_id = ?") + work.sql().for_update(),
                                      {customer.value});
}

void plan_auto_load(UnitOfWork& work, Wallet& wallet, bool lowered) {
  bool const waiting = wallet.auto_load_due_at && *wallet.auto_load_due_at <= work.now();
  bool const runs = wallet.is_auto_load_enabled && wallet.state == WalletState::active;
  wallet.auto_load_due_at = runs ? wallet.auto_load_next_date : std::nullopt;
  if (!runs || !wallet.auto_load_threshold || !(lowered || waiting)) return;
  if (!at_load_threshold(wallet, movements_detail::pending_loads(work, wallet))) return;
  if (!wallet.auto_load_due_at || *wallet.auto_load_due_at > work.now())
    wallet.auto_load_due_at = work.now();
}

WalletTransaction move_wallet(UnitOfWork& work, Wallet& wallet, WalletMovement const& movement) {
  TB_ASSERT(movement.amount > 0);
  bool const debit = movement.type == WalletTransactionType::debit;
  if (debit) {
    TB_ASSERT(movement.amount <= wallet.balance);
    auto credits = work.records<WalletTransaction>().where(
        "wallet_id = ? AND remaining > 0 ORDER BY position", {wallet.id.value});
    auto const before = credits;
    use_credits(credits, movement.amount, movement.original);
    for (std::size_t i = 0; i < credits.size(); ++i)
      work.records<WalletTransaction>().update_changed(before[i], credits[i]);
  }
  WalletTransaction row;
  row.id = work.new_id<WalletTransactionTag>();
  row.wallet_id = wallet.id;
  row.position = wallet.movements++;
  row.type = movement.type;
  row.amount = movement.amount;
  row.remaining = debit ? 0 : movement.amount;
  row.invoicing_entity_id = movement.entity;
  row.comment = movement.comment;
  row.invoice_id = movement.invoice_id;
  row.source_id = movement.source_id.empty() ? row.id.value : movement.source_id;
  row.original_transaction_id = movement.original;
  row.created_at = work.now();
  work.records<WalletTransaction>().insert(row);
  wallet.balance = checked_add(wallet.balance, debit ? -movement.amount : movement.amount);
  wallet.updated_at = work.now();
  plan_auto_load(work, wallet, debit && movement.may_plan);
  work.records<Wallet>().update(wallet);
  work.emit(debit ? "wallet.debited" : "wallet.credited", wallet.customer_id,
            work.services().snapshots.wallet_transaction(wallet, row));
  return row;
}

void expire_balance(UnitOfWork& work, Wallet& wallet, EntityId const& entity) {
  if (wallet.balance == 0) return;
  WalletMovement movement;
  movement.amount = wallet.balance;
  movement.entity = entity;
  movement.comment = "expired with the next load";
  movement.may_plan = false;
  auto const row = move_wallet(work, wallet, movement);
  work.post(EntryKind::wallet_expired, entity, wallet.customer_id, wallet.currency, row.id.value,
            postings_of(EntryKind::wallet_expired, {{PostedAmount::amount, row.amount}}),
            Records<WalletTransaction>::facts(row, wallet_transaction_changing_columns));
}

void load_by_payment(UnitOfWork& work, Invoice const& document, std::int64_t amount,
                     std::string const& source) {
  auto wallet = movements_detail::locked(work, document.customer_id);
  TB_ASSERT(wallet.currency == document.currency);
  if (wallet.resets_with == document.id) {
    wallet.resets_with.reset();
    expire_balance(work, wallet, document.invoicing_entity_id);
  }
  WalletMovement movement{WalletTransactionType::credit_paid,
                          amount,
                          document.invoicing_entity_id,
                          document.id,
                          source,
                          movements_detail::comment_of(document),
                          {}};
  move_wallet(work, wallet, movement);
}

void load_by_refund(UnitOfWork& work, Invoice const& note, Transaction const& refund) {
  auto wallet = movements_detail::locked(work, note.customer_id);
  TB_ASSERT(wallet.currency == note.currency && refund.wallet_id == wallet.id.value);
  bool const gift = note.revenue_kind == RevenueKind::wallet;
  WalletMovement movement{
      gift ? WalletTransactionType::credit_free : WalletTransactionType::credit_paid,
      refund.amount,
      note.invoicing_entity_id,
      note.id,
      refund.id.value,
      movements_detail::comment_of(note),
      {}};
  move_wallet(work, wallet, movement);
}

void return_to_wallet(UnitOfWork& work, Transaction const& refund, Transaction const& payment) {
  auto wallet = movements_detail::locked(work, payment.customer_id);
  TB_ASSERT(wallet.currency == payment.currency && payment.wallet_id == wallet.id.value);
  auto debit = work.records<WalletTransaction>().first("source_id = ?", {payment.id.value});
  TB_ASSERT(debit.has_value());
  WalletMovement movement{WalletTransactionType::credit_paid,
                          refund.amount,
                          debit->invoicing_entity_id,
                          payment.invoice_id,
                          refund.id.value,
                          "a payment that was taken back",
                          debit->id};
  auto const row = move_wallet(work, wallet, movement);
  if (row.amount != debit->amount) return;
  debit->reverted_by = row.id;
  work.records<WalletTransaction>().update(*debit);
}

std::int64_t take_back_load(UnitOfWork& work, Invoice const& document, Transaction const& refund) {
  auto wallet = movements_detail::locked(work, document.customer_id);
  WalletMovement movement;
  movement.amount = std::min(wallet.balance, refund.amount);
  movement.entity = document.invoicing_entity_id;
  movement.invoice_id = document.id;
  movement.source_id = refund.id.value;
  movement.comment = "the payment of a load was taken back";
  if (movement.amount > 0) move_wallet(work, wallet, movement);
  return refund.amount - movement.amount;
}

}  // namespace tallybook
