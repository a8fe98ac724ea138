// Charges of changes that wait for their day or for the next invoice, and what becomes of them when
// a later change lowers them.
#include <algorithm>

#include "app/credit/line_credits.hpp"
#include "app/subscription/changing.hpp"

namespace tallybook {

void keep_pending(UnitOfWork& work, SubscriptionState& state, InvoiceLine line,
                  std::optional<Instant> charge_at, std::optional<RefundMethod> refund_method) {
  PendingCharge pending;
  pending.id = work.new_id<PendingChargeTag>();
  pending.subscription_id = state.subscription.id;
  pending.charge_at = charge_at;
  pending.line = std::move(line);
  pending.refund_method = refund_method;
  pending.created_at = work.now();
  pending.position = work.sql().number(
      "SELECT COALESCE(MAX(position), 0) + 1 FROM pending_charges WHERE account_id = ? AND mode = "
      "? AND subscription_id = ?",
      {work.tenant().account_id, std::string(mode_text(work.tenant().mode)),
       state.subscription.id.value});
  work.records<PendingCharge>().insert(pending);
  if (!charge_at) state.subscription.has_pending_charges = true;
  state.subscription.waiting.push_back({pending.id.value, charge_at, pending.line.exact_amount,
                                        pending.line.subscription_line_id,
                                        pending.line.period_start_on});
}

namespace waiting_charges_detail {

// A part of what a charge was: of its amount, and of the credits it brings.
struct Share {
  Exact amount;
  Exact credits;
};

void scale(UnitOfWork& work, InvoiceLine& line, Share const& share) {
  line.exact_amount *= share.amount;
  line.unit_amount *= share.amount;
  if (!line.charge) return;
  if (line.product_type == ProductType::credit)
    line.charge->credits_fraction = credits_fraction_of(work, line) * share.credits;
  line.charge->fraction *= share.amount;
  if (line.charge->charged_again) line.charge->charged_again->share *= share.amount;
}

// The days in front of `part` are all that is left of the line.
void end_before(InvoiceLine& line, Unused const& part, TimeZone const& zone) {
  Instant const end = part.from.value_or(zone.start_of(part.period.start));
  line.period_end_on = zone.date_of(end - 1) + 1;
  line.period_ends_at = end;
}

}  // namespace waiting_charges_detail

void lower_waiting(UnitOfWork& work, SubscriptionState& state, Unused const& part,
                   TimeZone const& zone) {
  using namespace waiting_charges_detail;
  for (auto& waiting :
       work.records<PendingCharge>().where("subscription_id = ? ORDER BY created_at, position, id",
                                           {state.subscription.id.value})) {
    auto& line = waiting.line;
    if (line.id != part.original.id) continue;
    auto& known = state.subscription.waiting;
    auto const is_this = [&](WaitingCharge const& each) { return each.id == waiting.id.value; };
    Exact const days = part.facts.charged->share;
    Exact const price_part = part.facts.part.value_or(Exact(1));
    // Fewer credits may go than the price says (CRE-8); none of them came yet.
    Exact const credits_part = line.product_type == ProductType::credit
                                   ? part.facts.credits_part.value_or(price_part)
                                   : price_part;
    bool const all_goes = price_part == Exact(1) && credits_part == Exact(1);
    Exact const whole = line.exact_amount;
    if (part.net == whole && all_goes) {
      work.records<PendingCharge>().erase(waiting.id.value);
      std::erase_if(known, is_this);
      return;
    }
    Exact const after = whole * days;
    bool const is_cut = after < whole;
    // One period brings credits once: two lines of one day would be the same to it.
    bool const split =
        is_cut && !all_goes &&
        (line.product_type != ProductType::credit || line.period_start_on != part.period.start);
    if (split) {
      // The days in front keep their price; only the others cost less.
      InvoiceLine later = line;
      later.id = work.new_id<InvoiceLineTag>();
      later.period_start_on = part.period.start;
      later.period_starts_at = part.from.value_or(zone.start_of(part.period.start));
      scale(work, later, {(after - part.net) / whole, days * (Exact(1) - credits_part)});
      keep_pending(work, state, std::move(later), waiting.charge_at, waiting.refund_method);
      scale(work, line, {(whole - after) / whole, Exact(1) - days});
    } else {
      scale(work, line, {(whole - part.net) / whole, Exact(1) - days * credits_part});
    }
    if (is_cut && (all_goes || split)) end_before(line, part, zone);
    work.records<PendingCharge>().update(waiting);
    if (auto const found = std::ranges::find_if(known, is_this); found != known.end())
      found->amount = line.exact_amount;
    return;
  }
}

}  // namespace tallybook
