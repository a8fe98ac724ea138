#include "app/subscription/changing.hpp"

#include <algorithm>
#include <map>

#include "app/billing/open_invoice.hpp"
#include "app/credit/line_credits.hpp"
#include "app/invoice/crediting.hpp"
#include "app/subscription/running_period.hpp"
#include "base/assert.hpp"
#include "calendar/proration.hpp"
#include "domain/subscription/phase_terms.hpp"

namespace tallybook {
namespace changing_detail {

// A credit as a line with a negative amount, taxed as what it credits was.
InvoiceLine credit_line_of(UnitOfWork& work, Unused const& credit, TimeZone const& zone) {
  Exact const& net = credit.net;
  InvoiceLine line;
  line.id = work.new_id<InvoiceLineTag>();
  line.entry_type = EntryType::credit;
  line.name = credit.name;
  line.description = credit.original.description;
  line.product_id = credit.original.product_id;
  line.product_type = credit.original.product_type;
  line.bundle_items = credit.original.bundle_items;
  line.subscription_line_id = credit.original.subscription_line_id;
  line.period_start_on = credit.period.start;
  line.period_end_on = credit.period.end;
  auto const range = to_instants(credit.period, zone);
  line.period_starts_at = credit.from.value_or(range.start);
  // What was charged up to a moment ends there.
  line.period_ends_at = std::min(range.end, credit.original.period_ends_at.value_or(range.end));
  // A charge whose document became a credit note counts below 0 there.
  Exact const count = credit.original.units_count;
  Exact const units = credit.units.value_or(count.is_negative() ? -count : count);
  line.units_count = units.is_zero() ? Exact(1) : units;
  line.exact_amount = -net;
  line.unit_amount = line.exact_amount / line.units_count;
  line.display_unit_amount = false;
  line.original_line_item_id = credit.original.id;
  line.revenue_interval = credit.original.revenue_interval;
  if (credit.original.tax_reason) line.tax_rate_custom = credit.original.tax_rate;
  line.charge = ChargeFacts{};
  line.charge->kind = ChargeKind::change_credit;
  line.charge->fraction = net / max(whole_amount(credit.original).net, net);
  line.charge->credit = credit.facts;
  return line;
}

// Which issued invoice a credit may be noted on; none: what it credits has no number yet.
std::optional<Invoice> issued_document(UnitOfWork& work, InvoiceLine const& original) {
  if (original.invoice_id.empty()) return std::nullopt;
  auto invoice = work.records<Invoice>().find(original.invoice_id.value);
  if (!invoice || !invoice->number || invoice->type == InvoiceType::credit_note)
    return std::nullopt;
  return invoice;
}

// A document whose sum was negative became a credit note; notes are not credited.
bool stands_on_a_note(UnitOfWork& work, InvoiceLine const& original) {
  auto const invoice = work.records<Invoice>().find(original.invoice_id.value);
  return invoice && invoice->number && invoice->type == InvoiceType::credit_note;
}

// Credit notes on the issued documents; credits on what has no number become lines.
void note_credits(BillingStep& step, std::vector<Unused> const& credits, Settlement const& how) {
  auto& work = step.work;
  std::map<std::string, std::vector<CreditPart>> by_invoice;
  std::map<std::string, Invoice> invoices;
  for (auto const& credit : credits) {
    if (auto const invoice = issued_document(work, credit.original)) {
      by_invoice[invoice->id.value].push_back({credit.original, credit.net, credit.name,
                                               credit.period, credit.units, credit.facts,
                                               credit.from});
      invoices.emplace(invoice->id.value, *invoice);
      continue;
    }
    if (stands_on_a_note(work, credit.original))
      step.add(credit_line_of(work, credit, step.zone));
    else
      credit_later(work, step.state, credit, {}, how.refund_method);
  }
  for (auto& [id, parts] : by_invoice) {
    auto const& invoice = invoices.at(id);
    auto const parties = parties_of(work, invoice.invoicing_entity_id, invoice.customer_id);
    TB_ASSERT(parties.has_value());
    issue_credit_note(work, *parties, InvoiceId(id), std::move(parts), how.refund_method);
  }
}

// As much of the credits as the charges take, in order; the rest stays.
std::vector<InvoiceLine> netted(BillingStep& step, std::int64_t charged,
                                std::vector<Unused>& credits, Currency currency) {
  std::vector<InvoiceLine> lines;
  std::vector<Unused> rest;
  for (auto& credit : credits) {
    std::int64_t const whole = Money::rounded(credit.net, currency).minor;
    if (whole <= charged) {
      charged -= whole;
      if (whole > 0) lines.push_back(credit_line_of(step.work, credit, step.zone));
      continue;
    }
    if (charged > 0) {
      Unused taken = credit;
      taken.net = taken.facts.taken.emplace(charged);
      lines.push_back(credit_line_of(step.work, taken, step.zone));
      credit.net -= Exact(charged);
      credit.facts.netted = credit.facts.netted.value_or(Exact(0)) + Exact(charged);
    }
    charged = 0;
    rest.push_back(std::move(credit));
  }
  credits = std::move(rest);
  return lines;
}

}  // namespace changing_detail

void Adjustments::add(Adjustments&& other) {
  std::ranges::move(other.charges, std::back_inserter(charges));
  std::ranges::move(other.credits, std::back_inserter(credits));
}

std::int64_t Adjustments::net(Currency currency) const {
  std::int64_t sum = 0;
  for (auto const& line : charges)
    sum = checked_add(sum, Money::rounded(line.exact_amount, currency).minor);
  for (auto const& credit : credits)
    sum = checked_add(sum, -Money::rounded(credit.net, currency).minor);
  return sum;
}

std::vector<InvoiceLine> change_lines(UnitOfWork& work, SubscriptionState const& state,
                                      SubscriptionLine const& line, ChargedPart const& part,
                                      Period cycle, ChargeKind kind) {
  auto const zone = TimeZone::find(state.subscription.timezone).value_or(TimeZone());
  auto lines = charge_lines(work, state.subscription.customer_id, line, part, zone);
  for (auto& charged : lines) {
    ChargeFacts facts = charged.charge.value_or(ChargeFacts{});
    facts.kind = kind;
    facts.cycle_start_on = cycle.start;
    facts.cycle_end_on = cycle.end;
    charged.charge = facts;
  }
  return lines;
}

InvoiceLine change_line(UnitOfWork& work, SubscriptionState const& state,
                        SubscriptionLine const& line, SubscriptionLine const* replaced,
                        CycleShare const& share, Period cycle, ChargeKind kind,
                        ProrationBasis basis) {
  ChargedPart part{share.period, share.fraction, {}};
  if (basis == ProrationBasis::milliseconds) part.time = share.range;
  auto lines = change_lines(work, state, line, part, cycle, kind);
  TB_ASSERT(lines.size() == 1);
  auto& charged = lines.front();
  charged.period_starts_at = share.range.start;
  charged.period_ends_at = share.range.end;
  if (replaced != nullptr) {
    charged.charge->replaced_line_id = replaced->id.value;
    charged.exact_amount -= charge_amount(*replaced, share.fraction, 0, {}).amount_minor;
    Exact const units = line.count - replaced->count;
    charged.units_count = units.is_zero() ? Exact(1) : units;
    charged.unit_amount = charged.exact_amount / charged.units_count;
    charged.display_unit_amount = false;
  }
  return std::move(charged);
}

void credit_later(UnitOfWork& work, SubscriptionState& state, Unused const& part,
                  std::optional<Instant> charge_at, std::optional<RefundMethod> refund_method) {
  auto const zone = TimeZone::find(state.subscription.timezone).value_or(TimeZone());
  keep_pending(work, state, changing_detail::credit_line_of(work, part, zone), charge_at,
               refund_method);
}

void settle(BillingStep& step, Adjustments adjustments, Settlement const& how) {
  std::erase_if(adjustments.credits, [&](Unused const& credit) {
    if (!credit.original.invoice_id.empty()) return false;
    lower_waiting(step.work, step.state, credit, step.zone);
    return true;
  });
  auto const currency = Currency::parse(step.state.subscription.currency).value_or(Currency());
  if (how.schedule != UpdatePayment::immediately) {
    auto const at = how.schedule == UpdatePayment::custom ? how.charge_at : std::nullopt;
    for (auto& line : adjustments.charges)
      keep_pending(step.work, step.state, std::move(line), at, how.refund_method);
    for (auto const& credit : adjustments.credits)
      credit_later(step.work, step.state, credit, at, how.refund_method);
    return;
  }
  for (auto& line : adjustments.charges) {
    if (step.claim(line)) step.add(std::move(line));
  }
  if (how.one_document) {
    for (auto& line :
         changing_detail::netted(step, step.charged_minor(), adjustments.credits, currency))
      step.add(std::move(line));
  }
  changing_detail::note_credits(step, adjustments.credits, how);
}

namespace changing_detail {

// Credits that were used while their credit waited are not given back, those whose use was undone
// are (CRE-8). What others gave back meanwhile does not lower it, as long as there are credits for
// both. Nothing is left: false.
bool recount_credits(BillingStep& step, InvoiceLine& line) {
  auto& facts = line.charge->credit;
  if (line.product_type != ProductType::credit || !facts || !facts->charged) return true;
  auto const original = step.work.records<InvoiceLine>().find(line.original_line_item_id->value);
  if (!original) return true;
  auto const credits = credits_of_line(step.work, *original);
  Exact const known = facts->unused_credits.value_or(Exact(1));
  Exact const used = credits.used - facts->used_credits.value_or(Exact(1) - known);
  Exact const there = credits.unused * (Exact(1) - credits.priced_down) -
                      step.credited_of(original->id) / facts->charged->net;
  // A lower price takes none of them: what others took is not missing.
  Exact const part = facts->credits_part.value_or(facts->part.value_or(Exact(1)));
  Exact const unused = part.is_zero() ? known - used : min(known - used, there / part);
  if (unused == known) return true;
  facts->unused_credits = max(unused, 0);
  Exact const net = unused_amount(*facts);
  line.exact_amount = -net;
  line.unit_amount = line.exact_amount / line.units_count;
  return net > Exact(0);
}

// Nor is more given back than is left by now: its document may have been credited meanwhile.
// Nothing is left: false.
bool keep_to_what_is_left(BillingStep& step, InvoiceLine& line) {
  auto const original = step.work.records<InvoiceLine>().find(line.original_line_item_id->value);
  if (!original || original->invoice_id.empty()) return true;
  Exact left(left_to_credit(step.work, original->invoice_id, original->id));
  // A charge whose document became a credit note has the other sign there.
  if (original->amount_excluding_tax < 0) left = -left;
  left -= step.credited_of(original->id);
  if (-line.exact_amount <= left) return true;
  if (left <= Exact(0)) return false;
  if (!line.charge->credit) line.charge->credit.emplace();
  line.charge->credit->left = left;
  line.exact_amount = -left;
  line.unit_amount = line.exact_amount / line.units_count;
  return true;
}

}  // namespace changing_detail

void take_pending(BillingStep& step, PendingCharge waiting) {
  step.work.records<PendingCharge>().erase(waiting.id.value);
  std::erase_if(step.state.subscription.waiting,
                [&](auto const& known) { return known.id == waiting.id.value; });
  auto& line = waiting.line;
  bool const credit =
      line.entry_type == EntryType::credit && line.original_line_item_id && line.charge.has_value();
  if (credit && !changing_detail::recount_credits(step, line)) return;
  if (waiting.charge_at && line.entry_type == EntryType::credit && line.original_line_item_id) {
    // On its own date a credit is a note on what it reduces.
    auto original = step.work.records<InvoiceLine>().find(line.original_line_item_id->value);
    if (original && changing_detail::issued_document(step.work, *original)) {
      Settlement how;
      how.refund_method = waiting.refund_method;
      Period const period{*line.period_start_on, *line.period_end_on};
      std::string const name = original->name;
      return changing_detail::note_credits(
          step,
          {{*std::move(original), -line.exact_amount, period, name, line.units_count,
            line.charge && line.charge->credit ? *line.charge->credit : CreditFacts{},
            line.period_starts_at}},
          how);
    }
  }
  if (credit && !changing_detail::keep_to_what_is_left(step, line)) return;
  bool const charge = line.entry_type == EntryType::debit && line.subscription_line_id;
  // What waited is gone with its row, whatever else of the line begins on that day.
  bool const change = line.charge && line.charge->kind == ChargeKind::change;
  if (charge && !step.claim(line) && !change) return;
  step.add(line);
}

namespace changing_detail {

SubscriptionPhase* following(SubscriptionState& state) {
  SubscriptionPhase* found = nullptr;
  for (auto& phase : state.phases) {
    if (phase.status != PhaseStatus::pending) continue;
    if (found == nullptr || phase.position < found->position) found = &phase;
  }
  return found;
}

std::vector<SubscriptionLine*> lines_of_phase(SubscriptionState& state, PhaseId const& id) {
  std::vector<SubscriptionLine*> lines;
  for (auto& line : state.lines) {
    if (line.phase_id == id && !line.detached_at) lines.push_back(&line);
  }
  return lines;
}

Handover handover_to(SubscriptionPhase const& next, Cut const& cut,
                     std::vector<SubscriptionLine*> const& before,
                     std::vector<SubscriptionLine*> const& after) {
  Handover how;
  how.cut = cut;
  how.direct = !next.transition_calculation_method;
  switch (next.transition_calculation_method.value_or(TransitionMethod::prorata)) {
    case TransitionMethod::prorata:
      how.method = CalculationMethod::pro_rata;
      break;
    case TransitionMethod::pay_in_full:
      how.method = CalculationMethod::pay_in_full;
      break;
    case TransitionMethod::do_not_charge:
      how.method = CalculationMethod::do_not_charge;
      break;
  }
  std::vector<SubscriptionLine> running;
  for (auto const* line : before) running.push_back(*line);
  // Refused where phases are written; one that is left out may bring two others together.
  bool const moved = std::ranges::any_of(before, [&](auto const* line) {
    return std::ranges::any_of(after, [&](auto const* sold) { return moves_days(*line, *sold); });
  });
  if (moved && how.method == CalculationMethod::do_not_charge)
    how.method = CalculationMethod::pro_rata;
  how.keep_cycles = keeps_cycles(running, {after.begin(), after.end()});
  how.charge_new = !next.do_not_invoice_phase;
  return how;
}

void finish_phase(UnitOfWork& work, SubscriptionPhase& phase, Cut const& cut,
                  TimeZone const& zone) {
  phase.status = PhaseStatus::finished;
  phase.ends_at = zone.start_of(cut.day) - 1;
  phase.updated_at = work.now();
  work.records<SubscriptionPhase>().update(phase);
}

}  // namespace changing_detail

void next_phase(BillingStep& step, Cut const& cut) {
  using namespace changing_detail;
  auto& work = step.work;
  auto& state = step.state;
  auto& subscription = state.subscription;
  step.changed_lines = true;
  SubscriptionPhase* leaving = nullptr;
  for (auto& phase : state.phases) {
    if (phase.id == subscription.current_phase_id) leaving = &phase;
  }
  auto* entering = following(state);
  // One that would be over before it begins is left out, and nothing of it is charged.
  while (entering != nullptr &&
         is_over_before(*entering, cut.day, subscription.contract_terms, step.zone)) {
    entering->status = PhaseStatus::cancelled;
    entering->updated_at = work.now();
    work.records<SubscriptionPhase>().update(*entering);
    entering = following(state);
  }
  TB_ASSERT(leaving != nullptr);
  auto const before = lines_of_phase(state, leaving->id);
  if (entering == nullptr) {
    // The last phase is over: what was used is charged, then the subscription ends.
    Handover how;
    how.cut = cut;
    how.method = CalculationMethod::do_not_charge;
    how.charge_arrears = !leaving->do_not_invoice_phase;
    settle(step, hand_over(work, state, before, {}, *leaving, how, step.zone), {});
    finish_phase(work, *leaving, cut, step.zone);
    close_subscription(work, state, SubscriptionStatus::cancelled);
    step.news.add(work, state, "subscription.cancelled");
    return;
  }
  auto const after = lines_of_phase(state, entering->id);
  auto how = handover_to(*entering, cut, before, after);
  how.charge_arrears = !leaving->do_not_invoice_phase;
  if (step.resuming) how.paused_until = work.now();
  begin_phase(*entering, step.zone.start_of(cut.day), subscription.contract_terms, step.zone);
  entering->updated_at = work.now();
  auto adjustments = hand_over(work, state, before, after, *entering, how, step.zone);
  finish_phase(work, *leaving, cut, step.zone);
  work.records<SubscriptionPhase>().update(*entering);
  subscription.current_phase_id = entering->id;
  know_phases(subscription, state.phases);
  Settlement settlement;
  // A phase that is not invoiced has no next invoice.
  bool const invoiced = !entering->do_not_invoice_phase;
  if (invoiced && entering->transition_invoicing_schedule == TransitionSchedule::next_invoice)
    settlement.schedule = UpdatePayment::next_invoice;
  settlement.refund_method = subscription.cancellation_refund_method;
  // What begins is charged first: credits lower it, and only what is beyond is given back (PHA-5).
  step.charge(PaymentSchedule::start);
  settle(step, std::move(adjustments), settlement);
  if (!invoiced) step.take_waiting();
  plan_events(work, state);
  if (leaving->type == PhaseType::trial) step.news.add(work, state, "subscription.trial_ended");
  step.news.add(work, state, "subscription.phase_activated");
}

}  // namespace tallybook
