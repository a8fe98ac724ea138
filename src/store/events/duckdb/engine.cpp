#include "store/events/duckdb/engine.hpp"

#include <duckdb.h>

#include "base/assert.hpp"
#include "base/unavailable.hpp"

namespace tallybook::duckdb_detail {
namespace {

constexpr size_t idle_connections = 8;

[[noreturn]] void engine_failed(std::string const& doing, char const* why) {
  throw StoreUnavailable("usage events: " + doing + ": " +
                         (why != nullptr ? why : "unknown error"));
}

duckdb_connection as_connection(void* raw) { return static_cast<duckdb_connection>(raw); }

duckdb_type engine_type(Column column) {
  switch (column) {
    case Column::whole64:
      return DUCKDB_TYPE_BIGINT;
    case Column::whole32:
      return DUCKDB_TYPE_INTEGER;
    case Column::boolean:
      return DUCKDB_TYPE_BOOLEAN;
    case Column::text:
      return DUCKDB_TYPE_VARCHAR;
  }
  return DUCKDB_TYPE_INVALID;
}

}  // namespace

struct Rows::State {
  duckdb_result result{};
  duckdb_prepared_statement statement = nullptr;  // of a streamed answer
  duckdb_data_chunk chunk = nullptr;
  idx_t rows = 0;
  idx_t row = 0;
  std::vector<void*> data;
  std::vector<uint64_t*> validity;
  std::vector<duckdb_type> types;

  ~State() {
    if (chunk != nullptr) duckdb_destroy_data_chunk(&chunk);
    duckdb_destroy_result(&result);
    if (statement != nullptr) duckdb_destroy_prepare(&statement);
  }

  bool fetch() {
    if (chunk != nullptr) duckdb_destroy_data_chunk(&chunk);
    chunk = duckdb_fetch_chunk(result);
    if (chunk == nullptr) {
      char const* problem = duckdb_result_error(&result);
      if (problem != nullptr && *problem != '\0') engine_failed("reading", problem);
      return false;
    }
    rows = duckdb_data_chunk_get_size(chunk);
    row = 0;
    for (idx_t i = 0; i < types.size(); ++i) {
      duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
      data[i] = duckdb_vector_get_data(vector);
      validity[i] = duckdb_vector_get_validity(vector);
    }
    return rows > 0;
  }
};

Rows::Rows(std::unique_ptr<State> state) : state_(std::move(state)) {
  idx_t const columns = duckdb_column_count(&state_->result);
  state_->data.resize(columns);
  state_->validity.resize(columns);
  for (idx_t i = 0; i < columns; ++i)
    state_->types.push_back(duckdb_column_type(&state_->result, i));
}
Rows::Rows(Rows&&) noexcept = default;
Rows::~Rows() = default;

bool Rows::next() {
  if (state_->chunk != nullptr && ++state_->row < state_->rows) return true;
  return state_->fetch();
}

bool Rows::is_null(unsigned column) const {
  uint64_t* validity = state_->validity.at(column);
  return validity != nullptr && !duckdb_validity_row_is_valid(validity, state_->row);
}

std::int64_t Rows::whole(unsigned column) const {
  void* data = state_->data.at(column);
  if (state_->types[column] == DUCKDB_TYPE_INTEGER) return static_cast<int32_t*>(data)[state_->row];
  TB_ASSERT(state_->types[column] == DUCKDB_TYPE_BIGINT);
  return static_cast<int64_t*>(data)[state_->row];
}

std::string_view Rows::text(unsigned column) const {
  TB_ASSERT(state_->types.at(column) == DUCKDB_TYPE_VARCHAR);
  auto* value = static_cast<duckdb_string_t*>(state_->data[column]) + state_->row;
  return {duckdb_string_t_data(value), duckdb_string_t_length(*value)};
}

Connection::Connection(Engine& engine) {
  duckdb_connection made = nullptr;
  if (duckdb_connect(static_cast<duckdb_database>(engine.raw()), &made) == DuckDBError)
    engine_failed("connecting", nullptr);
  raw_ = made;
}

Connection::~Connection() {
  auto raw = as_connection(raw_);
  duckdb_disconnect(&raw);
}

void Connection::run(std::string const& sql) { query(sql); }

Rows Connection::query(std::string const& sql, std::vector<std::string> const& texts) {
  auto state = std::make_unique<Rows::State>();
  if (texts.empty()) {
    if (duckdb_query(as_connection(raw_), sql.c_str(), &state->result) == DuckDBError)
      engine_failed("query", duckdb_result_error(&state->result));
    return Rows(std::move(state));
  }
  struct Statement {
    duckdb_prepared_statement raw = nullptr;
    ~Statement() { duckdb_destroy_prepare(&raw); }
  } statement;
  if (duckdb_prepare(as_connection(raw_), sql.c_str(), &statement.raw) == DuckDBError)
    engine_failed("preparing", duckdb_prepare_error(statement.raw));
  for (idx_t i = 0; i < texts.size(); ++i)
    if (duckdb_bind_varchar_length(statement.raw, i + 1, texts[i].data(), texts[i].size()) ==
        DuckDBError)
      engine_failed("binding", duckdb_prepare_error(statement.raw));
  if (duckdb_execute_prepared(statement.raw, &state->result) == DuckDBError)
    engine_failed("query", duckdb_result_error(&state->result));
  return Rows(std::move(state));
}

Rows Connection::stream(std::string const& sql) {
  auto state = std::make_unique<Rows::State>();
  if (duckdb_prepare(as_connection(raw_), sql.c_str(), &state->statement) == DuckDBError)
    engine_failed("preparing", duckdb_prepare_error(state->statement));
  if (duckdb_execute_prepared_streaming(state->statement, &state->result) == DuckDBError)
    engine_failed("query", duckdb_result_error(&state->result));
  return Rows(std::move(state));
}

std::int64_t Connection::one_whole(std::string const& sql) {
  Rows rows = query(sql);
  if (!rows.next() || rows.is_null(0)) return 0;
  return rows.whole(0);
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    connection_.run("ROLLBACK");
  } catch (StoreUnavailable const&) {
    // The engine already rolled back, or is gone; the first error is the one worth reporting.
  }
}

