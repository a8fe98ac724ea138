// The reads. Each takes the newest durable sequence (or the one asked for), makes sure that every
// suspect up to it is resolved, and asks for versions up to it only: later writes cannot change the
// answer. Statements are planned anew each time on purpose: a cached plan could rest on statistics
// from before a write. Thread-safe. Internal to src/store/events/duckdb.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/ports/event_store.hpp"
#include "store/events/duckdb/core.hpp"

namespace tallybook::duckdb_detail {

class Reader {
 public:
  explicit Reader(Core& core) : core_(core) {}
  UsageResult usage(UsageQuery const& query);
  std::vector<Exact> values(UsageQuery const& query);
  std::vector<UsageGroup> by_customer(UsageQuery const& query);
  std::vector<UsageGroup> by_property(UsageQuery const& query, std::string const& property);
  std::vector<UsageTick> over_time(UsageQuery const& query, TickSize size);
  EventPage list(EventListQuery const& query);
  std::vector<std::string> event_types(Tenant const& tenant);
  std::optional<TimeSpan> changed_between(Tenant const& tenant, std::string const& event_type,
                                          std::string const& customer_id, std::uint64_t since,
                                          std::uint64_t as_of);
  ReplacedEvents replaced_between(Tenant const& tenant, std::string const& event_type,
                                  std::string const& customer_id, std::uint64_t since,
                                  std::uint64_t as_of);

 private:
  struct Folded {
    std::string text_key;
    std::int64_t whole_key = 0;
    Exact quantity;
    std::uint64_t count = 0;
  };
  enum class Key { none, whole, text };
  // The versions a query reads, resolved; empty when there can be none. `as_of` becomes the
  // sequence the answer is true for.
  std::optional<LiveVersions> prepare(Tenant const& tenant, std::string const& event_type,
                                      std::vector<std::string> const& customers,
                                      std::uint64_t& as_of);
  std::optional<LiveVersions> prepare(UsageQuery const& query, std::uint64_t& as_of);
  // Aggregates, grouped by the SQL expression `key` unless Key::none.
  std::vector<Folded> fold(UsageQuery const& query, LiveVersions const& live,
                           std::string const& key, Key kind, std::string const& group_property);
  std::vector<Folded> fold_formula(UsageQuery const& query, LiveVersions const& live,
                                   std::string const& key, Key kind,
                                   std::string const& group_property);
  std::vector<Folded> fold_running(UsageQuery const& query, LiveVersions const& live,
                                   std::string const& key, Key kind,
                                   std::string const& group_property);
  Core& core_;
};

}  // namespace tallybook::duckdb_detail
