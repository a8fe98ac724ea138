// Deferred revenue (REV-1, REV-2): the net of a line for a time to come is earned in a straight
// line over its days, posted at month ends and at the end; the last slice takes the rest.
#pragma once

#include "domain/invoice/invoice.hpp"

namespace tallybook {

struct RevenueScheduleTag {
  static constexpr char const* prefix = "rsc";
};
using RevenueScheduleId = Id<RevenueScheduleTag>;

struct RevenueSchedule {
  RevenueScheduleId id;
  InvoiceId invoice_id;
  InvoiceLineId invoice_line_id;
  EntityId invoicing_entity_id;
  CustomerId customer_id;
  std::string currency;
  std::string timezone;
  std::int64_t amount = 0;  // minor units; negative for a credit note, which takes revenue back
  Date starts_on;           // local days [start, end)
  Date ends_on;
  std::int64_t recognised = 0;  // earned and posted so far
  std::optional<Instant> next_at;
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(RevenueSchedule, (),
                      (id, invoice_id, invoice_line_id, invoicing_entity_id, customer_id, currency,
                       timezone, amount, starts_on, ends_on, recognised, next_at, created_at))

// Whether the line is for a time that has not passed on `issued_on`: its net is deferred then.
[[nodiscard]] bool is_deferred(InvoiceLine const& line, Date issued_on);

// What is earned before `day` of an amount for [start, end): rounded once, all of it from the end on.
[[nodiscard]] std::int64_t earned_before(std::int64_t amount, Date start, Date end, Date day);

// The day of the next slice after `day`: the first of the next month, at the latest the end; none
// when the end has been reached.
[[nodiscard]] std::optional<Date> next_slice(Date end, Date day);

}  // namespace tallybook
