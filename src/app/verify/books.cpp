// The ledger against the documents and payments it must say, and credit balances against grants.
#include <algorithm>
#include <map>

#include "app/verify/checks.hpp"
#include "base/assert.hpp"
#include "reflect/describe.hpp"

namespace tallybook::verify_detail {

struct FoundEntry {
  std::string id, kind, entity, customer, currency;
  std::vector<Posting> postings;
};

std::vector<FoundEntry> entries_of(Check const& check, std::string const& source) {
  std::vector<FoundEntry> entries;
  check.sql.query(
      "SELECT id, kind, invoicing_entity_id, customer_id, currency FROM ledger_entries WHERE "
      "account_id = ? AND mode = ? AND source_id = ? ORDER BY sequence",
      {check.tenant.account_id, std::string(mode_text(check.tenant.mode)), source},
      [&](SqlRow const& row) {
        entries.push_back({std::string(row.text(0)),
                           std::string(row.text(1)),
                           std::string(row.text(2)),
                           std::string(row.text(3)),
                           std::string(row.text(4)),
                           {}});
      });
  for (auto& entry : entries) {
    check.sql.query(
        "SELECT ledger_account, amount FROM ledger_postings WHERE entry_id = ? ORDER BY position",
        {entry.id}, [&](SqlRow const& row) {
          auto const account = reflect::enum_from<LedgerAccount>(row.text(0));
          TB_ASSERT(account.has_value());
          entry.postings.push_back({*account, row.integer(1)});
        });
  }
  return entries;
}

bool same_postings(std::vector<Posting> a, std::vector<Posting> b) {
  auto const less = [](Posting const& x, Posting const& y) {
    return std::pair(x.ledger_account, x.amount) < std::pair(y.ledger_account, y.amount);
  };
  std::ranges::sort(a, less);
  std::ranges::sort(b, less);
  return std::ranges::equal(a, b, [](Posting const& x, Posting const& y) {
    return x.ledger_account == y.ledger_account && x.amount == y.amount;
  });
}

// What an entry must say.
struct ExpectedEntry {
  EntryKind kind{};
  std::string entity, customer, currency;
  std::vector<Posting> postings;
};

// Exactly this entry, or none.
void check_entry(Check const& check, std::string const& name, std::string const& source,
                 std::optional<ExpectedEntry> const& expected) {
  auto const entries = entries_of(check, source);
  std::size_t const count = expected ? 1 : 0;
  if (entries.size() != count) {
    check.found(name + ": has " + std::to_string(entries.size()) + " ledger entries, expected " +
                std::to_string(count));
    return;
  }
  for (auto const& entry : entries) {
    bool const right = entry.kind == reflect::enum_name(expected->kind) &&
                       entry.currency == expected->currency && entry.entity == expected->entity &&
                       entry.customer == expected->customer;
    if (!right)
      check.found(name + ": ledger entry " + entry.id +
                  " has another kind, currency, entity or customer");
    if (!same_postings(entry.postings, expected->postings))
      check.found(name + ": ledger entry " + entry.id + " has other postings than the rules give");
  }
}

struct Owed {
  std::map<std::string, std::int64_t> receivable;  // by currency
  std::map<std::string, std::int64_t> payable;
  std::map<std::string, std::int64_t> bad_debt;
  std::map<std::string, std::int64_t> deferred;
  std::map<std::string, std::int64_t> set_off_later;  // by credit note, after its issue
  std::map<std::string, std::int64_t> unapplied;
};

// What entries of a kind moved on an account, by their source up to the "/". One pass for all.
std::map<std::string, std::int64_t> moved_by_source(Check const& check, char const* kind,
                                                    char const* account) {
  std::map<std::string, std::int64_t> moved;
  auto params = check.whose();
  params.insert(params.end(), {std::string(kind), std::string(account)});
  check.sql.query(
      "SELECT e.source_id, p.amount FROM ledger_entries e JOIN ledger_postings p ON p.entry_id = "
      "e.id WHERE e.account_id = ? AND e.mode = ? AND e.kind = ? AND p.ledger_account = ?",
      params, [&](SqlRow const& row) {
        std::string const source(row.text(0));
        moved[source.substr(0, source.find('/'))] += row.integer(1);
      });
  return moved;
}

void check_document_entry(Check const& check, Invoice const& invoice, Owed& owed) {
  bool const credit = invoice.type == InvoiceType::credit_note;
  if (!invoice.number) {
    check_entry(check, name_of(invoice), invoice.id.value, {});
    return;
  }
  Invoice issued = invoice;
  if (credit) issued.amount_credited -= owed.set_off_later[invoice.id.value];
  ExpectedEntry expected{credit ? EntryKind::credit_note_issued : EntryKind::invoice_issued,
                         invoice.invoicing_entity_id.value, invoice.customer_id.value,
                         invoice.currency, postings_of_issue(issued)};
  check_entry(check, name_of(invoice), invoice.id.value, expected);
  if (invoice.revenue_kind == RevenueKind::wallet && !credit) return;
  auto& sum = (credit                   ? owed.payable
               : invoice.written_off_at ? owed.bad_debt
                                        : owed.receivable)[invoice.currency];
  sum = checked_add(sum, invoice.amount_due);
}

// The part of a taken back load that its wallet no longer held: a loss.
std::int64_t uncovered_of(Check const& check, Transaction const& refund, Invoice const* document) {
  bool const back =
      refund.type == TransactionType::refund || refund.type == TransactionType::chargeback;
  bool const load = document != nullptr && document->revenue_kind == RevenueKind::wallet &&
                    document->type != InvoiceType::credit_note;
  if (!back || !load) return 0;
  auto const taken = check.records<WalletTransaction>().first("source_id = ?", {refund.id.value});
  return refund.amount - (taken ? taken->amount : 0);
}

void check_transaction_entry(Check const& check, Transaction const& transaction, Owed& owed) {
  std::string const name = "transaction " + transaction.id.value;
  auto const document = transaction.invoice_id
                            ? check.records<Invoice>().find(transaction.invoice_id->value)
                            : std::nullopt;
  if (transaction.invoice_id && !document) return;  // told with the invoices
  bool const money = transaction.status == TransactionStatus::settled;
  if (!money) return check_entry(check, name, transaction.id.value, {});
  bool const in = transaction.type == TransactionType::subscription ||
                  transaction.type == TransactionType::one_time;
  auto const* held = document ? &*document : nullptr;
  auto const taken_back =
      transaction.original_transaction_id
          ? check.records<Transaction>().find(transaction.original_transaction_id->value)
          : std::nullopt;
  bool const note = held != nullptr && held->type == InvoiceType::credit_note;
  std::int64_t const uncovered = uncovered_of(check, transaction, held);
  if (uncovered < 0) return check.found(name + ": took more than it says from the wallet");
  owed.bad_debt[transaction.currency] += uncovered;
  ExpectedEntry expected;
  expected.kind = entry_kind_of(transaction, held);
  expected.entity = held != nullptr ? held->invoicing_entity_id.value
                                    : transaction.invoicing_entity_id.value_or(EntityId()).value;
  expected.customer = held != nullptr ? held->customer_id.value : transaction.customer_id.value;
  expected.currency = transaction.currency;
  expected.postings = in ? postings_of_payment(transaction, held)
                         : postings_of_refund(transaction, note ? held : nullptr,
                                              taken_back ? &*taken_back : nullptr,
                                              note ? nullptr : held, uncovered);
  check_entry(check, name, transaction.id.value, expected);
  if (held == nullptr)
    owed.unapplied[transaction.currency] += in ? transaction.amount : -transaction.amount;
}

// What is deferred and not earned yet; each document's slices sum to what it deferred.
void check_schedules(Check const& check, Owed& owed) {
  std::map<std::string, std::int64_t> planned;
  auto posted = moved_by_source(check, "revenue_recognised", "deferred_revenue");
  for_all<RevenueSchedule>(check, [&](RevenueSchedule const& schedule) {
    std::string const name = "revenue schedule " + schedule.id.value;
    owed.deferred[schedule.currency] += schedule.amount - schedule.recognised;
    planned[schedule.invoice_id.value] += schedule.amount;
    check.expect(name, "recognised", schedule.recognised, posted[schedule.id.value]);
    bool const over = std::abs(schedule.recognised) > std::abs(schedule.amount);
    if (over || (!schedule.next_at && schedule.recognised != schedule.amount))
      check.found(name + ": " + std::to_string(schedule.recognised) + " of " +
                  std::to_string(schedule.amount) + " are recognised and no slice comes");
  });
  for (auto const& invoice : check.records<Invoice>().where("deferred_amount IS NOT NULL")) {
    bool const credit = invoice.type == InvoiceType::credit_note;
    check.expect(name_of(invoice), "deferred_amount",
                 credit ? -*invoice.deferred_amount : *invoice.deferred_amount,
                 planned[invoice.id.value]);
  }
}

void check_document_entries(Check const& check, Owed& owed) {
  owed.set_off_later = moved_by_source(check, "credit_set_off", "refunds_payable");
  check_schedules(check, owed);
  for_all<Invoice>(check,
                   [&](Invoice const& invoice) { check_document_entry(check, invoice, owed); });
  for_all<Transaction>(check, [&](Transaction const& transaction) {
    check_transaction_entry(check, transaction, owed);
  });
  for_all<TransactionAllocation>(check, [&](TransactionAllocation const& part) {
    std::string const name = "allocation " + part.id.value;
    auto const invoice = check.records<Invoice>().find(part.invoice_id.value);
    if (!invoice) return check.found(name + ": its invoice is missing");
    owed.unapplied[invoice->currency] -= part.amount;
    ExpectedEntry const expected{EntryKind::payment_applied, invoice->invoicing_entity_id.value,
                                 invoice->customer_id.value, invoice->currency,
                                 postings_of_allocation(part, *invoice)};
    check_entry(check, name, part.id.value, expected);
  });
}

// Each balance the documents give, against its ledger account: debits are positive.
void check_balances(Check const& check, Owed const& owed) {
  std::map<std::string, std::map<std::string, std::int64_t>> balances;  // by account, currency
  check.sql.query(
      "SELECT e.currency, p.ledger_account, CAST(SUM(p.amount) AS BIGINT) FROM ledger_entries e "
      "JOIN ledger_postings p ON p.entry_id = e.id WHERE e.account_id = ? AND e.mode = ? "
      "GROUP BY e.currency, p.ledger_account",
      check.whose(), [&](SqlRow const& row) {
        balances["trial"][std::string(row.text(0))] += row.integer(2);
        balances[std::string(row.text(1))][std::string(row.text(0))] = row.integer(2);
      });
  for (auto const& [currency, balance] : balances["trial"])
    check.expect("ledger in " + currency, "the trial balance", balance, 0);
  auto const compare = [&](char const* account, std::map<std::string, std::int64_t> expected,
                           int sign) {
    auto found = balances[account];
    for (auto const& [currency, amount] : found) expected.try_emplace(currency, 0);
    for (auto const& [currency, amount] : expected)
      check.expect("ledger in " + currency, account, found[currency], sign * amount);
  };
  compare("receivable", owed.receivable, 1);
  compare("refunds_payable", owed.payable, -1);
  compare("deferred_revenue", owed.deferred, -1);
  compare("bad_debt", owed.bad_debt, 1);
}

void check_ledger(Check const& check) {
  Owed owed;
  check_document_entries(check, owed);
  check.report.ledger_entries += check.sql.number(
      "SELECT COUNT(*) FROM ledger_entries WHERE account_id = ? AND mode = ?", check.whose());
  check.sql.query(
      "SELECT e.id, CAST(COALESCE(SUM(p.amount), 0) AS BIGINT), COUNT(p.amount) FROM "
      "ledger_entries e LEFT JOIN ledger_postings p ON p.entry_id = e.id WHERE e.account_id = ? "
      "AND e.mode = ? "
      "GROUP BY e.id HAVING COALESCE(SUM(p.amount), 0) <> 0",
      check.whose(), [&](SqlRow const& row) {
        check.found("ledger entry " + std::string(row.text(0)) + ": its " +
                    std::to_string(row.integer(2)) + " postings sum to " +
                    std::to_string(row.integer(1)) + ", expected 0");
      });
  check.sql.query(
      "SELECT e.id, e.source_id FROM ledger_entries e LEFT JOIN invoices i ON i.id = e.source_id "
      "LEFT JOIN transactions t ON t.id = e.source_id WHERE e.account_id = ? AND e.mode = ? "
      "AND e.kind IN ('invoice_issued', 'credit_note_issued', 'payment_settled', 'refund_settled', "
      "'payment_refunded', 'payment_charged_back', 'wallet_paid', 'wallet_payment_undone', "
      "'wallet_refunded') AND i.id IS NULL AND t.id IS "
      "NULL "
      "AND NOT EXISTS (SELECT 1 FROM ledger_entries r WHERE r.account_id = e.account_id AND r.mode "
      "= "
      "e.mode AND r.kind = 'reversal' AND r.source_id = e.source_id || '/reversed')",
      check.whose(), [&](SqlRow const& row) {
        check.found("ledger entry " + std::string(row.text(0)) + ": its source " +
                    std::string(row.text(1)) + " is missing");
      });
  check_balances(check, owed);
}

// What became revenue of each purchased grant, by the ledger: its entries end in "/" and the grant.
std::map<std::string, std::int64_t> released_by_grant(Check const& check) {
  std::map<std::string, std::int64_t> released;
  check.sql.query(
      "SELECT e.source_id, p.amount FROM ledger_entries e JOIN ledger_postings p ON p.entry_id = "
      "e.id WHERE e.account_id = ? AND e.mode = ? AND e.kind IN ('credits_consumed', "
      "'credits_expired') "
      "AND p.ledger_account = 'credits_liability'",
      check.whose(), [&](SqlRow const& row) {
        std::string const source(row.text(0));
        released[source.substr(source.find('/') + 1)] += row.integer(1);
      });
  return released;
}

// What the recorded uses of a balance took of each grant; of none: beyond it.
std::map<std::string, Exact> used_by_grant(Check const& check, CustomerCredit const& credit) {
  std::map<std::string, Exact> used;
  std::map<std::string, Exact> moved;
  for (auto const& use :
       check.records<CreditUse>().where("credit_id = ? ORDER BY position, id", {credit.id.value})) {
    used[use.grant_id ? use.grant_id->value : std::string()] += use.count;
    moved[use.transaction_id.value] += use.count;
  }
  for (auto const& [id, count] : moved) {
    auto const transaction = check.records<CreditTransaction>().find(id);
    if (!transaction || transaction->type != CreditTransactionType::usage ||
        count > transaction->credit_count)
      check.found("credit transaction " + id + ": its uses are " + count.decimal());
  }
  return used;
}

void check_grant(Check const& check, CreditGrant const& grant, Exact const& used,
                 std::map<std::string, std::int64_t>& released) {
  std::string const name = "credit grant " + grant.id.value;
  if (grant.remaining.is_negative() || grant.remaining > grant.granted)
    check.found(name + ": " + grant.remaining.decimal() + " of " + grant.granted.decimal() +
                " remain");
  if (grant.released_minor > grant.value_minor)
    check.found(name + ": released " + std::to_string(grant.released_minor) + " of a value of " +
                std::to_string(grant.value_minor));
  if (grant.withdrawn.is_negative() || used_of(grant).is_negative())
    check.found(name + ": " + grant.withdrawn.decimal() + " of " + grant.granted.decimal() +
                " were withdrawn and " + grant.remaining.decimal() + " remain");
  if (grant.expired)
    check.expect(name, "used or expired", used_of(grant), used + *grant.expired);
  else if (used > used_of(grant))
    check.found(name + ": its uses are " + used.decimal() + " of " + used_of(grant).decimal());
  if (grant.withdrawn_minor < 0 || grant.withdrawn_minor > grant.value_minor)
    check.found(name + ": withdrawn_minor is " + std::to_string(grant.withdrawn_minor));
  if (!grant.granted.is_zero())
    check.expect(name, "released_minor", grant.released_minor, earned_of(grant));
  check.expect(name, "what the ledger released", released[grant.id.value], grant.released_minor);
  auto const transaction = check.records<CreditTransaction>().find(grant.transaction_id.value);
  if (!transaction) return check.found(name + ": its transaction is missing");
  if (transaction->aggregator_id ? grant.granted > transaction->credit_count
                                 : grant.granted != transaction->credit_count) {
    check.found(name + ": granted is " + grant.granted.decimal() + ", its movement says " +
                transaction->credit_count.decimal());
  }
  if (!grant.purchased) return;
  auto const invoice = transaction->invoice_id
                           ? check.records<Invoice>().find(transaction->invoice_id->value)
                           : std::nullopt;
  if (!invoice) return check.found(name + ": the invoice it was bought with is missing");
  if (!grant.invoice_line_id)
    return check.expect(name, "value_minor", grant.value_minor, invoice->amount_excluding_tax);
  auto const line = check.records<InvoiceLine>().find(grant.invoice_line_id->value);
  auto const billed = line ? check.records<Invoice>().find(line->invoice_id.value) : std::nullopt;
  // Until its line is issued, and when that is gone, nothing was paid for it.
  bool const issued = billed && billed->number;
  std::int64_t const net = issued ? std::abs(line->amount_excluding_tax) : 0;
  check.expect(name, "value_minor", grant.value_minor, net);
  if (grant.subscription_line_id && line &&
      line->subscription_line_id != grant.subscription_line_id)
    check.found(name + ": its invoice line is of another subscription line");
}

// What is owed as credits: the value of all grants that is neither earned nor taken back.
void check_credits_owed(Check const& check, std::map<std::string, std::int64_t> const& held) {
  std::map<std::string, std::int64_t> owed;
  check.sql.query(
      "SELECT e.currency, -CAST(SUM(p.amount) AS BIGINT) FROM ledger_entries e JOIN "
      "ledger_postings p ON p.entry_id = e.id WHERE e.account_id = ? AND e.mode = ? AND "
      "p.ledger_account = 'credits_liability' GROUP BY e.currency",
      check.whose(), [&](SqlRow const& row) { owed[std::string(row.text(0))] = row.integer(1); });
  for (auto const& [currency, amount] : held) owed.try_emplace(currency, 0);
  for (auto const& [currency, amount] : owed) {
    auto const known = held.find(currency);
    check.expect("ledger in " + currency, "credits_liability", amount,
                 known == held.end() ? 0 : known->second);
  }
}

void check_credits(Check const& check) {
  auto released = released_by_grant(check);
  std::map<std::string, std::int64_t> held;
  for_all<CustomerCredit>(check, [&](CustomerCredit const& credit) {
    ++check.report.credits;
    std::string const name = "credit balance " + credit.id.value;
    Exact remaining;
    auto used = used_by_grant(check, credit);
    for (auto const& grant : check.records<CreditGrant>().where(
             "credit_id = ? ORDER BY created_at, id", {credit.id.value})) {
      remaining += grant.remaining;
      check_grant(check, grant, used[grant.id.value], released);
      if (grant.currency)
        held[*grant.currency] =
            checked_add(held[*grant.currency],
                        grant.value_minor - grant.withdrawn_minor - grant.released_minor);
    }
    check.expect(name, "current_balance", credit.current_balance, remaining);
    Exact balance, overage;
    std::int64_t position = 0;
    for (auto const& transaction : check.records<CreditTransaction>().where(
             "credit_id = ? ORDER BY position, id", {credit.id.value})) {
      std::string const step = "credit transaction " + transaction.id.value;
      check.expect(step, "position", transaction.position, position++);
      Exact const& after = transaction.balance_after;
      Exact const& count = transaction.credit_count;
      if (transaction.type == CreditTransactionType::topup && transaction.aggregator_id) {
        // Usage that came back: it lowers the overage first, the rest can be used again.
        Exact const granted = after - balance;
        if (granted.is_negative() || granted > count)
          check.found(step + ": balance_after is " + after.decimal() + " after " + count.decimal() +
                      " came back to " + balance.decimal());
        overage -= count - granted;
      } else if (transaction.type == CreditTransactionType::topup) {
        check.expect(step, "balance_after", after, balance + count);
      }
      if (transaction.type == CreditTransactionType::expiration)
        check.expect(step, "balance_after", after, balance - count);
      if (transaction.type == CreditTransactionType::usage) {
        // Use takes what the balance holds; the rest is overage.
        Exact const taken = balance - after;
        if (taken.is_negative() || taken > count)
          check.found(step + ": balance_after is " + after.decimal() + " after using " +
                      count.decimal() + " of " + balance.decimal());
        overage += count - taken;
      }
      balance = after;
    }
    check.expect(name, "current_balance after its transactions", credit.current_balance, balance);
    check.expect(name, "overage", credit.overage + credit.overage_billed, overage);
  });
  check_credits_owed(check, held);
}

}  // namespace tallybook::verify_detail
