#include "app/subscription/transitions.hpp"

#include <algorithm>
#include <set>

#include "app/billing/open_invoice.hpp"
#include "app/explain/explaining.hpp"
#include "app/subscription/changing.hpp"
#include "app/subscription/lines.hpp"
#include "app/subscription/paid_terms.hpp"
#include "app/subscription/planned_updates.hpp"
#include "app/subscription/running_period.hpp"
#include "app/subscription/telling.hpp"
#include "app/wallet/wallets.hpp"
#include "base/assert.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace transitions_detail {

Handover handover(SubscriptionTransition const& transition, Cut const& cut) {
  Handover how;
  how.cut = cut;
  how.keep_cycles =
      transition.billing_cycle_transition_method == CycleTransition::keep_current_billing_cycle;
  how.method = transition.calculation_method == TransitionCalculation::do_not_charge
                   ? CalculationMethod::do_not_charge
                   : CalculationMethod::pro_rata;
  how.waives_new = how.method == CalculationMethod::do_not_charge && how.keep_cycles;
  how.charges_anew =
      transition.calculation_method == TransitionCalculation::pro_rata_separate_documents;
  return how;
}

void archive(UnitOfWork& work, SubscriptionState& source, Cut const& cut, TimeZone const& zone) {
  auto& subscription = source.subscription;
  for (auto& phase : source.phases) {
    if (phase.status == PhaseStatus::finished) continue;
    bool const running = phase.status == PhaseStatus::active;
    phase.status = running ? PhaseStatus::finished : PhaseStatus::cancelled;
    phase.ends_at = zone.start_of(cut.day) - 1;
    phase.updated_at = work.now();
    work.records<SubscriptionPhase>().update(phase);
  }
  for (auto& line : source.lines) {
    if (!line.detached_at) line.detached_at = cut.at;
    line.next_charge_at.reset();
  }
  subscription.status = SubscriptionStatus::archived;
  subscription.ended_at = work.now();
  subscription.next_event_at.reset();
  subscription.has_pending_charges = false;
  if (subscription.contract_status == ContractStatus::active)
    subscription.contract_status = ContractStatus::finished;
  save_state(work, source);
  keep_open_invoice(work, source);
  // What was planned for the days behind it is not part of what the new version sells.
  auto const cancelled =
      cancel_planned(work, subscription.id, "another version of the subscription took over");
  if (!cancelled.empty()) tell(work, source, "subscription.updated", cancelled);
}

// What waited for the source's next invoice waits for the target's.
void move_pending(UnitOfWork& work, SubscriptionState& source, SubscriptionState& target) {
  SqlParams const ours = {source.subscription.id.value, work.tenant().account_id,
                          std::string(mode_text(work.tenant().mode)), target.subscription.id.value};
  // In front of what the version itself lets wait.
  work.sql().execute(
      "UPDATE pending_charges SET position = position + (SELECT COALESCE(MAX(w.position), 0) FROM "
      "pending_charges w WHERE w.subscription_id = ? AND w.account_id = pending_charges.account_id "
      "AND w.mode = pending_charges.mode) WHERE account_id = ? AND mode = ? AND subscription_id = "
      "?",
      ours);
  work.sql().execute(
      "UPDATE pending_charges SET subscription_id = ? WHERE account_id = ? AND mode = ? AND "
      "subscription_id = ?",
      {target.subscription.id.value, work.tenant().account_id,
       std::string(mode_text(work.tenant().mode)), source.subscription.id.value});
  target.subscription.has_pending_charges =
      target.subscription.has_pending_charges || source.subscription.has_pending_charges;
  std::ranges::move(source.subscription.waiting, std::back_inserter(target.subscription.waiting));
  source.subscription.waiting.clear();
}

