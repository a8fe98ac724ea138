#include <algorithm>
#include <map>
#include <set>

#include "app/billing/billing_run.hpp"
#include "app/billing/charging.hpp"
#include "app/billing/late_usage.hpp"
#include "app/billing/open_invoice.hpp"
#include "app/billing/organisation_billing.hpp"
#include "app/coupon/applying.hpp"
#include "app/credit/line_credits.hpp"
#include "app/invoice/crediting.hpp"
#include "app/subscription/changing.hpp"
#include "app/subscription/lines.hpp"
#include "app/subscription/paid_terms.hpp"
#include "app/subscription/planned_updates.hpp"
#include "app/subscription/running_period.hpp"
#include "app/subscription/subscriptions.hpp"
#include "app/subscription/telling.hpp"
#include "app/subscription/transitions.hpp"
#include "app/wallet/wallets.hpp"
#include "base/assert.hpp"
#include "calendar/proration.hpp"
#include "domain/subscription/billing.hpp"
#include "domain/subscription/minimum_line.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace cancel_detail {

// What the strategy bills when service ends: the used part of lines in arrears, or a fee; with a
// refund what it leaves of a first billing that is to come.
void charge_at_end(UnitOfWork& work, SubscriptionState& state, InvoiceParties const& parties,
                   Date end_on, TimeZone const& zone) {
  auto const& subscription = state.subscription;
  auto document = invoice_for(work, subscription, parties);
  if (subscription.cancellation_strategy == CancellationStrategy::charge_custom) {
    InvoiceLine fee;
    fee.id = work.new_id<InvoiceLineTag>();
    fee.name = "Cancellation fee";
    fee.unit_amount = fee.exact_amount = Exact(*subscription.cancellation_amount);
    add_line(document, std::move(fee));
  } else {
    bool const refund = subscription.cancellation_strategy == CancellationStrategy::refund_prorata;
    for (auto const& [index, part] : used_in_arrears(state.lines, end_on, zone)) {
      auto& line = state.lines[index];
      if (refund && !unbilled_front(line)) continue;
      // What fell due in a pause is not billed, whatever ends it (SUB-6).
      if (subscription.status == SubscriptionStatus::paused && is_due(line, work.now())) continue;
      if (!is_invoiced(state, line.phase_id)) continue;
      auto charged = charge_lines(work, subscription.customer_id, line, part, zone);
      if (!claim_charge(work, line.id, part.period.start, charged.front().id)) continue;
      if (line.type == ProductType::dynamic)
        std::ranges::move(late_usage(work, subscription, line, charged),
                          std::back_inserter(charged));
      for (auto& each : charged) {
        if (each.charge) know_earlier_part(line, part.period, *each.charge);
        add_line(document, std::move(each));
      }
    }
    if (!refund) {
      for (auto& late : late_usage_of_ended(work, subscription, state.lines))
        add_line(document, std::move(late));
    }
  }
  // Usage passes through grace here too: the day of the cancellation counts as used to its end.
  if (!document.lines.empty()) finish_invoice(work, subscription, parties, document);
}

