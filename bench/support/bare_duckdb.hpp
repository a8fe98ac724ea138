// The bare engine on a database file: what the usage store is compared with.
#pragma once

#include <duckdb.h>

#include <cstdint>
#include <string>
#include <vector>

#include "app/ports/event_store.hpp"

namespace tallybook::bench {

class BareDuckDb {
 public:
  // The store's own options: threads, memory and the log's size before a checkpoint.
  explicit BareDuckDb(std::string const& file);
  ~BareDuckDb();
  BareDuckDb(BareDuckDb const&) = delete;

  // The first column of the first row.
  std::int64_t run(std::string const& sql);
  // Row by row through the appender into the store's own layout, one transaction per
  // `rows_per_commit`. Returns the seconds it took.
  double append(std::vector<EventToStore> const& events, std::size_t rows_per_commit);

 private:
  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
};

}  // namespace tallybook::bench
