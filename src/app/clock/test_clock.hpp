// The test clock: test mode's time, frozen by hand and moved by advancing (extension).
#pragma once

#include "app/billing/billing_run.hpp"

namespace tallybook {

struct TestClock {
  Instant now;
  bool frozen = false;
};

TestClock read_test_clock(SqlSession& sql, Tenant const& tenant, Clock const& clock);
// Freezes at `now` or thaws; runs nothing. 409 when it would go back while there are invoices.
Result<TestClock> set_test_clock(UnitOfWork& work, std::optional<Instant> now);

struct Advanced {
  Instant now;
  RunCounts counts;
};
// Runs everything that falls due up to `to`, in time order, and leaves the clock frozen there.
Result<Advanced> advance_test_clock(Services& services, Tenant const& tenant, Instant to,
                                    std::function<bool()> const& stop = {});

}  // namespace tallybook