// A document without a number whose lines were cut.
void restate(UnitOfWork& work, Invoice& invoice, InvoiceLine const& original) {
  InvoiceWithLines document{invoice, invoice_lines(work.sql(), work.tenant(), invoice.id)};
  // What goes back is not filled up to the minimum again (MIN-2): that is lowered by it.
  // What gave something back did not count to it.
  bool const counted = counts_to_minimum(original);
  std::int64_t cut = counted ? original.amount_excluding_tax : 0;
  for (auto& line : document.lines) {
    if (line.charge && line.charge->kind == ChargeKind::period) line.charge->minimum_before = true;
    if (!is_minimum_fee(line) || !line.charge->minimum_fee) continue;
    line.charge->minimum_before = true;
    line.charge->minimum_fee = *line.charge->minimum_fee * line.charge->fraction;
    line.charge->fraction = 1;
  }
  discount(work, document);
  for (auto const& line : document.lines) {
    if (counted && line.id == original.id)
      cut -= checked_add(line.exact_amount.round().value_or(0), -line.discount_amount);
  }
  for (auto& line : document.lines) {
    if (is_minimum_fee(line) && line.charge->minimum_fee) *line.charge->minimum_fee -= Exact(cut);
  }
  discount(work, document);
  for (auto& each : document.lines) {
    // A minimum fee that is new here; the others know their tax.
    if (each.tax_reason) continue;
    each.tax_rate = original.tax_rate;
    each.tax_category = original.tax_category;
    each.tax_rate_id = original.tax_rate_id;
    each.tax_reason = original.tax_reason;
  }
  compute_totals(document.invoice, document.lines);
  document.invoice.updated_at = work.now();
  work.records<Invoice>().update(document.invoice);
  store_lines(work, document);
  update_reference(work, document);
  invoice = document.invoice;
}

// The share of the line's days, or of its time where that was counted, before `end_on`.
Exact kept_share(InvoiceLine const& line, Date end_on, TimeZone const& zone) {
  if (counts_time(line))
    return Exact(1) -
           proration_after({*line.period_starts_at, *line.period_ends_at}, zone.start_of(end_on));
  Period const paid{*line.period_start_on, *line.period_end_on};
  if (paid.days() <= 0) return 1;
  return Exact::fraction(std::clamp(end_on, paid.start, paid.end) - paid.start, paid.days());
}

void cut_line(InvoiceLine& line, Date end_on, Exact const& share, TimeZone const& zone) {
  line.exact_amount *= share;
  line.unit_amount *= share;
  if (line.charge) {
    line.charge->fraction *= share;
    if (auto& before = line.charge->billed_before) *before = *before * share;
    if (auto& again = line.charge->charged_again) again->share *= share;
    if (auto& credit = line.charge->credit) credit->kept = credit->kept.value_or(Exact(1)) * share;
  }
  line.period_end_on = std::max(end_on, *line.period_start_on);
  line.period_ends_at = zone.start_of(*line.period_end_on);
}

// What gave a part of the line back: cut with it where it has no number either.
struct GivenBack {
  std::vector<PendingCharge> waiting;
  std::vector<InvoiceLine> drafted;
  bool numbered = false;
};
GivenBack given_back(UnitOfWork& work, SubscriptionId const& subscription,
                     InvoiceLine const& original) {
  GivenBack found;
  for (auto& line : work.records<InvoiceLine>().where(
           "original_line_item_id = ? AND entry_type = 'credit' ORDER BY id",
           {original.id.value})) {
    auto const invoice = work.records<Invoice>().find(line.invoice_id.value);
    if (invoice && invoice->number)
      found.numbered = true;
    else if (invoice && invoice->status != InvoiceStatus::closed &&
             invoice->status != InvoiceStatus::archived)
      found.drafted.push_back(std::move(line));
  }
  for (auto& waiting : work.records<PendingCharge>().where(
           "subscription_id = ? ORDER BY created_at, position, id", {subscription.value})) {
    if (waiting.line.original_line_item_id == original.id)
      found.waiting.push_back(std::move(waiting));
  }
  return found;
}

void cut_given_back(UnitOfWork& work, GivenBack& back, Date end_on, TimeZone const& zone) {
  for (auto& waiting : back.waiting) {
    Exact const share = kept_share(waiting.line, end_on, zone);
    cut_line(waiting.line, end_on, share, zone);
    if (share.is_zero())
      work.records<PendingCharge>().erase(waiting.id.value);
    else
      work.records<PendingCharge>().update(waiting);
  }
  for (auto& line : back.drafted) {
    auto invoice = work.records<Invoice>().find_for_update(line.invoice_id.value);
    if (!invoice || !line.period_start_on || !line.period_end_on) continue;
    cut_line(line, end_on, kept_share(line, end_on, zone), zone);
    work.records<InvoiceLine>().update(line);
    restate(work, *invoice, line);
  }
}

