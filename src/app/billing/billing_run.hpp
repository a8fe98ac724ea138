// The billing run: what falls due is charged, invoiced and moved on in small transactions. A
// unique row per line and period makes a second charge impossible, whoever runs it and however
// often it dies.
#pragma once

#include "app/subscription/subscriptions.hpp"

namespace tallybook {

struct RunCounts {
  std::int64_t subscriptions_billed = 0;
  std::int64_t subscriptions_activated = 0;
  std::int64_t subscriptions_ended = 0;
  std::int64_t invoices_created = 0;
  std::int64_t invoices_issued = 0;
  std::int64_t payments_settled = 0;
  std::int64_t credits_expired = 0;
  RunCounts& operator+=(RunCounts const& other);
};

// Everything of one subscription that falls due at or before `until`, in time order, inside the
// caller's transaction. `state` is as stored: only what billing changes is written. Each step
// happens at the later of its due instant and the unit's time at the call. 422 beyond 1,000 steps
// (a daily product that starts years ago).
Result<RunCounts> bill_subscription_until(UnitOfWork& work, SubscriptionState& state,
                                          Instant until);

// Subscriptions per transaction. More share one sync and one write of each page they have in
// common; fewer let other writers in between sooner (250 take a tenth or two of a second).
inline constexpr int run_batch = 250;

// Runs what is due for the account and mode up to `until`, one instant after another, in
// transactions of at most `batch` subscriptions. With `step_clock` the frozen test clock moves
// along with each step, so that a run cut short goes on where it was. Stops early when `stop` says
// so.
RunCounts run_due(Services& services, Tenant const& tenant, Instant until, bool step_clock,
                  std::function<bool()> const& stop = {}, int batch = run_batch);

}  // namespace tallybook
