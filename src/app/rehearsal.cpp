#include "app/rehearsal.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace tallybook {
namespace rehearsal_detail {

// Every transaction is a part of the rehearsal's one.
class OneTransaction final : public SqlDatabase {
 public:
  explicit OneTransaction(SqlSession& session) : session_(session) {}

  void write(std::function<bool(SqlSession&)> const& work) override {
    session_.execute("SAVEPOINT rehearsal");
    bool keep = false;
    try {
      keep = work(session_);
    } catch (BrokenInvariant const&) {
      // Nothing of the database is wrong: the caller may go on without this part.
      end(false);
      throw;
    }
    end(keep);
  }
  void read(std::function<void(SqlSession&)> const& work) override { work(session_); }
  [[nodiscard]] Dialect dialect() const override { return session_.dialect(); }
  void backup_to(std::string const&) override {
    throw StoreUnavailable("a rehearsal cannot be backed up");
  }

 private:
  void end(bool keep) {
    if (!keep) session_.execute("ROLLBACK TO SAVEPOINT rehearsal");
    session_.execute("RELEASE SAVEPOINT rehearsal");
  }
  SqlSession& session_;
};

// The same services, on that database and with nobody connected.
Services inside_of(Services const& services, SqlDatabase& database) {
  Services inside{database,
                  services.events,
                  services.clock,
                  services.ids,
                  services.snapshots,
                  services.printer,
                  services.tax_numbers,
                  services.tax_engine,
                  nullptr,
                  services.providers ? services.providers : services.rehearsed_providers,
                  true};
  return inside;
}

}  // namespace rehearsal_detail

void NotingSession::wrote(std::string_view table, std::string_view key) {
  auto const once = [&](std::vector<std::string>& keys) {
    if (std::ranges::find(keys, key) == keys.end()) keys.emplace_back(key);
  };
  if (table == "outbox") noted_.events.emplace_back(key);
  if (table == "invoices") once(noted_.invoices);
  if (table == "subscriptions") once(noted_.subscriptions);
}

void in_rehearsal(Services& services, Rehearsed& noted,
                  std::function<void(Services&, SqlSession&)> const& rehearse) {
  services.database.write([&](SqlSession& sql) {
    noted = {};
    NotingSession session(sql, noted);
    rehearsal_detail::OneTransaction database(session);
    auto inside = rehearsal_detail::inside_of(services, database);
    rehearse(inside, session);
    return false;
  });
}

bool rehearse_within(UnitOfWork& work, Rehearsed& noted,
                     std::function<void(UnitOfWork&)> const& rehearse) {
  noted = {};
  NotingSession session(work.sql(), noted);
  rehearsal_detail::OneTransaction database(session);
  auto inside = rehearsal_detail::inside_of(work.services(), database);
  UnitOfWork ahead(inside, session, work.tenant(), work.now());
  bool whole = true;
  work.sql().execute("SAVEPOINT looking_ahead");
  try {
    rehearse(ahead);
  } catch (BrokenInvariant const&) {
    whole = false;
  }
  work.sql().execute("ROLLBACK TO SAVEPOINT looking_ahead");
  work.sql().execute("RELEASE SAVEPOINT looking_ahead");
  return whole;
}

}  // namespace tallybook