// A document that has no number yet is not credited: its line is cut to the days that were used,
// and with it what was given back of it.
void shorten(UnitOfWork& work, SubscriptionState const& state, Invoice& invoice, Unused const& part,
             TimeZone const& zone) {
  auto const& original = part.original;
  Date const end_on = part.period.start;
  Period const kept{*original.period_start_on, end_on};
  auto back = given_back(work, state.subscription.id, original);
  Exact const share =
      back.numbered
          ? Exact(1) - part.net / Exact(std::max<std::int64_t>(original.amount_excluding_tax, 1))
          : kept_share(original, end_on, zone);
  InvoiceLine shorter = original;
  auto const source = work.records<SubscriptionLine>().find(original.subscription_line_id->value);
  bool const whole =
      (!original.charge || original.charge->kind == ChargeKind::period) && !counts_time(original);
  if (whole && source && !back.numbered) {
    Period const paid{*original.period_start_on, *original.period_end_on};
    shorter = charge_line(
        work, state.subscription.customer_id, *source,
        {kept, Exact::fraction(paid.days(), whole_cycle(*source, paid).days()) * share}, zone);
    // A minimum fee that an earlier document had stays its own.
    if (shorter.charge && original.charge)
      shorter.charge->minimum_before = original.charge->minimum_before;
    shorter.tax_rate = original.tax_rate;
    shorter.tax_category = original.tax_category;
    shorter.tax_rate_id = original.tax_rate_id;
    shorter.tax_reason = original.tax_reason;
    shorter.id = original.id;
    shorter.invoice_id = original.invoice_id;
    shorter.position = original.position;
  } else {
    cut_line(shorter, end_on, share, zone);
  }
  work.records<InvoiceLine>().update(shorter);
  cut_line_credits(work, original.id, Exact(1) - share);
  restate(work, invoice, original);
  if (!back.numbered) cut_given_back(work, back, end_on, zone);
}

// The invoice of the organisation on which a document of its customer is one line, locked. None
// when it became a credit note: there is nothing left to give back on it.
struct Grouped {
  Invoice invoice;
  InvoiceLine line;
};
std::optional<Grouped> grouped_invoice(UnitOfWork& work, Invoice const& child) {
  auto line = grouped_line(work, child.id);
  if (!line) return std::nullopt;
  auto invoice = work.records<Invoice>().find_for_update(line->invoice_id.value);
  TB_ASSERT(invoice.has_value());
  if (invoice->type != InvoiceType::invoice) return std::nullopt;
  return Grouped{*std::move(invoice), *std::move(line)};
}

// Notes go to whoever the invoice was made for.
std::int64_t credit(UnitOfWork& work, SubscriptionState const& state, InvoiceId const& id,
                    std::vector<CreditPart> parts) {
  auto const invoice = work.records<Invoice>().find(id.value);
  TB_ASSERT(invoice.has_value());
  auto const parties = parties_of(work, invoice->invoicing_entity_id, invoice->customer_id);
  TB_ASSERT(parties.has_value());
  return issue_credit_note(work, *parties, id, std::move(parts),
                           state.subscription.cancellation_refund_method);
}

// Gives one unused part back: cut from a document without a number, else to be credited.
void give_back(UnitOfWork& work, SubscriptionState& state, Unused const& part,
               std::map<std::string, std::vector<CreditPart>>& by_invoice, TimeZone const& zone) {
  // What waits for an invoice is cut to the days that were used.
  if (part.original.invoice_id.empty()) return lower_waiting(work, state, part, zone);
  // Locked: it may be issued at this very moment.
  auto invoice = work.records<Invoice>().find_for_update(part.original.invoice_id.value);
  if (!invoice) return;
  // A negative document became a note, which is not credited: a note of its own follows.
  if (invoice->type == InvoiceType::credit_note && invoice->number)
    return credit_later(work, state, part, {}, state.subscription.cancellation_refund_method);
  bool const on_organisation = invoice->status == InvoiceStatus::charged_on_parent;
  auto grouped = on_organisation ? grouped_invoice(work, *invoice) : std::nullopt;
  if (on_organisation && !grouped) return;
  if (grouped ? !grouped->invoice.number : !invoice->number) {
    shorten(work, state, *invoice, part, zone);
    if (grouped) follow_child(work, grouped->invoice, *invoice);
    return;
  }
  auto const& credited = grouped ? grouped->line : part.original;
  // The line of a group is one of its document: what goes back is counted as it was charged.
  by_invoice[credited.invoice_id.value].push_back(
      {credited, part.net, part.original.name, part.period, part.original.units_count, part.facts});
}

