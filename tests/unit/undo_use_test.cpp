// Use that is undone: the grants hold what they would if the last word had been sent at once.
#include "domain/credit/undo_use.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tallybook {
namespace undo_use_test {

// A balance told event by event: each is counted by itself at its time, grants come between.
struct Told {
  struct Event {
    Exact count;
    std::int64_t position = 0;
    Instant at;
    std::string aggregator;
    std::uint64_t sequence = 0;
  };
  std::vector<GrantAt> grants;  // whole, as they came
  std::vector<Event> events;

  GrantAt& grant(Exact const& count, std::int64_t position, std::optional<Instant> expires_at,
                 bool purchased) {
    GrantAt grant;
    grant.grant.id = CreditGrantId("cgr_" + std::to_string(grants.size()));
    grant.grant.granted = grant.grant.remaining = count;
    grant.grant.expired = Exact(0);
    grant.grant.expires_at = expires_at;
    grant.grant.created_at = Instant{position};
    grant.grant.purchased = purchased;
    grant.position = position;
    return grants.emplace_back(std::move(grant));
  }
  // Everything from the start by the plain order of use.
  [[nodiscard]] std::pair<std::vector<GrantAt>, std::vector<CreditUse>> burnt() const {
    auto out = grants;
    std::vector<CreditUse> uses;
    for (auto const& event : events) {
      std::vector<CreditGrant> there;
      for (auto const& each : out)
        if (each.position < event.position) there.push_back(each.grant);
      auto const burned = burn(there, event.count, event.at);
      CreditUse use;
      use.position = event.position;
      use.aggregator_id = event.aggregator;
      use.since_sequence = static_cast<std::int64_t>(event.sequence) - 1;
      use.until_sequence = static_cast<std::int64_t>(event.sequence);
      use.used_at = event.at;
      auto const keep = [&](std::optional<CreditGrantId> grant, Exact const& count) {
        use.id = CreditUseId("cru_" + std::to_string(uses.size()));
        use.grant_id = std::move(grant);
        use.count = count;
        uses.push_back(use);
      };
      for (auto const& part : burned.uses) keep(there[part.grant].id, part.count);
      if (!burned.uncovered.is_zero()) keep(std::nullopt, burned.uncovered);
      for (auto const& changed : there)
        for (auto& each : out)
          if (each.grant.id == changed.id) each.grant = changed;
    }
    return {std::move(out), std::move(uses)};
  }
};

UndoneUse undone(Exact const& count, char const* aggregator, std::vector<std::uint64_t> versions) {
  return {count, aggregator, std::move(versions)};
}

TEST(UndoUse, ComesBackToWhereItWasTakenAndOverageFirst) {
  Told told;
  told.grant(20, 0, {}, false);
  told.grant(100, 1, {}, true);
  told.events = {{130, 2, Instant{2}, "a", 7}};
  auto const [grants, uses] = told.burnt();
  auto const result = undo_use(grants, uses, undone(105, "a", {7}));
  EXPECT_EQ(result.from_overage, 10);
  EXPECT_EQ(result.back, (std::vector<Exact>{0, 95}));
  EXPECT_EQ(result.unknown, 0);
  EXPECT_EQ(result.gone.size(), 3U);
  ASSERT_EQ(result.instead.size(), 2U);
  EXPECT_EQ(result.instead[0].count, 20);
  EXPECT_EQ(result.instead[1].count, 5);
}

TEST(UndoUse, WhatNoUseIsRecordedForIsUnknown) {
  Told told;
  told.grant(20, 0, {}, false);
  told.events = {{5, 1, Instant{1}, "a", 7}};
  auto const [grants, uses] = told.burnt();
  auto const result = undo_use(grants, uses, undone(8, "a", {}));
  EXPECT_EQ(result.back, (std::vector<Exact>{5}));
  EXPECT_EQ(result.unknown, 3);
}

TEST(UndoUse, TheUseThatCountedTheEventGoesThenTheAggregatorsThenOthers) {
  Told told;
  for (int i = 0; i < 4; ++i) told.grant(10, i * 2, Instant{i * 2 + 2}, false);
  told.events = {{10, 1, Instant{1}, "a", 1},
                 {10, 3, Instant{3}, "a", 2},
                 {10, 5, Instant{5}, "b", 3},
                 {10, 7, Instant{7}, "a", 4}};
  auto const [grants, uses] = told.burnt();
  auto const back = [&](Exact const& count) {
    return undo_use(grants, uses, undone(count, "a", {2})).back;
  };
  EXPECT_EQ(back(10), (std::vector<Exact>{0, 10, 0, 0}));
  EXPECT_EQ(back(15), (std::vector<Exact>{0, 10, 0, 5}));
  EXPECT_EQ(back(25), (std::vector<Exact>{5, 10, 0, 10}));
  EXPECT_EQ(back(35), (std::vector<Exact>{10, 10, 5, 10}));
}

TEST(UndoUse, WhatWasUsedInAWindowThatTakesLessGoesBeforeOthersOfTheMeter) {
  Told told;
  for (int i = 0; i < 3; ++i) told.grant(10, i * 2, Instant{i * 2 + 2}, false);
  told.events = {
      {10, 1, Instant{1}, "a", 1}, {10, 3, Instant{3}, "a", 2}, {10, 5, Instant{5}, "a", 3}};
  auto const [grants, uses] = told.burnt();
  auto lowered = undone(15, "a", {1});
  EXPECT_EQ(undo_use(grants, uses, lowered).back, (std::vector<Exact>{10, 0, 5}));
  lowered.windows = {{Instant{0}, Instant{5}}};
  EXPECT_EQ(undo_use(grants, uses, lowered).back, (std::vector<Exact>{10, 5, 0}));
}

// However events are corrected downwards, one after another: as if the last word had been first.
TEST(UndoUse, IsAsIfTheLastWordHadBeenFirst) {
  std::mt19937 random(20260102);
  auto const any = [&](int most) { return static_cast<std::int64_t>(random() % most); };
  for (int round = 0; round < 3000; ++round) {
    Told told;
    std::int64_t const steps = 2 + any(8);
    for (std::int64_t position = 0; position < steps; ++position) {
      if (any(2) == 0) {
        auto const end = any(2) == 0 ? std::optional(Instant{position + 1 + any(8)}) : std::nullopt;
        told.grant(1 + any(30), position, end, any(2) == 0);
      } else {
        told.events.push_back({1 + any(40), position, Instant{position}, any(2) == 0 ? "a" : "b",
                               told.events.size() + 1});
      }
    }
    if (told.events.empty()) continue;
    auto [grants, uses] = told.burnt();
    for (int change = 0; change < 3; ++change) {
      auto& event =
          told.events[static_cast<std::size_t>(any(static_cast<int>(told.events.size())))];
      Exact const less = min(event.count, Exact(any(25)));
      if (less.is_zero()) continue;
      event.count -= less;
      auto const result = undo_use(grants, uses, {less, event.aggregator, {event.sequence}});
      ASSERT_EQ(result.unknown, 0);
      Exact sum = result.from_overage;
      ASSERT_FALSE(sum.is_negative());
      for (std::size_t i = 0; i < grants.size(); ++i) {
        ASSERT_FALSE(result.back[i].is_negative());
        grants[i].grant.remaining += result.back[i];
        sum += result.back[i];
      }
      ASSERT_EQ(sum, less);
      std::erase_if(uses, [&](CreditUse const& use) {
        return std::ranges::find(result.gone, use.id) != result.gone.end();
      });
      for (auto use : result.instead) {
        use.id = CreditUseId("cru_" + std::to_string(round) + "_" + std::to_string(change) + "_" +
                             std::to_string(uses.size()));
        uses.push_back(std::move(use));
      }
      auto const [expected, expected_uses] = told.burnt();
      for (std::size_t i = 0; i < grants.size(); ++i)
        ASSERT_EQ(grants[i].grant.remaining, expected[i].grant.remaining);
      ASSERT_EQ(uses.size(), expected_uses.size());
      for (std::size_t i = 0; i < uses.size(); ++i) {
        ASSERT_EQ(uses[i].position, expected_uses[i].position);
        ASSERT_EQ(uses[i].grant_id, expected_uses[i].grant_id);
        ASSERT_EQ(uses[i].count, expected_uses[i].count);
      }
    }
  }
}

}  // namespace undo_use_test
}  // namespace tallybook
