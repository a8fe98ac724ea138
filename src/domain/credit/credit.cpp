#include "domain/credit/credit.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "domain/credit/burn_order.hpp"

namespace tallybook {
namespace credit_detail {

// What was earned since the last time.
std::int64_t release(CreditGrant& grant) {
  std::int64_t const total = earned_of(grant);
  std::int64_t const part = total - grant.released_minor;
  grant.released_minor = total;
  return part;
}

}  // namespace credit_detail

Burn burn(std::vector<CreditGrant>& grants, Exact const& count, Instant now) {
  std::vector<BurnRank> ranks;
  for (auto const& grant : grants) {
    ranks.push_back({std::nullopt, grant.expires_at, grant.purchased, grant.created_at});
  }
  Burn result;
  Exact left = count;
  for (std::size_t const i : burn_sequence(ranks)) {
    auto& grant = grants[i];
    if (left.is_zero()) break;
    if (grant.remaining.is_zero() || (grant.expires_at && *grant.expires_at <= now)) continue;
    Exact const part = min(left, grant.remaining);
    grant.remaining -= part;
    left -= part;
    result.taken += part;
    result.uses.push_back({i, part, credit_detail::release(grant)});
  }
  result.uncovered = left;
  return result;
}

Exact credits_of(Exact const& count, Exact const& fraction, std::optional<CreditsGrantMode> mode) {
  if (fraction == Exact(1) || mode == CreditsGrantMode::full_allowance) return count;
  return (count * fraction).rounded(0);
}

std::optional<Instant> credits_expiry(SubscriptionLine const& line, Period period,
                                      TimeZone const& zone) {
  if (line.credits_expiration_in_days)
    return zone.start_of(period.start + *line.credits_expiration_in_days);
  if (line.expire_credits_at_end_of_period) return zone.start_of(period.end);
  return std::nullopt;
}

Exact used_of(CreditGrant const& grant) {
  return grant.granted - grant.withdrawn - grant.remaining;
}

std::int64_t earned_of(CreditGrant const& grant) {
  std::int64_t const value = grant.value_minor - grant.withdrawn_minor;
  Exact const kept = grant.granted - grant.withdrawn;
  if (kept.is_zero()) return value;
  auto const earned = (Exact(value) * used_of(grant) / kept).round();
  TB_ASSERT(earned.has_value());
  return *earned;
}

std::int64_t value_grant(CreditGrant& grant, std::int64_t minor) {
  grant.value_minor = minor;
  return credit_detail::release(grant);
}

Withdrawal withdraw(CreditGrant& grant, Exact const& share, std::int64_t net) {
  Exact const wanted = share >= Exact(1) ? grant.granted : (grant.granted * share).rounded(0);
  Withdrawal out;
  out.count = min(wanted, grant.remaining);
  out.minor = std::clamp(
      net, std::int64_t{0},
      std::max(std::int64_t{0}, grant.value_minor - grant.withdrawn_minor - grant.released_minor));
  if (grant.remaining.is_zero()) out.minor = 0;
  grant.withdrawn += out.count;
  grant.remaining -= out.count;
  grant.withdrawn_minor += out.minor;
  out.released_minor = credit_detail::release(grant);
  return out;
}

std::int64_t put_back(CreditGrant& grant, Exact const& count) {
  grant.remaining += count;
  // Below 0: it is used of what ended.
  if (grant.remaining.is_negative() && grant.expired) {
    *grant.expired += grant.remaining;
    grant.remaining = 0;
  }
  return credit_detail::release(grant);
}

GrantUse expire(CreditGrant& grant) {
  GrantUse use{0, grant.remaining, 0};
  if (grant.expired) *grant.expired += grant.remaining;
  grant.remaining = 0;
  use.released_minor = credit_detail::release(grant);
  return use;
}

}  // namespace tallybook
