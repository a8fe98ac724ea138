#include "app/unit_of_work.hpp"

#include "app/usage/shared_counts.hpp"
#include "base/assert.hpp"
#include "base/sha256.hpp"
#include "reflect/describe.hpp"

namespace tallybook {

UsageResult UnitOfWork::usage(UsageQuery const& query) {
  if (shared_counts_ != nullptr) return shared_counts_->usage(services_.events, query);
  return services_.events.usage(query);
}

void UnitOfWork::emit(std::string const& event_type, CustomerId const& customer,
                      std::string const& data) {
  std::string payload = "{\"event_type\":\"" + event_type + "\",\"data\":" + data + "}";
  sql_.execute(
      "INSERT INTO outbox (id, account_id, mode, event_type, customer_id, payload, created_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?)",
      {services_.ids.next("msg"), tenant_.account_id, std::string(mode_text(tenant_.mode)),
       event_type, customer.value, std::move(payload), now_.ms});
  sql_.wrote("outbox", event_type);
}

void UnitOfWork::post(EntryKind kind, EntityId const& entity, CustomerId const& customer,
                      std::string const& currency, std::string const& source_id,
                      std::vector<Posting> postings, std::string const& source_facts) {
  if (postings.empty() && source_facts.empty()) return;
  TB_ASSERT(is_balanced(postings));
  LedgerEntry entry{LedgerEntryId(services_.ids.next(EntryTag::prefix)),
                    kind,
                    entity,
                    customer,
                    currency,
                    source_id,
                    source_facts.empty() ? "" : sha256(source_facts),
                    now_,
                    std::move(postings)};
  std::string const mode(mode_text(tenant_.mode));
  sql_.execute(
      "INSERT INTO ledger_entries (account_id, mode, id, kind, invoicing_entity_id, customer_id, "
      "currency, source_id, posted_at, source_hash, digest) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {tenant_.account_id, mode, entry.id.value, std::string(reflect::enum_name(kind)),
       entity.value, customer.value, currency, source_id, now_.ms, entry.source_hash,
       sha256(canonical_text(text_of(entry, tenant_.account_id, mode)))});
  std::int64_t position = 0;
  for (auto const& posting : entry.postings) {
    sql_.execute(
        "INSERT INTO ledger_postings (entry_id, position, ledger_account, amount) VALUES (?, ?, ?, "
        "?)",
        {entry.id.value, position++, std::string(reflect::enum_name(posting.ledger_account)),
         posting.amount});
  }
}

std::optional<Instant> frozen_clock(SqlSession& sql, Tenant const& tenant) {
  std::optional<Instant> frozen;
  if (tenant.mode == Mode::live) return frozen;
  sql.query("SELECT now_ms FROM test_clocks WHERE account_id = ?", {tenant.account_id},
            [&](SqlRow const& row) {
              if (!row.is_null(0)) frozen = Instant{row.integer(0)};
            });
  return frozen;
}

Instant tenant_now(SqlSession& sql, Tenant const& tenant, Clock const& clock) {
  if (auto const frozen = frozen_clock(sql, tenant)) return *frozen;
  return clock.now();
}

}  // namespace tallybook
