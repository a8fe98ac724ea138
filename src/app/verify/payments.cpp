// Orders to payment providers: none beyond what is owed, none forgotten, and the provider's own
// statement says the same.
#include <map>

#include "app/unit_of_work.hpp"
#include "app/verify/checks.hpp"
#include "reflect/describe.hpp"

namespace tallybook::verify_detail {

bool is_open(Transaction const& transaction) {
  return transaction.status == TransactionStatus::to_process ||
         transaction.status == TransactionStatus::pending;
}

bool is_money_in(Transaction const& transaction) {
  return transaction.type == TransactionType::subscription ||
         transaction.type == TransactionType::one_time;
}

std::string name_of(Transaction const& transaction) {
  return "transaction " + transaction.id.value;
}

void check_intent(Check const& check, Transaction const& transaction,
                  std::map<std::string, std::int64_t>& open) {
  std::string const name = name_of(transaction);
  if (is_open(transaction)) {
    if (!transaction.look_again_at)
      check.found(name + ": is " + std::string(reflect::enum_name(transaction.status)) +
                  " and nobody looks at it again");
    if (!transaction.provider_name) check.found(name + ": is under way without a provider");
    if (transaction.invoice_id && is_money_in(transaction))
      open[transaction.invoice_id->value] += transaction.amount;
  }
  if (transaction.payment_method_id) {
    auto const method = check.records<PaymentMethod>().find(*transaction.payment_method_id);
    if (!method || method->customer_id != transaction.customer_id)
      check.found(name + ": its payment method is not the customer's");
  }
  if (!is_money_in(transaction)) return;
  std::int64_t taken = 0;
  for (auto const& back : check.records<Transaction>().where(
           "original_transaction_id = ? AND type IN ('refund', 'chargeback') AND status NOT IN "
           "('failed', 'cancelled')",
           {transaction.id.value}))
    taken += back.amount;
  check.expect(name, "refunded_amount", transaction.refunded_amount, taken);
  if (taken > transaction.amount) check.found(name + ": more was paid back than it brought");
}

// A movement at the provider is one transaction of ours, with its amount and its outcome; what is
// still being looked at may differ.
void check_line(Check const& check, std::string const& provider, StatementLine const& line,
                std::map<std::string, Transaction>& ours) {
  std::string const name = provider + " movement " + line.key;
  auto const found = ours.find(line.key);
  if (found == ours.end()) {
    if (line.state != MoneyState::failed) check.found(name + ": has no transaction");
    return;
  }
  auto const& transaction = found->second;
  bool const settled = transaction.status == TransactionStatus::settled;
  if (line.state == MoneyState::settled && !settled && !is_open(transaction))
    check.found(name + ": moved money, its transaction is " +
                std::string(reflect::enum_name(transaction.status)));
  if (line.state != MoneyState::settled && settled)
    check.found(name + ": moved no money, its transaction is settled");
  if (line.state != MoneyState::failed)
    check.expect(name, "amount", line.amount, transaction.amount);
  ours.erase(found);
}

void check_statement(Check const& check, PaymentProvider& provider, Instant now) {
  auto const statement = provider.statement(check.tenant, now);
  if (!statement) return;
  std::map<std::string, Transaction> ours;
  for (auto& transaction : check.records<Transaction>().where(
           "provider_name = ? AND sent_at IS NOT NULL AND type <> 'chargeback' AND "
           "payment_method_id IS NOT NULL",
           {provider.name()})) {
    // The end of a won chargeback is part of the charge it belongs to.
    if (is_money_in(transaction) && transaction.original_transaction_id) continue;
    ours.emplace(transaction.id.value, std::move(transaction));
  }
  for (auto const& line : *statement) {
    ++check.report.provider_movements;
    check_line(check, provider.name(), line, ours);
  }
  for (auto const& [key, transaction] : ours) {
    if (transaction.status == TransactionStatus::settled)
      check.found(name_of(transaction) + ": is settled, " + provider.name() +
                  " knows nothing of it");
  }
}

void check_payment_intents(Check const& check, ProviderBooks const* books) {
  std::map<std::string, std::int64_t> open;  // under way by invoice
  for_all<Transaction>(
      check, [&](Transaction const& transaction) { check_intent(check, transaction, open); });
  for (auto const& [id, amount] : open) {
    auto const invoice = check.records<Invoice>().find(id);
    if (invoice && amount > invoice->amount_due)
      check.found(name_of(*invoice) + ": " + std::to_string(amount) + " is being charged, " +
                  std::to_string(invoice->amount_due) + " is owed");
  }
  if (books == nullptr) return;
  Instant const now = tenant_now(check.sql, check.tenant, books->clock);
  for (auto* provider : books->providers.all()) {
    if (provider->test_only() && check.tenant.mode == Mode::live) continue;
    check_statement(check, *provider, now);
  }
}

}  // namespace tallybook::verify_detail
