#include "app/clock/test_clock.hpp"

#include <algorithm>

#include "app/credit/credits.hpp"
#include "app/ledger/sealing.hpp"
#include "app/subscription/seats.hpp"

namespace tallybook {
namespace test_clock_detail {

void store(SqlSession& sql, Tenant const& tenant, std::optional<Instant> now) {
  SqlValue value;
  if (now) value = now->ms;
  sql.execute(
      "INSERT INTO test_clocks (account_id, now_ms) VALUES (?, ?) ON CONFLICT (account_id) DO "
      "UPDATE SET now_ms = excluded.now_ms",
      {tenant.account_id, value});
}

}  // namespace test_clock_detail

TestClock read_test_clock(SqlSession& sql, Tenant const& tenant, Clock const& clock) {
  auto const frozen = frozen_clock(sql, tenant);
  return {frozen.value_or(clock.now()), frozen.has_value()};
}

Result<TestClock> set_test_clock(UnitOfWork& work, std::optional<Instant> now) {
  if (now) {
    if (now->ms < 0 || *now > latest_given)
      return fail(errors::invalid_field("now", "expected a moment between 1970 and 2200"));
    if (*now < work.now() && work.records<Invoice>().count("status <> 'open'") > 0) {
      return fail(errors::conflict("The clock may go back only while the mode has no invoices"));
    }
  }
  test_clock_detail::store(work.sql(), work.tenant(), now);
  return read_test_clock(work.sql(), work.tenant(), work.services().clock);
}

Result<Advanced> advance_test_clock(Services& services, Tenant const& tenant, Instant to,
                                    std::function<bool()> const& stop) {
  if (to > latest_given) return fail(errors::invalid_field("to", "expected a moment before 2200"));
  // A clock that runs is frozen where it is first: the steps move it from there.
  auto const started = in_unit(services, tenant, [&](UnitOfWork& work) -> Result<Instant> {
    if (to < work.now())
      return fail(errors::invalid_field(
          "to", "expected a moment after the clock's " + format_instant(work.now())));
    if (!frozen_clock(work.sql(), tenant)) test_clock_detail::store(work.sql(), tenant, work.now());
    return work.now();
  });
  if (!started) return fail(started.error());
  // What was used up to here is deducted before time goes on and grants expire.
  fold_usage(services, tenant, {}, INT64_MAX);
  follow_seats(services, tenant, INT64_MAX);
  Advanced advanced;
  advanced.counts = run_due(services, tenant, to, true, stop);
  seal_ledger(services, tenant);
  bool const cut_short = stop && stop();
  TB_TRY(now, in_unit(services, tenant, [&](UnitOfWork& work) -> Result<Instant> {
           if (cut_short) return work.now();
           Instant const end = std::max(to, work.now());
           test_clock_detail::store(work.sql(), tenant, end);
           return end;
         }));
  advanced.now = now;
  return advanced;
}

}  // namespace tallybook
