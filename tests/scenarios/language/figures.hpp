// How a scenario writes days, instants, amounts and intervals, and how they are shown in its
// print-outs.
#pragma once

#include <string>

#include "base/instant.hpp"
#include "calendar/zone.hpp"
#include "money/exact.hpp"
#include "reflect/value.hpp"

namespace tallybook::timeline {

// "2026-01-31" is local midnight of the zone, "2026-01-31T09:30" is UTC.
Instant read_instant(std::string const& text, TimeZone const& zone, int line);
// The same spellings; the last millisecond of a local day is shown as that day.
std::string show_instant(Instant at, TimeZone const& zone);

// "12.50" of a currency with two decimals is 1250 minor units; fractions of them are kept.
Exact read_amount(std::string const& text, int decimals, int line);
std::string show_amount(Value const& minor, int decimals);

// monthly, yearly ..., or once, as {"period": ..., "count": ...}; empty when it is none of them.
std::optional<Value> read_interval(std::string const& word);

// A field of an answer: instants as days, strings bare, the rest as JSON.
std::string show_field(Value const& value, TimeZone const& zone);
// The member or element at "data.0.balance"; nullptr when there is none.
Value const* member_at(Value const& value, std::string const& path);

// Two columns, with a mark at every line that differs; empty when they are the same.
std::string difference(std::vector<std::string> const& expected,
                       std::vector<std::string> const& actual);

}  // namespace tallybook::timeline
