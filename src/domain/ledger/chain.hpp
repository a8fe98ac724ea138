// What makes the ledger tamper-evident: digests of entries, links from each to the one before, a
// tree over the entries of a day with its root, and roots chained from day to day. SHA-256 over
// text; hashes are 64 lower-case hexadecimal digits. The format is written down in
// docs/ledger-proof.md and checked outside by tools/verify_proof.py.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "calendar/date.hpp"

namespace tallybook {

// An entry as the bytes that are stored.
struct EntryText {
  std::string account_id, mode, id, kind, invoicing_entity_id, customer_id, currency, source_id,
      source_hash, posted_at;
  struct Posting {
    std::string ledger_account, amount;
  };
  std::vector<Posting> postings;
};
// What the digest of an entry is the SHA-256 of: "name=value" lines in a fixed order.
[[nodiscard]] std::string canonical_text(EntryText const& entry);

inline constexpr std::string_view first_link =
    "0000000000000000000000000000000000000000000000000000000000000000";
[[nodiscard]] std::string next_link(std::string_view link_before, std::string_view digest);

// The root over a day's digests in order of position; a node without a neighbour moves up as it is.
// Asserts that there is a digest.
[[nodiscard]] std::string tree_root(std::vector<std::string> const& digests);
struct TreeStep {
  bool left = false;  // the neighbour stands left of what is being proved
  std::string hash;
};
// What is needed to get from digests[index] to the root.
[[nodiscard]] std::vector<TreeStep> tree_path(std::vector<std::string> const& digests,
                                              std::size_t index);

struct DayRoot {
  Date day;  // UTC
  std::int64_t first_position = 0;
  std::int64_t last_position = 0;
  std::string tree_root;
  std::string root;  // covers all of the above and the root of the day before
};
[[nodiscard]] std::string chained_root(std::string_view root_before, DayRoot const& day);

}  // namespace tallybook
