// Amounts in the entity's accounting currency, at the reference rate of a day.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

// Units of `to` for one of `from` at the newest reference rate of `day` or a day before it, at most
// ten days older. Nothing when a rate is missing; 1 for the same currency.
struct DatedRate {
  Exact rate;
  Date day;
};
std::optional<DatedRate> exchange_rate(SqlSession& sql, std::string const& from,
                                       std::string const& to, Date day);

// Sets conversion_rate, converted_amount (of the total, rounded once) and converted_at of a
// document that is issued now. Without a rate all three stay empty: no invoice waits for a rate.
void convert_total(UnitOfWork& work, InvoicingEntity const& entity, Invoice& invoice);

// Reads reference rates in the formats the European Central Bank publishes: CSV (a heading
// "Date, USD, JPY, ..." and a row a day; N/A and empty cells are skipped) or XML (Cube elements
// with time, currency and rate). Replaces rates of the same day. Returns how many were stored.
// Fails with the line or element that cannot be read; nothing is stored then.
Result<std::int64_t> import_rates(SqlSession& sql, std::string_view text);

}  // namespace tallybook
