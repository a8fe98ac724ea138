#include "app/subscription/put_subscription.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "app/billing/open_invoice.hpp"
#include "app/subscription/changing.hpp"
#include "app/subscription/lines.hpp"
#include "app/subscription/paid_terms.hpp"
#include "app/subscription/planned_updates.hpp"
#include "base/assert.hpp"
#include "domain/subscription/phase_terms.hpp"
#include "domain/subscription/seats.hpp"
#include "reflect/json.hpp"

namespace tallybook {
namespace put_detail {

SubscriptionPhase& current_phase(SubscriptionState& state) {
  auto const at = std::ranges::find(state.phases, state.subscription.current_phase_id,
                                    [](auto const& phase) { return phase.id; });
  TB_ASSERT(at != state.phases.end());
  return *at;
}

Result<std::vector<SubscriptionLine>> lines_for(UnitOfWork& work, SubscriptionState const& state,
                                                NewPhase const& wanted, PhaseId const& phase,
                                                int position) {
  auto const customer = work.records<Customer>().find(state.subscription.customer_id.value);
  TB_ASSERT(customer.has_value());
  std::vector<SubscriptionLine> lines;
  for (auto each : wanted.lines) {
    // The count of connected seats may come back as it was read.
    for (auto const& running : state.lines) {
      bool const same = running.product_id == each.product_id && !running.detached_at;
      if (same && is_connected_seat(running) && each.count == running.count) each.count.reset();
    }
    TB_TRY(line, make_line(work, each, *customer, state.subscription));
    if (std::ranges::any_of(lines,
                            [&](auto const& other) { return other.product_id == line.product_id; }))
      return fail(errors::invalid_field(each.path + ".id", "the product is named twice"));
    line.id = work.new_id<SubscriptionLineTag>();
    line.subscription_id = state.subscription.id;
    line.phase_id = phase;
    line.position = position++;
    line.attached_at = work.now();
    lines.push_back(std::move(line));
  }
  return lines;
}

// Whether the terms are those of a line that runs: it goes on then. Connected seats are counted in
// their own time.
bool is_same(SubscriptionLine const& line, SubscriptionLine wanted) {
  auto const take_ids = [](std::vector<PriceTier>& to, std::vector<PriceTier> const& from) {
    for (std::size_t i = 0; i < to.size() && i < from.size(); ++i) to[i].id = from[i].id;
  };
  take_ids(wanted.prices, line.prices);
  for (std::size_t i = 0; i < wanted.price_groups.size() && i < line.price_groups.size(); ++i)
    take_ids(wanted.price_groups[i].prices, line.price_groups[i].prices);
  if (is_connected_seat(line)) wanted.count = line.count;
  auto terms = line;
  for (auto* each : {&terms, &wanted}) {
    each->id = {};
    each->subscription_id = {};
    each->phase_id = {};
    each->position = 0;
    each->attached_at = {};
    each->anchor_on = {};
    each->alignment = {};
    each->detached_at.reset();
    each->period_start_on.reset();
    each->period_end_on.reset();
    each->period_starts_at.reset();
    each->next_charge_at.reset();
    each->replaced_at.reset();
    each->seats_refresh_at.reset();
    each->seats_sequence.reset();
    each->seats_problem.reset();
    each->passed_over_on.reset();
    each->paid.reset();
  }
  reflect::StoredNumbers const exact;
  return reflect::to_text(terms) == reflect::to_text(wanted);
}

bool holds(Subscription const& subscription, PhaseId const& phase, CouponId const& coupon) {
  return std::ranges::any_of(subscription.coupons, [&](HeldCoupon const& held) {
    return held.attached.phase_id == phase.value && held.coupon.id == coupon;
  });
}

// Nothing ends before the periods that run already do (SUB-9).
Result<void> after_running(SubscriptionState const& state, Date ends_on, std::string const& path) {
  auto const running = end_of_running_periods(state.lines);
  if (!running || ends_on >= *running) return {};
  return fail(errors::invalid_field(path, "the running period ends on " +
                                              format_date(*running - 1) +
                                              "; cancel the subscription to end it earlier"));
}

// A planned end is a planned cancellation; the strategy it has stays.
Result<void> plan_end(UnitOfWork& work, SubscriptionState& state, std::optional<Instant> at,
                      TimeZone const& zone) {
  auto& subscription = state.subscription;
  if (!at) {
    clear_cancellation(subscription);
    return {};
  }
  bool const pending = subscription.status == SubscriptionStatus::pending;
  if (*at <= work.now())
    return fail(
        errors::invalid_field("cancel_at", "expected a moment to come; to end it now, cancel it"));
  if (pending && subscription.starts_at && *at < *subscription.starts_at)
    return fail(errors::invalid_field("cancel_at", "expected a date after the start"));
  if (!pending) {
    TB_CHECK(after_running(state, end_of_service(*at, state.lines, zone), "cancel_at"));
  }
  subscription.cancel_at = at;
  if (!subscription.cancellation_strategy)
    subscription.cancellation_strategy = CancellationStrategy::do_nothing;
  subscription.cancellation_source = "api";
  return {};
}

// The contract goes by the new terms from here on: its dates are fixed anew, and phases that end
// with it end with its new end.
Result<void> change_contract(BillingStep& step, ContractTerms terms) {
  auto& work = step.work;
  auto& state = step.state;
  auto const& zone = step.zone;
  auto& subscription = state.subscription;
  auto const starts_at = terms.starts_at ? terms.starts_at : subscription.starts_at;
  if (terms.ends_at && starts_at && *terms.ends_at < *starts_at)
    return fail(errors::invalid_field("contract_terms.ends_at", "expected a date after the start"));
  for (auto const& phase : state.phases) {
    if (phase.status != PhaseStatus::finished &&
        phase.end_strategy == PhaseEnd::contract_end_date && !terms.ends_at && !terms.duration)
      return fail(errors::invalid_field("contract_terms.ends_at",
                                        "a phase of the subscription ends with the contract"));
  }
  subscription.contract_terms = std::move(terms);
  subscription.first_term_ends_at.reset();
  if (subscription.status == SubscriptionStatus::pending) return {};
  bool const before = subscription.contract_status == ContractStatus::active;
  subscription.contract_status = ContractStatus::inactive;
  bool const begun = begin_contract(subscription, work.now(), zone);
  if (state.phases.empty()) return {};
  auto& phase = current_phase(state);
  if (phase.end_strategy == PhaseEnd::contract_end_date) {
    begin_phase(phase, phase.starts_at.value_or(work.now()), subscription.contract_terms, zone);
    if (auto const boundary = phase_boundary(phase, zone)) {
      TB_CHECK(after_running(state, *boundary, "contract_terms.ends_at"));
    }
    phase.updated_at = work.now();
    work.records<SubscriptionPhase>().update(phase);
  }
  if (begun && !before) step.news.add(work, state, "subscription.contract_started");
  return {};
}

// The lines of the phase make room for the new ones, but for those that are the same: they are
// taken out of `fresh` and go on. What is sold now.
std::vector<SubscriptionLine> swap_lines(BillingStep& step, SubscriptionPhase const& phase,
                                         std::vector<SubscriptionLine>& fresh) {
  auto& work = step.work;
  auto& state = step.state;
  std::vector<SubscriptionLine*> before;
  for (auto& line : state.lines) {
    if (line.phase_id == phase.id && !line.detached_at) before.push_back(&line);
  }
  std::vector<SubscriptionLine*> after;
  std::map<SubscriptionLine*, SubscriptionLine> kept;  // as they ran
  std::set<std::string> same;
  for (auto& line : fresh) {
    after.push_back(&line);
    for (auto* running : before) {
      if (running->product_id != line.product_id || !is_same(*running, line)) continue;
      kept.emplace(running, *running).first->second.position = line.position;
      same.insert(line.product_id.value);
    }
  }
  if (state.subscription.status == SubscriptionStatus::active) {
    Handover how;
    how.cut = {step.zone.date_of(work.now()), work.now()};
    how.method = CalculationMethod::do_not_charge;
    how.waives_new = true;
    auto adjustments = hand_over(work, state, before, after, phase, how, step.zone);
    Settlement settlement;
    settlement.schedule = UpdatePayment::next_invoice;
    settle(step, std::move(adjustments), settlement);
  }
  std::erase_if(fresh, [&](auto const& line) { return same.contains(line.product_id.value); });
  for (auto* line : before) {
    if (auto const as_it_ran = kept.find(line); as_it_ran != kept.end()) {
      *line = as_it_ran->second;
    } else {
      line->replaced_at = line->detached_at = work.now();
      line->next_charge_at.reset();
    }
    work.records<SubscriptionLine>().update(*line);
  }
  for (auto const& line : fresh) work.records<SubscriptionLine>().insert(line);
  auto sold = fresh;
  for (auto const& [running, line] : kept) sold.push_back(line);
  return sold;
}

// The running phase sells what the new one says, in the cycles that run, without a charge.
Result<void> change_current(BillingStep& step, NewPhase const& wanted) {
  auto& work = step.work;
  auto& state = step.state;
  auto& phase = current_phase(state);
  TB_TRY(fresh,
         lines_for(work, state, wanted, phase.id, next_position(work, state.subscription.id)));
  // It comes back as it was read; with other terms it would be another one.
  if (wanted.told_end && wanted.told_end != phase.ends_at) return fail(end_not_used(wanted));
  phase.name = wanted.phase.name;
  auto const ended_on = phase_boundary(phase, step.zone);
  phase.end_strategy = wanted.phase.end_strategy;
  phase.duration = wanted.phase.duration;
  phase.ends_at = wanted.phase.ends_at;
  bool const runs = state.subscription.status != SubscriptionStatus::pending;
  if (runs)
    begin_phase(phase, phase.starts_at.value_or(work.now()), state.subscription.contract_terms,
                step.zone);
  if (auto const end = phase_boundary(phase, step.zone); runs && end && end != ended_on) {
    bool const dated = phase.end_strategy == PhaseEnd::end_date;
    std::string const field = wanted.path + (dated ? ".ends_at" : ".end_strategy");
    if (step.zone.start_of(*end) <= work.now())
      return fail(errors::invalid_field(
          field, dated ? "expected a date to come"
                       : "the phase would have ended on " + format_date(*end - 1) + " already"));
    TB_CHECK(after_running(state, *end, field));
  }
  phase.updated_at = work.now();
  work.records<SubscriptionPhase>().update(phase);
  if (runs) {
    std::vector<SubscriptionLine const*> running, next;
    std::vector<std::string> paths;
    for (auto const& line : state.lines) {
      if (line.phase_id == phase.id && !line.detached_at) running.push_back(&line);
    }
    auto const day = step.zone.date_of(work.now());
    auto const taken_off = still_paid(work, state, day, step.zone);
    for (auto const& line : taken_off) running.push_back(&line);
    for (std::size_t i = 0; i < fresh.size(); ++i) {
      next.push_back(&fresh[i]);
      paths.push_back(wanted.lines[i].path);
    }
    TB_CHECK(check_waived(running, next, paths, day, step.zone));
  }
  auto const sold = swap_lines(step, phase, fresh);
  std::vector<NewAttachedCoupon> added;
  for (auto const& coupon : wanted.coupons) {
    if (!holds(state.subscription, phase.id, coupon.coupon_id)) added.push_back(coupon);
  }
  TB_CHECK(attach_coupons(work, state.subscription, phase.id, sold, added));
  std::erase_if(state.lines, [](auto const& line) { return line.replaced_at.has_value(); });
  std::ranges::move(fresh, std::back_inserter(state.lines));
  step.changed_lines = true;
  return {};
}

Result<void> replace_pending(UnitOfWork& work, SubscriptionState& state,
                             std::vector<NewPhase> const& wanted) {
  for (auto const& phase : state.phases) {
    if (phase.status != PhaseStatus::pending || phase.id == state.subscription.current_phase_id)
      continue;
    work.sql().execute(
        "DELETE FROM subscription_lines WHERE account_id = ? AND mode = ? AND phase_id = ?",
        {work.tenant().account_id, std::string(mode_text(work.tenant().mode)), phase.id.value});
    work.records<SubscriptionPhase>().erase(phase.id.value);
  }
  auto const gone = [&](PhaseId const& id) {
    return std::ranges::any_of(state.phases, [&](auto const& phase) {
      return phase.id == id && phase.status == PhaseStatus::pending &&
             phase.id != state.subscription.current_phase_id;
    });
  };
  std::erase_if(state.lines, [&](auto const& line) { return gone(line.phase_id); });
  std::erase_if(state.phases, [&](auto const& phase) { return gone(phase.id); });
  int position = state.phases.empty() ? 0 : state.phases.back().position + 1;
  for (auto const& each : wanted) {
    auto phase = each.phase;
    phase.id = work.new_id<PhaseTag>();
    phase.subscription_id = state.subscription.id;
    phase.position = position++;
    phase.created_at = phase.updated_at = work.now();
    TB_TRY(lines,
           lines_for(work, state, each, phase.id, next_position(work, state.subscription.id)));
    work.records<SubscriptionPhase>().insert(phase);
    for (auto const& line : lines) work.records<SubscriptionLine>().insert(line);
    TB_CHECK(attach_coupons(work, state.subscription, phase.id, lines, each.coupons));
    std::ranges::move(lines, std::back_inserter(state.lines));
    state.phases.push_back(std::move(phase));
  }
  return {};
}

// Of the running phase and those behind it; `given` are those that were written.
Result<void> check_waived_to_come(SubscriptionState const& state,
                                  std::vector<NewPhase> const& given) {
  std::vector<SoldPhase> sold;
  std::size_t written = 0;
  for (auto const& phase : state.phases) {
    bool const running = phase.id == state.subscription.current_phase_id;
    if (!running && phase.status != PhaseStatus::pending) continue;
    auto& each = sold.emplace_back(SoldPhase{&phase, {}, {}, ""});
    for (auto const& line : state.lines) {
      if (line.phase_id == phase.id && !line.detached_at && !line.replaced_at)
        each.lines.push_back(&line);
    }
    if (running) continue;
    auto const& wanted = given.at(written++);
    each.path = wanted.path;
    for (auto const& line : wanted.lines) each.paths.push_back(line.path);
  }
  return check_sold_phases(sold);
}

// Which given phase is the running one: the one that says so, or without any status the first.
Result<void> change_phases(BillingStep& step, std::vector<NewPhase> const& given) {
  std::vector<NewPhase> pending;
  NewPhase const* current = nullptr;
  bool const any_status =
      std::ranges::any_of(given, [](auto const& each) { return each.status.has_value(); });
  // Before the start the first phase reads as pending like the others.
  auto const& first_phase = current_phase(step.state);
  bool const ahead = (first_phase.status == PhaseStatus::pending ||
                      (first_phase.starts_at && *first_phase.starts_at > step.work.now())) &&
                     std::ranges::none_of(given, [](auto const& each) {
                       return each.status == PhaseStatus::active;
                     });
  for (auto const& each : given) {
    auto status = each.status.value_or(any_status || current != nullptr ? PhaseStatus::pending
                                                                        : PhaseStatus::active);
    if (ahead && current == nullptr && status == PhaseStatus::pending) status = PhaseStatus::active;
    if (status == PhaseStatus::finished || status == PhaseStatus::cancelled) continue;
    if (status == PhaseStatus::active) {
      if (current != nullptr)
        return fail(errors::invalid_field(each.path + ".status", "only one phase is active"));
      current = &each;
      continue;
    }
    pending.push_back(each);
  }
  // They follow the running phase, as it will be.
  auto& running = current_phase(step.state);
  // Adding a phase behind one without end makes that end by hand (PHA-2).
  if (current == nullptr && !pending.empty() && running.end_strategy == PhaseEnd::forever) {
    running.end_strategy = PhaseEnd::manual;
    running.updated_at = step.work.now();
    step.work.records<SubscriptionPhase>().update(running);
  }
  NewPhase first = current != nullptr ? *current : NewPhase{running, {NewLine{}}, {}, ""};
  first.told_end.reset();
  std::vector<NewPhase> all{std::move(first)};
  all.insert(all.end(), pending.begin(), pending.end());
  auto const& subscription = step.state.subscription;
  TB_CHECK(check_phases(all, running.starts_at ? running.starts_at : subscription.starts_at,
                        subscription.contract_terms, step.zone));
  if (current != nullptr) {
    TB_CHECK(change_current(step, *current));
  }
  TB_CHECK(replace_pending(step.work, step.state, pending));
  return check_waived_to_come(step.state, pending);
}

// A contract that ends sooner must leave something of the phases behind the running one.
Result<void> check_phases_to_come(BillingStep const& step) {
  auto const& state = step.state;
  std::vector<GivenPhase> given;
  std::optional<Instant> begins_at = state.subscription.starts_at;
  for (auto const& phase : state.phases) {
    if (phase.status == PhaseStatus::finished || phase.status == PhaseStatus::cancelled) continue;
    if (given.empty() && phase.starts_at) begins_at = phase.starts_at;
    given.push_back({&phase, "", true});
  }
  auto const begins_on = begins_at ? std::optional(step.zone.date_of(*begins_at)) : std::nullopt;
  auto const problems = problems_of(given, begins_on, state.subscription.contract_terms, step.zone);
  if (problems.empty()) return {};
  return fail(errors::invalid_field(
      "contract_terms", "a phase of the subscription would not fit: " + problems.front().reason));
}

}  // namespace put_detail

Result<SubscriptionState> put_subscription(UnitOfWork& work, SubscriptionId const& id,
                                           SubscriptionPutTerms terms) {
  TB_TRY(state, load_current(work, id));
  auto& subscription = state.subscription;
  if (!terms.only_light) {
    TB_CHECK(require_state(work, subscription, SubscriptionCall::change));
  }
  if (terms.phases) {
    TB_CHECK(require_state(work, subscription, SubscriptionCall::change_phases));
  }
  terms.header(subscription);
  BillingStep step(work, state, work.now());
  std::vector<SubscriptionUpdate> dropped;
  // What was read and is put back changes nothing.
  bool const plans_end = terms.sets_cancel_at && terms.cancel_at != subscription.cancel_at;
  bool const contract_changes =
      terms.contract_terms && *terms.contract_terms != subscription.contract_terms;
  if (contract_changes) {
    TB_CHECK(put_detail::change_contract(step, *std::move(terms.contract_terms)));
  }
  if (contract_changes && !terms.phases) {
    TB_CHECK(put_detail::check_phases_to_come(step));
  }
  if (terms.phases) {
    TB_CHECK(put_detail::change_phases(step, *terms.phases));
    // Plans for products that go on are kept.
    dropped = cancel_plans_of_gone_products(work, state);
  }
  if (plans_end) {
    TB_CHECK(put_detail::plan_end(work, state, terms.cancel_at, step.zone));
  }
  if (subscription.status == SubscriptionStatus::active) {
    step.charge(PaymentSchedule::start);
    RunCounts counts;
    step.finish(counts);
  }
  // A paused one goes on with them when it is active again.
  if (subscription.status != SubscriptionStatus::pending && !subscription.ended_at)
    plan_events(work, state);
  save_state(work, state);
  keep_open_invoice(work, state);
  step.news.add(work, state, "subscription.updated", dropped);
  if (plans_end && terms.cancel_at)
    step.news.add(work, state, "subscription.cancellation_scheduled");
  step.news.tell_all(work, state);
  // A contract whose first term is over already has renewed or ended since.
  TB_CHECK(bill_subscription_until(work, state, work.now()));
  return state;
}

}  // namespace tallybook
