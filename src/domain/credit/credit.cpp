#include "domain/credit/credit.hpp"

#include <algorithm>
#include <numeric>

#include "base/assert.hpp"

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
  std::vector<std::size_t> order(grants.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    auto const& x = grants[a];
    auto const& y = grants[b];
    std::int64_t const x_expiry = x.expires_at ? x.expires_at->ms : INT64_MAX;
    std::int64_t const y_expiry = y.expires_at ? y.expires_at->ms : INT64_MAX;
    if (x_expiry != y_expiry) return x_expiry < y_expiry;
    if (x.purchased != y.purchased) return !x.purchased;
    return x.created_at < y.created_at;
  });
  Burn result;
  Exact left = count;
  for (std::size_t const i : order) {
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
