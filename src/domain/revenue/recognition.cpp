#include "domain/revenue/recognition.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace tallybook {

bool is_deferred(InvoiceLine const& line, Date issued_on) {
  return line.period_start_on && line.period_end_on && *line.period_end_on > issued_on &&
         *line.period_end_on > *line.period_start_on && line.amount_excluding_tax != 0;
}

std::int64_t earned_before(std::int64_t amount, Date start, Date end, Date day) {
  if (day >= end) return amount;
  if (day <= start) return 0;
  auto const earned = (Exact(amount) * Exact(day - start) / Exact(end - start)).round();
  TB_ASSERT(earned.has_value());
  return *earned;
}

std::optional<Date> next_slice(Date end, Date day) {
  if (day >= end) return std::nullopt;
  auto const parts = split(day);
  Date const month = parts.month == 12 ? make_date(parts.year + 1, 1, 1)
                                       : make_date(parts.year, parts.month + 1, 1);
  return std::min(month, end);
}

}  // namespace tallybook
