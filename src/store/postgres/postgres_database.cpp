#include "store/postgres/postgres_database.hpp"

#include <libpq-fe.h>

#include <charconv>
#include <condition_variable>
#include <mutex>
#include <unordered_map>

namespace tallybook {
namespace postgres_detail {

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Connection = std::unique_ptr<PGconn, Finish>;
using ResultHandle = std::unique_ptr<PGresult, Clear>;

// The transaction lost a race and may be run again.
struct Retry : StoreUnavailable {
  using StoreUnavailable::StoreUnavailable;
};

class PostgresRow final : public SqlRow {
 public:
  explicit PostgresRow(PGresult* result) : result_(result) {}
  int row = 0;
  [[nodiscard]] bool is_null(int column) const override {
    return PQgetisnull(result_, row, column) != 0;
  }
  [[nodiscard]] std::int64_t integer(int column) const override {
    auto const digits = text(column);
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  }
  [[nodiscard]] std::string_view text(int column) const override {
    return {PQgetvalue(result_, row, column),
            static_cast<std::size_t>(PQgetlength(result_, row, column))};
  }

 private:
  PGresult* result_;
};

// `?` becomes $1, $2 ...; none of our texts has a question mark inside quotes.
std::string numbered(std::string_view sql) {
  std::string out;
  int index = 0;
  for (char const c : sql) {
    if (c == '?') {
      out += '$' + std::to_string(++index);
    } else {
      out += c;
    }
  }
  return out;
}

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

class PostgresSession final : public SqlSession {
 public:
  explicit PostgresSession(std::string const& url,
                           PostgresCommits commits = PostgresCommits::durable)
      : url_(url), commits_(commits) {
    connect();
  }

  std::int64_t execute(std::string_view sql, SqlParams const& params) override {
    ResultHandle const result = run(sql, params);
    auto const digits = std::string_view(PQcmdTuples(result.get()));
    std::int64_t rows = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), rows);
    return rows;
  }

  void query(std::string_view sql, SqlParams const& params,
             std::function<void(SqlRow const&)> const& each) override {
    ResultHandle const result = run(sql, params);
    PostgresRow row(result.get());
    int const rows = PQntuples(result.get());
    for (row.row = 0; row.row < rows; ++row.row) each(row);
  }

  [[nodiscard]] Dialect dialect() const override { return Dialect::postgres; }

  // Without parameters and several statements at once.
  void script(char const* sql) { check(ResultHandle(PQexec(connection_.get(), sql)), sql); }

  // After an outage the next transaction finds a new connection.
  void heal() {
    if (PQstatus(connection_.get()) != CONNECTION_OK) connect();
    if (PQtransactionStatus(connection_.get()) != PQTRANS_IDLE) script("ROLLBACK");
  }

 private:
  void connect() {
    statements_.clear();
    connection_.reset(PQconnectdb(url_.c_str()));
    if (PQstatus(connection_.get()) != CONNECTION_OK) {
      throw StoreUnavailable(std::string("PostgreSQL: ") + PQerrorMessage(connection_.get()));
    }
    script("SET client_min_messages = warning; SET TIME ZONE 'UTC'");
    script(commits_ == PostgresCommits::durable ? "SET synchronous_commit = on"
                                                : "SET synchronous_commit = off");
  }

  ResultHandle run(std::string_view sql, SqlParams const& params) {
    std::string const& name = prepared(sql, params.size());
    std::vector<std::string> numbers(params.size());
    std::vector<char const*> values(params.size(), nullptr);
    std::vector<int> lengths(params.size(), 0);
    for (std::size_t i = 0; i < params.size(); ++i) {
      if (auto const* whole = std::get_if<std::int64_t>(&params[i])) {
        numbers[i] = std::to_string(*whole);
        values[i] = numbers[i].c_str();
      } else if (auto const* text = std::get_if<std::string>(&params[i])) {
        values[i] = text->c_str();
      }
    }
    ResultHandle result(PQexecPrepared(connection_.get(), name.c_str(),
                                       static_cast<int>(params.size()), values.data(), nullptr,
                                       nullptr, 0));
    check(result, sql);
    return result;
  }

  std::string const& prepared(std::string_view sql, std::size_t count) {
    if (auto const found = statements_.find(sql); found != statements_.end()) return found->second;
    if (statements_.size() >= 500) {
      script("DEALLOCATE ALL");
      statements_.clear();
    }
    std::string const name = "s" + std::to_string(++names_);
    check(ResultHandle(PQprepare(connection_.get(), name.c_str(), numbered(sql).c_str(),
                                 static_cast<int>(count), nullptr)),
          sql);
    return statements_.emplace(std::string(sql), name).first->second;
  }