// The unused part of each line charged in advance, as a credit note per invoice it was on.
void refund_at_end(UnitOfWork& work, SubscriptionState& state, Date end_on, TimeZone const& zone) {
  std::map<std::string, std::vector<CreditPart>> by_invoice;
  std::set<std::string> seen;  // a later phase may sell the product as well
  for (auto const& line : state.lines) {
    if (line.detached_at || line.payment_schedule != PaymentSchedule::start) continue;
    if (!seen.insert(line.product_id.value).second) continue;
    auto const parts = paid_after(work, state.subscription.id, line.product_id,
                                  {end_on, zone.start_of(end_on)}, zone);
    for (auto const& part : parts) give_back(work, state, part, by_invoice, zone);
  }
  for (auto& [id, parts] : by_invoice) credit(work, state, InvoiceId(id), std::move(parts));
}

// Whether the end is that of a period; one that was named ends within what is paid.
bool a_period_ends(SubscriptionState const& state, Date end_on) {
  return std::ranges::any_of(state.lines, [&](SubscriptionLine const& line) {
    if (line.detached_at || line.payment_interval.period == WirePeriod::once) return false;
    bool const at_end = line.payment_schedule == PaymentSchedule::end;
    return line.period_start_on == end_on || (at_end && line.period_end_on == end_on);
  });
}

// What coupons will leave of a charge of the line that waits: percentages that last.
Exact left_by_coupons(Subscription const& subscription, SubscriptionLine const& line) {
  Exact left = 1;
  for (auto const& held : subscription.coupons) {
    auto const& products = held.attached.product_ids;
    bool const takes =
        held.coupon.discount_percent && held.attached.repeat == CouponRepeat::forever &&
        held.attached.phase_id == line.phase_id.value &&
        (!products || std::ranges::find(*products, line.product_id.value) != products->end());
    if (takes) left *= Exact(1) - *held.coupon.discount_percent / Exact(100);
  }
  return left;
}

// The credits that a charge would bring for the days that are given back of it.
Exact credits_to_come(UnitOfWork& work, SubscriptionLine const& line, Unused const& part) {
  auto const& charge = part.original.charge;
  Exact count = line.count;
  if (charge && charge->replaced_line_id) {
    if (auto const replaced = work.records<SubscriptionLine>().find(*charge->replaced_line_id))
      count -= replaced->count;
  }
  return credits_fraction_of(work, part.original) * count * part.facts.charged->share;
}

// What is paid of each line's days behind the end, and which credits were taken back of them.
std::vector<EndRefund> standing_after(UnitOfWork& work, SubscriptionState const& state, Date end_on,
                                      TimeZone const& zone) {
  std::vector<EndRefund> standing;
  for (auto const& line : state.lines) {
    auto& each = standing.emplace_back();
    if (line.detached_at || line.payment_schedule != PaymentSchedule::start) continue;
    for (auto const& part : paid_after(work, state.subscription.id, line.product_id,
                                       {end_on, zone.start_of(end_on)}, zone)) {
      bool const waits = part.original.invoice_id.empty();
      each.net += waits ? part.net * left_by_coupons(state.subscription, line) : part.net;
      each.units += part.original.units_count;
      if (waits && line.type == ProductType::credit)
        each.credits -= credits_to_come(work, line, part);
    }
    if (line.type != ProductType::credit) continue;
    for (auto const& version : versions_of(work.sql(), work.tenant(), state.subscription)) {
      for (auto const& grant : work.records<CreditGrant>().where(
               "subscription_line_id IN (SELECT id FROM subscription_lines l WHERE l.account_id = "
               "credit_grants.account_id AND l.mode = credit_grants.mode AND l.subscription_id = ? "
               "AND l.product_id = ?)",
               {version.value, line.product_id.value}))
        each.credits += grant.withdrawn;
    }
  }
  return standing;
}

