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

// Exactly one entry with these postings, or none when there are no postings.
void check_entry(Check const& check, std::string const& name, std::string const& source,
                 EntryKind kind, Invoice const& invoice, std::vector<Posting> const& postings) {
  auto const entries = entries_of(check, source);
  std::size_t const expected = postings.empty() ? 0 : 1;
  if (entries.size() != expected) {
    check.found(name + ": has " + std::to_string(entries.size()) + " ledger entries, expected " +
                std::to_string(expected));
    return;
  }
  for (auto const& entry : entries) {
    bool const right = entry.kind == reflect::enum_name(kind) &&
                       entry.currency == invoice.currency &&
                       entry.entity == invoice.invoicing_entity_id.value &&
                       entry.customer == invoice.customer_id.value;
    if (!right)
      check.found(name + ": ledger entry " + entry.id +
                  " has another kind, currency, entity or customer");
    if (!same_postings(entry.postings, postings))
      check.found(name + ": ledger entry " + entry.id + " has other postings than the rules give");
  }
}

struct Owed {
  std::map<std::string, std::int64_t> receivable;  // by currency
  std::map<std::string, std::int64_t> payable;
};

void check_document_entries(Check const& check, Owed& owed) {
  for_all<Invoice>(check, [&](Invoice const& invoice) {
    bool const credit = invoice.type == InvoiceType::credit_note;
    auto const kind = credit ? EntryKind::credit_note_issued : EntryKind::invoice_issued;
    check_entry(check, name_of(invoice), invoice.id.value, kind, invoice,
                invoice.number ? postings_of_issue(invoice) : std::vector<Posting>());
    if (!invoice.number) return;
    auto& sum = (credit ? owed.payable : owed.receivable)[invoice.currency];
    sum = checked_add(sum, invoice.amount_due);
  });
  for_all<Transaction>(check, [&](Transaction const& transaction) {
    auto const invoice = check.records<Invoice>().find(transaction.invoice_id.value);
    if (!invoice) return;  // told with the invoices
    bool const refund = transaction.type == TransactionType::refund;
    std::vector<Posting> postings;
    if (transaction.status == TransactionStatus::settled)
      postings =
          refund ? postings_of_refund(transaction.amount) : postings_of_payment(transaction.amount);
    check_entry(check, "transaction " + transaction.id.value, transaction.id.value,
                refund ? EntryKind::refund_settled : EntryKind::payment_settled, *invoice,
                postings);
  });
}

void check_balances(Check const& check, Owed const& owed) {
  std::map<std::string, std::int64_t> trial, receivable, payable;
  check.sql.query(
      "SELECT e.currency, p.ledger_account, CAST(SUM(p.amount) AS BIGINT) FROM ledger_entries e "
      "JOIN ledger_postings p ON p.entry_id = e.id WHERE e.account_id = ? AND e.mode = ? "
      "GROUP BY e.currency, p.ledger_account",
      check.whose(), [&](SqlRow const& row) {
        std::string const currency(row.text(0));
        trial[currency] += row.integer(2);
        if (row.text(1) == "receivable") receivable[currency] = row.integer(2);
        if (row.text(1) == "refunds_payable") payable[currency] = -row.integer(2);
      });
  for (auto const& [currency, balance] : trial) {
    check.expect("ledger in " + currency, "the trial balance", balance, 0);
    auto const due = owed.receivable.find(currency);
    check.expect("ledger in " + currency, "receivable", receivable[currency],
                 due == owed.receivable.end() ? 0 : due->second);
    auto const back = owed.payable.find(currency);
    check.expect("ledger in " + currency, "refunds_payable", payable[currency],
                 back == owed.payable.end() ? 0 : back->second);
  }
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
      "GROUP BY e.id HAVING COALESCE(SUM(p.amount), 0) <> 0 OR COUNT(p.amount) = 0",
      check.whose(), [&](SqlRow const& row) {
        check.found("ledger entry " + std::string(row.text(0)) + ": its " +
                    std::to_string(row.integer(2)) + " postings sum to " +
                    std::to_string(row.integer(1)) + ", expected 0");
      });
  check.sql.query(
      "SELECT e.id, e.source_id FROM ledger_entries e LEFT JOIN invoices i ON i.id = e.source_id "
      "LEFT JOIN transactions t ON t.id = e.source_id WHERE e.account_id = ? AND e.mode = ? "
      "AND e.kind IN ('invoice_issued', 'credit_note_issued', 'payment_settled', 'refund_settled') "
      "AND i.id IS NULL AND t.id IS NULL",
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

void check_grant(Check const& check, CreditGrant const& grant,
                 std::map<std::string, std::int64_t>& released) {
  std::string const name = "credit grant " + grant.id.value;
  if (grant.remaining.is_negative() || grant.remaining > grant.granted)
    check.found(name + ": " + grant.remaining.decimal() + " of " + grant.granted.decimal() +
                " remain");
  if (grant.released_minor > grant.value_minor)
    check.found(name + ": released " + std::to_string(grant.released_minor) + " of a value of " +
                std::to_string(grant.value_minor));
  if (!grant.granted.is_zero()) {
    auto const expected =
        (Exact(grant.value_minor) * (grant.granted - grant.remaining) / grant.granted).round();
    if (expected) check.expect(name, "released_minor", grant.released_minor, *expected);
  }
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
  check.expect(name, "value_minor", grant.value_minor, invoice->amount_excluding_tax);
}

void check_credits(Check const& check) {
  auto released = released_by_grant(check);
  for_all<CustomerCredit>(check, [&](CustomerCredit const& credit) {
    ++check.report.credits;
    std::string const name = "credit balance " + credit.id.value;
    Exact remaining;
    for (auto const& grant : check.records<CreditGrant>().where(
             "credit_id = ? ORDER BY created_at, id", {credit.id.value})) {
      remaining += grant.remaining;
      check_grant(check, grant, released);
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
    check.expect(name, "overage", credit.overage, overage);
  });
}

}  // namespace tallybook::verify_detail