void Transaction::commit() {
  connection_.run("COMMIT");
  open_ = false;
}

struct TableAppender::State {
  duckdb_appender appender = nullptr;
  duckdb_data_chunk chunk = nullptr;
  std::vector<Column> columns;
  std::vector<duckdb_vector> vectors;
  std::vector<void*> data;
  idx_t capacity = duckdb_vector_size();
  idx_t row = 0;
  unsigned column = 0;

  void bind() {
    for (idx_t i = 0; i < columns.size(); ++i) {
      vectors[i] = duckdb_data_chunk_get_vector(chunk, i);
      data[i] = duckdb_vector_get_data(vectors[i]);
    }
  }
  ~State() {
    if (chunk != nullptr) duckdb_destroy_data_chunk(&chunk);
    if (appender != nullptr) duckdb_appender_destroy(&appender);
  }
};

TableAppender::TableAppender(Connection& connection, char const* table,
                             std::vector<Column> const& columns)
    : state_(std::make_unique<State>()) {
  State& state = *state_;
  if (duckdb_appender_create(as_connection(connection.raw()), nullptr, table, &state.appender) ==
      DuckDBError)
    engine_failed("appending", duckdb_appender_error(state.appender));
  std::vector<duckdb_logical_type> types;
  for (Column column : columns) types.push_back(duckdb_create_logical_type(engine_type(column)));
  state.chunk = duckdb_create_data_chunk(types.data(), types.size());
  for (auto& type : types) duckdb_destroy_logical_type(&type);
  state.columns = columns;
  state.vectors.resize(columns.size());
  state.data.resize(columns.size());
  state.bind();
}

TableAppender::~TableAppender() = default;

void TableAppender::whole(std::int64_t value) {
  State& state = *state_;
  if (state.columns[state.column] == Column::whole32)
    static_cast<int32_t*>(state.data[state.column])[state.row] = static_cast<int32_t>(value);
  else
    static_cast<int64_t*>(state.data[state.column])[state.row] = value;
  ++state.column;
}

void TableAppender::boolean(bool value) {
  static_cast<bool*>(state_->data[state_->column++])[state_->row] = value;
}

void TableAppender::text(std::string_view value) {
  duckdb_vector_assign_string_element_len(state_->vectors[state_->column++], state_->row,
                                          value.data(), value.size());
}

void TableAppender::end_row() {
  TB_ASSERT(state_->column == state_->columns.size());
  state_->column = 0;
  if (++state_->row == state_->capacity) flush_chunk();
}

void TableAppender::flush_chunk() {
  State& state = *state_;
  if (state.row == 0) return;
  duckdb_data_chunk_set_size(state.chunk, state.row);
  if (duckdb_append_data_chunk(state.appender, state.chunk) == DuckDBError)
    engine_failed("appending", duckdb_appender_error(state.appender));
  duckdb_data_chunk_reset(state.chunk);
  state.row = 0;
  state.bind();
}

void TableAppender::finish() {
  flush_chunk();
  if (duckdb_appender_close(state_->appender) == DuckDBError)
    engine_failed("appending", duckdb_appender_error(state_->appender));
}

Engine::Engine(EngineOptions const& options) {
  duckdb_config config = nullptr;
  duckdb_create_config(&config);
  std::vector<std::pair<char const*, std::string>> const settings = {
      {"threads", std::to_string(options.threads)},
      {"memory_limit", options.memory_limit},
      {"checkpoint_threshold", options.wal_limit},
      {"temp_directory", options.temporary_folder},
      // Offline and closed: nothing is fetched, and SQL reaches no other file.
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
  };
  std::string refused;
  for (auto const& [name, value] : settings)
    if (duckdb_set_config(config, name, value.c_str()) == DuckDBError) refused = name;
  duckdb_database made = nullptr;
  char* problem = nullptr;
  bool const bad = !refused.empty() ||
                   duckdb_open_ext(options.file.c_str(), &made, config, &problem) == DuckDBError;
  duckdb_destroy_config(&config);
  if (bad) {
    std::string why = problem != nullptr ? problem : "the engine refuses the setting " + refused;
    if (problem != nullptr) duckdb_free(problem);
    engine_failed("opening the database", why.c_str());
  }
  raw_ = made;
}

Engine::~Engine() {
  idle_.clear();
  auto raw = static_cast<duckdb_database>(raw_);
  duckdb_close(&raw);
}

Engine::Lease Engine::lease() {
  {
    std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(connection));
    }
  }
  return Lease(*this, std::make_unique<Connection>(*this));
}

Engine::Lease::~Lease() {
  std::lock_guard lock(engine_.mutex_);
  if (engine_.idle_.size() < idle_connections) engine_.idle_.push_back(std::move(connection_));
}

}  // namespace tallybook::duckdb_detail
