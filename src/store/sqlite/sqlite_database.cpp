#include "store/sqlite/sqlite_database.hpp"

#include <sqlite3.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <unordered_map>

#include "base/assert.hpp"

namespace tallybook {
namespace sqlite_detail {

struct CloseDatabase {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using DatabaseHandle = std::unique_ptr<sqlite3, CloseDatabase>;
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

class SqliteRow final : public SqlRow {
 public:
  explicit SqliteRow(sqlite3_stmt* statement) : statement_(statement) {}
  [[nodiscard]] bool is_null(int column) const override {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
  }
  [[nodiscard]] std::int64_t integer(int column) const override {
    return sqlite3_column_int64(statement_, column);
  }
  [[nodiscard]] std::string_view text(int column) const override {
    auto const* data = reinterpret_cast<char const*>(sqlite3_column_text(statement_, column));
    return {data == nullptr ? "" : data,
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  sqlite3_stmt* statement_;
};

// Lookup of prepared statements by text without a copy.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>()(text);
  }
};

class SqliteSession final : public SqlSession {
 public:
  explicit SqliteSession(DatabaseHandle db) : db_(std::move(db)) {}

  std::int64_t execute(std::string_view sql, SqlParams const& params) override {
    sqlite3_stmt* statement = prepared(sql);
    Reset const reset{statement};
    bind(statement, params);
    int const code = sqlite3_step(statement);
    if (code != SQLITE_DONE && code != SQLITE_ROW) raise(code, sql);
    return sqlite3_changes(db_.get());
  }

  void query(std::string_view sql, SqlParams const& params,
             std::function<void(SqlRow const&)> const& each) override {
    // A callback may run the same statement again: then the cached one is busy and a second is
    // made.
    sqlite3_stmt* statement = prepared(sql);
    StatementHandle own;
    if (sqlite3_stmt_busy(statement) != 0) {
      own = compile(sql);
      statement = own.get();
    }
    Reset const reset{statement};
    bind(statement, params);
    SqliteRow const row(statement);
    for (;;) {
      int const code = sqlite3_step(statement);
      if (code == SQLITE_DONE) return;
      if (code != SQLITE_ROW) raise(code, sql);
      each(row);
    }
  }

  [[nodiscard]] Dialect dialect() const override { return Dialect::sqlite; }
  sqlite3* handle() { return db_.get(); }

  void script(char const* sql) {
    char* message = nullptr;
    if (sqlite3_exec(db_.get(), sql, nullptr, nullptr, &message) != SQLITE_OK) {
      std::string const text = message == nullptr ? "unknown" : message;
      sqlite3_free(message);
      throw StoreUnavailable("SQLite: " + text + " in: " + sql);
    }
  }

 private:
  struct Reset {
    sqlite3_stmt* statement;
    ~Reset() { sqlite3_reset(statement); }
  };

  StatementHandle compile(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    int const code = sqlite3_prepare_v3(db_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) raise(code, sql);
    return StatementHandle(statement);
  }

  sqlite3_stmt* prepared(std::string_view sql) {
    if (auto const found = statements_.find(sql); found != statements_.end())
      return found->second.get();
    if (statements_.size() >= 500)
      statements_.clear();  // lists build their own texts: keep it bounded
    auto statement = compile(sql);
    return statements_.emplace(std::string(sql), std::move(statement)).first->second.get();
  }

  static void bind(sqlite3_stmt* statement, SqlParams const& params) {
    TB_ASSERT(sqlite3_bind_parameter_count(statement) == static_cast<int>(params.size()));
    int index = 1;
    for (auto const& param : params) {
      if (auto const* whole = std::get_if<std::int64_t>(&param)) {
        sqlite3_bind_int64(statement, index, *whole);
      } else if (auto const* text = std::get_if<std::string>(&param)) {
        sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_STATIC,
                            SQLITE_UTF8);
      } else {
        sqlite3_bind_null(statement, index);
      }
      ++index;
    }
  }

  [[noreturn]] void raise(int code, std::string_view sql) {
    std::string const text =
        std::string("SQLite: ") + sqlite3_errmsg(db_.get()) + " in: " + std::string(sql);
    int const extended = sqlite3_extended_errcode(db_.get());
    if (code == SQLITE_CONSTRAINT || extended == SQLITE_CONSTRAINT_UNIQUE ||
        extended == SQLITE_CONSTRAINT_PRIMARYKEY)
      throw UniqueViolation(text);
    throw StoreUnavailable(text);
  }

  DatabaseHandle db_;
  std::unordered_map<std::string, StatementHandle, TextHash, std::equal_to<>> statements_;
};

std::unique_ptr<SqliteSession> connect(std::string const& file) {
  sqlite3* raw = nullptr;
  int const flags =
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI;
  int const code = sqlite3_open_v2(file.c_str(), &raw, flags, nullptr);
  DatabaseHandle db(raw);
  if (code != SQLITE_OK)
    throw StoreUnavailable("SQLite: cannot open " + file + ": " + sqlite3_errstr(code));
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, 15000);
  auto session = std::make_unique<SqliteSession>(std::move(db));
  // Random ids touch pages all over the indexes: a log of 32 MB folds many writes of a page into
  // one.
  session->script(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA "
      "temp_store=MEMORY; PRAGMA cache_size=-16000; PRAGMA wal_autocheckpoint=8192;");
  return session;
}

class SqliteDatabase final : public SqlDatabase {
 public:
  SqliteDatabase(std::string const& file, int readers) {
    static std::atomic<int> counter{0};
    // A shared in-memory database keeps its readers on the same data.
    file_ = file == ":memory:"
                ? "file:tallybook" + std::to_string(counter++) + "?mode=memory&cache=shared"
                : file;
    memory_ = file == ":memory:";
    writer_ = connect(file_);
    // Memory databases have no WAL: reads share the writer there, one at a time.
    for (int i = 0; i < readers && !memory_; ++i) {
      idle_.push_back(connect(file_));
      idle_.back()->script("PRAGMA query_only=ON;");
    }
  }

