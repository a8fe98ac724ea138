// SqlSession: one connection inside one transaction, the port that SQLite and PostgreSQL implement.
// The dialect-neutral subset: `?` parameters, BIGINT and TEXT columns, ON CONFLICT, RETURNING.
// Repositories (records.hpp and the noun files here) are written once over it.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/unavailable.hpp"

namespace tallybook {

using SqlValue = std::variant<std::monostate, std::int64_t, std::string>;
using SqlParams = std::vector<SqlValue>;

// A unique index refused a row. Where that is expected, use ON CONFLICT DO NOTHING instead: on
// PostgreSQL an error ends the transaction.
struct UniqueViolation : StoreUnavailable {
  using StoreUnavailable::StoreUnavailable;
};

// The current row of a query; valid only inside the callback.
class SqlRow {
 public:
  virtual ~SqlRow() = default;
  [[nodiscard]] virtual bool is_null(int column) const = 0;
  [[nodiscard]] virtual std::int64_t integer(int column) const = 0;
  [[nodiscard]] virtual std::string_view text(int column) const = 0;
};

enum class Dialect { sqlite, postgres };

class SqlSession {
 public:
  virtual ~SqlSession() = default;
  // Returns the rows changed. Throws UniqueViolation or StoreUnavailable.
  virtual std::int64_t execute(std::string_view sql, SqlParams const& params = {}) = 0;
  virtual void query(std::string_view sql, SqlParams const& params,
                     std::function<void(SqlRow const&)> const& each) = 0;
  [[nodiscard]] virtual Dialect dialect() const = 0;
  // A row of the table was written (the outbox: an event of that type was appended): for sessions
  // that note what happens in them.
  virtual void wrote(std::string_view /*table*/, std::string_view /*key*/) {}

  // " FOR UPDATE" where rows are locked one by one; nothing on SQLite, whose writer is alone.
  [[nodiscard]] char const* for_update() const {
    return dialect() == Dialect::postgres ? " FOR UPDATE" : "";
  }
  // The one number of a one-row query; `missing` when there is no row or it is null.
  std::int64_t number(std::string_view sql, SqlParams const& params = {},
                      std::int64_t missing = 0) {
    std::int64_t value = missing;
    query(sql, params, [&](SqlRow const& row) {
      if (!row.is_null(0)) value = row.integer(0);
    });
    return value;
  }
};

// A database: hands out sessions. Thread-safe.
class SqlDatabase {
 public:
  virtual ~SqlDatabase() = default;
  // Runs `work` in one transaction and returns when it is durable. `work` returns false to roll
  // back; when it throws, the transaction is rolled back and the exception reaches the caller. On
  // PostgreSQL a serialisation failure or deadlock runs it again: it must build its results anew.
  // Several callers may share one commit (SQLite); none sees another's uncommitted failure.
  virtual void write(std::function<bool(SqlSession&)> const& work) = 0;
  // A consistent snapshot, in parallel with writers.
  virtual void read(std::function<void(SqlSession&)> const& work) = 0;
  [[nodiscard]] virtual Dialect dialect() const = 0;
  // A consistent copy as one file (SQLite) or a refusal (PostgreSQL has its own tools).
  virtual void backup_to(std::string const& file) = 0;
};

}  // namespace tallybook
