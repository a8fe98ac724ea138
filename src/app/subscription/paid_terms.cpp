#include "app/subscription/paid_terms.hpp"

#include <algorithm>
#include <set>

#include "app/subscription/changing.hpp"
#include "app/subscription/running_period.hpp"
#include "domain/subscription/billing.hpp"

namespace tallybook {
namespace paid_terms_detail {

// Known of the period that runs; the next one is charged at the line's own terms.
std::optional<PaidTerms> known(SubscriptionLine const& line, TimeZone const& zone) {
  auto const dates = running_dates(line, zone);
  if (!line.paid || !dates || line.paid->until != dates->end) return std::nullopt;
  return line.paid;
}

// Taken off, with a next period to be charged behind the day: by this version or one before it.
std::vector<SubscriptionLine> taken_off(UnitOfWork& work, Subscription const& subscription,
                                        Date day) {
  std::vector<SubscriptionLine> lines;
  for (auto const& version : versions_of(work.sql(), work.tenant(), subscription)) {
    std::ranges::move(work.records<SubscriptionLine>().where(
                          "subscription_id = ? AND detached_at IS NOT NULL AND period_start_on > ? "
                          "AND payment_schedule = 'start' ORDER BY detached_at, id",
                          {version.value, std::int64_t{day.days}}),
                      std::back_inserter(lines));
  }
  return lines;
}

bool is_paid(UnitOfWork& work, SubscriptionId const& subscription, ProductId const& product,
             Date day, TimeZone const& zone) {
  return !paid_after(work, subscription, product, {day, zone.start_of(day)}, zone).empty();
}

// The product was taken off by a change that gave nothing back of the period that runs.
std::optional<SubscriptionLine> taken_off(UnitOfWork& work, SubscriptionLine const& next,
                                          Date until, TimeZone const& zone) {
  auto const subscription = work.records<Subscription>().find(next.subscription_id.value);
  Date const day = zone.date_of(next.attached_at);
  if (!subscription || !is_paid(work, subscription->id, next.product_id, day, zone))
    return std::nullopt;
  std::optional<SubscriptionLine> last;
  for (auto& line : taken_off(work, *subscription, day)) {
    if (line.product_id == next.product_id && line.id != next.id && line.period_start_on == until)
      last = std::move(line);
  }
  return last;
}

}  // namespace paid_terms_detail

Exact full_price(SubscriptionLine const& line) {
  return charge_amount(line, 1, 0, {}).amount_minor;
}

PaidSoFar paid_so_far(UnitOfWork& work, SubscriptionLine const& line, TimeZone const& zone) {
  auto const paid = paid_terms_detail::known(line, zone);
  if (!paid) return {full_price(line), line};
  auto const covered =
      paid->line_id ? work.records<SubscriptionLine>().find(*paid->line_id) : std::nullopt;
  return {paid->price, covered.value_or(line)};
}

std::optional<PaidTerms> paid_after_waiving(UnitOfWork& work, SubscriptionLine const* line,
                                            SubscriptionLine const& next, TimeZone const& zone) {
  auto const dates = running_dates(next, zone);
  if (!dates || next.payment_schedule != PaymentSchedule::start) return std::nullopt;
  PaidTerms paid{0, dates->end, std::nullopt};
  auto const before = line != nullptr ? std::optional(*line)
                                      : paid_terms_detail::taken_off(work, next, dates->end, zone);
  if (before) {
    auto const so_far = paid_so_far(work, *before, zone);
    paid.price = so_far.price;
    if (full_price(so_far.covered) > full_price(next)) paid.line_id = so_far.covered.id.value;
  }
  if (paid.price == full_price(next) && !paid.line_id) return std::nullopt;
  return paid;
}

std::optional<PaidTerms> paid_after_settling(PaidSoFar const& before, SubscriptionLine const& next,
                                             TimeZone const& zone) {
  auto const dates = running_dates(next, zone);
  Exact const after = full_price(next);
  Exact const covered = full_price(before.covered);
  Exact const paid = after > covered ? before.price + after - covered : min(before.price, after);
  if (!dates || paid == after) return std::nullopt;
  return PaidTerms{paid, dates->end, std::nullopt};
}

Cut paid_from(SubscriptionLine const& line, Cut const& cut, CalculationMethod method,
              TimeZone const& zone) {
  bool const recurs = line.payment_interval.period != WirePeriod::once && line.period_start_on;
  if (method != CalculationMethod::pay_in_full || !recurs) return cut;
  Date const begun = cycle_at(line, cut.day).start;
  return {begun, zone.start_of(begun)};
}

std::vector<SubscriptionLine> still_paid(UnitOfWork& work, SubscriptionState const& state, Date day,
                                         TimeZone const& zone) {
  using namespace paid_terms_detail;
  std::vector<SubscriptionLine> lines;
  std::set<std::string> seen;
  for (auto const& line : state.lines) {
    if (!line.detached_at) seen.insert(line.product_id.value);
  }
  auto taken = taken_off(work, state.subscription, day);
  for (auto line = taken.rbegin(); line != taken.rend(); ++line) {
    if (seen.insert(line->product_id.value).second &&
        is_paid(work, state.subscription.id, line->product_id, day, zone))
      lines.push_back(std::move(*line));
  }
  return lines;
}

}  // namespace tallybook
