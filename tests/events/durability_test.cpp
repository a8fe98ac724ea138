// Acknowledged means durable: killed processes, many threads, backups, and one owner per folder.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>
#include <set>
#include <thread>

#include "base/unavailable.hpp"
#include "events/events_support.hpp"

namespace events_support {
namespace {

constexpr int batch_size = 20;
constexpr int writers = 3;

std::vector<EventToStore> batch_of(std::string const& name, std::string const& customer) {
  std::vector<EventToStore> batch;
  for (int i = 0; i < batch_size - 1; ++i)
    batch.push_back(event(name + "-" + std::to_string(i), customer, "1"));
  batch.push_back(event("hot", "cus_hot", "1"));  // replaced by every batch
  return batch;
}

// Writes until it is killed; one byte through the pipe per acknowledged batch.
[[noreturn]] void write_until_killed(std::string const& folder, std::string const& customer,
                                     int out) {
  auto store = DuckDbEventStore::open(folder, {.memory_limit = "1GB", .wal_limit = "200KB"});
  std::vector<std::thread> threads;
  for (int t = 0; t < writers; ++t)
    threads.emplace_back([&, t] {
      for (int n = 0;; ++n) {
        store->append(
            batch_of(customer + "-" + std::to_string(t) + "-" + std::to_string(n), customer));
        char const acknowledged = static_cast<char>(t);
        if (::write(out, &acknowledged, 1) != 1) ::_exit(1);
      }
    });
  for (;;) count(*store);  // reads resolve suspects all the while
}

TEST(Durability, AKilledProcessLosesAndDoublesNothingAcknowledged) {
  Folder folder;
  for (int round = 0; round < 6; ++round) {
    std::string const customer = "cus_r" + std::to_string(round);
    int pipe_ends[2];
    ASSERT_EQ(::pipe(pipe_ends), 0);
    pid_t const child = ::fork();
    if (child == 0) {
      ::close(pipe_ends[0]);
      write_until_killed(folder.path(), customer, pipe_ends[1]);
    }
    ::close(pipe_ends[1]);
    std::vector<int> acknowledged(writers, 0);
    int total = 0;
    char from = 0;
    int const stop_after = 30 + round * 37;
    while (::read(pipe_ends[0], &from, 1) == 1) {
      ++acknowledged[static_cast<size_t>(from)];
      if (++total == stop_after) ::kill(child, SIGKILL);
    }
    ::close(pipe_ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));

    auto store = DuckDbEventStore::open(folder.path());
    EventListQuery asked;
    asked.tenant = acme;
    asked.event_type = "calls";
    asked.customer_ids = {customer};
    asked.take = 1'000'000;
    EventPage const page = store->list(asked);
    std::set<std::string> ids;
    for (auto const& found : page.events)
      EXPECT_TRUE(ids.insert(found.record_id).second) << found.record_id;
    for (int t = 0; t < writers; ++t)
      for (int n = 0; n < acknowledged[static_cast<size_t>(t)]; ++n)
        for (int i = 0; i < batch_size - 1; ++i)
          ASSERT_TRUE(ids.contains(customer + "-" + std::to_string(t) + "-" + std::to_string(n) +
                                   "-" + std::to_string(i)));
    // A batch that was not acknowledged is there as a whole or not at all, one per writer at most.
    EXPECT_EQ(ids.size() % (batch_size - 1), 0u);
    EXPECT_LE(ids.size(), static_cast<size_t>(total + writers) * (batch_size - 1));
    EXPECT_EQ(count(*store, {customer}), ids.size());
    EXPECT_EQ(count(*store, {"cus_hot"}), 1u);
  }
}

TEST(Durability, ConcurrentAppendsAndReadsAgree) {
  Folder folder;
  auto store = DuckDbEventStore::open(folder.path(), {.memory_limit = "1GB", .wal_limit = "1MB"});
  constexpr int rounds = 60;
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      std::string const customer = "cus_" + std::to_string(t);
      for (int n = 0; n < rounds; ++n) {
        // Every id is sent twice in a row of rounds: the second replaces the first.
        store->append(batch_of(customer + "-" + std::to_string(n / 2), customer));
        std::uint64_t const expected = static_cast<std::uint64_t>(n / 2 + 1) * (batch_size - 1);
        if (count(*store, {customer}) != expected) ++wrong;
        if (count(*store, {"cus_hot"}) != 1) ++wrong;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(store->last_sequence(), 4u * rounds * batch_size);
  EXPECT_EQ(count(*store), 4u * (rounds / 2) * (batch_size - 1) + 1);
}

TEST(Durability, ABackupTakenWhileServingAnswersTheSame) {
  Folder folder;
  Folder target;
  auto store = DuckDbEventStore::open(folder.path());
  store->append({event("a", "cus_1", "1"), event("b", "cus_1", "2")});
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    for (int n = 0; !stop; ++n) store->append(batch_of("w" + std::to_string(n % 5), "cus_w"));
  });
  while (store->last_sequence() < 500) std::this_thread::yield();
  std::uint64_t const held = store->backup_to(target.sub("copy"));
  EXPECT_THROW(store->backup_to(target.sub("copy")), StoreUnavailable);
  // The original still has its owner after its file was read.
  EXPECT_THROW(DuckDbEventStore::open(folder.path()), StoreUnavailable);
  stop = true;
  writer.join();
  auto copy = DuckDbEventStore::open(target.sub("copy"));
  EXPECT_EQ(copy->last_sequence(), held);
  UsageQuery asked = query(AggregatorOperation::sum);
  asked.as_of = held;
  EXPECT_EQ(store->usage(asked).quantity, copy->usage(asked).quantity);
  EXPECT_EQ(store->usage(asked).count, copy->usage(asked).count);
  copy->append({event("a", "cus_1", "100")});
  EXPECT_EQ(sum(*copy, {"cus_1"}), Exact(102));
}

