// The filter never forgets, rarely invents, and trusts no damaged snapshot.
#include "store/events/bloom/seen_filter.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "events/events_support.hpp"

namespace events_support {
namespace {

std::uint64_t hash_of(int n) { return record_key_hash(1, "evt_" + std::to_string(n)); }

TEST(SeenFilter, NeverForgetsAndRarelyInvents) {
  SeenFilter filter;
  EXPECT_EQ(filter.memory_bytes(), 0u);
  constexpr int ids = 600'000;
  int invented = 0;
  for (int n = 0; n < ids; ++n) invented += filter.seen_or_add(hash_of(n)) ? 1 : 0;
  for (int n = 0; n < ids; ++n) ASSERT_TRUE(filter.may_contain(hash_of(n)));
  EXPECT_LE(invented, ids / 10'000);
  int wrong = 0;
  for (int n = ids; n < 2 * ids; ++n) wrong += filter.may_contain(hash_of(n)) ? 1 : 0;
  EXPECT_LE(wrong, ids / 10'000);
  EXPECT_EQ(filter.size() + static_cast<std::uint64_t>(invented), static_cast<std::uint64_t>(ids));
  EXPECT_LE(filter.memory_bytes(), 5u * 1024 * 1024);
}

TEST(SeenFilter, KeyHashesAreStable) {
  // Stored in every events table: a change here makes old folders forget their ids.
  EXPECT_EQ(record_key_hash(0, ""), 0x2B130941AC95F37CULL);
  EXPECT_EQ(record_key_hash(7, "evt_0123456789"), 0x9F5CD86F33E59115ULL);
}

TEST(SeenFilter, SnapshotsComeBackOrAreRefused) {
  Folder folder;
  std::filesystem::create_directories(folder.path());
  std::string const path = folder.sub("seen.filter");
  SeenFilter filter;
  for (int n = 0; n < 100'000; ++n) filter.seen_or_add(hash_of(n));
  filter.save(path, {42, 99});
  SeenFilter loaded;
  auto const covered = loaded.load(path);
  ASSERT_TRUE(covered);
  EXPECT_EQ(covered->sequence, 42u);
  EXPECT_EQ(covered->mark, 99u);
  for (int n = 0; n < 100'000; ++n) ASSERT_TRUE(loaded.may_contain(hash_of(n)));
  auto const size = std::filesystem::file_size(path);
  for (std::uint64_t at : {std::uint64_t{9}, std::uint64_t{50}, size / 2, size - 1}) {
    filter.save(path, {42, 99});
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    char const old = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(at));
    file.put(static_cast<char>(old ^ 0x10));
    file.close();
    EXPECT_FALSE(loaded.load(path)) << at;
    EXPECT_EQ(loaded.size(), 0u);
  }
  filter.save(path, {42, 99});
  std::filesystem::resize_file(path, size - 1);
  EXPECT_FALSE(loaded.load(path));
  std::filesystem::remove(path);
  EXPECT_FALSE(loaded.load(path));
}

}  // namespace
}  // namespace events_support
