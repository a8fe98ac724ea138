// EventStore: the port to usage events. Events are versioned and never overwritten: a record id is
// one record per (account, mode, event type); sending it again is a new version that replaces the
// older one whatever its customer or time (last accepted write wins), deleting writes a tombstone.
// Every version carries an ingestion sequence, and every read may be "as of" a sequence, so that an
// invoice line can be traced to exactly its events later. DuckDB is the embedded implementation;
// the interface must also fit ClickHouse.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/instant.hpp"
#include "domain/account/account.hpp"
#include "domain/usage/aggregator.hpp"
#include "domain/usage/ticks.hpp"
#include "money/exact.hpp"

namespace tallybook {

// An accepted event on its way to the store: already validated.
struct EventToStore {
  Tenant tenant;
  std::string customer_id;  // cus_...
  std::string event_type;
  std::string record_id;
  Instant timestamp;
  std::string record_json;  // the record object, canonical JSON text, numbers untouched
  bool deleted = false;
};

struct StoredEvent {
  std::uint64_t sequence = 0;
  std::string customer_id;
  std::string event_type;
  std::string record_id;
  Instant timestamp;
  std::string record_json;
};

inline constexpr std::uint64_t latest_sequence = UINT64_MAX;

struct UsageQuery {
  Tenant tenant;
  AggregatorRule rule;
  std::vector<std::string> customer_ids;  // empty: all customers
  Instant from;                           // [from, to)
  Instant to;
  std::uint64_t as_of = latest_sequence;  // versions with a greater sequence do not exist yet
};

struct UsageResult {
  Exact quantity;
  std::uint64_t count = 0;
  std::uint64_t as_of = 0;  // the sequence the answer is true for; give it back to trace it
};

struct UsageGroup {
  std::string key;  // customer id, or the property's text
  Exact quantity;
  std::uint64_t count = 0;
};

struct UsageTick {
  Instant at;  // start of the hour, day or month (UTC)
  Exact quantity;
  std::uint64_t count = 0;
};

struct EventListQuery {
  Tenant tenant;
  std::string event_type;
  std::vector<std::string> customer_ids;  // empty: all
  std::vector<std::string> record_ids;    // empty: all
  std::optional<Instant> from;            // inclusive
  std::optional<Instant> to;              // inclusive when to_inclusive, else exclusive
  bool to_inclusive = true;
  std::optional<EventFilter> where;
  std::optional<AggregatorRule> counted_by;  // only events that take part in it
  bool ascending = false;                    // by timestamp, then sequence
  std::uint64_t take = 50;
  std::uint64_t skip = 0;
  std::uint64_t as_of = latest_sequence;
};

struct EventPage {
  std::vector<StoredEvent> events;
  std::uint64_t total = 0;
};

// From the first to the last instant, both included.
struct TimeSpan {
  Instant first;
  Instant last;
};

// What took the place of events that had been counted.
struct ReplacedEvents {
  // The versions that were replaced or deleted, and those they had replaced, newest first.
  std::vector<std::uint64_t> versions;
  std::vector<Instant> times;  // of each of them
  // Where replacing them ends and something else begins, or the other way round: the last sequence
  // of each run but the last one. Empty when nothing was replaced.
  std::vector<std::uint64_t> turns;
};

class EventStore {
 public:
  virtual ~EventStore() = default;

  // Appends all events, in order, and returns when they are durable; concurrent callers share one
  // commit. All or nothing for one call. Returns the sequence of the last one. Throws
  // StoreUnavailable when they could not be made durable.
  virtual std::uint64_t append(std::vector<EventToStore> events) = 0;

  // Tombstones: by record id (every event type unless one is named), by customer, by event type,
  // or all of the tenant. Returns how many live events are gone.
  struct Deletion {
    Tenant tenant;
    std::vector<std::string> record_ids;
    std::optional<std::string> customer_id;
    std::optional<std::string> event_type;
    bool all = false;
  };
  virtual std::uint64_t remove(Deletion const& what) = 0;

  // Reads see every append that returned before they began.
  virtual UsageResult usage(UsageQuery const& query) = 0;
  // A formula reads its aggregates of the same events at the same sequence.
  // bps prices need each event's value: the property of every event that takes part, in
  // (timestamp, sequence) order.
  virtual std::vector<Exact> values(UsageQuery const& query) = 0;
  virtual std::vector<UsageGroup> usage_by_customer(UsageQuery const& query) = 0;  // sorted by key
  virtual std::vector<UsageGroup> usage_by_property(UsageQuery const& query,
                                                    std::string const& property) = 0;
  // Ticks with events; all of them, up to most_ticks, for a running value.
  virtual std::vector<UsageTick> usage_over_time(UsageQuery const& query, TickSize size) = 0;
  virtual EventPage list(EventListQuery const& query) = 0;
  // Distinct event types of the tenant with live events, sorted.
  virtual std::vector<std::string> event_types(Tenant const& tenant) = 0;

  // Where in time the events of a customer changed after the sequence `since` up to `as_of`: new,
  // replaced and deleted ones, wherever their record went. What lies outside counts as it did.
  virtual std::optional<TimeSpan> changed_between(Tenant const& tenant,
                                                  std::string const& event_type,
                                                  std::string const& customer_id,
                                                  std::uint64_t since, std::uint64_t as_of) = 0;

  // What the same changes replaced of the versions up to `since`. A store that does not know tells
  // of nothing.
  virtual ReplacedEvents replaced_between(Tenant const& /*tenant*/,
                                          std::string const& /*event_type*/,
                                          std::string const& /*customer_id*/,
                                          std::uint64_t /*since*/, std::uint64_t /*as_of*/) {
    return {};
  }

  // The sequence of the newest durable event; 0 when there is none.
  virtual std::uint64_t last_sequence() = 0;
  // No version of the tenant is newer than this. While the store is open it grows only when the
  // tenant writes, so that whoever looked at events up to here need not look again. At first it may
  // be the newest sequence of all: what the tenant wrote before the store was opened is not looked
  // up.
  virtual std::uint64_t last_sequence_of(Tenant const& /*tenant*/) { return last_sequence(); }
  // Writes a consistent copy into an empty folder while serving; returns the sequence it holds.
  virtual std::uint64_t backup_to(std::string const& folder) = 0;
};

}  // namespace tallybook
