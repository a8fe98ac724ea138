// The chain: no byte of a posted entry, of what it documents, or of the chain itself changed.
#include <map>

#include "app/invoice/invoicing.hpp"
#include "app/ledger/sealing.hpp"
#include "app/payment/settling.hpp"
#include "app/verify/checks.hpp"
#include "base/sha256.hpp"

namespace tallybook::verify_detail {
namespace {

// An entry with what the chain stores beside it.
struct Stored {
  EntryText text;
  std::string digest, link, position;
};

std::string place_of(Stored const& entry) {
  return "ledger entry " + entry.text.id + " (position " +
         (entry.position.empty() ? "none yet" : entry.position) + ")";
}

// The facts an entry's source_hash must cover now; nothing for entries that document no row.
std::optional<std::string> facts_now(Check const& check, EntryText const& entry) {
  std::string const source = entry.source_id.substr(0, entry.source_id.find('/'));
  if (entry.kind == "invoice_issued" || entry.kind == "credit_note_issued" ||
      entry.kind == "document_amended")
    return stored_facts_of(check.sql, check.tenant, InvoiceId(source));
  if (source.starts_with("tra_"))
    return stored_facts_of(check.sql, check.tenant, TransactionId(source));
  if (source.starts_with("tal_"))
    return check.records<TransactionAllocation>().stored_facts("id = ?", {source});
  if (source.starts_with("walt_"))
    return check.records<WalletTransaction>().stored_facts("id = ?", {source},
                                                           wallet_transaction_changing_columns);
  return std::nullopt;
}

// Documents that were edited after their issue, or taken back: only their newest entry describes
// them now.
std::map<std::string, std::string> amended(Check const& check) {
  std::map<std::string, std::string> newest;
  check.sql.query(
      "SELECT id, source_id FROM ledger_entries WHERE account_id = ? AND mode = ? AND kind IN "
      "('document_amended', 'reversal') ORDER BY sequence",
      check.whose(), [&](SqlRow const& row) {
        std::string const source(row.text(1));
        newest[source.substr(0, source.find('/'))] = std::string(row.text(0));
      });
  return newest;
}

void check_source(Check const& check, Stored const& entry,
                  std::map<std::string, std::string> const& newest) {
  std::string const source = entry.text.source_id.substr(0, entry.text.source_id.find('/'));
  if (auto const found = newest.find(source);
      found != newest.end() && found->second != entry.text.id)
    return;
  auto const facts = facts_now(check, entry.text);
  if (!facts) return;
  check.report.proved_bytes += static_cast<std::int64_t>(facts->size());
  if (sha256(*facts) != entry.text.source_hash)
    check.found(place_of(entry) + ": " + source +
                " is not what was posted: its facts have another hash");
}

// Positions, links and roots as they are walked.
class Chain {
 public:
  explicit Chain(Check const& check) : check_(check) {
    check.sql.query(
        "SELECT day, first_position, last_position, tree_root, root FROM ledger_roots WHERE "
        "account_id = ? AND mode = ? ORDER BY day",
        check.whose(), [&](SqlRow const& row) {
          roots_.push_back({Date{static_cast<std::int32_t>(row.integer(0))}, row.integer(1),
                            row.integer(2), std::string(row.text(3)), std::string(row.text(4))});
        });
  }

  void add(Stored const& entry) {
    if (entry.position.empty()) return;
    ++position_;
    if (entry.position != std::to_string(position_)) {
      check_.found(place_of(entry) + ": expected position " + std::to_string(position_));
      position_ = std::strtoll(entry.position.c_str(), nullptr, 10);
    }
    link_ = next_link(link_, entry.digest);
    if (entry.link != link_) {
      check_.found(place_of(entry) + ": its link does not follow from the one before");
      link_ = entry.link;
    }
    if (day_ >= roots_.size()) return;
    digests_.push_back(entry.digest);
    if (position_ >= roots_[day_].last_position) close();
  }

  void finish() {
    if (day_ < roots_.size())
      check_.found("ledger root of " + format_date(roots_[day_].day) + ": entries up to position " +
                   std::to_string(roots_[day_].last_position) + " are missing");
    check_.sql.query(
        "SELECT position, link, day_first_position FROM ledger_heads WHERE account_id = ? AND mode "
        "= "
        "?",
        check_.whose(), [&](SqlRow const& row) {
          check_.expect("ledger head", "day_first_position", row.integer(2), last_ + 1);
          check_.expect("ledger head", "position", row.integer(0), position_);
          if (row.text(1) != link_) check_.found("ledger head: its link is not the last entry's");
          headed_ = true;
        });
    if (!headed_ && position_ > 0) check_.found("ledger head: missing");
  }

