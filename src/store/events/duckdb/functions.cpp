#include "store/events/duckdb/functions.hpp"

#include <duckdb.h>

#include <exception>

#include "base/assert.hpp"
#include "base/unavailable.hpp"
#include "store/events/duckdb/exact_fold.hpp"
#include "store/events/record/record_reader.hpp"

namespace tallybook::duckdb_detail {

Evaluations::Registered Evaluations::add(Evaluation evaluation) {
  evaluation.read = selecting_properties(evaluation.rule);
  std::lock_guard lock(mutex_);
  std::int64_t const number = next_++;
  running_.emplace(number, std::make_shared<Evaluation const>(std::move(evaluation)));
  return Registered(*this, number);
}

std::shared_ptr<Evaluation const> Evaluations::find(std::int64_t number) {
  std::lock_guard lock(mutex_);
  auto at = running_.find(number);
  TB_ASSERT(at != running_.end());
  return at->second;
}

void Evaluations::remove(std::int64_t number) {
  std::lock_guard lock(mutex_);
  running_.erase(number);
}

namespace {

// selects() reads nothing of an event but the properties it names.
bool filter_passes(Evaluation const& evaluation, std::string_view record) {
  if (evaluation.read.empty()) return true;
  UsageEvent event;
  for (auto const& property : evaluation.read)
    if (auto value = read_property(record, property))
      event.properties.emplace(property, *std::move(value));
  return selects(evaluation.rule, event);
}

// The text that takes part in the aggregation; false when the event does not.
bool taken(Evaluation const& evaluation, std::string_view record, std::string& out) {
  if (!filter_passes(evaluation, record)) return false;
  out.clear();
  if (evaluation.take == Evaluation::Take::everything) return true;
  auto value = read_property(record, evaluation.rule.property);
  if (!value || value->kind == RecordValue::Kind::null) return false;
  if (evaluation.take == Evaluation::Take::number)
    return number_takes_part(*value, evaluation.allow_negative, out);
  return distinct_takes_part(*value, out);
}

void group_text(Evaluation const& evaluation, std::string_view record, std::string& out) {
  auto value = read_property(record, evaluation.group_property);
  out = value ? value->text : std::string();
}

// The chunk of (record, number) a scalar function was called with.
struct RecordChunk {
  idx_t rows;
  duckdb_string_t* records;
  uint64_t* validity;
  std::shared_ptr<Evaluation const> evaluation;

