// What the event tests share: a folder that goes away, and short ways to write events and queries.
#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>

#include "store/events/duckdb/duckdb_event_store.hpp"

namespace events_support {

using namespace tallybook;

class Folder {
 public:
  Folder() {
    static std::atomic<int> next{0};
    path_ = (std::filesystem::temp_directory_path() /
             ("tallybook_events_" + std::to_string(::getpid()) + "_" + std::to_string(next++)))
                .string();
    std::filesystem::remove_all(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(Folder const&) = delete;
  [[nodiscard]] std::string const& path() const { return path_; }
  [[nodiscard]] std::string sub(std::string const& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline Tenant const acme{"acc_acme", Mode::live};

inline EventToStore event(std::string const& id, std::string const& customer,
                          std::string const& value, std::int64_t at_ms = 1'000,
                          std::string const& type = "calls", Tenant const& tenant = acme) {
  return {tenant, customer, type, id, Instant{at_ms}, "{\"id\":\"" + id + "\",\"n\":" + value + "}",
          false};
}

inline UsageQuery query(AggregatorOperation operation, std::vector<std::string> customers = {},
                        std::string const& type = "calls", Tenant const& tenant = acme) {
  UsageQuery made;
  made.tenant = tenant;
  made.rule.event_type = type;
  made.rule.operation = operation;
  if (operation != AggregatorOperation::count) made.rule.property = "n";
  made.rule.allow_negative_values = true;
  made.customer_ids = std::move(customers);
  made.from = Instant{0};
  made.to = Instant{max_instant_ms};
  return made;
}

inline std::uint64_t count(EventStore& store, std::vector<std::string> customers = {},
                           std::string const& type = "calls", Tenant const& tenant = acme) {
  return store.usage(query(AggregatorOperation::count, std::move(customers), type, tenant)).count;
}

inline Exact sum(EventStore& store, std::vector<std::string> customers = {}) {
  return store.usage(query(AggregatorOperation::sum, std::move(customers))).quantity;
}

inline Exact exact(char const* text) { return Exact::parse(text).value(); }

}  // namespace events_support
