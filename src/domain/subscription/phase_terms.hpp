// What is wrong with phases as they are given: each needs what its end strategy reads, and none may
// be over before it begins (PHA-2, PHA-3). Pure.
#pragma once

#include "domain/subscription/phases.hpp"

namespace tallybook {

struct GivenPhase {
  SubscriptionPhase const* phase = nullptr;
  std::string path;  // "phases[0]"; empty: the fields of the subscription itself
  bool sells = true;
};
struct PhaseProblem {
  std::string field;
  std::string reason;
};

// `begins_on`: the first phase's day, where it is known.
[[nodiscard]] std::vector<PhaseProblem> problems_of(std::vector<GivenPhase> const& phases,
                                                    std::optional<Date> begins_on,
                                                    ContractTerms const& contract,
                                                    TimeZone const& zone);

// Whether the phase's own end lies before the day it would begin on.
[[nodiscard]] bool is_over_before(SubscriptionPhase const& phase, Date begins_on,
                                  ContractTerms const& contract, TimeZone const& zone);

}  // namespace tallybook
