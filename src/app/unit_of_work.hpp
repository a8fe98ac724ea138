// UnitOfWork: one transaction of one account and mode. Everything a use case changes goes through
// it, and so do the outbox rows that tell the world: they commit together or not at all.
#pragma once

#include "app/ports/event_store.hpp"
#include "app/ports/invoice_printer.hpp"
#include "app/ports/payment_provider.hpp"
#include "app/ports/snapshots.hpp"
#include "app/ports/tax_engine.hpp"
#include "app/ports/tax_number_register.hpp"
#include "base/clock.hpp"
#include "store/sql/tables.hpp"

namespace tallybook {

class SharedCounts;

// What use cases need from the outside. All members must outlive every use.
struct Services {
  SqlDatabase& database;
  EventStore& events;
  Clock const& clock;
  IdSource& ids;
  Snapshots const& snapshots;
  InvoicePrinter const& printer;
  TaxNumberRegister* tax_numbers = nullptr;  // none: VAT numbers are judged by their digits alone
  TaxEngine* tax_engine = nullptr;           // none: no entity may choose the external engine
  PaymentProviders const* providers = nullptr;  // null: nobody is connected
  // In a rehearsal: who would be asked. They are named, and never called.
  PaymentProviders const* rehearsed_providers = nullptr;
  bool rehearsal = false;  // all that is done with these is taken back
};

class UnitOfWork {
 public:
  // `now` is the mode's time: the frozen test clock where there is one.
  UnitOfWork(Services& services, SqlSession& sql, Tenant tenant, Instant now)
      : services_(services), sql_(sql), tenant_(std::move(tenant)), now_(now) {}

  [[nodiscard]] Services& services() const { return services_; }
  [[nodiscard]] SqlSession& sql() const { return sql_; }
  [[nodiscard]] Tenant const& tenant() const { return tenant_; }
  [[nodiscard]] Instant now() const { return now_; }
  // What one customer used. A run that asks for many counts them together (share_counts).
  UsageResult usage(UsageQuery const& query);
  void share_counts(SharedCounts* counts) { shared_counts_ = counts; }
  // A unit that looks ahead takes usage for none: what was used so far is not all of its period.
  [[nodiscard]] bool counts_usage() const { return counts_usage_; }
  void count_no_usage() { counts_usage_ = false; }
  // Moves the time of this unit: the billing run sets it to the instant something fell due.
  void set_now(Instant now) { now_ = now; }

  template <class T>
  [[nodiscard]] Records<T> records() const {
    return Records<T>(sql_, tenant_);
  }
  template <class Tag>
  Id<Tag> new_id() {
    return services_.ids.make<Tag>();
  }

  // Appends an outbox row. `data` is the API object as JSON (Snapshots).
  void emit(std::string const& event_type, CustomerId const& customer, std::string const& data);

  // Appends a balanced ledger entry. Asserts the balance. `source_facts` is the text of what the
  // entry documents (Records::facts): its hash is part of the entry. Without facts an entry without
  // postings says nothing and is left out.
  void post(EntryKind kind, EntityId const& entity, CustomerId const& customer,
            std::string const& currency, std::string const& source_id,
            std::vector<Posting> postings, std::string const& source_facts = {});

 private:
  Services& services_;
  SqlSession& sql_;
  Tenant tenant_;
  Instant now_;
  SharedCounts* shared_counts_ = nullptr;
  bool counts_usage_ = true;
};

// The mode's time: the frozen test clock, else the machine's. Live mode has no test clock.
Instant tenant_now(SqlSession& sql, Tenant const& tenant, Clock const& clock);
std::optional<Instant> frozen_clock(SqlSession& sql, Tenant const& tenant);

// Runs `work` in one transaction at the mode's time; an error rolls back.
template <class Work>
auto in_unit(Services& services, Tenant const& tenant, Work&& work) {
  using Outcome = decltype(work(std::declval<UnitOfWork&>()));
  std::optional<Outcome> outcome;
  services.database.write([&](SqlSession& sql) {
    UnitOfWork unit(services, sql, tenant, tenant_now(sql, tenant, services.clock));
    outcome.emplace(work(unit));
    return outcome->has_value();
  });
  return *std::move(outcome);
}

}  // namespace tallybook
