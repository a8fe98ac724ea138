#include "app/billing/step.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "app/billing/late_usage.hpp"
#include "app/billing/open_invoice.hpp"
#include "app/coupon/applying.hpp"
#include "app/credit/line_credits.hpp"
#include "app/credit/overage.hpp"
#include "app/subscription/changing.hpp"
#include "app/subscription/planned_updates.hpp"
#include "app/subscription/running_period.hpp"
#include "app/subscription/seats.hpp"
#include "app/subscription/transitions.hpp"
#include "base/assert.hpp"
#include "domain/subscription/minimum_line.hpp"

namespace tallybook {
namespace step_detail {

// When service ends, where that is planned.
std::optional<Instant> end_of(SubscriptionState const& state, TimeZone const& zone) {
  auto const& subscription = state.subscription;
  if (!subscription.cancel_at) return std::nullopt;
  return zone.start_of(end_of_service(*subscription.cancel_at, state.lines, zone));
}

// In the order of the subscription's products, whatever was charged first; the rest behind them.
void sort_lines(InvoiceWithLines& document, SubscriptionState const& state) {
  auto const place = [&](InvoiceLine const& line) {
    for (auto const& sold : state.lines) {
      if (line.subscription_line_id == sold.id) return sold.position;
    }
    return std::numeric_limits<int>::max();
  };
  std::ranges::stable_sort(document.lines, {}, place);
  int position = 0;
  for (auto& line : document.lines) line.position = position++;
}

SubscriptionPhase const* phase_of(SubscriptionState const& state, PhaseId const& id) {
  for (auto const& phase : state.phases) {
    if (phase.id == id) return &phase;
  }
  return nullptr;
}

// When the line would have been charged next; none for one-time lines.
std::optional<Date> next_charge_of(SubscriptionLine const& line) {
  if (!line.period_start_on || !line.period_end_on) return std::nullopt;
  bool const at_start =
      line.payment_schedule == PaymentSchedule::start && *line.period_start_on >= line.anchor_on;
  return at_start ? line.period_start_on : line.period_end_on;
}

// When no line is left that brings a next invoice, what waits for it comes on the day on which the
// last of them would have been charged.
void date_what_waits(UnitOfWork& work, SubscriptionState& state, TimeZone const& zone) {
  auto& subscription = state.subscription;
  if (subscription.status != SubscriptionStatus::active || !subscription.has_pending_charges)
    return;
  bool const comes = std::ranges::any_of(
      state.lines, [](auto const& line) { return !line.detached_at && line.next_charge_at; });
  if (comes) return;
  std::optional<Date> day;
  for (auto const& line : work.records<SubscriptionLine>().where(
           "subscription_id = ? AND replaced_at = (SELECT MAX(l.replaced_at) FROM "
           "subscription_lines l WHERE l.account_id = ? AND l.mode = ? AND l.subscription_id = ?)",
           {subscription.id.value, work.tenant().account_id,
            std::string(mode_text(work.tenant().mode)), subscription.id.value})) {
    auto const next = next_charge_of(line);
    if (next && (!day || *next < *day)) day = next;
  }
  Date const today = zone.date_of(work.now());
  Instant const at = zone.start_of(day && *day > today ? *day : today + 1);
  for (auto& waiting : work.records<PendingCharge>().where(
           "subscription_id = ? AND charge_at IS NULL ORDER BY created_at, position, id",
           {subscription.id.value})) {
    waiting.charge_at = at;
    work.records<PendingCharge>().update(waiting);
  }
  for (auto& waiting : subscription.waiting) {
    if (!waiting.charge_at) waiting.charge_at = at;
  }
  subscription.has_pending_charges = false;
}

}  // namespace step_detail

BillingStep::BillingStep(UnitOfWork& unit, SubscriptionState& of, Instant until)
    : work(unit),
      state(of),
      due(until),
      zone(TimeZone::find(of.subscription.timezone).value_or(TimeZone())) {}

InvoiceParties const& BillingStep::parties() {
  if (!parties_) {
    auto found =
        parties_of(work, state.subscription.invoicing_entity_id, state.subscription.customer_id);
    TB_ASSERT(found.has_value());
    parties_.emplace(*std::move(found));
  }
  return *parties_;
}

void BillingStep::open_document() {
  if (document_) return;
  document_.emplace(invoice_for(work, state.subscription, parties()));
  bool const ends_a_period = std::ranges::any_of(state.lines, [&](auto const& line) {
    return line.aggregator_id && line.payment_schedule == PaymentSchedule::end &&
           (changed_lines || (line.next_charge_at && *line.next_charge_at <= due));
  });
  // The open invoice of the period becomes this one.
  if (!ends_a_period) return;
  if (auto const open = take_open_invoice(work, state.subscription.id))
    document_->invoice.id = *open;
}

InvoiceId const& BillingStep::document_id() {
  open_document();
  return document_->invoice.id;
}

bool BillingStep::claim(InvoiceLine const& line) {
  // What was used beyond a balance is of no period; the balance knows that it is billed.
  if (line.charge && line.charge->kind == ChargeKind::overage) return true;
  std::pair const key{line.subscription_line_id->value, line.period_start_on->days};
  if (claimed_.contains(key)) return true;
  if (!claim_charge(work, *line.subscription_line_id, *line.period_start_on, line.id)) return false;
  claimed_.insert(key);
  if (line.product_type != ProductType::credit) return true;
  auto const sold = work.records<SubscriptionLine>().find(line.subscription_line_id->value);
  TB_ASSERT(sold.has_value());
  grant_charged_credits(work, state.subscription, *sold, line, document_id());
  return true;
}

void BillingStep::add(InvoiceLine line) {
  open_document();
  add_line(*document_, std::move(line));
}

std::int64_t BillingStep::charged_minor() const {
  std::int64_t sum = 0;
  if (!document_) return sum;
  auto const currency = Currency::parse(state.subscription.currency).value_or(Currency());
  for (auto const& line : document_->lines)
    sum = checked_add(sum, Money::rounded(line.exact_amount, currency).minor);
  // What coupons take is not there to be lowered.
  sum = checked_add(sum, -discounts_of(work, *document_));
  return std::max<std::int64_t>(sum, 0);
}

Exact BillingStep::credited_of(InvoiceLineId const& line) const {
  Exact sum;
  if (!document_) return sum;
  for (auto const& each : document_->lines) {
    if (each.original_line_item_id == line && each.entry_type == EntryType::credit)
      sum -= each.exact_amount;
  }
  return sum;
}

bool BillingStep::had_its_minimum(SubscriptionLine const& line, Date starts_on) const {
  auto const& subscription = state.subscription;
  bool const joins = line.payment_schedule == PaymentSchedule::start &&
                     zone.date_of(line.attached_at) == starts_on;
  if (!subscription.minimum_invoice_fee || !joins) return false;
  for (auto const& version : versions_of(work.sql(), work.tenant(), subscription)) {
    for (auto const& charged : work.records<InvoiceLine>().where(
             "invoice_id <> ? AND entry_type = 'debit' AND period_start_on = ? AND "
             "subscription_line_id IN (SELECT s.id FROM subscription_lines s WHERE s.account_id = "
             "? AND s.mode = ? AND s.subscription_id = ?) AND EXISTS (SELECT 1 FROM invoices n "
             "WHERE n.account_id = invoice_lines.account_id AND n.mode = invoice_lines.mode AND "
             "n.id = invoice_lines.invoice_id AND n.status NOT IN ('open', 'closed', 'archived', "
             "'voided'))",
             {document_->invoice.id.value, std::int64_t{starts_on.days}, work.tenant().account_id,
              std::string(mode_text(work.tenant().mode)), version.value})) {
      bool const recurs = charged.period_end_on.has_value();
      if (recurs && (!charged.charge || charged.charge->kind == ChargeKind::period)) return true;
    }
  }
  return false;
}

bool BillingStep::charge(PaymentSchedule schedule) {
  auto const end = step_detail::end_of(state, zone);
  bool any = false;
  bool claimed = false;
  for (auto& line : state.lines) {
    if (line.payment_schedule != schedule) continue;
    auto const* phase = step_detail::phase_of(state, line.phase_id);
    bool const invoiced = phase == nullptr || !phase->do_not_invoice_phase;
    while (!line.detached_at && line.next_charge_at && *line.next_charge_at <= due) {
      bool const in_advance = schedule == PaymentSchedule::start && !unbilled_front(line);
      if (end && (in_advance ? *line.next_charge_at >= *end : *line.next_charge_at > *end)) break;
      any = true;
      auto const part = due_charge(line, zone).part;
      if (invoiced) {
        open_document();
        auto charged = charge_lines(work, state.subscription.customer_id, line, part, zone);
        if (claim_charge(work, line.id, part.period.start, charged.front().id)) {
          if (line.type == ProductType::dynamic && work.counts_usage())
            std::ranges::move(late_usage(work, state.subscription, line, charged),
                              std::back_inserter(charged));
          grant_charged_credits(work, state.subscription, line, charged.front(),
                                document_->invoice.id);
          if (had_its_minimum(line, part.period.start)) {
            for (auto& each : charged) {
              if (each.charge && each.charge->kind == ChargeKind::period)
                each.charge->minimum_before = true;
            }
          }
          for (auto& each : charged) {
            if (each.charge) know_earlier_part(line, part.period, *each.charge);
            add(std::move(each));
          }
          if (auto beyond = take_overage(work, state.subscription, line, part.period.start))
            add(*std::move(beyond));
          claimed = true;
        }
      } else if (line.type == ProductType::credit) {
        grant_line_credits(work, state.subscription, line,
                           {line.count, part.fraction, line.credits_grant_mode, part.period,
                            std::nullopt, std::nullopt});
      }
      advance_line(line, zone);
    }
  }
  if (claimed && work.counts_usage() && !std::exchange(looked_at_ended_, true)) {
    for (auto& late : late_usage_of_ended(work, state.subscription, state.lines))
      add(std::move(late));
  }
  return any;
}

void BillingStep::charge_overage() {
  for (auto const& line : state.lines) {
    auto const* phase = step_detail::phase_of(state, line.phase_id);
    bool const running = phase == nullptr || phase->id == state.subscription.current_phase_id;
    if (line.detached_at || !running || (phase && phase->do_not_invoice_phase)) continue;
    if (auto beyond = take_overage(work, state.subscription, line, zone.date_of(work.now())))
      add(*std::move(beyond));
  }
}

bool BillingStep::run_events() {
  auto& subscription = state.subscription;
  bool any = false;
  while (subscription.next_event_at && *subscription.next_event_at <= due) {
    Instant const at = *subscription.next_event_at;
    any = true;
    if (auto const contract = contract_due(subscription, zone); contract && *contract <= due) {
      auto const events = advance_contract(subscription, zone);
      for (auto const& event : events) news.add(work, state, event);
    }
    for (auto& waiting : work.records<PendingCharge>().where(
             "subscription_id = ? AND charge_at <= ? ORDER BY created_at, position, id",
             {subscription.id.value, due.ms})) {
      take_pending(*this, waiting);
    }
    // After a pause several days are due at once: what lies behind a version's day is not applied.
    auto const version = next_planned_transition(*this);
    apply_planned_updates(*this,
                          version ? std::min(version->transition_date.value_or(due), due) : due);
    if (apply_planned_transition(*this)) return true;
    auto const* phase = step_detail::phase_of(state, subscription.current_phase_id);
    auto const boundary = phase ? phase_boundary(*phase, zone) : std::nullopt;
    if (boundary && zone.start_of(*boundary) <= due) {
      next_phase(*this, {*boundary, zone.start_of(*boundary)});
    }
    if (subscription.status != SubscriptionStatus::active) return true;
    count_planned_seats(*this);
    plan_events(work, state);
    TB_ASSERT(!subscription.next_event_at || *subscription.next_event_at > at);
  }
  return any;
}

void BillingStep::take_waiting() {
  if (!state.subscription.has_pending_charges) return;
  for (auto& waiting : work.records<PendingCharge>().where(
           "subscription_id = ? AND charge_at IS NULL ORDER BY created_at, position, id",
           {state.subscription.id.value}))
    take_pending(*this, waiting);
  state.subscription.has_pending_charges = false;
}

void BillingStep::finish(RunCounts& counts) {
  // Of a start in the past the next phase brings credits of its own.
  if (!state.subscription.next_event_at || *state.subscription.next_event_at > work.now())
    catch_up_with_lines(work, state.subscription, state.lines);
  if (!document_ || document_->lines.empty()) return;
  take_waiting();
  step_detail::sort_lines(*document_, state);
  finish_invoice(work, state.subscription, parties(), *document_);
  finished_ = document_->invoice.id;
  ++counts.invoices_created;
  if (document_->invoice.number) ++counts.invoices_issued;
  news.add(work, state, "subscription.charged");
  ++counts.subscriptions_billed;
  document_.reset();
}

std::optional<Instant> next_change(UnitOfWork& work, SubscriptionState& state) {
  auto& subscription = state.subscription;
  auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
  std::optional<Instant> next;
  auto const sooner = [&](std::optional<Instant> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  if (auto const* phase = step_detail::phase_of(state, subscription.current_phase_id)) {
    if (auto const boundary = phase_boundary(*phase, zone)) sooner(zone.start_of(*boundary));
  }
  if (subscription.status == SubscriptionStatus::active) sooner(plan_seats(work, state));
  auto const earliest = [&](char const* text, std::optional<Instant> not_before = {}) {
    work.sql().query(text,
                     {work.tenant().account_id, std::string(mode_text(work.tenant().mode)),
                      subscription.id.value},
                     [&](SqlRow const& row) {
                       if (row.is_null(0)) return;
                       Instant const at{row.integer(0)};
                       sooner(std::max(at, not_before.value_or(at)));
                     });
  };
  earliest(
      "SELECT MIN(apply_at) FROM subscription_updates WHERE account_id = ? AND mode = ? AND "
      "subscription_id = ? AND status = 'scheduled'",
      subscription.starts_at);
  earliest(
      "SELECT MIN(charge_at) FROM pending_charges WHERE account_id = ? AND mode = ? AND "
      "subscription_id = ?");
  earliest(
      "SELECT MIN(transition_date) FROM subscription_transitions WHERE account_id = ? AND mode = ? "
      "AND source_subscription_id = ? AND status = 'scheduled'");
  return next;
}

void plan_events(UnitOfWork& work, SubscriptionState& state) {
  auto& subscription = state.subscription;
  auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
  step_detail::date_what_waits(work, state, zone);
  auto next = next_change(work, state);
  if (auto const contract = contract_due(subscription, zone);
      contract && (!next || *contract < *next))
    next = contract;
  subscription.next_event_at = next;
}

}  // namespace tallybook