// Kept with each line: a reinstatement charges it again. A later phase may sell the product as
// well; the running one is asked.
void keep_refunds(UnitOfWork& work, SubscriptionState& state, std::vector<EndRefund> const& before,
                  std::vector<EndRefund> const& after, TimeZone const& zone) {
  for (std::size_t i = 0; i < state.lines.size(); ++i) {
    auto& line = state.lines[i];
    EndRefund back{before[i].net - after[i].net, after[i].credits - before[i].credits, 0};
    if (line.phase_id != state.subscription.current_phase_id || back.net <= Exact(0)) continue;
    Exact const covered = max(line.count, paid_so_far(work, line, zone).covered.count);
    back.units = min(before[i].units, covered);
    line.refunded_at_end = back;
  }
}

// The last invoice of the subscription, and what of it may still be given back, without tax.
struct LastInvoice {
  InvoiceId id;
  std::optional<InvoiceLine> line;  // an organisation's invoice: the line that stands for it
  std::int64_t left = 0;
};
std::optional<LastInvoice> last_invoice(UnitOfWork& work, Subscription const& subscription) {
  // Of whichever version: one that charged nothing has none of its own.
  std::string const base = subscription.base_subscription_id.value_or(subscription.id.value);
  auto const invoice = work.records<Invoice>().first(
      "subscription_id IN (SELECT v.id FROM subscriptions v WHERE v.account_id = "
      "invoices.account_id AND v.mode = invoices.mode AND (v.id = ? OR v.base_subscription_id = "
      "?)) AND type = 'invoice' AND (number IS NOT NULL OR (status = "
      "'charged_on_parent' AND EXISTS (SELECT 1 FROM invoice_lines g WHERE g.account_id = "
      "invoices.account_id AND g.mode = invoices.mode AND g.child_invoice_id = invoices.id))) "
      "ORDER BY COALESCE(issued_at, created_at) DESC, COALESCE(sequence_number, 0) DESC, id DESC",
      {base, base});
  if (!invoice) return std::nullopt;
  if (invoice->number)
    return LastInvoice{invoice->id, std::nullopt, left_to_credit(work, invoice->id, std::nullopt)};
  auto const grouped = grouped_invoice(work, *invoice);
  if (!grouped || !grouped->invoice.number) return std::nullopt;
  std::int64_t const left = std::min(left_to_credit(work, grouped->invoice.id, grouped->line.id),
                                     invoice->amount_excluding_tax);
  return LastInvoice{grouped->invoice.id, grouped->line, left};
}

// Never more than what is left of the document it reduces. What was given back.
std::int64_t refund_amount_at_end(UnitOfWork& work, SubscriptionState const& state) {
  auto const last = last_invoice(work, state.subscription);
  std::int64_t const amount =
      last ? std::min(*state.subscription.cancellation_amount, last->left) : 0;
  if (amount <= 0) return 0;
  auto const method = state.subscription.cancellation_refund_method;
  char const* const name = "Refund on cancellation";
  if (last->line)
    return credit(work, state, last->id, {{*last->line, Exact(amount), name, std::nullopt}});
  auto const invoice = work.records<Invoice>().find(last->id.value);
  auto const parties = parties_of(work, invoice->invoicing_entity_id, invoice->customer_id);
  TB_ASSERT(parties.has_value());
  return issue_credit_note_over(work, *parties, last->id, amount, name, method);
}

