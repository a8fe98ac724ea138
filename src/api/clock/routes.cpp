#include "api/clock/routes.hpp"

#include "api/protocol/reply.hpp"
#include "app/clock/test_clock.hpp"

namespace tallybook::api {

struct TestClockState {
  Instant now;
  bool frozen = false;
};
BOOST_DESCRIBE_STRUCT(TestClockState, (), (now, frozen))

struct TestClockSet {
  Patch<Instant> now;
};
BOOST_DESCRIBE_STRUCT(TestClockSet, (), (now))

struct TestClockAdvance {
  Instant to;
};
BOOST_DESCRIBE_STRUCT(TestClockAdvance, (), (to))

struct TestClockAdvanced {
  Instant now;
  bool frozen = true;
  std::int64_t subscriptions_activated = 0;
  std::int64_t subscriptions_billed = 0;
  std::int64_t subscriptions_ended = 0;
  std::int64_t invoices_created = 0;
  std::int64_t invoices_issued = 0;
  std::int64_t payments_settled = 0;
  std::int64_t credits_expired = 0;
};
BOOST_DESCRIBE_STRUCT(TestClockAdvanced, (),
                      (now, frozen, subscriptions_activated, subscriptions_billed,
                       subscriptions_ended, invoices_created, invoices_issued, payments_settled,
                       credits_expired))

namespace clock_routes {

Result<void> test_mode_only(Call const& call) {
  if (call.tenant.mode == Mode::live)
    return fail(errors::forbidden("The test clock exists in test mode only; use a test_ key"));
  return {};
}

Result<Reply> get(Call& call) {
  TB_CHECK(test_mode_only(call));
  auto const clock = read_test_clock(*call.sql, call.tenant, call.services.clock);
  return reply_with(TestClockState{clock.now, clock.frozen});
}

Result<Reply> set(Call& call) {
  TB_CHECK(test_mode_only(call));
  TB_TRY(body, read_body<TestClockSet>(call));
  if (!body.now.present)
    return fail(errors::invalid_field("now", "required; null thaws the clock"));
  TB_TRY(clock, set_test_clock(*call.work, body.now.value));
  return reply_with(TestClockState{clock.now, clock.frozen});
}

Result<Reply> advance(Call& call) {
  TB_CHECK(test_mode_only(call));
  TB_TRY(body, read_body<TestClockAdvance>(call));
  TB_TRY(advanced, advance_test_clock(call.services, call.tenant, body.to));
  auto const& counts = advanced.counts;
  return reply_with(TestClockAdvanced{advanced.now, true, counts.subscriptions_activated,
                                      counts.subscriptions_billed, counts.subscriptions_ended,
                                      counts.invoices_created, counts.invoices_issued,
                                      counts.payments_settled, counts.credits_expired});
}

}  // namespace clock_routes

// A table: one route a line.
// clang-format off
void add_clock_routes(Router& router) {
  using namespace clock_routes;
  char const* const tag = "Test clock";
  router.add({"GET", "/v1/test-clock", tag, "The time of test mode", RouteKind::read, "test_clock", 200, {}, schema<TestClockState>(), {}, get});
  router.add({"PUT", "/v1/test-clock", tag, "Freeze the time of test mode, or thaw it with null", RouteKind::write, "test_clock", 200, schema<TestClockSet>(), schema<TestClockState>(), {}, set});
  Route route{"POST", "/v1/test-clock/advance", tag, "Run everything that falls due up to a moment", RouteKind::free, "test_clock", 200, schema<TestClockAdvance>(), schema<TestClockAdvanced>(), {}, advance};
  route.long_running = true;
  route.rehearsable = true;
  router.add(std::move(route));
}
// clang-format on

}  // namespace tallybook::api
