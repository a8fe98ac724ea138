// The only writer of versions: group commits, deletions, the filter of seen keys. Internal to
// src/store/events/duckdb.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "app/ports/event_store.hpp"
#include "store/events/bloom/seen_filter.hpp"
#include "store/events/duckdb/core.hpp"

namespace tallybook::duckdb_detail {

class Writer {
 public:
  Writer(Core& core, std::string folder);
  ~Writer();
  std::uint64_t append(std::vector<EventToStore> events);
  std::uint64_t remove(EventStore::Deletion const& what);
  // Runs `body` while nothing is written.
  void paused(std::function<void()> const& body);
  // Writes the filter's snapshot into `folder`; only within paused().
  void save_filter(std::string const& folder);

 private:
  struct Ticket {
    std::vector<EventToStore> events;
    std::uint64_t last = 0;
    bool done = false;
    std::exception_ptr problem;
  };
  void load_filter();
  void commit(std::vector<Ticket*> const& group);
  void write_versions(std::vector<Ticket*> const& group);
  // The newest version of each tenant of a group.
  using NewestOf = std::vector<std::pair<Tenant, std::uint64_t>>;
  void after_commit(std::uint64_t sequence, NewestOf const& newest);
  std::vector<Ticket*> take_group();
  std::uint64_t remove_now(EventStore::Deletion const& what);

  Core& core_;
  std::string folder_;
  SeenFilter filter_;
  std::uint64_t saved_until_ = 0;  // the filter's snapshot covers this sequence
  std::uint64_t wal_inode_ = 0;

  std::mutex writing_;  // one transaction of versions at a time

  std::mutex queue_mutex_;
  std::condition_variable queue_changed_;
  std::deque<Ticket*> queue_;
  bool leading_ = false;
  Connection connection_;
};

}  // namespace tallybook::duckdb_detail
