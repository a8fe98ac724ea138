// DuckDbEventStore: usage events in one folder, kept by DuckDB inside this process. See
// ../README.md for how versions, suspects and the filter work together.
#pragma once

#include <memory>
#include <string>

#include "app/ports/event_store.hpp"

namespace tallybook {

struct DuckDbEventStoreOptions {
  std::string memory_limit = "1GB";  // of the engine, for all connections together
  std::string wal_limit = "64MB";  // the log is folded into the file beyond this: bounds reopening
  int threads = 2;                 // of the engine, shared by all reads
};

// Every function may be called from any thread; reads run in parallel with each other and with
// appends. Everything that goes wrong is StoreUnavailable.
class DuckDbEventStore final : public EventStore {
 public:
  // Opens the folder, creating it when it is missing. One process at a time owns a folder: a second
  // one gets StoreUnavailable.
  static std::unique_ptr<DuckDbEventStore> open(std::string const& folder,
                                                DuckDbEventStoreOptions const& options = {});
  ~DuckDbEventStore() override;

  std::uint64_t append(std::vector<EventToStore> events) override;
  std::uint64_t remove(Deletion const& what) override;
  UsageResult usage(UsageQuery const& query) override;
  std::vector<Exact> values(UsageQuery const& query) override;
  std::vector<UsageGroup> usage_by_customer(UsageQuery const& query) override;
  // Events without the property (or with null) are one group with the key "", so that groups add
  // up.
  std::vector<UsageGroup> usage_by_property(UsageQuery const& query,
                                            std::string const& property) override;
  std::vector<UsageTick> usage_over_time(UsageQuery const& query, TickSize size) override;
  EventPage list(EventListQuery const& query) override;
  std::vector<std::string> event_types(Tenant const& tenant) override;
  std::optional<TimeSpan> changed_between(Tenant const& tenant, std::string const& event_type,
                                          std::string const& customer_id, std::uint64_t since,
                                          std::uint64_t as_of) override;
  ReplacedEvents replaced_between(Tenant const& tenant, std::string const& event_type,
                                  std::string const& customer_id, std::uint64_t since,
                                  std::uint64_t as_of) override;
  std::uint64_t last_sequence() override;
  std::uint64_t last_sequence_of(Tenant const& tenant) override;
  // Appends wait while the files are copied; reads go on.
  std::uint64_t backup_to(std::string const& folder) override;

 private:
  struct Parts;
  explicit DuckDbEventStore(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tallybook
