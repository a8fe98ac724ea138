// Use of credits that did not happen after all: an event was sent again with less, or deleted. What
// it took is undone where it was taken, and whatever was used since is taken again in the order of
// use (CRE-5), so that the grants hold what they would if the last word had been sent at once.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "domain/credit/credit.hpp"

namespace tallybook {

struct GrantAt {
  CreditGrant grant;
  std::int64_t position = 0;  // of the movement that brought it: earlier use took nothing of it
};

struct UndoneUse {
  Exact count;
  std::string aggregator_id;
  // The versions of events that are gone, newest first: the uses that counted them are undone
  // before all others of the aggregator, those before the rest, always the newest one first.
  std::vector<std::uint64_t> versions;
  std::vector<Instant> times = {};  // of each of them
  // Windows of the meter's tiers that take less now: what was used within them comes before others.
  std::vector<InstantRange> windows = {};
};

struct UndoneUses {
  std::vector<CreditUseId> gone;
  std::vector<CreditUse> instead;  // without ids
  std::vector<Exact> back;         // to each grant as listed
  Exact from_overage;
  Exact unknown;  // no use is recorded for it
};

// `uses`: all of the balance, in the order of their movements. Grants that ended take their part
// of the use of their time; it is the caller's to end what comes back to them.
[[nodiscard]] UndoneUses undo_use(std::span<GrantAt const> grants, std::span<CreditUse const> uses,
                                  UndoneUse const& undone);

}  // namespace tallybook
