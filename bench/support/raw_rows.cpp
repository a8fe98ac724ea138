#include "bench/support/raw_rows.hpp"

#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>

#include "bench/support/report.hpp"

namespace tallybook::bench {
namespace raw_rows_detail {

[[noreturn]] void give_up(std::string const& why) {
  std::fprintf(stderr, "bare inserts: %s\n", why.c_str());
  std::exit(1);
}

// A raw connection with the program's own settings.
class Raw {
 public:
  explicit Raw(std::string const& file) {
    if (sqlite3_open_v2(file.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr) !=
        SQLITE_OK)
      give_up("cannot open " + file);
    run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA "
        "temp_store=MEMORY; PRAGMA cache_size=-16000; PRAGMA wal_autocheckpoint=8192;");
  }
  ~Raw() { sqlite3_close_v2(db_); }
  Raw(Raw const&) = delete;
  void run(char const* sql) {
    if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
      give_up(sqlite3_errmsg(db_));
  }
  std::int64_t number(std::string const& sql) {
    sqlite3_stmt* statement = prepare(sql);
    std::int64_t const value =
        sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    sqlite3_finalize(statement);
    return value;
  }
  sqlite3_stmt* prepare(std::string const& sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
      give_up(sqlite3_errmsg(db_));
    return statement;
  }

 private:
  sqlite3* db_ = nullptr;
};

// The rows one table got, copied over piece by piece.
struct Copied {
  std::string table;
  std::int64_t before = 0;  // rowids up to here were there
  std::int64_t after = 0;
  sqlite3_stmt* read = nullptr;
  sqlite3_stmt* insert = nullptr;
  std::vector<std::vector<sqlite3_value*>> rows;

  // Reads part `piece` of `pieces` into memory.
  void load(std::int64_t piece, std::int64_t pieces) {
    std::int64_t const count = after - before;
    sqlite3_reset(read);
    sqlite3_bind_int64(read, 1, before + count * piece / pieces);
    sqlite3_bind_int64(read, 2, before + count * (piece + 1) / pieces);
    while (sqlite3_step(read) == SQLITE_ROW) {
      auto& row = rows.emplace_back();
      for (int i = 0; i < sqlite3_column_count(read); ++i)
        row.push_back(sqlite3_value_dup(sqlite3_column_value(read, i)));
    }
  }
  void store() {
    for (auto const& row : rows) {
      for (std::size_t i = 0; i < row.size(); ++i)
        sqlite3_bind_value(insert, static_cast<int>(i) + 1, row[i]);
      if (sqlite3_step(insert) != SQLITE_DONE)
        give_up("the baseline's insert into " + table + " failed");
      sqlite3_reset(insert);
    }
  }
  void forget() {
    for (auto const& row : rows) {
      for (auto* value : row) sqlite3_value_free(value);
    }
    rows.clear();
  }
};

}  // namespace raw_rows_detail

double insert_rows(std::string const& from_file, std::string const& to_file, std::int64_t pieces,
                   std::vector<std::string> const& tables) {
  raw_rows_detail::Raw from(from_file), to(to_file);
  std::vector<raw_rows_detail::Copied> copies;
  for (std::string const& table : tables) {
    raw_rows_detail::Copied copied;
    copied.table = table;
    copied.before = to.number("SELECT MAX(rowid) FROM " + copied.table);
    copied.after = from.number("SELECT MAX(rowid) FROM " + copied.table);
    copied.read = from.prepare("SELECT * FROM " + copied.table +
                               " WHERE rowid > ? AND rowid <= ? ORDER BY rowid");
    std::string marks = "?";
    for (int i = 1; i < sqlite3_column_count(copied.read); ++i) marks += ", ?";
    copied.insert = to.prepare("INSERT INTO " + copied.table + " VALUES (" + marks + ")");
    copies.push_back(std::move(copied));
  }
  double spent = 0;
  for (std::int64_t piece = 0; piece < pieces; ++piece) {
    for (auto& copied : copies) copied.load(piece, pieces);
    spent += seconds([&] {
      to.run("BEGIN IMMEDIATE");
      for (auto& copied : copies) copied.store();
      to.run("COMMIT");
    });
    for (auto& copied : copies) copied.forget();
  }
  for (auto& copied : copies) {
    if (to.number("SELECT COUNT(*) FROM " + copied.table) !=
        from.number("SELECT COUNT(*) FROM " + copied.table))
      raw_rows_detail::give_up("the baseline lacks rows");
    sqlite3_finalize(copied.read);
    sqlite3_finalize(copied.insert);
  }
  return spent;
}

}  // namespace tallybook::bench
