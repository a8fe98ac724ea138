// CustomerDirectory: which customer an event means, by our id or the caller's. Cached, because
// ingestion asks for every event; every change of a customer writes an outbox row, so what a
// session sees of the outbox tells whether the cache still holds.
#pragma once

#include <mutex>
#include <string>
#include <unordered_map>

#include "domain/account/account.hpp"
#include "store/sql/session.hpp"

namespace tallybook {

class CustomerDirectory {
 public:
  // Fills `ids` with the customer id of each reference; empty where there is none. Thread-safe.
  void resolve(SqlSession& sql, Tenant const& tenant, std::vector<std::string> const& references,
               std::vector<std::string>& ids);

 private:
  struct Known {
    std::string version;
    std::unordered_map<std::string, std::string> ids;
  };
  std::mutex mutex_;
  std::unordered_map<std::string, Known> tenants_;
};

}  // namespace tallybook
