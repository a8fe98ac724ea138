#include "app/unit_of_work.hpp"

#include "base/assert.hpp"
#include "reflect/describe.hpp"

namespace tallybook {

void UnitOfWork::emit(std::string const& event_type, CustomerId const& customer,
                      std::string const& data) {
  std::string payload = "{\"event_type\":\"" + event_type + "\",\"data\":" + data + "}";
  sql_.execute(
      "INSERT INTO outbox (id, account_id, mode, event_type, customer_id, payload, created_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?)",
      {services_.ids.next("msg"), tenant_.account_id, std::string(mode_text(tenant_.mode)),
       event_type, customer.value, std::move(payload), now_.ms});
}

void UnitOfWork::post(EntryKind kind, EntityId const& entity, CustomerId const& customer,
                      std::string const& currency, std::string const& source_id,
                      std::vector<Posting> const& postings) {
  if (postings.empty()) return;
  TB_ASSERT(is_balanced(postings));
  std::string const id = services_.ids.next(EntryTag::prefix);
  sql_.execute(
      "INSERT INTO ledger_entries (account_id, mode, id, kind, invoicing_entity_id, customer_id, "
      "currency, source_id, posted_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {tenant_.account_id, std::string(mode_text(tenant_.mode)), id,
       std::string(reflect::enum_name(kind)), entity.value, customer.value, currency, source_id,
       now_.ms});
  std::int64_t position = 0;
  for (auto const& posting : postings) {
    sql_.execute(
        "INSERT INTO ledger_postings (entry_id, position, ledger_account, amount) VALUES (?, ?, ?, "
        "?)",
        {id, position++, std::string(reflect::enum_name(posting.ledger_account)), posting.amount});
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