// What waited for an invoice that will not come any more is charged now.
void charge_what_waits(UnitOfWork& work, SubscriptionState& state) {
  BillingStep step(work, state, work.now());
  auto const strategy =
      state.subscription.cancellation_strategy.value_or(CancellationStrategy::end_of_period);
  if (strategy == CancellationStrategy::end_of_period ||
      strategy == CancellationStrategy::charge_prorata)
    step.charge_overage();
  auto const waiting = work.records<PendingCharge>().where(
      "subscription_id = ? ORDER BY created_at, position, id", {state.subscription.id.value});
  for (auto const& pending : waiting) take_pending(step, pending);
  state.subscription.has_pending_charges = false;
  RunCounts counts;
  step.finish(counts);
  step.news.tell_all(work, state);
}

// What the call leaves out is what the subscription was sold with.
CancelTerms with_the_chosen(Subscription const& subscription, CancelTerms terms) {
  if (!terms.strategy) {
    terms.strategy = subscription.cancellation_strategy;
    if (!terms.amount) terms.amount = subscription.cancellation_amount;
  }
  if (!terms.strategy) terms.strategy = CancellationStrategy::do_nothing;
  if (!terms.refund_method) terms.refund_method = subscription.cancellation_refund_method;
  return terms;
}

Result<void> check(UnitOfWork& work, Subscription const& subscription, CancelTerms const& terms) {
  TB_CHECK(require_state(work, subscription, SubscriptionCall::cancel));
  bool const custom = terms.strategy == CancellationStrategy::charge_custom ||
                      terms.strategy == CancellationStrategy::refund_custom;
  if (custom && (!terms.amount || *terms.amount <= 0 || *terms.amount > max_amount_minor)) {
    return fail(errors::invalid_field(
        "cancellation_amount", "expected a positive number of minor units with a custom strategy"));
  }
  if (!custom && terms.amount)
    return fail(errors::invalid_field("cancellation_amount", "only the custom strategies use it"));
  if (terms.cancel_at && subscription.starts_at &&
      subscription.status == SubscriptionStatus::active &&
      *terms.cancel_at < *subscription.starts_at) {
    return fail(errors::invalid_field("cancel_at", "expected a date after the start"));
  }
  return {};
}

}  // namespace cancel_detail

void close_subscription(UnitOfWork& work, SubscriptionState& state, SubscriptionStatus status) {
  auto& subscription = state.subscription;
  for (auto& line : state.lines) {
    if (!line.detached_at) line.detached_at = work.now();
    line.next_charge_at.reset();
  }
  for (auto& phase : state.phases) {
    if (phase.status == PhaseStatus::finished) continue;
    phase.status = PhaseStatus::cancelled;
    // A date that was agreed holds again when the cancellation is taken back.
    if (phase.end_strategy != PhaseEnd::end_date) phase.ends_at = work.now();
    phase.updated_at = work.now();
    work.records<SubscriptionPhase>().update(phase);
  }
  // Nothing more of a start in the past is to come.
  catch_up_with_lines(work, subscription, state.lines);
  drop_planned_transitions(work, subscription.id);
  subscription.status = status;
  subscription.ended_at = work.now();
  subscription.next_event_at.reset();
  if (subscription.contract_status == ContractStatus::active)
    subscription.contract_status = ContractStatus::finished;
  save_state(work, state);
  keep_open_invoice(work, state);
  auto const cancelled = cancel_planned(work, subscription.id, "the subscription ended");
  if (!cancelled.empty()) tell(work, state, "subscription.updated", cancelled);
}

