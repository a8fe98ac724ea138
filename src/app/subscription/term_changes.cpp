#include "app/subscription/term_changes.hpp"

#include <algorithm>

#include "app/subscription/lines.hpp"
#include "app/subscription/paid_terms.hpp"
#include "app/subscription/running_period.hpp"
#include "domain/subscription/credit_changes.hpp"

namespace tallybook {

std::optional<Running> running_of(SubscriptionLine const& line, Cut const& cut,
                                  CalculationMethod method, TimeZone const& zone) {
  auto const dates = running_dates(line, zone);
  if (!dates || !line.next_charge_at || !dates->contains(cut.day)) return std::nullopt;
  Running running{*dates, whole_cycle(line, *dates), {}};
  Cut const from = method == CalculationMethod::pay_in_full
                       ? Cut{dates->start, zone.start_of(dates->start)}
                       : cut;
  running.rest = share_after(*dates, running.cycle, from, zone);
  // Named by its own first day, whatever it pays for.
  if (method == CalculationMethod::pay_in_full) running.rest.period = Period{cut.day, dates->end};
  return running;
}

namespace term_changes_detail {

// How many units go and which part of all of them, where that is what changes.
struct Fewer {
  std::optional<Exact> units;
  Exact part;
};

// Gives back `part` of what was charged for the product from the cut on.
void give_part_back(UnitOfWork& work, SubscriptionState const& state, ProductId const& product,
                    Cut const& cut, Exact const& part, Fewer const& fewer,
                    Adjustments& adjustments) {
  auto const zone = TimeZone::find(state.subscription.timezone).value_or(TimeZone());
  for (auto& unused : paid_after(work, state.subscription.id, product, cut, zone)) {
    unused.net = unused.net * part;
    unused.facts.part = part;
    // A lower price takes no credits.
    if (unused.original.product_type == ProductType::credit && fewer.part < part)
      unused.facts.credits_part = fewer.part;
    unused.units = fewer.units;
    adjustments.credits.push_back(std::move(unused));
  }
}

}  // namespace term_changes_detail

void give_back(UnitOfWork& work, SubscriptionState const& state, ProductId const& product,
               Cut const& cut, Adjustments& adjustments) {
  term_changes_detail::give_part_back(work, state, product, cut, 1, {{}, 1}, adjustments);
}

void charge_used(BillingStep const& step, SubscriptionLine const& old, Cut const& cut,
                 Adjustments& adjustments) {
  auto const used = used_part(old, cut, step.zone);
  if (!used || (step.resuming && is_due(old, step.due))) return;
  std::ranges::move(change_lines(step.work, step.state, old, *used, whole_cycle(old, used->period),
                                 ChargeKind::change),
                    std::back_inserter(adjustments.charges));
}

void give_back_what_was_paid(BillingStep const& step, SubscriptionLine const& line, Cut const& cut,
                             CalculationMethod method, Before const& batch,
                             Adjustments& adjustments) {
  if (method == CalculationMethod::do_not_charge || line.type == ProductType::dynamic ||
      batch.removed)
    return;
  give_back(step.work, step.state, line.product_id, paid_from(line, cut, method, step.zone),
            adjustments);
}

namespace term_changes_detail {

// Terms that took the place of others within their running period.
struct TermsChange {
  BillingStep& step;
  SubscriptionLine const& fresh;
  SubscriptionLine const& old;
  Running const& running;
  Cut const& cut;
  CalculationMethod method;
};

// What the new terms cost beyond the old ones for the rest of the period, or give back of them.
void add_difference(TermsChange const& change, Before const& batch, Adjustments& adjustments) {
  auto const& [step, fresh, old, running, cut, method] = change;
  auto& work = step.work;
  auto& state = step.state;
  bool const added = batch.in_batch && !batch.line;
  auto const so_far =
      paid_so_far(work, batch.in_batch && batch.line ? *batch.line : old, step.zone);
  SubscriptionLine const& base = so_far.covered;
  Exact const before = added ? Exact(0) : full_price(base);
  Exact const paid = added ? Exact(0) : so_far.price;
  Exact const after = full_price(fresh);
  Cut const from = method == CalculationMethod::pay_in_full
                       ? Cut{running.dates.start, step.zone.start_of(running.dates.start)}
                       : cut;
  auto const free =
      added ? std::nullopt : passed_over_terms(work.sql(), work.tenant(), old, step.zone);
  Exact const without = free ? full_price(*free) : Exact(0);
  if (free && min(before, after) <= without) {
    // What a pause made free stays free up to its terms (SUB-6); what was paid beyond goes back.
    if (after > without)
      adjustments.charges.push_back(change_line(work, state, fresh, &*free, running.rest,
                                                running.cycle, ChargeKind::change, cut.basis));
    else if (before > without)
      give_part_back(work, state, fresh.product_id, from, 1, {{}, 1}, adjustments);
  } else if (!added && credits_come_anew(base, fresh)) {
    give_part_back(work, state, fresh.product_id, from, 1, {{}, 1}, adjustments);
    auto charged = change_line(work, state, fresh, nullptr, running.rest, running.cycle,
                               ChargeKind::change, cut.basis);
    charged.charge->credits_fraction = credits_anew(base, fresh, running.rest.fraction);
    adjustments.charges.push_back(std::move(charged));
  } else if (after > before || brings_free_credits(base, fresh)) {
    adjustments.charges.push_back(change_line(work, state, fresh, added ? nullptr : &base,
                                              running.rest, running.cycle, ChargeKind::change,
                                              cut.basis));
    if (added) give_back_what_was_paid(step, fresh, cut, method, batch, adjustments);
  } else if (after < paid) {
    Fewer fewer;
    if (fresh.count < base.count) {
      fewer.units = base.count - fresh.count;
      fewer.part = *fewer.units / base.count;
      // Of those only what was paid goes.
      Exact const paid_units = *fewer.units * (paid - after) / (before - after);
      if (paid_units.is_whole() && !paid_units.is_zero()) fewer.units = paid_units;
    }
    give_part_back(work, state, fresh.product_id, from, (paid - after) / paid, fewer, adjustments);
  }
}

// What the running period is paid for then.
void keep_paid(BillingStep const& step, SubscriptionLine& fresh, SubscriptionLine const& old,
               CalculationMethod method, Before const& batch) {
  auto const& from = batch.in_batch && batch.line ? *batch.line : old;
  bool const added = batch.in_batch && !batch.line;
  if (fresh.payment_schedule == PaymentSchedule::end) {
    fresh.paid = from.paid;
    return;
  }
  fresh.paid.reset();
  if (method == CalculationMethod::do_not_charge)
    fresh.paid = paid_after_waiving(step.work, added ? nullptr : &from, fresh, step.zone);
  else if (!added)
    fresh.paid = paid_after_settling(paid_so_far(step.work, from, step.zone), fresh, step.zone);
}

}  // namespace term_changes_detail

Adjustments change_terms(BillingStep& step, std::size_t index, SubscriptionLine const& wanted,
                         Cut const& cut, CalculationMethod method, Before const& batch) {
  auto& work = step.work;
  auto& state = step.state;
  Adjustments adjustments;
  if (wanted.phase_id != state.subscription.current_phase_id) {
    // Its phase is to come: nothing was charged by its terms.
    state.lines[index] = wanted;
    work.records<SubscriptionLine>().update(wanted);
    return adjustments;
  }
  auto const running = running_of(state.lines[index], cut, method, step.zone);
  auto const open = open_dates(state.lines[index], step.zone);
  auto const old_line = state.lines[index];
  auto const old = replace_line(work, state, index, work.now());
  auto& fresh = state.lines[index];
  auto const id = fresh.id;
  fresh = wanted;
  fresh.id = id;
  fresh.passed_over_on.reset();
  if (fresh.seats_problem) {
    // At other terms the seats may be counted: they are looked at again.
    fresh.seats_problem.reset();
    fresh.seats_sequence = 0;
  }
  step.changed_lines = true;
  bool const arrears = fresh.payment_schedule == PaymentSchedule::end;
  if (open && open->contains(cut.day) && method == CalculationMethod::pro_rata &&
      used_part(old_line, cut, step.zone)) {
    charge_used(step, old_line, cut, adjustments);
    open_from(fresh, cut);
  }
  term_changes_detail::keep_paid(step, fresh, old_line, method, batch);
  work.records<SubscriptionLine>().insert(fresh);
  if (arrears || !running || method == CalculationMethod::do_not_charge) return adjustments;
  term_changes_detail::add_difference({step, fresh, old_line, *running, cut, method}, batch,
                                      adjustments);
  return adjustments;
}

}  // namespace tallybook
