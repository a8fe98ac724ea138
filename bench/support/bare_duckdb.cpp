#include "bench/support/bare_duckdb.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "bench/support/report.hpp"

namespace tallybook::bench {

BareDuckDb::BareDuckDb(std::string const& file) {
  duckdb_config config = nullptr;
  duckdb_create_config(&config);
  duckdb_set_config(config, "threads", "2");
  duckdb_set_config(config, "memory_limit", "1GB");
  duckdb_set_config(config, "checkpoint_threshold", "64MB");
  if (duckdb_open_ext(file.c_str(), &database_, config, nullptr) == DuckDBError) std::abort();
  duckdb_destroy_config(&config);
  duckdb_connect(database_, &connection_);
}

BareDuckDb::~BareDuckDb() {
  duckdb_disconnect(&connection_);
  duckdb_close(&database_);
}

std::int64_t BareDuckDb::run(std::string const& sql) {
  duckdb_result result;
  if (duckdb_query(connection_, sql.c_str(), &result) == DuckDBError) {
    std::fprintf(stderr, "%s\n", duckdb_result_error(&result));
    std::exit(1);
  }
  std::int64_t const value =
      duckdb_column_count(&result) > 0 ? duckdb_value_int64(&result, 0, 0) : 0;
  duckdb_destroy_result(&result);
  return value;
}

double BareDuckDb::append(std::vector<EventToStore> const& events, std::size_t rows_per_commit) {
  run("CREATE TABLE events(sequence BIGINT, stream INTEGER, customer INTEGER, ts BIGINT, key_hash "
      "BIGINT,"
      " deleted BOOLEAN, record_id VARCHAR, record VARCHAR)");
  return seconds([&] {
    for (std::size_t from = 0; from < events.size(); from += rows_per_commit) {
      run("BEGIN");
      duckdb_appender appender = nullptr;
      duckdb_appender_create(connection_, nullptr, "events", &appender);
      for (std::size_t i = from; i < std::min(events.size(), from + rows_per_commit); ++i) {
        duckdb_append_int64(appender, static_cast<std::int64_t>(i));
        duckdb_append_int32(appender, 0);
        duckdb_append_int32(appender, static_cast<std::int32_t>(i % 10'000));
        duckdb_append_int64(appender, events[i].timestamp.ms);
        duckdb_append_int64(appender, static_cast<std::int64_t>(i * 0x9E3779B97F4A7C15ULL));
        duckdb_append_bool(appender, false);
        duckdb_append_varchar_length(appender, events[i].record_id.data(),
                                     events[i].record_id.size());
        duckdb_append_varchar_length(appender, events[i].record_json.data(),
                                     events[i].record_json.size());
        duckdb_appender_end_row(appender);
      }
      duckdb_appender_destroy(&appender);
      run("COMMIT");
    }
  });
}

}  // namespace tallybook::bench
