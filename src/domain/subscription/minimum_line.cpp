#include "domain/subscription/minimum_line.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/mutant.hpp"
#include "domain/subscription/billing.hpp"

namespace tallybook {
namespace minimum_detail {

// What the stored line says, and without it what its period is of its cycle.
Exact fraction_of(InvoiceLine const& line, SubscriptionLine const& source) {
  if (line.charge) return line.charge->fraction;
  Period const period{*line.period_start_on, *line.period_end_on};
  auto const alignment = source.alignment == BillingCycleAlignment::calendar_period
                             ? CycleAlignment::calendar_period
                             : CycleAlignment::anniversary;
  Period const cycle =
      full_cycle(period, source.anchor_on, to_billing_interval(source.payment_interval), alignment);
  return Exact(period.days()) / Exact(cycle.days());
}

bool counts(InvoiceLine const& line, SubscriptionLine const& source,
            std::span<SubscriptionPhase const> phases) {
  bool const of_period = !line.charge || (line.charge->kind == ChargeKind::period &&
                                          !line.charge->minimum_before.value_or(false));
  bool const recurring = source.payment_interval.period != WirePeriod::once &&
                         line.period_start_on && line.period_end_on;
  bool const trial = std::ranges::any_of(phases, [&](SubscriptionPhase const& phase) {
    return phase.id == source.phase_id && phase.type == PhaseType::trial;
  });
  return of_period && recurring && !trial;
}

std::int64_t net_of(InvoiceLine const& line, Currency currency) {
  return checked_add(Money::rounded(line.exact_amount, currency).minor, -line.discount_amount);
}

}  // namespace minimum_detail

void know_earlier_part(SubscriptionLine const& line, Period part, ChargeFacts& facts) {
  bool const rest = line.payment_schedule == PaymentSchedule::end && line.paid &&
                    TB_MUTANT(131, part.end <= line.paid->until, true) &&
                    facts.kind == ChargeKind::period;
  if (!rest) return;
  // What moves with the first day of its period came back whole, with what coupons took of it.
  bool const kept =
      line.period_starts_at || TB_MUTANT(134, part.start > cycle_at(line, part.start).start, true);
  if (kept) facts.amounts_before = true;
  if (!line.paid->price.is_zero()) facts.minimum_before = true;
}

bool is_minimum_fee(InvoiceLine const& line) {
  return line.charge && line.charge->kind == ChargeKind::minimum_fee;
}

bool counts_to_minimum(InvoiceLine const& line, int sign) {
  bool const late = line.charge && line.charge->kind == ChargeKind::late_usage &&
                    line.exact_amount * Exact(sign) < Exact(0);
  bool const charged = line.entry_type == EntryType::debit || (sign < 0 && line.usage_quantity);
  return charged && !is_minimum_fee(line) && !late;
}

std::optional<Exact> minimum_share(std::span<InvoiceLine const> lines,
                                   std::span<SubscriptionLine const> sources,
                                   std::span<SubscriptionPhase const> phases) {
  std::optional<Exact> share;
  for (auto const& line : lines) {
    for (auto const& source : sources) {
      if (line.subscription_line_id != source.id || !minimum_detail::counts(line, source, phases))
        continue;
      Exact const fraction = minimum_detail::fraction_of(line, source);
      share = share ? max(*share, fraction) : fraction;
    }
  }
  return share;
}

void set_minimum_line(Subscription const& subscription, Invoice const& invoice,
                      std::vector<InvoiceLine>& lines, std::optional<Exact> const& share) {
  std::erase_if(lines, is_minimum_fee);
  if (!subscription.minimum_invoice_fee || !share || lines.empty()) return;
  if (subscription.minimum_invoice_fee->is_zero()) return;
  auto const currency = Currency::parse(invoice.currency).value_or(Currency());
  auto const fee = subscription.minimum_invoice_fee->round();
  TB_ASSERT(fee.has_value());
  std::vector<std::int64_t> counted;
  std::size_t most = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto const net = minimum_detail::net_of(lines[i], currency);
    if (counts_to_minimum(lines[i])) counted.push_back(net);
    if (net > minimum_detail::net_of(lines[most], currency)) most = i;
  }
  auto const minimum = minimum_true_up(*fee, *share, counted);
  if (minimum.true_up == 0) return;
  InvoiceLine line;
  // One a document, so that computing it again gives the same line.
  line.id = InvoiceLineId("ili_" + invoice.id.value.substr(4) + "_minimum");
  line.invoice_id = invoice.id;
  line.position = lines.back().position + 1;
  line.name = "Minimum fee";
  line.product_id = lines[most].product_id;
  line.unit_amount = line.exact_amount = Exact(minimum.true_up);
  line.charge.emplace();
  line.charge->kind = ChargeKind::minimum_fee;
  line.charge->fraction = *share;
  line.charge->minimum_fee = Exact(*fee);
  lines.push_back(std::move(line));
}

void keep_minimum_line(std::vector<InvoiceLine>& lines, InvoiceLine kept) {
  std::vector<std::int64_t> counted;
  for (auto const& line : lines) {
    if (counts_to_minimum(line))
      counted.push_back(checked_add(line.exact_amount.round().value_or(0), -line.discount_amount));
  }
  auto const fee = max(*kept.charge->minimum_fee, 0).round();
  TB_ASSERT(fee.has_value());
  std::int64_t const missing = minimum_true_up(*fee, kept.charge->fraction, counted).true_up;
  kept.unit_amount = kept.exact_amount = Exact(missing);
  lines.push_back(std::move(kept));
}

}  // namespace tallybook
