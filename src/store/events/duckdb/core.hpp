// What the writer, the resolver and the readers of one folder share. Internal to
// src/store/events/duckdb.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/events/duckdb/dictionary.hpp"
#include "store/events/duckdb/engine.hpp"
#include "store/events/duckdb/functions.hpp"

namespace tallybook::duckdb_detail {

// Which streams have suspects that nobody resolved yet, and which have superseded versions at all.
// Kept in memory only: both are derived from the tables on opening. Thread-safe.
class Unresolved {
 public:
  void note(Code stream, std::uint64_t sequence);
  // True when a suspect up to `sequence` in one of the streams is waiting.
  bool waits(std::vector<Code> const& streams, std::uint64_t sequence);
  // Every suspect up to `sequence` was resolved.
  void resolved(std::uint64_t sequence);
  void has_superseded(Code stream);
  bool any_superseded(std::vector<Code> const& streams);

 private:
  struct Span {
    std::uint64_t first;  // at or below the first waiting suspect
    std::uint64_t last;
  };
  std::mutex mutex_;
  std::unordered_map<Code, Span> waiting_;
  std::set<Code> superseded_;
};

// Up to which sequence each tenant may have versions. Kept in memory only. Thread-safe.
class NewestOfTenants {
 public:
  // Of all tenants: what was written before the folder was opened.
  void opened_at(std::uint64_t sequence) { before_ = sequence; }
  // `sequence` can be read already: who sees it here must find its version.
  void note(Tenant const& tenant, std::uint64_t sequence);
  std::uint64_t of(Tenant const& tenant);

 private:
  std::mutex mutex_;
  std::uint64_t before_ = 0;
  std::map<std::pair<std::string, Mode>, std::uint64_t> newest_;
};

struct Core {
  explicit Core(EngineOptions const& options) : engine(options) {}
  Evaluations evaluations;  // outlives the engine, whose functions point to it
  Engine engine;
  Dictionary streams{"streams"};
  Dictionary customers{"customers"};
  Unresolved unresolved;
  NewestOfTenants newest;
  std::mutex resolving;
  std::atomic<std::uint64_t> durable{0};  // the newest version a reader may see

  // Resolves what a read of the streams as of `sequence` needs (see resolver.cpp).
  void resolve(std::vector<Code> const& streams, std::uint64_t sequence);
};

// "1,2,3"
std::string join_codes(std::vector<Code> const& codes);

// The versions that count as of a sequence: which streams, and optional bounds. Makes
// " FROM events e ... WHERE ..." of whole numbers only.
struct LiveVersions {
  std::vector<Code> streams;
  std::vector<Code> customers;  // empty: all
  std::optional<std::int64_t> from_ms;
  std::optional<std::int64_t> before_ms;
  std::uint64_t as_of = 0;
  bool superseded = true;  // false when the streams have no superseded version
  [[nodiscard]] std::string sql() const;
};

}  // namespace tallybook::duckdb_detail