void end_subscription(UnitOfWork& work, SubscriptionState& state) {
  auto& subscription = state.subscription;
  auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
  bool const was_pending = subscription.status == SubscriptionStatus::pending;
  if (!was_pending) {
    Date const end_on = end_of_service(*subscription.cancel_at, state.lines, zone);
    auto const parties =
        parties_of(work, subscription.invoicing_entity_id, subscription.customer_id);
    TB_ASSERT(parties.has_value());
    auto const standing = cancel_detail::standing_after(work, state, end_on, zone);
    switch (subscription.cancellation_strategy.value_or(CancellationStrategy::do_nothing)) {
      case CancellationStrategy::charge_prorata:
      case CancellationStrategy::charge_custom:
        cancel_detail::charge_at_end(work, state, *parties, end_on, zone);
        break;
      case CancellationStrategy::refund_prorata:
        cancel_detail::refund_at_end(work, state, end_on, zone);
        cancel_detail::charge_at_end(work, state, *parties, end_on, zone);
        break;
      case CancellationStrategy::refund_custom:
        // Less may be left by now than when it was planned.
        subscription.cancellation_amount = cancel_detail::refund_amount_at_end(work, state);
        break;
      case CancellationStrategy::end_of_period:
        // A product that renewed since may run beyond the end of the others. Out of a pause it ends
        // at once, with the period that is paid (SUB-6).
        if (subscription.status == SubscriptionStatus::active &&
            cancel_detail::a_period_ends(state, end_on))
          cancel_detail::refund_at_end(work, state, end_on, zone);
        break;
      case CancellationStrategy::do_nothing:
        break;
    }
    cancel_detail::keep_refunds(work, state, standing,
                                cancel_detail::standing_after(work, state, end_on, zone), zone);
  }
  if (!was_pending) cancel_detail::charge_what_waits(work, state);
  close_subscription(work, state,
                     was_pending ? SubscriptionStatus::voided : SubscriptionStatus::cancelled);
  work.emit(was_pending ? "subscription.voided" : "subscription.cancelled",
            subscription.customer_id,
            work.services().snapshots.subscription(subscription, state.lines));
}

Result<SubscriptionState> cancel_subscription(UnitOfWork& work, SubscriptionId const& id,
                                              CancelTerms wanted) {
  auto found = work.records<Subscription>().find_for_update(id.value);
  if (!found) return fail(errors::not_found("Subscription"));
  auto state = load_state(work.sql(), work.tenant(), *std::move(found));
  auto& subscription = state.subscription;
  // What is due by now is charged first, whether or not the billing run has been here already:
  // ending detaches the lines, and what they still had to charge would be lost.
  TB_CHECK(bill_subscription_until(work, state, work.now()));
  auto const terms = cancel_detail::with_the_chosen(subscription, std::move(wanted));
  auto const strategy = *terms.strategy;
  TB_CHECK(cancel_detail::check(work, subscription, terms));
  if (terms.refund_method == RefundMethod::wallet) {
    TB_CHECK(enabled_wallets(work));
  }
  auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
  subscription.cancellation_strategy = strategy;
  subscription.cancellation_amount = terms.amount;
  subscription.cancellation_reason = terms.reason;
  subscription.cancellation_refund_method = terms.refund_method;
  subscription.cancellation_source = "api";
  subscription.cancel_at = terms.cancel_at.value_or(work.now());
  if (strategy == CancellationStrategy::end_of_period &&
      subscription.status == SubscriptionStatus::active) {
    // From the wanted moment on, the periods then running are finished first.
    if (auto const end = end_of_periods_at(state.lines, *subscription.cancel_at, zone))
      subscription.cancel_at = std::max(*subscription.cancel_at, zone.start_of(*end));
  }
  bool const later = *subscription.cancel_at > work.now();
  if (strategy == CancellationStrategy::refund_custom && !later) {
    auto const last = cancel_detail::last_invoice(work, subscription);
    std::int64_t const left = last ? last->left : 0;
    if (*terms.amount > left)
      return fail(errors::invalid_field("cancellation_amount",
                                        "expected at most " + std::to_string(left) +
                                            " minor units, which is left of the last invoice"));
  }
  if (later) {
    save_state(work, state, false);
    tell(work, state, "subscription.cancellation_scheduled");
    return state;
  }
  end_subscription(work, state);
  return state;
}

}  // namespace tallybook
