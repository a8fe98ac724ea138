#include "domain/credit/credit.hpp"

#include "base/assert.hpp"
#include "domain/credit/burn_order.hpp"

namespace tallybook {
namespace credit_detail {

// Releases value in step with the units used so far: round(value x used / granted) less what was
// released before, so that the last unit releases the rest.
std::int64_t release(CreditGrant& grant) {
  if (grant.granted.is_zero()) return 0;
  Exact const used = grant.granted - grant.remaining;
  auto const total = (Exact(grant.value_minor) * used / grant.granted).round();
  TB_ASSERT(total.has_value());
  std::int64_t const part = *total - grant.released_minor;
  grant.released_minor = *total;
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

GrantUse expire(CreditGrant& grant) {
  GrantUse use{0, grant.remaining, 0};
  grant.remaining = 0;
  use.released_minor = credit_detail::release(grant);
  return use;
}

}  // namespace tallybook
