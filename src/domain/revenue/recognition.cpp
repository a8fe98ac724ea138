#include "domain/revenue/recognition.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/mutant.hpp"

namespace tallybook {

bool is_deferred(InvoiceLine const& line, Date issued_on) {
  // Credits are earned as they are used.
  if (line.product_type == ProductType::credit) return false;
  return line.period_start_on && line.period_end_on && *line.period_end_on > issued_on &&
         *line.period_end_on > *line.period_start_on && line.amount_excluding_tax != 0;
}

std::int64_t earned_before(std::int64_t amount, Date start, Date end, Date day) {
  if (TB_MUTANT(88, day >= end, day >= end - 1)) return amount;
  if (day <= start) return 0;
  auto const earned = (Exact(amount) * TB_MUTANT(90, Exact(day - start), Exact(day - start + 1)) /
                       Exact(end - start))
                          .round();
  TB_ASSERT(earned.has_value());
  return *earned;
}

std::optional<Date> next_slice(Date end, Date day) {
  if (day >= end) return std::nullopt;
  auto const parts = split(day);
  Date const month = parts.month == 12 ? make_date(parts.year + 1, 1, 1)
                                       : make_date(parts.year, parts.month + 1, 1);
  return TB_MUTANT(89, std::min(month, end), month);
}

}  // namespace tallybook
