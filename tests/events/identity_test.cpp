// One record per (account, mode, event type, record id); replacing, deleting, reading as of a
// sequence, and the same after a restart.
#include <gtest/gtest.h>

#include "base/unavailable.hpp"
#include "events/events_support.hpp"

namespace events_support {
namespace {

TEST(Identity, TheSameIdReplacesWhateverCustomerAndTime) {
  Folder folder;
  auto store = DuckDbEventStore::open(folder.path());
  EXPECT_EQ(store->append({event("a", "cus_1", "1"), event("b", "cus_1", "2")}), 2u);
  EXPECT_EQ(sum(*store), Exact(3));
  EXPECT_EQ(store->append({event("a", "cus_2", "10", 99'000)}), 3u);
  EXPECT_EQ(sum(*store), Exact(12));
  EXPECT_EQ(count(*store, {"cus_1"}), 1u);
  EXPECT_EQ(count(*store, {"cus_2"}), 1u);
  EXPECT_EQ(count(*store, {"cus_1", "cus_2", "cus_unknown"}), 2u);
  EXPECT_EQ(count(*store, {"cus_unknown"}), 0u);
}

TEST(Identity, TypesAccountsAndModesAreApart) {
  Folder folder;
  auto store = DuckDbEventStore::open(folder.path());
  Tenant const test_mode{"acc_acme", Mode::test};
  Tenant const other{"acc_other", Mode::live};
  store->append({event("a", "cus_1", "1"), event("a", "cus_1", "1", 1, "bytes"),
                 event("a", "cus_1", "1", 1, "calls", test_mode),
                 event("a", "cus_1", "1", 1, "calls", other)});
  store->append({event("a", "cus_1", "5")});
  EXPECT_EQ(count(*store), 1u);
  EXPECT_EQ(count(*store, {}, "bytes"), 1u);
  EXPECT_EQ(count(*store, {}, "calls", test_mode), 1u);
  EXPECT_EQ(count(*store, {}, "calls", other), 1u);
  EXPECT_EQ(store->event_types(acme), (std::vector<std::string>{"bytes", "calls"}));
  EXPECT_EQ(store->event_types(other), (std::vector<std::string>{"calls"}));
}

TEST(Identity, TheLastOfOneBatchWins) {
  Folder folder;
  auto store = DuckDbEventStore::open(folder.path());
  EXPECT_EQ(
      store->append({event("a", "cus_1", "1"), event("a", "cus_1", "2"), event("a", "cus_1", "3")}),
      3u);
  EXPECT_EQ(count(*store), 1u);
  EXPECT_EQ(sum(*store), Exact(3));
}

TEST(Identity, ReadsAsOfASequenceSeeThatMoment) {
  Folder folder;
  auto store = DuckDbEventStore::open(folder.path());
  store->append({event("a", "cus_1", "1")});
  store->append({event("a", "cus_1", "2")});
  EventToStore gone = event("a", "cus_1", "2");
  gone.deleted = true;
  store->append({gone});
  store->append({event("a", "cus_1", "4")});
  std::vector<int> const expected = {0, 1, 2, 0, 4};
  for (int round = 0; round < 2; ++round) {
    for (std::uint64_t as_of = 0; as_of <= 4; ++as_of) {
      UsageQuery asked = query(AggregatorOperation::sum);
      asked.as_of = as_of;
      UsageResult const result = store->usage(asked);
      EXPECT_EQ(result.quantity, Exact(expected[as_of])) << as_of;
      EXPECT_EQ(result.as_of, as_of);
    }
    EXPECT_EQ(store->usage(query(AggregatorOperation::sum)).as_of, 4u);
    store.reset();
    store = DuckDbEventStore::open(folder.path());
  }
}

TEST(Identity, TellsWhichCountedVersionsWereReplaced) {
  Folder folder;
  auto store = DuckDbEventStore::open(folder.path());
  EXPECT_TRUE(store->replaced_between(acme, "calls", "cus_1", 0, latest_sequence).versions.empty());
  store->append({event("a", "cus_1", "1"), event("b", "cus_1", "2"), event("x", "cus_2", "9")});
  store->append({event("a", "cus_1", "3")});                            // 4 in place of 1
  store->append({event("c", "cus_1", "5"), event("a", "cus_1", "4"),    // 5; 6 in place of 4
                 event("b", "cus_1", "1"), event("d", "cus_1", "1"),    // 7 in place of 2; 8
                 event("d", "cus_1", "2"), event("x", "cus_2", "8")});  // 9 in place of 8; 10
  EventStore::Deletion deletion;
  deletion.tenant = acme;
  deletion.record_ids = {"c"};
  EXPECT_EQ(store->remove(deletion), 1u);  // 11 in place of 5
  auto const told = [&](std::uint64_t since, std::uint64_t as_of) {
    return store->replaced_between(acme, "calls", "cus_1", since, as_of);
  };
  using Sequences = std::vector<std::uint64_t>;
  EXPECT_EQ(told(0, 4).versions, Sequences{});
  EXPECT_EQ(told(3, 4).versions, Sequences{1});
  EXPECT_EQ(told(3, 4).turns, Sequences{});
  EXPECT_EQ(told(4, 11).versions, (Sequences{4, 2, 1})) << "4 had replaced 1";
  EXPECT_EQ(told(4, 11).turns, (Sequences{5, 7})) << "5 is new, 6 and 7 replace, 8 to 11 are new";
  EXPECT_EQ(told(9, 11).versions, Sequences{5});
  EXPECT_EQ(store->replaced_between(acme, "calls", "cus_2", 4, 11).versions, Sequences{3});
}

TEST(Identity, HoldsAcrossRestartsWithAndWithoutASnapshot) {
  Folder folder;
  for (int round = 0; round < 4; ++round) {
    auto store = DuckDbEventStore::open(folder.path());
    EXPECT_EQ(store->last_sequence(), static_cast<std::uint64_t>(round) * 100);
    std::vector<EventToStore> batch;
    for (int i = 0; i < 100; ++i)
      batch.push_back(event("id" + std::to_string(i), "cus_1", std::to_string(round)));
    store->append(batch);
    if (round % 2 == 0) {
      EXPECT_EQ(sum(*store), Exact(100 * round));
    }
    store.reset();
    std::string const snapshot = folder.sub("seen.filter");
    EXPECT_TRUE(std::filesystem::exists(snapshot));
    if (round == 1) std::filesystem::remove(snapshot);
    if (round == 2) std::filesystem::resize_file(snapshot, 100);
  }
  auto store = DuckDbEventStore::open(folder.path());
  EXPECT_EQ(count(*store), 100u);
  EXPECT_EQ(sum(*store), Exact(300));
}

TEST(Identity, ASnapshotOfAnotherHistoryIsNotTrusted) {
  Folder folder;
  Folder other;
  auto store = DuckDbEventStore::open(folder.path());
  store->append({event("a", "cus_1", "1")});
  store.reset();
  store = DuckDbEventStore::open(other.path());
  store->append({event("b", "cus_1", "1")});
  store.reset();
  std::filesystem::copy_file(other.sub("seen.filter"), folder.sub("seen.filter"),
                             std::filesystem::copy_options::overwrite_existing);
  store = DuckDbEventStore::open(folder.path());
  store->append({event("a", "cus_1", "7")});
  EXPECT_EQ(sum(*store), Exact(7));
}

TEST(Identity, WhatATenantWroteIsNewToItAlone) {
  Folder folder;
  Tenant const other{"acc_other", Mode::live};
  Tenant const test{"acc_acme", Mode::test};
  {
    auto store = DuckDbEventStore::open(folder.path());
    EXPECT_EQ(store->last_sequence_of(acme), 0u);
    // One call with events of two tenants.
    store->append({event("a", "cus_1", "1"), event("b", "cus_1", "1"),
                   event("a", "cus_1", "1", 1, "calls", other)});
    EXPECT_EQ(store->last_sequence_of(acme), 2u);
    EXPECT_EQ(store->last_sequence_of(other), 3u);
    EXPECT_EQ(store->last_sequence_of(test), 0u);
    EXPECT_EQ(store->remove({acme, {"a"}, {}, {}, false}), 1u);
    EXPECT_EQ(store->remove({acme, {"a"}, {}, {}, false}), 0u);
    EXPECT_EQ(store->last_sequence_of(acme), 4u);
    store->append({event("c", "cus_1", "1", 1, "calls", other)});
    EXPECT_EQ(store->last_sequence_of(acme), 4u);
  }
  // Opening does not look up whose the newest ones are; from then on it is known.
  auto store = DuckDbEventStore::open(folder.path());
  EXPECT_EQ(store->last_sequence_of(acme), 5u);
  store->append({event("d", "cus_1", "1", 1, "calls", other)});
  EXPECT_EQ(store->last_sequence_of(acme), 5u);
  EXPECT_EQ(store->last_sequence_of(other), 6u);
}

TEST(Remove, ByIdReachesEveryTypeUnlessOneIsNamed) {
  Folder folder;
  auto store = DuckDbEventStore::open(folder.path());
  store->append(
      {event("a", "cus_1", "1"), event("b", "cus_1", "1"), event("a", "cus_1", "1", 1, "bytes")});
  store->append({event("a", "cus_2", "5")});
  EXPECT_EQ(store->remove({acme, {"a"}, {}, "bytes", false}), 1u);
  EXPECT_EQ(store->event_types(acme), (std::vector<std::string>{"calls"}));
  EXPECT_EQ(store->remove({acme, {"a", "unknown"}, {}, {}, false}), 1u);
  EXPECT_EQ(store->remove({acme, {"a"}, {}, {}, false}), 0u);
  EXPECT_EQ(count(*store), 1u);
  EXPECT_EQ(store->last_sequence(), 6u);
  store->append({event("a", "cus_2", "9")});
  EXPECT_EQ(sum(*store, {"cus_2"}), Exact(9));
  UsageQuery before = query(AggregatorOperation::sum);
  before.as_of = 4;
  EXPECT_EQ(store->usage(before).quantity, Exact(6));
}

TEST(Remove, ByCustomerTypeAndAll) {
  Folder folder;
  auto store = DuckDbEventStore::open(folder.path());
  Tenant const other{"acc_other", Mode::live};
  store->append({event("a", "cus_1", "1"), event("b", "cus_2", "1"),
                 event("c", "cus_2", "1", 1, "bytes"), event("d", "cus_3", "1"),
                 event("e", "cus_1", "1", 1, "calls", other)});
  EXPECT_EQ(store->remove({acme, {}, "cus_2", {}, false}), 2u);
  EXPECT_EQ(store->remove({acme, {}, {}, {}, false}), 0u);
  EXPECT_EQ(store->remove({acme, {}, {}, "bytes", false}), 0u);
  EXPECT_EQ(count(*store), 2u);
  EXPECT_EQ(store->remove({acme, {}, {}, {}, true}), 2u);
  EXPECT_EQ(count(*store), 0u);
  EXPECT_EQ(count(*store, {}, "calls", other), 1u);
  store.reset();
  store = DuckDbEventStore::open(folder.path());
  EXPECT_EQ(count(*store), 0u);
  store->append({event("a", "cus_1", "3")});
  EXPECT_EQ(sum(*store), Exact(3));
}

TEST(List, PagesFiltersAndOrders) {
  Folder folder;
  auto store = DuckDbEventStore::open(folder.path());
  std::vector<EventToStore> batch;
  for (int i = 0; i < 10; ++i)
    batch.push_back(event("id" + std::to_string(i), "cus_1", std::to_string(i), i * 10));
  store->append(batch);
  EventListQuery asked;
  asked.tenant = acme;
  asked.event_type = "calls";
  asked.take = 3;
  EventPage page = store->list(asked);
  EXPECT_EQ(page.total, 10u);
  ASSERT_EQ(page.events.size(), 3u);
  EXPECT_EQ(page.events[0].record_id, "id9");
  EXPECT_EQ(page.events[0].record_json, "{\"id\":\"id9\",\"n\":9}");
  EXPECT_EQ(page.events[0].customer_id, "cus_1");
  asked.from = Instant{20};
  asked.to = Instant{40};
  asked.ascending = true;
  EXPECT_EQ(store->list(asked).total, 3u);
  asked.to_inclusive = false;
  EXPECT_EQ(store->list(asked).total, 2u);
  asked.skip = 1;
  page = store->list(asked);
  ASSERT_EQ(page.events.size(), 1u);
  EXPECT_EQ(page.events[0].sequence, 4u);
  EventListQuery by_id;
  by_id.tenant = acme;
  by_id.event_type = "calls";
  by_id.record_ids = {"id7", "id2", "'; DROP TABLE events; --"};
  EXPECT_EQ(store->list(by_id).total, 2u);
  by_id.where = EventFilter{FilterConditional::and_,
                            {{"n", FilterOperator::gt, {{RecordValue::Kind::number, "2.0"}}}}};
  EXPECT_EQ(store->list(by_id).total, 1u);
}

}  // namespace
}  // namespace events_support
