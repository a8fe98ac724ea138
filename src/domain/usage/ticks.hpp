// The ticks of a usage chart: hours, days and months in UTC.
#pragma once

#include <cstddef>

#include "base/instant.hpp"

namespace tallybook {

enum class TickSize { hour, day, month };

inline constexpr std::size_t most_ticks = 10'000;  // of one chart

// The start of the tick an instant lies in, and of the one after it.
[[nodiscard]] Instant tick_of(Instant at, TickSize size);
[[nodiscard]] Instant next_tick(Instant tick, TickSize size);

}  // namespace tallybook