  void check(ResultHandle const& result, std::string_view sql) {
    auto const status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return;
    char const* field = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    std::string_view const state = field == nullptr ? "" : field;
    std::string const text = std::string("PostgreSQL: ") + PQerrorMessage(connection_.get()) +
                             " in: " + std::string(sql);
    if (state == "23505") throw UniqueViolation(text);
    if (state == "40001" || state == "40P01") throw Retry(text);
    throw StoreUnavailable(text);
  }

  std::string url_;
  PostgresCommits const commits_;
  Connection connection_;
  std::unordered_map<std::string, std::string, TextHash, std::equal_to<>> statements_;
  int names_ = 0;
};

class PostgresDatabase final : public SqlDatabase {
 public:
  PostgresDatabase(std::string url, int connections, PostgresCommits commits)
      : url_(std::move(url)), commits_(commits) {
    // A wrong address fails at once.
    idle_.push_back(std::make_unique<PostgresSession>(url_, commits_));
    for (int i = 1; i < connections; ++i) idle_.push_back(nullptr);
  }

  void write(std::function<bool(SqlSession&)> const& work) override {
    Loan const loan(*this);
    for (int attempt = 1;; ++attempt) {
      try {
        loan.session->script("BEGIN");
        bool const keep = work(*loan.session);
        loan.session->script(keep ? "COMMIT" : "ROLLBACK");
        return;
      } catch (Retry const&) {
        loan.session->heal();
        if (attempt == 10) throw;
      } catch (...) {
        try {
          loan.session->heal();
        } catch (StoreUnavailable const&) {
          // The connection is gone; the next loan reconnects. The first error is the one to tell.
        }
        throw;
      }
    }
  }

  void read(std::function<void(SqlSession&)> const& work) override {
    Loan const loan(*this);
    try {
      loan.session->script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      work(*loan.session);
      loan.session->script("COMMIT");
    } catch (...) {
      try {
        loan.session->heal();
      } catch (StoreUnavailable const&) {
      }
      throw;
    }
  }

  [[nodiscard]] Dialect dialect() const override { return Dialect::postgres; }

  void backup_to(std::string const&) override {
    throw StoreUnavailable("records are in PostgreSQL: use its own backup (pg_dump) for them");
  }

 private:
  struct Loan {
    PostgresDatabase& database;
    std::unique_ptr<PostgresSession> session;
    explicit Loan(PostgresDatabase& owner) : database(owner) {
      {
        std::unique_lock lock(database.mutex_);
        database.changed_.wait(lock, [&] { return !database.idle_.empty(); });
        session = std::move(database.idle_.back());
        database.idle_.pop_back();
      }
      try {
        if (session == nullptr)
          session = std::make_unique<PostgresSession>(database.url_, database.commits_);
        session->heal();
      } catch (...) {
        give_back();
        throw;
      }
    }
    ~Loan() { give_back(); }
    void give_back() {
      std::lock_guard const lock(database.mutex_);
      // Used ones at the back: they are taken again first, with their prepared statements.
      if (session == nullptr) {
        database.idle_.insert(database.idle_.begin(), nullptr);
      } else {
        database.idle_.push_back(std::move(session));
      }
      database.changed_.notify_one();
    }
  };

  std::string url_;
  PostgresCommits const commits_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<PostgresSession>> idle_;
};

class AdvisoryLock final : public NodeLock {
 public:
  explicit AdvisoryLock(std::string const& url) : session_(url) {
    bool taken = false;
    session_.query("SELECT pg_try_advisory_lock(7305108204201)", {},
                   [&](SqlRow const& row) { taken = row.text(0) == "t"; });
    if (!taken) {
      throw StoreUnavailable(
          "another Tallybook node serves from this PostgreSQL database; more than one node needs a "
          "shared usage store");
    }
  }

 private:
  PostgresSession session_;
};

}  // namespace postgres_detail

std::unique_ptr<SqlDatabase> open_postgres(std::string const& url, int connections,
                                           PostgresCommits commits) {
  return std::make_unique<postgres_detail::PostgresDatabase>(url, connections, commits);
}

std::unique_ptr<NodeLock> take_node_lock(std::string const& url) {
  return std::make_unique<postgres_detail::AdvisoryLock>(url);
}

}  // namespace tallybook
