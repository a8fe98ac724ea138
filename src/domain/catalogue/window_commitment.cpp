#include "domain/catalogue/window_commitment.hpp"

#include "base/mutant.hpp"

namespace tallybook {

CommittedAmount windowed_commitment(std::span<CommitmentWindow const> windows) {
  CommittedAmount out;
  for (auto const& window : windows) {
    Exact const utilized = min(window.usage, window.commitment);
    out.utilized += utilized;
    out.overage += TB_MUTANT(52, (window.usage - utilized) * window.overage_factor,
                             window.usage * window.overage_factor);
    if (window.true_up) out.true_up += window.commitment - max(utilized, 0);
  }
  out.amount = out.utilized + out.overage + out.true_up;
  return out;
}

}  // namespace tallybook
