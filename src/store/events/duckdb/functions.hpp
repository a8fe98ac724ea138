// The meaning of filters and aggregators inside the engine: SQL functions of ours that call the
// domain's own passes() and Exact, so that there is one meaning and no binary floating point. A
// query registers what it wants to evaluate and passes only its number to SQL, so that no user
// text is ever part of a statement.
//   tb_passes(record, n) -> BOOLEAN   the filter lets the record through
//   tb_take(record, n)   -> VARCHAR   the value that takes part, NULL when the event does not
//   tb_group(record, n)  -> VARCHAR   the grouping property's text, '' when absent or null
//   tb_sum, tb_min, tb_max (VARCHAR) -> VARCHAR   exact, as Exact::str(); NULL without rows
// Internal to src/store/events/duckdb.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "domain/usage/aggregator.hpp"
#include "store/events/duckdb/engine.hpp"

namespace tallybook::duckdb_detail {

struct Evaluation {
  enum class Take { everything, number, distinct };
  AggregatorRule rule;  // which events, and the property of number and distinct
  Take take = Take::everything;
  bool allow_negative = true;
  std::string group_property;
  std::vector<std::string> read = {};  // the properties that select; filled in by add()
};

// The evaluations of running queries, by number. Thread-safe.
class Evaluations {
 public:
  class Registered {
   public:
    Registered(Evaluations& owner, std::int64_t number) : owner_(owner), number_(number) {}
    ~Registered() { owner_.remove(number_); }
    Registered(Registered const&) = delete;
    [[nodiscard]] std::string sql() const { return std::to_string(number_); }

   private:
    Evaluations& owner_;
    std::int64_t number_;
  };
  Registered add(Evaluation evaluation);
  std::shared_ptr<Evaluation const> find(std::int64_t number);

 private:
  void remove(std::int64_t number);
  std::mutex mutex_;
  std::int64_t next_ = 1;
  std::unordered_map<std::int64_t, std::shared_ptr<Evaluation const>> running_;
};

// Makes the functions known to the whole database; `evaluations` must outlive it.
void register_functions(Connection& connection, Evaluations& evaluations);

}  // namespace tallybook::duckdb_detail
