#include "app/ledger/sealing.hpp"

#include "app/invoice/invoicing.hpp"
#include "app/payment/settling.hpp"
#include "base/assert.hpp"
#include "base/sha256.hpp"

namespace tallybook {
namespace sealing_detail {

SqlParams whose(Tenant const& tenant) {
  return {tenant.account_id, std::string(mode_text(tenant.mode))};
}

struct Head {
  std::int64_t position = 0;
  std::string link{first_link};
  Date day;
  std::int64_t day_first_position = 1;
};

// The head of the chain, locked: whoever seals is alone.
Head lock_head(SqlSession& sql, Tenant const& tenant, Date today) {
  sql.execute(
      "INSERT INTO ledger_heads (account_id, mode, position, link, day, day_first_position) VALUES "
      "(?, ?, 0, ?, ?, 1) ON CONFLICT DO NOTHING",
      {tenant.account_id, std::string(mode_text(tenant.mode)), std::string(first_link),
       std::int64_t{today.days}});
  Head head;
  sql.query(
      "SELECT position, link, day, day_first_position FROM ledger_heads WHERE account_id = ? AND "
      "mode = ?" +
          std::string(sql.for_update()),
      whose(tenant), [&](SqlRow const& row) {
        head.position = row.integer(0);
        head.link = row.text(1);
        head.day = Date{static_cast<std::int32_t>(row.integer(2))};
        head.day_first_position = row.integer(3);
      });
  return head;
}

void close_day(SqlSession& sql, Tenant const& tenant, Head const& head) {
  auto params = whose(tenant);
  params.insert(params.end(), {head.day_first_position, head.position});
  std::vector<std::string> digests;
  sql.query(
      "SELECT digest FROM ledger_entries WHERE account_id = ? AND mode = ? AND position >= ? AND "
      "position <= ? ORDER BY position",
      params, [&](SqlRow const& row) { digests.emplace_back(row.text(0)); });
  std::string before(first_link);
  sql.query(
      "SELECT root FROM ledger_roots WHERE account_id = ? AND mode = ? ORDER BY day DESC LIMIT 1",
      whose(tenant), [&](SqlRow const& row) { before = row.text(0); });
  DayRoot root{head.day, head.day_first_position, head.position, tree_root(digests), ""};
  root.root = chained_root(before, root);
  sql.execute(
      "INSERT INTO ledger_roots (account_id, mode, day, first_position, last_position, tree_root, "
      "root) VALUES (?, ?, ?, ?, ?, ?, ?)",
      {tenant.account_id, std::string(mode_text(tenant.mode)), std::int64_t{root.day.days},
       root.first_position, root.last_position, root.tree_root, root.root});
}

// An entry from before entries had digests: it gets the one it would have been posted with.
std::string late_digest(SqlSession& sql, Tenant const& tenant, std::string const& id) {
  auto text = entry_text(sql, tenant, id);
  TB_ASSERT(text.has_value());
  std::string facts;
  if (text->source_id.starts_with("inv_"))
    facts = stored_facts_of(sql, tenant, InvoiceId(text->source_id));
  else if (text->source_id.starts_with("tra_"))
    facts = stored_facts_of(sql, tenant, TransactionId(text->source_id));
  text->source_hash = facts.empty() ? "" : sha256(facts);
  std::string const digest = sha256(canonical_text(*text));
  sql.execute(
      "UPDATE ledger_entries SET source_hash = ?, digest = ? WHERE account_id = ? AND mode = ? AND "
      "id = ?",
      {text->source_hash, digest, tenant.account_id, std::string(mode_text(tenant.mode)), id});
  return digest;
}

std::int64_t seal_batch(SqlSession& sql, Tenant const& tenant, Date today, int batch) {
  Head head = lock_head(sql, tenant, today);
  // Time may jump back in test mode; days of the chain do not.
  if (today > head.day) {
    if (head.position >= head.day_first_position) {
      close_day(sql, tenant, head);
      head.day_first_position = head.position + 1;
    }
    head.day = today;
  }
  auto params = whose(tenant);
  params.emplace_back(std::int64_t{batch});
  std::vector<std::pair<std::string, std::string>> open;
  sql.query(
      "SELECT id, COALESCE(digest, '') FROM ledger_entries WHERE account_id = ? AND mode = ? AND "
      "position IS NULL ORDER BY sequence LIMIT ?",
      params, [&](SqlRow const& row) { open.emplace_back(row.text(0), row.text(1)); });
  for (auto& [id, digest] : open) {
    if (digest.empty()) digest = late_digest(sql, tenant, id);
    head.link = next_link(head.link, digest);
    sql.execute(
        "UPDATE ledger_entries SET position = ?, link = ? WHERE account_id = ? AND mode = ? AND id "
        "= ?",
        {++head.position, head.link, tenant.account_id, std::string(mode_text(tenant.mode)), id});
  }
  sql.execute(
      "UPDATE ledger_heads SET position = ?, link = ?, day = ?, day_first_position = ? WHERE "
      "account_id = ? AND mode = ?",
      {head.position, head.link, std::int64_t{head.day.days}, head.day_first_position,
       tenant.account_id, std::string(mode_text(tenant.mode))});
  return static_cast<std::int64_t>(open.size());
}

// Whether there is something to seal or a day to close, without a lock.
bool idle(SqlSession& sql, Tenant const& tenant, Date today) {
  auto const unsealed = sql.number(
      "SELECT COUNT(*) FROM (SELECT 1 FROM ledger_entries WHERE account_id = ? AND mode = ? AND "
      "position IS NULL LIMIT 1) AS open_entries",
      whose(tenant));
  if (unsealed > 0) return false;
  bool over = false;
  sql.query(
      "SELECT day FROM ledger_heads WHERE account_id = ? AND mode = ? AND position >= "
      "day_first_position",
      whose(tenant), [&](SqlRow const& row) { over = row.integer(0) < today.days; });
  return !over;
}

}  // namespace sealing_detail

std::int64_t seal_ledger(Services& services, Tenant const& tenant, int batch) {
  std::int64_t total = 0;
  for (;;) {
    bool idle = false;
    services.database.read([&](SqlSession& sql) {
      Date const today = TimeZone().date_of(tenant_now(sql, tenant, services.clock));
      idle = sealing_detail::idle(sql, tenant, today);
    });
    if (idle) return total;
    std::int64_t sealed = 0;
    services.database.write([&](SqlSession& sql) {
      Date const today = TimeZone().date_of(tenant_now(sql, tenant, services.clock));
      sealed = sealing_detail::seal_batch(sql, tenant, today, batch);
      return true;
    });
    total += sealed;
    if (sealed < batch) return total;
  }
}

std::optional<EntryText> entry_text(SqlSession& sql, Tenant const& tenant, std::string const& id) {
  std::optional<EntryText> entry;
  auto params = sealing_detail::whose(tenant);
  params.emplace_back(id);
  sql.query(
      "SELECT id, kind, invoicing_entity_id, customer_id, currency, source_id, "
      "COALESCE(source_hash, ''), posted_at FROM ledger_entries WHERE account_id = ? AND mode = ? "
      "AND id = ?",
      params, [&](SqlRow const& row) {
        auto const text = [&](int column) { return std::string(row.text(column)); };
        entry = EntryText{tenant.account_id,
                          std::string(mode_text(tenant.mode)),
                          text(0),
                          text(1),
                          text(2),
                          text(3),
                          text(4),
                          text(5),
                          text(6),
                          text(7),
                          {}};
      });
  if (!entry) return entry;
  sql.query(
      "SELECT ledger_account, amount FROM ledger_postings WHERE entry_id = ? ORDER BY position",
      {id}, [&](SqlRow const& row) {
        entry->postings.push_back({std::string(row.text(0)), std::string(row.text(1))});
      });
  return entry;
}

}  // namespace tallybook