  RecordChunk(duckdb_function_info info, duckdb_data_chunk input)
      : rows(duckdb_data_chunk_get_size(input)) {
    duckdb_vector const record_vector = duckdb_data_chunk_get_vector(input, 0);
    records = static_cast<duckdb_string_t*>(duckdb_vector_get_data(record_vector));
    validity = duckdb_vector_get_validity(record_vector);
    auto* numbers =
        static_cast<int64_t*>(duckdb_vector_get_data(duckdb_data_chunk_get_vector(input, 1)));
    auto* all = static_cast<Evaluations*>(duckdb_scalar_function_get_extra_info(info));
    if (rows > 0) evaluation = all->find(numbers[0]);
  }
  [[nodiscard]] bool valid(idx_t i) const {
    return validity == nullptr || duckdb_validity_row_is_valid(validity, i);
  }
  [[nodiscard]] std::string_view record(idx_t i) const {
    return {duckdb_string_t_data(records + i), duckdb_string_t_length(records[i])};
  }
};

// No exception may cross the engine's C frames.
template <class Body>
void guarded_scalar(duckdb_function_info info, Body const& body) {
  try {
    body();
  } catch (std::exception const& problem) {
    duckdb_scalar_function_set_error(info, problem.what());
  }
}

void passes_function(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  guarded_scalar(info, [&] {
    RecordChunk const chunk(info, input);
    auto* out = static_cast<bool*>(duckdb_vector_get_data(output));
    for (idx_t i = 0; i < chunk.rows; ++i)
      out[i] = chunk.valid(i) && filter_passes(*chunk.evaluation, chunk.record(i));
  });
}

void take_function(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  guarded_scalar(info, [&] {
    RecordChunk const chunk(info, input);
    duckdb_vector_ensure_validity_writable(output);
    uint64_t* validity = duckdb_vector_get_validity(output);
    std::string text;
    for (idx_t i = 0; i < chunk.rows; ++i) {
      if (chunk.valid(i) && taken(*chunk.evaluation, chunk.record(i), text))
        duckdb_vector_assign_string_element_len(output, i, text.data(), text.size());
      else
        duckdb_validity_set_row_invalid(validity, i);
    }
  });
}

void group_function(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  guarded_scalar(info, [&] {
    RecordChunk const chunk(info, input);
    std::string text;
    for (idx_t i = 0; i < chunk.rows; ++i) {
      text.clear();
      if (chunk.valid(i)) group_text(*chunk.evaluation, chunk.record(i), text);
      duckdb_vector_assign_string_element_len(output, i, text.data(), text.size());
    }
  });
}

// The engine aligns states to 8 bytes only, so a state is a pointer to what needs more.
struct FoldState {
  ExactFold* fold;
};

FoldState& fold_state(duckdb_aggregate_state state) { return *reinterpret_cast<FoldState*>(state); }

template <class Body>
void guarded_aggregate(duckdb_function_info info, Body const& body) {
  try {
    body();
  } catch (std::exception const& problem) {
    duckdb_aggregate_function_set_error(info, problem.what());
  }
}

idx_t fold_size(duckdb_function_info) { return sizeof(FoldState); }

void fold_init(duckdb_function_info, duckdb_aggregate_state state) {
  fold_state(state).fold = nullptr;
}

void fold_destroy(duckdb_aggregate_state* states, idx_t count) {
  for (idx_t i = 0; i < count; ++i) {
    delete fold_state(states[i]).fold;
    fold_state(states[i]).fold = nullptr;
  }
}

template <ExactFold::What what>
ExactFold& fold_of(duckdb_aggregate_state state) {
  FoldState& mine = fold_state(state);
  if (mine.fold == nullptr) mine.fold = new ExactFold(what);
  return *mine.fold;
}

template <ExactFold::What what>
void fold_update(duckdb_function_info info, duckdb_data_chunk input,
                 duckdb_aggregate_state* states) {
  guarded_aggregate(info, [&] {
    duckdb_vector const vector = duckdb_data_chunk_get_vector(input, 0);
    auto* texts = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
    uint64_t* validity = duckdb_vector_get_validity(vector);
    idx_t const rows = duckdb_data_chunk_get_size(input);
    for (idx_t i = 0; i < rows; ++i) {
      if (validity != nullptr && !duckdb_validity_row_is_valid(validity, i)) continue;
      fold_of<what>(states[i]).add(
          {duckdb_string_t_data(texts + i), duckdb_string_t_length(texts[i])});
    }
  });
}

template <ExactFold::What what>
void fold_combine(duckdb_function_info info, duckdb_aggregate_state* source,
                  duckdb_aggregate_state* target, idx_t count) {
  guarded_aggregate(info, [&] {
    for (idx_t i = 0; i < count; ++i)
      if (ExactFold* from = fold_state(source[i]).fold; from != nullptr)
        fold_of<what>(target[i]).merge(*from);
  });
}

void fold_finalize(duckdb_function_info info, duckdb_aggregate_state* source, duckdb_vector result,
                   idx_t count, idx_t offset) {
  guarded_aggregate(info, [&] {
    duckdb_vector_ensure_validity_writable(result);
    uint64_t* validity = duckdb_vector_get_validity(result);
    for (idx_t i = 0; i < count; ++i) {
      ExactFold* fold = fold_state(source[i]).fold;
      if (fold == nullptr) {
        duckdb_validity_set_row_invalid(validity, offset + i);
        continue;
      }
      std::string const text = fold->result().str();
      duckdb_vector_assign_string_element_len(result, offset + i, text.data(), text.size());
    }
  });
}

struct LogicalType {
  duckdb_logical_type raw;
  explicit LogicalType(duckdb_type type) : raw(duckdb_create_logical_type(type)) {}
  ~LogicalType() { duckdb_destroy_logical_type(&raw); }
  LogicalType(LogicalType const&) = delete;
};

void register_scalar(duckdb_connection connection, char const* name, duckdb_type returns,
                     duckdb_scalar_function_t body, Evaluations& evaluations) {
  LogicalType const text(DUCKDB_TYPE_VARCHAR);
  LogicalType const number(DUCKDB_TYPE_BIGINT);
  LogicalType const answer(returns);
  duckdb_scalar_function function = duckdb_create_scalar_function();
  duckdb_scalar_function_set_name(function, name);
  duckdb_scalar_function_add_parameter(function, text.raw);
  duckdb_scalar_function_add_parameter(function, number.raw);
  duckdb_scalar_function_set_return_type(function, answer.raw);
  duckdb_scalar_function_set_special_handling(function);
  duckdb_scalar_function_set_extra_info(function, &evaluations, nullptr);
  duckdb_scalar_function_set_function(function, body);
  bool const bad = duckdb_register_scalar_function(connection, function) == DuckDBError;
  duckdb_destroy_scalar_function(&function);
  if (bad)
    throw StoreUnavailable(std::string("usage events: the engine refuses the function ") + name);
}

template <ExactFold::What what>
void register_fold(duckdb_connection connection, char const* name) {
  LogicalType const text(DUCKDB_TYPE_VARCHAR);
  duckdb_aggregate_function function = duckdb_create_aggregate_function();
  duckdb_aggregate_function_set_name(function, name);
  duckdb_aggregate_function_add_parameter(function, text.raw);
  duckdb_aggregate_function_set_return_type(function, text.raw);
  duckdb_aggregate_function_set_special_handling(function);
  duckdb_aggregate_function_set_functions(function, fold_size, fold_init, fold_update<what>,
                                          fold_combine<what>, fold_finalize);
  duckdb_aggregate_function_set_destructor(function, fold_destroy);
  bool const bad = duckdb_register_aggregate_function(connection, function) == DuckDBError;
  duckdb_destroy_aggregate_function(&function);
  if (bad)
    throw StoreUnavailable(std::string("usage events: the engine refuses the function ") + name);
}

}  // namespace

void register_functions(Connection& connection, Evaluations& evaluations) {
  auto raw = static_cast<duckdb_connection>(connection.raw());
  register_scalar(raw, "tb_passes", DUCKDB_TYPE_BOOLEAN, passes_function, evaluations);
  register_scalar(raw, "tb_take", DUCKDB_TYPE_VARCHAR, take_function, evaluations);
  register_scalar(raw, "tb_group", DUCKDB_TYPE_VARCHAR, group_function, evaluations);
  register_fold<ExactFold::What::sum>(raw, "tb_sum");
  register_fold<ExactFold::What::min>(raw, "tb_min");
  register_fold<ExactFold::What::max>(raw, "tb_max");
}

}  // namespace tallybook::duckdb_detail
