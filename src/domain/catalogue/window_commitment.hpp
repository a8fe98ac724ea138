// Commitments to an amount in each of several windows (hours, days) of a period. What a window uses
// beyond its commitment costs a multiple; what it leaves unused is charged only where it is trued
// up.
#pragma once

#include <span>

#include "money/exact.hpp"

namespace tallybook {

struct CommitmentWindow {
  Exact usage;               // what the prices gave, in minor units
  Exact commitment;          // minor units
  Exact overage_factor = 1;  // what an amount beyond the commitment is multiplied by
  bool true_up = false;      // charges the commitment in full
};

struct CommittedAmount {
  Exact utilized;  // usage within commitments
  Exact overage;   // usage beyond them, times the factor
  Exact true_up;   // unused commitment that is charged
  Exact amount;    // all three
};

// The sum over windows, each on its own: unused commitment of one window covers no other. Negative
// usage is what it is and uses no commitment.
[[nodiscard]] CommittedAmount windowed_commitment(std::span<CommitmentWindow const> windows);

}  // namespace tallybook
