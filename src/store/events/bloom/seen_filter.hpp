// SeenFilter: which record keys may have been seen before. A Bloom filter of layers that grow with
// the ids (the first is 256 KB, the largest hold 4 M ids each at 32 bits per id), about 1e-5 false
// positives per layer; never a false negative. Its snapshot on disk names the ingestion sequence it
// covers. Not thread-safe: the store's writer owns it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tallybook {

// Stable 64-bit hash of a record key: it is stored in the events table and may never change.
std::uint64_t record_key_hash(std::uint32_t stream, std::string_view record_id);

class SeenFilter {
 public:
  // True when the hash may have been added before; adds it otherwise.
  bool seen_or_add(std::uint64_t hash);
  [[nodiscard]] bool may_contain(std::uint64_t hash) const;
  // Ids that were new when they were added.
  [[nodiscard]] std::uint64_t size() const;
  [[nodiscard]] std::uint64_t memory_bytes() const;

  // What a snapshot stands for: every version up to `sequence`, whose own key hash is `mark`.
  struct Covered {
    std::uint64_t sequence = 0;
    std::uint64_t mark = 0;
  };
  // A temporary file, fsync, rename, fsync of the folder. Throws StoreUnavailable.
  void save(std::string const& path, Covered covered) const;
  // Replaces the filter with the snapshot; empty (and the filter is empty) when the file is
  // missing, cut short, corrupt or of another layout.
  std::optional<Covered> load(std::string const& path);

 private:
  struct Layer {
    std::uint64_t capacity = 0;
    std::uint64_t count = 0;
    std::vector<std::uint64_t> words;  // blocks of 8 words, one cache line each
  };
  static bool test(Layer const& layer, std::uint64_t hash);
  static void set(Layer& layer, std::uint64_t hash);
  static std::uint64_t block_of(Layer const& layer, std::uint64_t hash);
  std::vector<Layer> layers_;
};

}  // namespace tallybook
