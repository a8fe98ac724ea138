#include "app/credit/undoing.hpp"

#include <algorithm>
#include <map>

#include "app/credit/movements.hpp"

namespace tallybook {
namespace undoing_detail {

std::vector<GrantAt> all_grants(UnitOfWork& work, CustomerCredit const& credit) {
  std::map<std::string, std::int64_t> positions;
  work.sql().query(
      "SELECT g.id, t.position FROM credit_grants g JOIN credit_transactions t ON t.account_id = "
      "g.account_id AND t.mode = g.mode AND t.id = g.transaction_id WHERE g.account_id = ? AND "
      "g.mode = ? AND g.credit_id = ?",
      {work.tenant().account_id, std::string(mode_text(work.tenant().mode)), credit.id.value},
      [&](SqlRow const& row) { positions[std::string(row.text(0))] = row.integer(1); });
  std::vector<GrantAt> grants;
  for (auto& grant : work.records<CreditGrant>().where(
           std::string("credit_id = ? ORDER BY created_at, id") + work.sql().for_update(),
           {credit.id.value})) {
    std::int64_t const position = positions.at(grant.id.value);
    grants.push_back({std::move(grant), position});
  }
  std::ranges::stable_sort(grants, {}, [](GrantAt const& each) {
    return std::pair(each.grant.created_at, each.position);
  });
  return grants;
}

}  // namespace undoing_detail

void undo_usage(UnitOfWork& work, CustomerCredit& credit, UndoneUse const& undone) {
  auto grants = undoing_detail::all_grants(work, credit);
  auto const uses =
      work.records<CreditUse>().where("credit_id = ? ORDER BY position, id", {credit.id.value});
  auto const result = undo_use(grants, uses, undone);
  for (auto const& id : result.gone) work.records<CreditUse>().erase(id.value);
  for (auto use : result.instead) {
    use.id = work.new_id<CreditUseTag>();
    work.records<CreditUse>().insert(use);
  }
  Exact const before = credit.current_balance;
  // The movement shows all that came back; the balance after it shows how much of it could be used.
  auto transaction =
      new_credit_transaction(work, credit, CreditTransactionType::topup, undone.count);
  transaction.aggregator_id = undone.aggregator_id;
  transaction.source = CreditSource::system;
  std::vector<CreditGrant> ended;
  for (std::size_t i = 0; i < grants.size(); ++i) {
    auto& grant = grants[i].grant;
    Exact const& back = result.back[i];
    if (back.is_zero()) continue;
    // An end that was not run yet comes by itself.
    bool const over =
        grant.remaining.is_zero() && grant.expires_at && *grant.expires_at <= work.now();
    credit.current_balance -= grant.remaining;
    std::int64_t const earned = put_back(grant, back);
    credit.current_balance += grant.remaining;
    work.records<CreditGrant>().update(grant);
    release_value(work, credit, grant, EntryKind::credits_consumed, transaction.id.value, earned);
    if (over) ended.push_back(grant);
  }
  Exact const beyond = result.from_overage + result.unknown;
  Exact const lowered = min(beyond, credit.overage);
  credit.overage -= lowered;
  Exact const anew = beyond - lowered;
  credit.current_balance += anew;
  transaction.balance_after = credit.current_balance;
  work.records<CreditTransaction>().insert(transaction);
  if (!anew.is_zero()) insert_grant(work, credit, transaction, {anew});
  save_balance(work, credit, before);
  work.emit("credit.topup_transaction_created", credit.customer_id,
            work.services().snapshots.credit_transaction(transaction));
  for (auto& grant : ended) end_grant(work, credit, std::move(grant));
}

void end_grant(UnitOfWork& work, CustomerCredit& credit, CreditGrant grant) {
  auto const gone = expire(grant);
  end_credits(work, credit, grant, gone.count, EntryKind::credits_expired, gone.released_minor,
              std::nullopt);
}

}  // namespace tallybook
