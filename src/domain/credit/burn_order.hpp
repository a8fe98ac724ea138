// Which of several grants or top-ups is used first (CRE-5): one order with its options, for credits
// and wallets alike.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/instant.hpp"

namespace tallybook {

// What an order looks at.
struct BurnRank {
  std::optional<std::int64_t> priority;  // lower first, none last
  std::optional<Instant> expires_at;     // earliest first, never last
  bool purchased = false;                // granted before purchased
  Instant created_at;                    // oldest first
};

// The criteria that count, in this sequence; equal ranks stay as listed.
struct BurnOrder {
  bool by_priority = true;
  bool by_expiry = true;
  bool granted_first = true;
};

// The indices of `ranks` in the order of use.
[[nodiscard]] std::vector<std::size_t> burn_sequence(std::span<BurnRank const> ranks,
                                                     BurnOrder const& order = {});

}  // namespace tallybook
