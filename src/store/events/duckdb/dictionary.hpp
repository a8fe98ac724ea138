// Small integers for what repeats in every event: streams (account, mode, event type) and
// customers (account, mode, customer id). Kept in two tables and in memory. Thread-safe.
// Internal to src/store/events/duckdb.
#pragma once

#include <cstdint>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "app/ports/event_store.hpp"
#include "store/events/duckdb/engine.hpp"

namespace tallybook::duckdb_detail {

using Code = std::uint32_t;

class Dictionary {
 public:
  struct Entry {
    Tenant tenant;
    std::string name;
  };
  // New entries of one group commit: written in its transaction, published when it is durable.
  class Additions {
   public:
    explicit Additions(Dictionary const& known) : known_(known) {}
    Code code(Tenant const& tenant, std::string const& name);

   private:
    friend class Dictionary;
    Dictionary const& known_;
    std::unordered_map<std::string, Code> codes_;
    std::vector<Entry> entries_;
    std::string last_key_;  // neighbours in a batch mostly repeat
    Code last_code_ = 0;
  };

  explicit Dictionary(char const* table) : table_(table) {}
  void load(Connection& connection);
  void write(Additions const& additions, Connection& connection) const;
  void publish(Additions&& additions);

  [[nodiscard]] std::optional<Code> find(Tenant const& tenant, std::string const& name) const;
  [[nodiscard]] std::string name(Code code) const;
  // Codes of the tenant.
  [[nodiscard]] std::vector<Code> codes(Tenant const& tenant) const;

 private:
  static void make_key(Tenant const& tenant, std::string_view name, std::string& key);
  char const* table_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Code> codes_;
  std::vector<Entry> entries_;  // by code
};

}  // namespace tallybook::duckdb_detail
