// The little of DuckDB's C interface this folder needs, as owning classes. Every failure is
// StoreUnavailable with the engine's own words. Internal to src/store/events/duckdb.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tallybook::duckdb_detail {

struct EngineOptions {
  std::string file;
  std::string temporary_folder;
  std::string memory_limit;  // "1GB"
  std::string wal_limit;     // "64MB": the engine checkpoints beyond this
  int threads = 2;
};

// The answer of one statement, read forward row by row.
class Rows {
 public:
  ~Rows();
  Rows(Rows&&) noexcept;
  // Moves to the next row; false after the last one.
  bool next();
  [[nodiscard]] bool is_null(unsigned column) const;
  [[nodiscard]] std::int64_t whole(unsigned column) const;     // BIGINT or INTEGER columns
  [[nodiscard]] std::string_view text(unsigned column) const;  // valid until next()

 private:
  friend class Connection;
  struct State;
  explicit Rows(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class Engine;

// One connection; one thread at a time.
class Connection {
 public:
  explicit Connection(Engine& engine);
  ~Connection();
  Connection(Connection const&) = delete;
  // Runs statements without parameters.
  void run(std::string const& sql);
  // One statement; `texts` are bound to its ? in order. Everything else in the SQL is made of our
  // own words and whole numbers.
  Rows query(std::string const& sql, std::vector<std::string> const& texts = {});
  // The same without keeping the whole answer in memory; finish reading before the next statement.
  Rows stream(std::string const& sql);
  std::int64_t one_whole(std::string const& sql);  // first column of the only row; NULL is 0
  void* raw() { return raw_; }

 private:
  void* raw_ = nullptr;
};

// BEGIN on construction; ROLLBACK unless commit() returned.
class Transaction {
 public:
  explicit Transaction(Connection& connection) : connection_(connection) {
    connection_.run("BEGIN");
  }
  ~Transaction();
  Transaction(Transaction const&) = delete;
  void commit();

 private:
  Connection& connection_;
  bool open_ = true;
};

enum class Column { whole64, whole32, boolean, text };

// Appends rows to a table, columns left to right, within the connection's transaction.
class TableAppender {
 public:
  TableAppender(Connection& connection, char const* table, std::vector<Column> const& columns);
  ~TableAppender();
  TableAppender(TableAppender const&) = delete;
  void whole(std::int64_t value);  // whole64 and whole32
  void boolean(bool value);
  void text(std::string_view value);
  void end_row();
  void finish();  // hands everything to the transaction

 private:
  void flush_chunk();
  struct State;
  std::unique_ptr<State> state_;
};

// The database of one folder, and the idle connections readers share.
class Engine {
 public:
  explicit Engine(EngineOptions const& options);
  ~Engine();
  Engine(Engine const&) = delete;

  class Lease {
   public:
    Lease(Engine& engine, std::unique_ptr<Connection> connection)
        : engine_(engine), connection_(std::move(connection)) {}
    ~Lease();
    Lease(Lease const&) = delete;
    Connection& operator*() { return *connection_; }
    Connection* operator->() { return connection_.get(); }

   private:
    Engine& engine_;
    std::unique_ptr<Connection> connection_;
  };
  Lease lease();  // thread-safe
  void* raw() { return raw_; }

 private:
  void* raw_ = nullptr;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace tallybook::duckdb_detail
