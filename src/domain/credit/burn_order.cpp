#include "domain/credit/burn_order.hpp"

#include <algorithm>
#include <numeric>

#include "base/mutant.hpp"

namespace tallybook {

std::vector<std::size_t> burn_sequence(std::span<BurnRank const> ranks, BurnOrder const& order) {
  std::vector<std::size_t> out(ranks.size());
  std::iota(out.begin(), out.end(), std::size_t{0});
  std::stable_sort(out.begin(), out.end(), [&](std::size_t a, std::size_t b) {
    BurnRank const& x = ranks[a];
    BurnRank const& y = ranks[b];
    std::int64_t const x_priority = x.priority.value_or(INT64_MAX);
    std::int64_t const y_priority = y.priority.value_or(INT64_MAX);
    if (order.by_priority && x_priority != y_priority) return x_priority < y_priority;
    std::int64_t const x_expiry = x.expires_at ? x.expires_at->ms : INT64_MAX;
    std::int64_t const y_expiry = y.expires_at ? y.expires_at->ms : INT64_MAX;
    if (order.by_expiry && x_expiry != y_expiry)
      return TB_MUTANT(72, x_expiry < y_expiry, y_expiry < x_expiry);
    if (order.granted_first && x.purchased != y.purchased)
      return TB_MUTANT(73, !x.purchased, x.purchased);
    return TB_MUTANT(74, x.created_at < y.created_at, y.created_at < x.created_at);
  });
  return out;
}

}  // namespace tallybook
