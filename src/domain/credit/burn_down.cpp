#include "domain/credit/burn_down.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "base/mutant.hpp"

namespace tallybook {
namespace burn_down_detail {

constexpr std::int64_t most_refills = 100'000;

// Everything that happens at one instant, as indices of what was passed.
struct Moment {
  std::vector<std::size_t> refills;
  std::vector<Exact> usage;
  bool reset = false;
  bool preserve_overage = false;
};

std::optional<Instant> end_of(TimedGrant const& grant) {
  if (!grant.voided_at || !grant.rank.expires_at)
    return grant.voided_at ? grant.voided_at : grant.rank.expires_at;
  return std::min(*grant.voided_at, *grant.rank.expires_at);
}

bool has_ended(TimedGrant const& grant, Instant at) {
  auto const end = end_of(grant);
  return end && TB_MUTANT(75, *end <= at, *end < at);
}

Result<void> checked(TimedGrant const& grant, std::size_t index, Instant from, Instant to) {
  std::string const path = "grants[" + std::to_string(index) + "]";
  if (grant.amount.is_negative() || grant.rollover_min.is_negative() ||
      grant.rollover_max.is_negative())
    return fail(errors::invalid_field(path, "amounts must not be negative"));
  if (!grant.recurrence) return {};
  if (grant.recurrence->every_ms <= 0)
    return fail(errors::invalid_field(path + ".recurrence", "must be longer than nothing"));
  if ((to.ms - from.ms) / grant.recurrence->every_ms > most_refills)
    return fail(errors::invalid_field(path + ".recurrence", "recurs too often"));
  return {};
}

// The refills of a grant within [from, to], after it became effective.
void add_refills(std::map<Instant, Moment>& moments, TimedGrant const& grant, std::size_t index,
                 Instant from, Instant to) {
  if (!grant.recurrence) return;
  std::int64_t const every = grant.recurrence->every_ms;
  std::int64_t const anchor = grant.recurrence->anchor.ms;
  std::int64_t const first = std::max(grant.effective_at.ms + 1, from.ms);
  std::int64_t const behind = (first - anchor) % every;  // cut towards zero
  std::int64_t at = first - behind + (behind > 0 ? every : 0);
  for (; at <= to.ms; at += every) moments[Instant{at}].refills.push_back(index);
}

class Run {
 public:
  Run(std::span<TimedGrant const> grants, BurnOrder const& order, OverageMeans means)
      : grants_(grants), means_(means) {
    std::vector<BurnRank> ranks;
    for (auto const& grant : grants) ranks.push_back(grant.rank);
    sequence_ = burn_sequence(ranks, order);
    out_.balances.resize(grants.size());
  }

  void start(Instant from) {
    for (std::size_t i = 0; i < grants_.size(); ++i) {
      if (grants_[i].effective_at < from && !has_ended(grants_[i], from))
        out_.balances[i] = grants_[i].amount;
    }
  }

  void pass(Instant at, Moment const& moment) {
    for (std::size_t i = 0; i < grants_.size(); ++i) {
      if (has_ended(grants_[i], at)) out_.balances[i] = 0;
    }
    if (moment.reset) roll_over(at, moment.preserve_overage);
    bool filled = moment.reset;
    for (std::size_t i = 0; i < grants_.size(); ++i) {
      if (grants_[i].effective_at == at) filled = fill(i, at) || filled;
    }
    for (std::size_t const i : moment.refills) filled = fill(i, at) || filled;
    if (filled && (moment.reset || means_ == OverageMeans::deducted))
      out_.overage = cover(out_.overage);
    for (auto const& quantity : moment.usage) out_.overage += cover(quantity);
  }

  BurnDown result() && { return std::move(out_); }

 private:
  void roll_over(Instant at, bool preserve_overage) {
    for (std::size_t i = 0; i < grants_.size(); ++i) {
      auto const& grant = grants_[i];
      if (grant.effective_at >= at || has_ended(grant, at)) continue;
      out_.balances[i] =
          max(grant.rollover_min,
              TB_MUTANT(76, min(grant.rollover_max, out_.balances[i]), out_.balances[i]));
    }
    if (!preserve_overage) out_.overage = 0;
  }

  bool fill(std::size_t index, Instant at) {
    if (has_ended(grants_[index], at)) return false;
    out_.balances[index] = grants_[index].amount;
    return true;
  }

  // Takes `left` from the balances in order; returns what they did not cover.
  Exact cover(Exact left) {
    for (std::size_t const i : sequence_) {
      Exact const part = min(left, out_.balances[i]);
      out_.balances[i] -= part;
      left -= part;
    }
    return left;
  }

  std::span<TimedGrant const> grants_;
  OverageMeans means_;
  std::vector<std::size_t> sequence_;
  BurnDown out_;
};

}  // namespace burn_down_detail

Result<BurnDown> burn_down(Instant from, Instant to, std::span<TimedGrant const> grants,
                           std::span<TimedUsage const> usage, std::span<UsageReset const> resets,
                           OverageMeans overage, BurnOrder const& order) {
  if (to < from) return fail(errors::invalid_field("to", "must not be before from"));
  std::map<Instant, burn_down_detail::Moment> moments;
  moments[from];
  moments[to];
  auto const within = [&](Instant at) { return from <= at && at <= to; };
  for (std::size_t i = 0; i < grants.size(); ++i) {
    TB_CHECK(burn_down_detail::checked(grants[i], i, from, to));
    if (within(grants[i].effective_at)) moments[grants[i].effective_at];
    auto const end = burn_down_detail::end_of(grants[i]);
    if (end && within(*end)) moments[*end];
    burn_down_detail::add_refills(moments, grants[i], i, from, to);
  }
  for (auto const& one : usage) {
    if (one.quantity.is_negative())
      return fail(errors::invalid_field("usage", "quantities must not be negative"));
    if (from <= one.at && TB_MUTANT(77, one.at < to, one.at <= to))
      moments[one.at].usage.push_back(one.quantity);
  }
  for (auto const& one : resets) {
    if (!within(one.at)) continue;
    moments[one.at].reset = true;
    moments[one.at].preserve_overage = one.preserve_overage;
  }
  burn_down_detail::Run run(grants, order, overage);
  run.start(from);
  for (auto const& [at, moment] : moments) run.pass(at, moment);
  return std::move(run).result();
}

}  // namespace tallybook