TEST(Durability, ASecondProcessIsRefusedInWords) {
  Folder folder;
  auto store = DuckDbEventStore::open(folder.path());
  pid_t const child = ::fork();
  if (child == 0) {
    try {
      DuckDbEventStore::open(folder.path());
    } catch (StoreUnavailable const& problem) {
      ::_exit(std::string(problem.what()).find("already open") != std::string::npos ? 7 : 8);
    }
    ::_exit(9);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST(Durability, AFullDiskRefusesAndLosesNothing) {
  Folder folder;
  auto store = DuckDbEventStore::open(folder.path(), {.memory_limit = "1GB", .wal_limit = "300KB"});
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  std::set<std::string> acknowledged;
  int refused = 0;
  for (int round = 0; round < 60; ++round) {
    // Files may not grow beyond this for a while: writes fail as on a full disk.
    rlimit limit = before;
    if (round % 20 >= 10) limit.rlim_cur = 100'000 + static_cast<rlim_t>(round) * 1'000;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    try {
      std::string const name = "r" + std::to_string(round);
      std::vector<EventToStore> batch;
      for (int i = 0; i < 200; ++i)
        batch.push_back(event(name + "-" + std::to_string(i), "cus_1", "1"));
      store->append(batch);
      for (auto const& sent : batch) acknowledged.insert(sent.record_id);
    } catch (StoreUnavailable const&) {
      ++refused;
    }
    if (round % 20 == 19) {
      ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
      store.reset();
      store = DuckDbEventStore::open(folder.path(), {.memory_limit = "1GB", .wal_limit = "300KB"});
    }
  }
  EXPECT_GT(refused, 0);
  EventListQuery asked;
  asked.tenant = acme;
  asked.event_type = "calls";
  asked.take = 1'000'000;
  std::set<std::string> found;
  for (auto const& one : store->list(asked).events) EXPECT_TRUE(found.insert(one.record_id).second);
  for (auto const& id : acknowledged) ASSERT_TRUE(found.contains(id)) << id;
  EXPECT_EQ(count(*store), found.size());
  std::printf("acknowledged %zu found %zu refused %d\n", acknowledged.size(), found.size(),
              refused);
}

TEST(Durability, AFolderThatCannotBeMadeIsUnavailable) {
  EXPECT_THROW(DuckDbEventStore::open("/proc/tallybook/none"), StoreUnavailable);
}

TEST(Durability, AnEmptyStoreIsSmallAndAnswers) {
  Folder folder;
  auto store = DuckDbEventStore::open(folder.path());
  EXPECT_EQ(store->append({}), 0u);
  EXPECT_EQ(store->last_sequence(), 0u);
  EXPECT_EQ(count(*store), 0u);
  EXPECT_TRUE(store->event_types(acme).empty());
  EXPECT_EQ(store->remove({acme, {"a"}, {}, {}, false}), 0u);
  store.reset();
  EXPECT_EQ(DuckDbEventStore::open(folder.path())->last_sequence(), 0u);
}

}  // namespace
}  // namespace events_support