void begin_target(UnitOfWork& work, SubscriptionState& target, Cut const& cut,
                  TimeZone const& zone) {
  auto& subscription = target.subscription;
  subscription.status = SubscriptionStatus::active;
  subscription.activated_at = work.now();
  subscription.starts_at = zone.start_of(cut.day);
  begin_contract(subscription, work.now(), zone);
  auto& first = target.phases.front();
  begin_phase(first, *subscription.starts_at, subscription.contract_terms, zone);
  first.updated_at = work.now();
  work.records<SubscriptionPhase>().update(first);
  subscription.current_phase_id = first.id;
  know_phases(subscription, target.phases);
}

// The subscription goes on, and with it the end that was planned for it, unless the version has one
// of its own.
void inherit_cancellation(Subscription const& source, Subscription& target) {
  if (!source.cancel_at || target.cancel_at) return;
  target.cancel_at = source.cancel_at;
  target.cancellation_strategy = source.cancellation_strategy;
  target.cancellation_amount = source.cancellation_amount;
  if (!target.cancellation_refund_method)
    target.cancellation_refund_method = source.cancellation_refund_method;
  target.cancellation_reason = source.cancellation_reason;
  target.cancellation_source = source.cancellation_source;
}

// A waived version of a day on which periods begin anyway charges them.
bool renews_on(std::vector<SubscriptionLine*> const& running,
               SubscriptionTransition const& transition, Cut const& cut, TimeZone const& zone) {
  if (transition.application_schedule == TransitionApplication::next_renewal) return true;
  if (transition.application_schedule != TransitionApplication::scheduled) return false;
  return std::ranges::any_of(running, [&](SubscriptionLine const* line) {
    bool const at_end = line->payment_schedule == PaymentSchedule::end;
    return is_due(*line, zone.start_of(cut.day)) || (at_end && line->period_start_on == cut.day);
  });
}

// Whether days would be paid twice or never without a charge.
bool moves_running_days(std::vector<SubscriptionLine*> const& before,
                        std::vector<SubscriptionLine*> const& after, bool keep_cycles, Date day,
                        TimeZone const& zone) {
  std::vector<SubscriptionLine const*> running;
  for (auto const* line : before) {
    // A period that is charged at its end and begins on the day moves whole.
    bool const begins =
        line->payment_schedule == PaymentSchedule::end && line->period_start_on == day;
    if (!begins) running.push_back(line);
  }
  if (!keep_cycles)
    return paid_beyond(running, {after.begin(), after.end()}, day, zone).has_value();
  return !check_waived(running, {after.begin(), after.end()},
                       std::vector<std::string>(after.size()), day, zone);
}

// An inherited end of the running periods is that of the version's periods: none is charged beyond
// it.
void extend_end(Subscription const& source, SubscriptionState& target, TimeZone const& zone) {
  auto& subscription = target.subscription;
  bool const inherited = subscription.cancel_at && subscription.cancel_at == source.cancel_at;
  if (!inherited || subscription.cancellation_strategy != CancellationStrategy::end_of_period)
    return;
  if (auto const end = end_of_periods_at(target.lines, *subscription.cancel_at, zone))
    subscription.cancel_at = std::max(*subscription.cancel_at, zone.start_of(*end));
}