 private:
  void close() {
    DayRoot const& root = roots_[day_++];
    std::string const name = "ledger root of " + format_date(root.day);
    check_.expect(name, "first_position", root.first_position, last_ + 1);
    check_.expect(name, "last_position", root.last_position, position_);
    if (root.tree_root != tree_root(digests_)) check_.found(name + ": tree_root differs");
    if (root.root != chained_root(before_, root)) check_.found(name + ": root differs");
    before_ = root.root;
    last_ = root.last_position;
    digests_.clear();
  }

  Check const& check_;
  std::vector<DayRoot> roots_;
  std::size_t day_ = 0;
  std::vector<std::string> digests_;
  std::int64_t position_ = 0;
  std::int64_t last_ = 0;
  std::string link_{first_link};
  std::string before_{first_link};
  bool headed_ = false;
};

constexpr std::size_t page_size = 1000;

// A page of entries: "e.position > ? ORDER BY e.position" is the chain, `after` where to go on.
std::vector<Stored> page_of(Check const& check, std::string const& which, SqlValue after) {
  std::vector<Stored> page;
  auto params = check.whose();
  params.push_back(std::move(after));
  check.sql.query(
      "SELECT e.id, e.kind, e.invoicing_entity_id, e.customer_id, e.currency, e.source_id, "
      "COALESCE(e.source_hash, ''), e.posted_at, COALESCE(e.digest, ''), COALESCE(e.link, ''), "
      "e.position FROM ledger_entries e WHERE e.account_id = ? AND e.mode = ? AND " +
          which + " LIMIT " + std::to_string(page_size),
      params, [&](SqlRow const& row) {
        auto const text = [&](int column) { return std::string(row.text(column)); };
        page.push_back({EntryText{check.tenant.account_id,
                                  std::string(mode_text(check.tenant.mode)),
                                  text(0),
                                  text(1),
                                  text(2),
                                  text(3),
                                  text(4),
                                  text(5),
                                  text(6),
                                  text(7),
                                  {}},
                        text(8), text(9), row.is_null(10) ? "" : text(10)});
      });
  for (auto& entry : page) {
    check.sql.query(
        "SELECT ledger_account, amount, position FROM ledger_postings WHERE entry_id = ? ORDER BY "
        "position",
        {entry.text.id}, [&](SqlRow const& row) {
          auto const next = static_cast<std::int64_t>(entry.text.postings.size());
          check.expect(place_of(entry), "the position of a posting", row.integer(2), next);
          entry.text.postings.push_back({std::string(row.text(0)), std::string(row.text(1))});
        });
  }
  return page;
}

void check_digest(Check const& check, Stored const& entry) {
  std::string const text = canonical_text(entry.text);
  check.report.proved_bytes += static_cast<std::int64_t>(text.size());
  // Posted before entries had digests and not sealed since: nothing to compare with yet.
  if (entry.digest.empty() && entry.position.empty()) return;
  if (sha256(text) != entry.digest)
    check.found(place_of(entry) + ": it is not what was posted: its digest differs");
}

}  // namespace

void check_chain(Check const& check) {
  auto const newest = amended(check);
  Chain chain(check);
  for (std::int64_t after = 0;;) {
    auto const page = page_of(check, "e.position > ? ORDER BY e.position", after);
    for (auto const& entry : page) {
      check_digest(check, entry);
      check_source(check, entry, newest);
      chain.add(entry);
      after = std::max(
          after, static_cast<std::int64_t>(std::strtoll(entry.position.c_str(), nullptr, 10)));
    }
    if (page.size() < page_size) break;
  }
  chain.finish();
  // What is not sealed yet: at most what the last seconds brought.
  for (std::string after;;) {
    auto const page = page_of(check, "e.position IS NULL AND e.id > ? ORDER BY e.id", after);
    for (auto const& entry : page) {
      check_digest(check, entry);
      if (!entry.digest.empty()) check_source(check, entry, newest);
      after = entry.text.id;
    }
    if (page.size() < page_size) break;
  }
}

}  // namespace tallybook::verify_detail