  void write(std::function<bool(SqlSession&)> const& work) override {
    Job job{&work, false, nullptr};
    std::unique_lock lock(mutex_);
    queue_.push_back(&job);
    while (!job.done && writing_) changed_.wait(lock);
    if (!job.done) {
      writing_ = true;
      while (!job.done) {
        std::deque<Job*> batch;
        while (!queue_.empty() && batch.size() < 64) {
          batch.push_back(queue_.front());
          queue_.pop_front();
        }
        lock.unlock();
        run(batch);
        lock.lock();
        for (Job* each : batch) each->done = true;
        changed_.notify_all();
      }
      writing_ = false;
      changed_.notify_all();
    }
    lock.unlock();
    if (job.error) std::rethrow_exception(job.error);
  }

  void read(std::function<void(SqlSession&)> const& work) override {
    if (memory_) {
      write([&](SqlSession& session) {
        work(session);
        return false;
      });
      return;
    }
    std::unique_ptr<SqliteSession> session;
    {
      std::unique_lock lock(readers_mutex_);
      readers_changed_.wait(lock, [&] { return !idle_.empty(); });
      session = std::move(idle_.back());
      idle_.pop_back();
    }
    struct GiveBack {
      SqliteDatabase& database;
      std::unique_ptr<SqliteSession>& session;
      ~GiveBack() {
        std::lock_guard const lock(database.readers_mutex_);
        database.idle_.push_back(std::move(session));
        database.readers_changed_.notify_one();
      }
    } const give_back{*this, session};
    session->script("BEGIN");
    try {
      work(*session);
    } catch (...) {
      session->script("ROLLBACK");
      throw;
    }
    session->script("COMMIT");
  }

  [[nodiscard]] Dialect dialect() const override { return Dialect::sqlite; }

  void backup_to(std::string const& file) override {
    auto source = connect(file_);
    sqlite3* raw = nullptr;
    int code =
        sqlite3_open_v2(file.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
    DatabaseHandle target(raw);
    if (code != SQLITE_OK) throw StoreUnavailable("SQLite: cannot write the backup " + file);
    // One step over all pages: a single read transaction, so the copy is one moment.
    sqlite3_backup* backup = sqlite3_backup_init(raw, "main", source->handle(), "main");
    if (backup == nullptr)
      throw StoreUnavailable(std::string("SQLite: backup: ") + sqlite3_errmsg(raw));
    code = sqlite3_backup_step(backup, -1);
    sqlite3_backup_finish(backup);
    if (code != SQLITE_DONE)
      throw StoreUnavailable(std::string("SQLite: backup: ") + sqlite3_errstr(code));
  }

 private:
  struct Job {
    std::function<bool(SqlSession&)> const* work;
    bool done;
    std::exception_ptr error;
  };

  // Runs a batch inside one transaction; a lone job needs no savepoint.
  void run(std::deque<Job*> const& batch) {
    try {
      writer_->script("BEGIN IMMEDIATE");
    } catch (...) {
      for (Job* job : batch) job->error = std::current_exception();
      return;
    }
    try {
      bool keep_any = false;
      for (Job* job : batch) keep_any = run_one(*job, batch.size() == 1) || keep_any;
      writer_->script(keep_any ? "COMMIT" : "ROLLBACK");
    } catch (...) {
      // The commit, or a savepoint after a full disk: nothing of the batch is durable.
      for (Job* job : batch) job->error = std::current_exception();
      if (sqlite3_get_autocommit(writer_->handle()) == 0)
        sqlite3_exec(writer_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
  }

  bool run_one(Job& job, bool alone) {
    if (!alone) writer_->execute("SAVEPOINT job", {});
    bool keep = false;
    try {
      keep = (*job.work)(*writer_);
    } catch (...) {
      job.error = std::current_exception();
    }
    if (!alone) {
      if (!keep) writer_->execute("ROLLBACK TO job", {});
      writer_->execute("RELEASE job", {});
    }
    return keep;
  }

  std::string file_;
  bool memory_ = false;
  std::unique_ptr<SqliteSession> writer_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job*> queue_;
  bool writing_ = false;
  std::mutex readers_mutex_;
  std::condition_variable readers_changed_;
  std::vector<std::unique_ptr<SqliteSession>> idle_;
};

}  // namespace sqlite_detail

std::unique_ptr<SqlDatabase> open_sqlite(std::string const& file, int readers) {
  return std::make_unique<sqlite_detail::SqliteDatabase>(file, readers);
}

}  // namespace tallybook