// The source hands over to the target on the cut's day.
void apply(UnitOfWork& work, SubscriptionState& source, SubscriptionState& target,
           SubscriptionTransition& transition, Cut const& cut, bool resuming = false) {
  auto const zone = TimeZone::find(source.subscription.timezone).value_or(TimeZone());
  std::vector<SubscriptionLine*> before;
  std::vector<SubscriptionLine*> after;
  for (auto& line : source.lines) {
    if (!line.detached_at && line.phase_id == source.subscription.current_phase_id)
      before.push_back(&line);
  }
  inherit_cancellation(source.subscription, target.subscription);
  begin_target(work, target, cut, zone);
  for (auto& line : target.lines) {
    if (line.phase_id == target.phases.front().id) after.push_back(&line);
  }
  BillingStep step(work, target, work.now());
  step.changed_lines = true;
  auto how = handover(transition, cut);
  if (resuming) how.paused_until = work.now();
  if (renews_on(before, transition, cut, zone)) how.waives_new = false;
  how.charge_new = !target.phases.front().do_not_invoice_phase;
  how.charge_arrears = is_invoiced(source, source.subscription.current_phase_id);
  // Refused when it was planned; another phase or change may have come in between.
  if (how.method == CalculationMethod::do_not_charge &&
      moves_running_days(before, after, how.keep_cycles, cut.day, zone)) {
    how.method = CalculationMethod::pro_rata;
    how.waives_new = false;
  }
  auto adjustments = hand_over(work, target, before, after, target.phases.front(), how, zone);
  move_pending(work, source, target);
  extend_end(source.subscription, target, zone);
  Settlement settlement;
  settlement.refund_method = transition.refund_method;
  settlement.one_document =
      transition.calculation_method != TransitionCalculation::pro_rata_separate_documents;
  // Waived: no document of its own; what was used of lines that end comes with the next invoice.
  if (how.method == CalculationMethod::do_not_charge && how.charge_new)
    settlement.schedule = UpdatePayment::next_invoice;
  // What begins is charged first: one document for the difference (SUB-UPD-4).
  step.charge(PaymentSchedule::start);
  settle(step, std::move(adjustments), settlement);
  // It has no next invoice.
  if (!how.charge_new) step.take_waiting();
  RunCounts counts;
  step.finish(counts);
  archive(work, source, cut, zone);
  plan_events(work, target);
  save_state(work, target);
  keep_open_invoice(work, target);
  transition.status = TransitionStatus::completed;
  transition.transition_date = zone.start_of(cut.day);
  transition.transitioned_at = transition.updated_at = work.now();
  step.news.add(work, target, "subscription.updated");
  step.news.add(work, target, "subscription.phase_activated");
  step.news.tell_all(work, target);
}

// The day a transition is for.
Result<Instant> moment_of(UnitOfWork& work, SubscriptionState const& source,
                          NewTransition const& wanted) {
  auto const running = running_period_of(source.subscription, source.lines);
  bool const scheduled = wanted.application_schedule == TransitionApplication::scheduled;
  if (wanted.transition_date && !scheduled)
    return fail(
        errors::invalid_field("transition_date", "only application_schedule scheduled uses it"));
  switch (wanted.application_schedule) {
    case TransitionApplication::immediately:
      return work.now();
    case TransitionApplication::scheduled:
      if (!wanted.transition_date)
        return fail(
            errors::invalid_field("transition_date", "required by application_schedule scheduled"));
      if (auto const first = changeable_from(source.subscription, source.lines);
          *wanted.transition_date < work.now() && (!first || *wanted.transition_date < *first))
        return fail(errors::invalid_field(
            "transition_date", "expected a date to come, or one within the running period" +
                                   (first ? ", from " + format_instant(*first) : std::string())));
      return *wanted.transition_date;
    case TransitionApplication::last_renewal:
    case TransitionApplication::next_renewal:
      if (!running)
        return fail(refused_by_state(work, source.subscription, SubscriptionCall::transition,
                                     "The subscription is active and no period of it runs; it has "
                                     "no renewal"));
      return wanted.application_schedule == TransitionApplication::last_renewal
                 ? last_renewal_of(source.subscription, source.lines).value_or(running->start)
                 : running->end;
    case TransitionApplication::quote_signature:
    case TransitionApplication::scheduled_after_quote_signature:
      break;
  }
  return fail(errors::invalid_field(
      "application_schedule", "expected immediately, scheduled, last_renewal or next_renewal"));
}

