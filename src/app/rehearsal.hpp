// A rehearsal (dry run): the same code in the same kind of transaction, which is rolled back at its
// end. Inside, every write and read of the database runs in that one transaction, so that use cases
// with several transactions can be rehearsed as well. No provider is connected.
#pragma once

#include <functional>

#include "app/unit_of_work.hpp"

namespace tallybook {

// What a rehearsed call would have left behind.
struct Rehearsed {
  std::vector<std::string>
      invoices;  // ids of documents made or changed, in the order first touched
  // Whose terms changed: their running period may be another one, though nothing of it is stored.
  std::vector<std::string> subscriptions;
  std::vector<std::string> events;  // event types of the outbox, in order
};

// The session of a rehearsal: passes everything on and notes what was written.
class NotingSession final : public SqlSession {
 public:
  // Both must outlive this.
  NotingSession(SqlSession& inner, Rehearsed& noted) : inner_(inner), noted_(noted) {}
  std::int64_t execute(std::string_view sql, SqlParams const& params = {}) override {
    return inner_.execute(sql, params);
  }
  void query(std::string_view sql, SqlParams const& params,
             std::function<void(SqlRow const&)> const& each) override {
    inner_.query(sql, params, each);
  }
  [[nodiscard]] Dialect dialect() const override { return inner_.dialect(); }
  void wrote(std::string_view table, std::string_view key) override;

 private:
  SqlSession& inner_;
  Rehearsed& noted_;
};

// Runs `rehearse` with services whose database is that one transaction, and its session. `noted` is
// cleared at the start: a transaction may be tried again.
void in_rehearsal(Services& services, Rehearsed& noted,
                  std::function<void(Services&, SqlSession&)> const& rehearse);

// The same within a transaction that goes on: what `rehearse` did is taken back before this
// returns. False when it came upon a broken rule.
bool rehearse_within(UnitOfWork& work, Rehearsed& noted,
                     std::function<void(UnitOfWork&)> const& rehearse);

}  // namespace tallybook
