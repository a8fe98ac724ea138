// Grants over a stretch of time: usage burns them in order, recurring ones refill, a reset rolls
// balances over, what no grant covers is overage (CRE-4, CRE-5). Says what every grant holds at the
// end; stores nothing.
#pragma once

#include <span>
#include <vector>

#include "base/result.hpp"
#include "domain/credit/burn_order.hpp"
#include "money/exact.hpp"

namespace tallybook {

// Refills a grant to its full amount every so often, counted from the anchor, while it is active.
struct GrantRecurrence {
  std::int64_t every_ms = 0;
  Instant anchor;
};

struct TimedGrant {
  Exact amount;
  Instant effective_at;
  std::optional<Instant> voided_at;
  std::optional<GrantRecurrence> recurrence;
  // What a reset leaves of its balance: max(rollover_min, min(rollover_max, balance)).
  Exact rollover_min;
  Exact rollover_max;
  BurnRank rank;  // with the expiry; active from effective_at until expiry or voiding, exclusive
};

struct TimedUsage {
  Instant at;
  Exact quantity;
};

// The start of a new usage period.
struct UsageReset {
  Instant at;
  bool preserve_overage = false;  // deducted from the balances that were rolled over
};

enum class OverageMeans {
  kept,      // the default: stays visible beside the balances, until a reset drops or deducts it
  deducted,  // taken from the next grant that becomes effective or is refilled
};

struct BurnDown {
  std::vector<Exact> balances;  // of each grant as listed; 0 when it is not active at the end
  Exact overage;
};

// Runs [from, to): usage in it counts; a grant, refill, expiry or reset at exactly `to` is still
// seen. At one instant grants end first, then a reset rolls over, then grants begin and refill,
// then usage burns. Grants effective before `from` are whole at `from`. Fails with invalid_request
// when `to` lies before `from`, for negative amounts or quantities, for a recurrence of no length
// and for more than 100000 refills of a grant.
[[nodiscard]] Result<BurnDown> burn_down(Instant from, Instant to,
                                         std::span<TimedGrant const> grants,
                                         std::span<TimedUsage const> usage,
                                         std::span<UsageReset const> resets,
                                         OverageMeans overage = OverageMeans::kept,
                                         BurnOrder const& order = {});

}  // namespace tallybook