Result<SubscriptionState> make_target(UnitOfWork& work, SubscriptionState const& source,
                                      NewSubscription wanted) {
  auto& subscription = wanted.subscription;
  subscription.customer_id = source.subscription.customer_id;
  subscription.activation_strategy = ActivationStrategy::manually;
  subscription.starts_at.reset();
  if (subscription.invoicing_entity_id.empty())
    subscription.invoicing_entity_id = source.subscription.invoicing_entity_id;
  subscription.transition_from_subscription_id = source.subscription.id.value;
  subscription.base_subscription_id =
      source.subscription.base_subscription_id.value_or(source.subscription.id.value);
  // It goes on as it was sold, unless the version says otherwise.
  if (!subscription.purchase_order)
    subscription.purchase_order = source.subscription.purchase_order;
  if (!subscription.cancellation_strategy) {
    subscription.cancellation_strategy = source.subscription.agreed_cancellation_strategy;
    subscription.cancellation_amount = source.subscription.agreed_cancellation_amount;
  }
  if (!subscription.cancellation_refund_method)
    subscription.cancellation_refund_method = source.subscription.agreed_cancellation_refund_method;
  TB_TRY(target, make_subscription(work, std::move(wanted)));
  if (target.subscription.currency != source.subscription.currency)
    return fail(
        errors::conflict("The customer's currency is not the subscription's any more; a "
                         "new subscription is needed"));
  return target;
}

std::optional<SubscriptionState> load_target(UnitOfWork& work,
                                             SubscriptionTransition const& transition) {
  if (!transition.target_subscription_id) return std::nullopt;
  auto found =
      work.records<Subscription>().find_for_update(transition.target_subscription_id->value);
  if (!found) return std::nullopt;
  return load_state(work.sql(), work.tenant(), *std::move(found));
}

void take_back(UnitOfWork& work, SubscriptionTransition& transition) {
  transition.status = TransitionStatus::cancelled;
  transition.updated_at = work.now();
  work.records<SubscriptionTransition>().update(transition);
  if (auto target = load_target(work, transition))
    close_subscription(work, *target, SubscriptionStatus::voided);
}

std::set<std::string> document_ids(UnitOfWork& work, CustomerId const& customer) {
  std::set<std::string> ids;
  work.sql().query(
      "SELECT id FROM invoices WHERE account_id = ? AND mode = ? AND customer_id = ? AND status <> "
      "'open'",
      {work.tenant().account_id, std::string(mode_text(work.tenant().mode)), customer.value},
      [&](SqlRow const& row) { ids.emplace(row.text(0)); });
  return ids;
}

Result<TransitionPreview> run_ahead(UnitOfWork& work, SubscriptionTransition transition) {
  auto const known = document_ids(work, transition.customer_id);
  auto found =
      work.records<Subscription>().find_for_update(transition.source_subscription_id.value);
  TB_ASSERT(found.has_value());
  auto source = load_state(work.sql(), work.tenant(), *std::move(found));
  TB_CHECK(
      bill_subscription_until(work, source, std::max(work.now(), *transition.transition_date)));
  auto target = load_target(work, transition);
  TB_ASSERT(target.has_value());
  auto const zone = TimeZone::find(target->subscription.timezone).value_or(TimeZone());
  if (auto const next = next_due(target->subscription, target->lines, zone)) {
    TB_CHECK(bill_subscription_until(work, *target, *next));
  }
  TransitionPreview preview;
  for (auto const& id : document_ids(work, transition.customer_id)) {
    if (known.contains(id)) continue;
    auto invoice = work.records<Invoice>().find(id);
    TB_ASSERT(invoice.has_value());
    auto lines = invoice_lines(work.sql(), work.tenant(), invoice->id);
    preview.documents.push_back({*std::move(invoice), std::move(lines)});
  }
  std::ranges::stable_sort(preview.documents, [](auto const& a, auto const& b) {
    return a.invoice.created_at < b.invoice.created_at;
  });
  return preview;
}

}  // namespace transitions_detail

