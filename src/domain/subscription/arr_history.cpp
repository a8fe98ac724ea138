#include "domain/subscription/arr_history.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace tallybook {
namespace arr_detail {

// When a line was in force: a replacement keeps the day its product was attached, so it begins when
// the line before it was replaced.
struct Sold {
  SubscriptionLine line;  // as if it still ran
  Instant from;
  std::optional<Instant> to;
  [[nodiscard]] bool at(Instant moment) const { return from <= moment && (!to || moment < *to); }
};

std::optional<Instant> end_of(SubscriptionLine const& line) {
  if (!line.replaced_at) return line.detached_at;
  if (!line.detached_at) return line.replaced_at;
  return std::min(*line.replaced_at, *line.detached_at);
}

std::optional<Sold> sold(SubscriptionLine const& line, std::span<SubscriptionLine const> lines,
                         std::span<SubscriptionPhase const> phases) {
  auto const phase =
      std::ranges::find(phases, line.phase_id, [](auto const& each) { return each.id; });
  bool const begun = phase != phases.end() && phase->starts_at &&
                     phase->status != PhaseStatus::pending && phase->status != PhaseStatus::planned;
  if (!begun) return std::nullopt;
  Sold out{line, std::max(line.attached_at, *phase->starts_at), end_of(line)};
  for (auto const& before : lines) {
    if (before.id == line.id || before.phase_id != line.phase_id ||
        before.product_id != line.product_id || !before.replaced_at)
      continue;
    if (!line.replaced_at || *before.replaced_at < *line.replaced_at)
      out.from = std::max(out.from, *before.replaced_at);
  }
  if (out.to && *out.to <= out.from) return std::nullopt;
  out.line.detached_at.reset();
  return out;
}

std::int64_t whole(Exact const& amount) { return amount.round().value_or(0); }

std::int64_t fixed_at(Instant at, std::span<Sold const> all, std::span<HeldCoupon const> coupons) {
  std::vector<SubscriptionLine> lines;
  for (auto const& each : all) {
    if (each.at(at)) lines.push_back(each.line);
  }
  std::vector<HeldCoupon> held;
  for (auto const& each : coupons) {
    auto const& removed = each.attached.removed_at;
    if (each.attached.created_at <= at && (!removed || at < *removed)) held.push_back(each);
  }
  return whole(annual_value_with_coupons(lines, held));
}

std::int64_t variable_at(Instant at, std::span<Sold const> all,
                         std::span<BilledVariable const> billed) {
  std::map<std::string, BilledVariable const*> last;
  for (auto const& each : billed) {
    if (each.at > at) continue;
    auto& known = last[each.product_id.value];
    if (known == nullptr || known->period_start_on < each.period_start_on) known = &each;
  }
  Exact sum;
  for (auto const& product : last) {
    bool const runs = std::ranges::any_of(all, [&](Sold const& each) {
      return each.line.product_id.value == product.first && each.at(at);
    });
    if (runs) sum += product.second->annual;
  }
  return whole(sum);
}

}  // namespace arr_detail

std::vector<ArrStep> arr_steps(std::span<SubscriptionLine const> lines,
                               std::span<SubscriptionPhase const> phases,
                               std::span<HeldCoupon const> coupons,
                               std::span<BilledVariable const> billed, Instant until) {
  using namespace arr_detail;
  std::vector<Sold> all;
  std::set<Instant> moments;
  for (auto const& line : lines) {
    auto each = sold(line, lines, phases);
    if (!each) continue;
    moments.insert(each->from);
    if (each->to) moments.insert(*each->to);
    all.push_back(*std::move(each));
  }
  for (auto const& each : coupons) {
    moments.insert(each.attached.created_at);
    if (each.attached.removed_at) moments.insert(*each.attached.removed_at);
  }
  for (auto const& each : billed) moments.insert(each.at);
  std::vector<ArrStep> steps;
  ArrStep before;
  for (Instant const at : moments) {
    if (at > until) break;
    ArrStep const step{at, fixed_at(at, all, coupons), variable_at(at, all, billed)};
    if (step.fixed == before.fixed && step.variable == before.variable) continue;
    steps.push_back(step);
    before = step;
  }
  return steps;
}

}  // namespace tallybook
