#include "app/subscription/credit_lines.hpp"

#include "reflect/json.hpp"

namespace tallybook {
namespace credit_lines_detail {

constexpr int most_days = 3650;

void check_sold(SubscriptionLine const& line, std::string const& at, reflect::Problems& problems) {
  if (line.prices.size() != 1)
    problems.add(at + "prices", "expected one bundle price: the one a period costs");
  auto const& pack = line.prices.front().pack_size;
  if (line.count.is_negative() || !(line.count / pack).is_whole())
    problems.add(at + "count", "expected whole packs of " + pack.decimal() + " credits");
  if (line.payment_schedule == PaymentSchedule::end)
    problems.add(at + "payment_schedule",
                 "credits are charged when they are granted: at the start of the period");
}

}  // namespace credit_lines_detail

Result<void> check_credit_line(SubscriptionLine const& line, std::string const& path) {
  reflect::Problems problems;
  std::string const at = path.empty() ? "" : path + ".";
  auto const& days = line.credits_expiration_in_days;
  bool const with_period = line.expire_credits_at_end_of_period;
  if (line.type == ProductType::credit) {
    credit_lines_detail::check_sold(line, at, problems);
    if (days && (*days < 1 || *days > credit_lines_detail::most_days))
      problems.add(at + "credits_expiration_in_days", "expected 1 to 3650 days");
    if (days && with_period)
      problems.add(at + "expire_credits_at_end_of_period",
                   "give it or credits_expiration_in_days, not both");
    if (with_period && line.payment_interval.period == WirePeriod::once)
      problems.add(at + "expire_credits_at_end_of_period", "what is charged once has no period");
  } else {
    if (days) problems.add(at + "credits_expiration_in_days", "only credit products have it");
    if (with_period)
      problems.add(at + "expire_credits_at_end_of_period", "only credit products have it");
  }
  if (!problems.empty()) return fail(problems.error());
  return {};
}

}  // namespace tallybook