namespace transitions_detail {

Result<void> check_waived_target(UnitOfWork& work, SubscriptionState const& source,
                                 SubscriptionState const& target, NewSubscription const& wanted,
                                 CycleTransition cycle, Instant at) {
  auto const zone = TimeZone::find(source.subscription.timezone).value_or(TimeZone());
  std::vector<SubscriptionLine const*> running, next;
  auto const taken_off = still_paid(work, source, zone.date_of(at), zone);
  for (auto const& line : taken_off) running.push_back(&line);
  std::vector<std::string> paths;
  for (auto const& line : source.lines) {
    if (!line.detached_at && line.phase_id == source.subscription.current_phase_id)
      running.push_back(&line);
  }
  for (auto const& line : target.lines) {
    if (line.phase_id != target.phases.front().id) continue;
    paths.push_back(wanted.phases.front().lines[next.size()].path);
    next.push_back(&line);
  }
  if (cycle == CycleTransition::align_to_new_billing_cycle) {
    auto const paid = paid_beyond(running, next, zone.date_of(at), zone);
    if (!paid) return {};
    return fail(in_target(errors::invalid_field(
        paths[paid->line] + ".id", "the product is paid until " + format_date(paid->until - 1) +
                                       " and a new billing cycle charges it again; use "
                                       "keep_current_billing_cycle or calculation_method "
                                       "pro_rata")));
  }
  auto const checked = check_waived(running, next, paths, zone.date_of(at), zone);
  if (!checked) return fail(in_target(checked.error()));
  return {};
}

}  // namespace transitions_detail

Error in_target(Error error) {
  return errors::renamed(std::move(error),
                         [](std::string const& field) { return "target_subscription." + field; });
}

Result<SubscriptionTransition> create_transition(UnitOfWork& work, NewTransition wanted) {
  using namespace transitions_detail;
  auto checked = load_current(work, wanted.source);
  if (!checked && checked.error().code == ErrorCode::not_found)
    return fail(errors::invalid_field("source_subscription_id", "no such subscription"));
  if (!checked) return fail(checked.error());
  auto source = *std::move(checked);
  TB_CHECK(require_state(work, source.subscription, SubscriptionCall::transition));
  if (work.records<SubscriptionTransition>().count(
          "source_subscription_id = ? AND status = 'scheduled'", {wanted.source.value}) > 0)
    return fail(refused_by_state(
        work, source.subscription, SubscriptionCall::transition,
        "The subscription is active with a transition planned; cancel that one first"));
  if (wanted.refund_method == RefundMethod::wallet) {
    TB_CHECK(enabled_wallets(work));
  }
  TB_TRY(at, moment_of(work, source, wanted));
  wanted.target.begins_at = at;
  auto const& first = wanted.target.phases;
  if (wanted.cycle == CycleTransition::keep_current_billing_cycle && !first.empty() &&
      first.front().phase.billing_date_setting == BillingDateSetting::specific_date)
    return fail(in_target(errors::invalid_field(
        first.front().path + ".initial_billing_at",
        "billing_cycle_transition_method keep_current_billing_cycle keeps the dates; expected "
        "align_to_new_billing_cycle")));
  auto made = make_target(work, source, wanted.target);
  if (!made) return fail(in_target(std::move(made).error()));
  auto target = *std::move(made);
  if (wanted.calculation == TransitionCalculation::do_not_charge) {
    TB_CHECK(check_waived_target(work, source, target, wanted.target, wanted.cycle, at));
  }
  insert_parts(work, target);
  if (auto attached = attach_phase_coupons(work, target, wanted.target); !attached)
    return fail(in_target(std::move(attached).error()));
  SubscriptionTransition transition;
  transition.id = work.new_id<TransitionTag>();
  transition.customer_id = source.subscription.customer_id;
  transition.base_subscription_id = *target.subscription.base_subscription_id;
  transition.source_subscription_id = source.subscription.id;
  transition.target_subscription_id = target.subscription.id;
  transition.name = wanted.name;
  transition.transition_date = at;
  transition.application_schedule = wanted.application_schedule;
  transition.billing_cycle_transition_method = wanted.cycle;
  transition.calculation_method = wanted.calculation;
  transition.refund_method = wanted.refund_method;
  transition.created_at = transition.updated_at = work.now();
  if (at > work.now()) {
    work.records<SubscriptionTransition>().insert(transition);
    plan_events(work, source);
    save_state(work, source, false);
    return transition;
  }
  auto const zone = TimeZone::find(source.subscription.timezone).value_or(TimeZone());
  apply(work, source, target, transition, {zone.date_of(at), at});
  work.records<SubscriptionTransition>().insert(transition);
  TB_CHECK(bill_subscription_until(work, target, work.now()));
  return transition;
}

