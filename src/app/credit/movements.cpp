#include "app/credit/movements.hpp"

namespace tallybook {

CreditTransaction new_credit_transaction(UnitOfWork& work, CustomerCredit const& credit,
                                         CreditTransactionType type, Exact const& count) {
  CreditTransaction transaction;
  transaction.id = work.new_id<CreditTransactionTag>();
  transaction.credit_id = credit.id;
  transaction.customer_id = credit.customer_id;
  transaction.product_id = credit.product_id;
  transaction.type = type;
  transaction.credit_count = count;
  transaction.created_at = transaction.updated_at = work.now();
  transaction.position =
      work.records<CreditTransaction>().count("credit_id = ?", {credit.id.value});
  return transaction;
}

void save_balance(UnitOfWork& work, CustomerCredit& credit, Exact const& before) {
  credit.updated_at = work.now();
  work.records<CustomerCredit>().update(credit);
  std::string const snapshot = work.services().snapshots.credit(credit);
  auto const& threshold = credit.low_count_threshold;
  if (threshold && before > *threshold && credit.current_balance <= *threshold)
    work.emit("credit.low_balance", credit.customer_id, snapshot);
  if (!before.is_zero() && credit.current_balance.is_zero())
    work.emit("credit.balance_at_zero", credit.customer_id, snapshot);
}

CreditGrant insert_grant(UnitOfWork& work, CustomerCredit const& credit,
                         CreditTransaction const& transaction, NewGrant const& wanted) {
  CreditGrant grant;
  grant.id = work.new_id<CreditGrantTag>();
  grant.credit_id = credit.id;
  grant.transaction_id = transaction.id;
  grant.purchased = wanted.entity.has_value();
  grant.granted = grant.remaining = wanted.count;
  grant.invoicing_entity_id = wanted.entity;
  grant.currency = wanted.currency;
  grant.value_minor = wanted.value_minor.value_or(0);
  grant.expires_at = wanted.expires_at;
  grant.created_at = work.now();
  grant.invoice_line_id = wanted.invoice_line_id;
  grant.subscription_line_id = wanted.subscription_line_id;
  grant.period_start_on = wanted.period_start_on;
  grant.expired = Exact(0);
  work.records<CreditGrant>().insert(grant);
  return grant;
}

void release_value(UnitOfWork& work, CustomerCredit const& credit, CreditGrant const& grant,
                   EntryKind kind, std::string const& source, std::int64_t minor) {
  if (minor == 0) return;
  work.post(kind, *grant.invoicing_entity_id, credit.customer_id, *grant.currency,
            source + "/" + grant.id.value, postings_of_credits_released(kind, minor));
}

void end_credits(UnitOfWork& work, CustomerCredit& credit, CreditGrant const& grant,
                 Exact const& count, EntryKind kind, std::int64_t earned_minor,
                 std::optional<InvoiceId> const& note) {
  Exact const before = credit.current_balance;
  auto transaction = new_credit_transaction(work, credit, CreditTransactionType::expiration, count);
  work.records<CreditGrant>().update(grant);
  release_value(work, credit, grant, kind, transaction.id.value, earned_minor);
  credit.current_balance -= count;
  transaction.balance_after = credit.current_balance;
  transaction.source = CreditSource::system;
  transaction.invoice_id = note;
  work.records<CreditTransaction>().insert(transaction);
  save_balance(work, credit, before);
}

CreditTransaction add_credits(UnitOfWork& work, CustomerCredit& credit, NewGrant const& wanted) {
  Exact const before = credit.current_balance;
  auto transaction =
      new_credit_transaction(work, credit, CreditTransactionType::topup, wanted.count);
  credit.current_balance += wanted.count;
  transaction.balance_after = credit.current_balance;
  transaction.source = wanted.source;
  transaction.expires_at = wanted.expires_at;
  transaction.price = wanted.price;
  transaction.invoice_id = wanted.invoice_id;
  transaction.amount_excluding_tax = wanted.value_minor;
  work.records<CreditTransaction>().insert(transaction);
  insert_grant(work, credit, transaction, wanted);
  save_balance(work, credit, before);
  work.emit("credit.topup_transaction_created", credit.customer_id,
            work.services().snapshots.credit_transaction(transaction));
  return transaction;
}

}  // namespace tallybook
