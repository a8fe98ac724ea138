// The parts of verify(); each looks at one account and mode. Internal to app/verify.
#pragma once

#include <unordered_map>

#include "app/verify/verify.hpp"
#include "store/sql/tables.hpp"

namespace tallybook::verify_detail {

struct Check {
  SqlSession& sql;
  EventStore& events;
  Tenant tenant;
  VerifyReport& report;

  void found(std::string text) const { report.findings.push_back(std::move(text)); }
  // "invoice inv_1: total_amount is 5, expected 6" when they differ.
  void expect(std::string const& what, char const* field, std::int64_t is,
              std::int64_t expected) const {
    if (is != expected)
      found(what + ": " + field + " is " + std::to_string(is) + ", expected " +
            std::to_string(expected));
  }
  void expect(std::string const& what, char const* field, Exact const& is,
              Exact const& expected) const {
    if (is != expected)
      found(what + ": " + field + " is " + is.decimal() + ", expected " + expected.decimal());
  }
  [[nodiscard]] SqlParams whose() const {
    return {tenant.account_id, std::string(mode_text(tenant.mode))};
  }
  template <class T>
  [[nodiscard]] Records<T> records() const {
    return Records<T>(sql, tenant);
  }
};

// What lines were charged by, read once while documents that rest on it follow each other.
class Terms {
 public:
  explicit Terms(Check const& check) : check_(check) {}
  // References hold until forget().
  std::optional<SubscriptionLine> const& line(std::string const& id) { return known(lines_, id); }
  std::optional<Aggregator> const& aggregator(std::string const& id) {
    return known(aggregators_, id);
  }
  std::optional<Subscription> const& subscription(std::string const& id) {
    return known(subscriptions_, id);
  }
  // Between documents: what is kept stays small.
  void forget();

 private:
  template <class T>
  using Known = std::unordered_map<std::string, std::optional<T>>;
  template <class T>
  std::optional<T> const& known(Known<T>& all, std::string const& id) {
    auto const [place, first] = all.try_emplace(id);
    if (first) place->second = check_.records<T>().find(id);
    return place->second;
  }
  Check const& check_;
  Known<SubscriptionLine> lines_;
  Known<Aggregator> aggregators_;
  Known<Subscription> subscriptions_;
};

inline std::string name_of(Invoice const& invoice) {
  return (invoice.type == InvoiceType::credit_note ? "credit note " : "invoice ") +
         invoice.id.value + (invoice.number ? " (" + *invoice.number + ")" : "");
}

// Every record of a table, a page at a time.
template <class T, class Each>
void for_all(Check const& check, Each const& each) {
  constexpr std::size_t page = 500;
  std::string last;
  for (;;) {
    auto const records =
        check.records<T>().where("id > ? ORDER BY id LIMIT " + std::to_string(page), {last});
    for (auto const& record : records) each(record);
    if (records.size() < page) return;
    last = records.back().id.value;
  }
}

void check_invoices(Check const& check);       // sums, tax, payments, status, usage
void check_numbers(Check const& check);        // gapless per entity and type
void check_outbox(Check const& check);         // every issued document was announced once
void check_charges(Check const& check);        // lines and periods charged exactly once
void check_subscriptions(Check const& check);  // when they must be looked at next
void check_coupons(Check const& check);        // what is carried from document to document
void check_ledger(Check const& check);         // entries of documents and payments, balances
void check_chain(Check const& check);          // digests, links, roots, facts of documents
void check_credits(Check const& check);        // balances, grants, running totals
// Orders to providers, refunded amounts, methods; with `books` each provider's statement.
void check_payment_intents(Check const& check, ProviderBooks const* books);
void check_wallets(Check const& check);  // balances, movements, what the ledger owes them
void check_usage(Check const& check, Terms& terms, Invoice const& invoice, InvoiceLine const& line);
// What it counted; nothing when what it takes is missing.
std::optional<UsageQuery> usage_query(Check const& check, Terms& terms, InvoiceLine const& line,
                                      SubscriptionLine const& source);
void check_prices(Check const& check, Terms& terms, Invoice const& invoice,
                  std::vector<InvoiceLine> const& lines);

}  // namespace tallybook::verify_detail
