#include "app/revenue/recognising.hpp"

#include "base/assert.hpp"

namespace tallybook {

void defer_revenue(UnitOfWork& work, InvoicingEntity const& entity, InvoiceWithLines& document) {
  auto& invoice = document.invoice;
  if (entity.revenue_recognition != RevenueRecognition::deferred ||
      invoice.revenue_kind != RevenueKind::revenue)
    return;
  auto const zone = TimeZone::find(invoice.timezone).value_or(TimeZone());
  Date const today = zone.date_of(work.now());
  bool const credit = invoice.type == InvoiceType::credit_note;
  std::int64_t deferred = 0;
  for (auto const& line : document.lines) {
    if (!is_deferred(line, today)) continue;
    RevenueSchedule schedule;
    schedule.id = work.new_id<RevenueScheduleTag>();
    schedule.invoice_id = invoice.id;
    schedule.invoice_line_id = line.id;
    schedule.invoicing_entity_id = invoice.invoicing_entity_id;
    schedule.customer_id = invoice.customer_id;
    schedule.currency = invoice.currency;
    schedule.timezone = invoice.timezone;
    schedule.amount = credit ? -line.amount_excluding_tax : line.amount_excluding_tax;
    schedule.starts_on = *line.period_start_on;
    schedule.ends_on = *line.period_end_on;
    // Days that have passed are earned at once.
    auto const slice = schedule.starts_on < today
                           ? std::optional(today)
                           : next_slice(schedule.ends_on, schedule.starts_on);
    schedule.next_at = std::max(zone.start_of(*slice), work.now());
    schedule.created_at = work.now();
    work.records<RevenueSchedule>().insert(schedule);
    deferred = checked_add(deferred, line.amount_excluding_tax);
  }
  if (deferred != 0) invoice.deferred_amount = deferred;
}

void recognise(UnitOfWork& work, RevenueSchedule schedule) {
  TB_ASSERT(schedule.next_at.has_value());
  auto const zone = TimeZone::find(schedule.timezone).value_or(TimeZone());
  Date const day = zone.date_of(*schedule.next_at);
  std::int64_t const earned =
      earned_before(schedule.amount, schedule.starts_on, schedule.ends_on, day);
  std::int64_t const slice = earned - schedule.recognised;
  schedule.recognised = earned;
  auto const next = next_slice(schedule.ends_on, day);
  schedule.next_at = next ? std::optional(zone.start_of(*next)) : std::nullopt;
  work.records<RevenueSchedule>().update(schedule);
  if (slice == 0) return;
  work.post(EntryKind::revenue_recognised, schedule.invoicing_entity_id, schedule.customer_id,
            schedule.currency, schedule.id.value + "/" + format_date(day),
            postings_of(EntryKind::revenue_recognised, {{PostedAmount::amount, slice}}));
}

}  // namespace tallybook