std::optional<SubscriptionTransition> next_planned_transition(BillingStep const& step) {
  return step.work.records<SubscriptionTransition>().first(
      "source_subscription_id = ? AND status = 'scheduled' AND transition_date <= ? ORDER BY "
      "transition_date",
      {step.state.subscription.id.value, step.due.ms});
}

bool apply_planned_transition(BillingStep& step) {
  using namespace transitions_detail;
  auto& work = step.work;
  auto planned = next_planned_transition(step);
  if (!planned) return false;
  Instant const at = *planned->transition_date;
  auto const& ends_at = step.state.subscription.cancel_at;
  if (ends_at && step.zone.start_of(end_of_service(*ends_at, step.state.lines, step.zone)) <= at) {
    // The service ends before the version would begin.
    take_back(work, *planned);
    return false;
  }
  auto target = load_target(work, *planned);
  TB_ASSERT(target.has_value());
  // What was charged at this instant so far goes on a document of the source.
  RunCounts counts;
  step.finish(counts);
  apply(work, step.state, *target, *planned, {step.zone.date_of(at), at}, step.resuming);
  work.records<SubscriptionTransition>().update(*planned);
  step.changed_lines = true;
  // What was planned on the version for days before it took over, or within a pause, comes with it.
  auto const billed = bill_subscription_until(work, *target, work.now());
  TB_ASSERT(billed.has_value());
  return true;
}

void drop_planned_transitions(UnitOfWork& work, SubscriptionId const& source) {
  for (auto& transition : work.records<SubscriptionTransition>().where(
           "source_subscription_id = ? AND status = 'scheduled' ORDER BY created_at, id",
           {source.value}))
    transitions_detail::take_back(work, transition);
}

Result<SubscriptionTransition> cancel_transition(UnitOfWork& work, TransitionId const& id) {
  using namespace transitions_detail;
  auto transition = work.records<SubscriptionTransition>().find_for_update(id.value);
  if (!transition) return fail(errors::not_found("Transition"));
  if (transition->status != TransitionStatus::scheduled)
    return fail(errors::conflict("The transition is " +
                                 std::string(reflect::enum_name(transition->status)) +
                                 "; only a scheduled one can be cancelled"));
  take_back(work, *transition);
  TB_TRY(source, load_current(work, transition->source_subscription_id));
  plan_events(work, source);
  save_state(work, source, false);
  return *std::move(transition);
}

Result<TransitionPreview> preview_transition(UnitOfWork& work, TransitionId const& id) {
  auto transition = work.records<SubscriptionTransition>().find(id.value);
  if (!transition) return fail(errors::invalid_field("transition_id", "no such transition"));
  if (transition->status != TransitionStatus::scheduled)
    return fail(errors::conflict("The transition is " +
                                 std::string(reflect::enum_name(transition->status)) +
                                 "; only a scheduled one has a preview"));
  work.sql().execute("SAVEPOINT transition_preview");
  auto preview = transitions_detail::run_ahead(work, *std::move(transition));
  if (preview) {
    for (auto const& document : preview->documents)
      preview->explanations.push_back(
          explain_document(work.sql(), work.tenant(), work.services().events, document));
  }
  work.sql().execute("ROLLBACK TO SAVEPOINT transition_preview");
  work.sql().execute("RELEASE SAVEPOINT transition_preview");
  return preview;
}

}  // namespace tallybook
