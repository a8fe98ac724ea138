#include "domain/credit/undo_use.hpp"

#include <algorithm>
#include <map>

#include "base/assert.hpp"
#include "base/mutant.hpp"
#include "domain/credit/burn_order.hpp"

namespace tallybook {
namespace undo_use_detail {

// The uses of one movement.
struct Movement {
  CreditUse first;
  Exact count;
};

std::vector<Movement> movements_of(std::span<CreditUse const> uses) {
  std::vector<Movement> movements;
  for (auto const& use : uses) {
    if (movements.empty() || movements.back().first.position != use.position)
      movements.push_back({use, 0});
    movements.back().count += use.count;
  }
  return movements;
}

// 0: it counted one of the events, 1: of a window that takes less, 2: of the aggregator, 3: others.
int rank_of(CreditUse const& use, UndoneUse const& undone) {
  if (use.aggregator_id != undone.aggregator_id) return 3;
  bool const within = std::ranges::any_of(undone.windows, [&](InstantRange const& window) {
    return window.start <= use.used_at && use.used_at < window.end;
  });
  int const other = TB_MUTANT(132, within, false) ? 1 : 2;
  auto const& versions = undone.versions;
  auto const newest = std::ranges::lower_bound(
      versions, static_cast<std::uint64_t>(use.until_sequence), std::greater<>());
  auto const since = static_cast<std::uint64_t>(use.since_sequence);
  if (!use.events_from || !use.events_to)
    return newest != versions.end() && *newest > since ? 0 : other;
  for (auto each = newest; each != versions.end() && *each > since; ++each) {
    auto const at = static_cast<std::size_t>(each - versions.begin());
    if (at < undone.times.size() && *use.events_from <= undone.times[at] &&
        undone.times[at] < *use.events_to)
      return 0;
  }
  return other;
}

// Takes the count off the movements; returns the earliest one that changed.
std::size_t take_off(std::vector<Movement>& movements, UndoneUse const& undone, Exact& left) {
  std::vector<std::pair<int, std::size_t>> order;
  for (std::size_t i = movements.size(); i-- > 0;)
    order.emplace_back(rank_of(movements[i].first, undone), i);
  std::ranges::stable_sort(order, {}, [](auto const& each) { return each.first; });
  std::size_t earliest = movements.size();
  for (auto const& [rank, i] : order) {
    if (left.is_zero()) break;
    Exact const part = min(left, movements[i].count);
    movements[i].count -= part;
    left -= part;
    earliest = std::min(earliest, i);
  }
  return earliest;
}

}  // namespace undo_use_detail

UndoneUses undo_use(std::span<GrantAt const> grants, std::span<CreditUse const> uses,
                    UndoneUse const& undone) {
  using namespace undo_use_detail;
  UndoneUses out;
  out.back.resize(grants.size());
  out.unknown = undone.count;
  auto movements = movements_of(uses);
  std::size_t const earliest = take_off(movements, undone, out.unknown);
  if (earliest == movements.size()) return out;
  std::vector<BurnRank> ranks;
  std::vector<Exact> held;
  std::map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < grants.size(); ++i) {
    auto const& grant = grants[i].grant;
    ranks.push_back({std::nullopt, grant.expires_at, grant.purchased, grant.created_at});
    held.push_back(grant.remaining + grant.expired.value_or(Exact(0)));
    index.emplace(grant.id.value, i);
  }
  for (auto const& use : uses) {
    if (use.position < movements[earliest].first.position) continue;
    out.gone.push_back(use.id);
    if (!use.grant_id) {
      out.from_overage += use.count;
      continue;
    }
    auto const found = index.find(use.grant_id->value);
    TB_ASSERT(found != index.end());
    held[found->second] += use.count;
    out.back[found->second] += use.count;
  }
  auto const sequence = burn_sequence(ranks);
  for (std::size_t i = earliest; i < movements.size(); ++i) {
    auto const& movement = movements[i];
    auto const& first = movement.first;
    Exact left = movement.count;
    auto const add = [&](std::optional<CreditGrantId> grant, Exact const& part) {
      CreditUse use = first;
      use.id = {};
      use.grant_id = std::move(grant);
      use.count = part;
      out.instead.push_back(std::move(use));
    };
    for (std::size_t const g : sequence) {
      if (left.is_zero()) break;
      auto const& [grant, position] = grants[g];
      bool const there =
          position < first.position && (!grant.expires_at || *grant.expires_at > first.used_at);
      if (!there || held[g].is_zero()) continue;
      Exact const part = min(left, held[g]);
      held[g] -= part;
      out.back[g] -= part;
      left -= part;
      add(grant.id, part);
    }
    if (left.is_zero()) continue;
    out.from_overage -= left;
    add(std::nullopt, left);
  }
  return out;
}

}  // namespace tallybook
