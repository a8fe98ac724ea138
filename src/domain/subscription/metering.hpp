// Which events a usage line counts for a period (USE-9), and what a window of them costs (USE-11,
// USE-12). Pure.
#pragma once

#include "domain/subscription/billing.hpp"

namespace tallybook {

// Where a window without a beginning is read from: before every event.
inline constexpr Instant since_ever{-62'135'596'800'000};  // year 1

// A window the events of a period are counted in: from its start, whatever lies before the period,
// to its end or the end of the period.
struct MeteredWindow {
  std::optional<Instant> from;  // empty: since ever
  Instant to;
  bool over = false;  // the window ends here: no later period counts in it
  friend bool operator==(MeteredWindow const&, MeteredWindow const&) = default;
};

// The windows that the period lies in, in time order; a window that ends inside it comes before the
// one that follows. Windows are cut at local midnights, and where the part is cut by its time.
// payment_interval: the part itself. subscription_duration: since the subscription's start.
// full_database: since ever. subscription_commitment: the term of the contract the period lies in;
// terms follow each other while the contract renews; without an end it is one term, what lies
// behind the last end is one more. custom: windows of metering_interval from
// metering_interval_start_at (else the subscription's start); none before it.
[[nodiscard]] std::vector<MeteredWindow> metered_windows(SubscriptionLine const& line,
                                                         ContractTerms const& contract,
                                                         Instant subscription_start,
                                                         ChargedPart const& charged,
                                                         TimeZone const& zone);

// The events of one group of the line: a price group by its name, a value of group_by; none is the
// rest of the price groups, or everything.
[[nodiscard]] AggregatorRule rule_of_group(AggregatorRule rule, SubscriptionLine const& line,
                                           std::optional<std::string> const& group);
[[nodiscard]] std::vector<PriceTier> const& prices_of_group(
    SubscriptionLine const& line, std::optional<std::string> const& group);

// What was counted in a window for one set of prices.
struct GroupUsage {
  std::vector<PriceTier> const* prices = nullptr;  // must outlive the call
  Exact quantity;
  std::vector<Exact> values;  // bps: each event's
  Exact billed_before;        // of this window and group, exact minor units
};

// The limits of a difference are those of a whole window: in front of its windows the line has none
// (USE-11). `window`: an empty one stands for a period without any.
[[nodiscard]] bool has_limits(SubscriptionLine const& line, std::optional<Instant> const& from,
                              std::optional<Instant> const& to);

// What a window costs, group by group: the price of each by its own prices; the line's min_amount
// and max_amount hold for their sum (the cap is used up in order, the floor is filled up by the
// last one), its min_committed_count for a line without groups. With bill_usage_difference the
// limits are those of the whole window and what was billed before is taken off; otherwise they
// shrink with `fraction`. `may_be_negative`: else a window that costs less than was billed of it
// gives nothing back: its groups come to 0.
[[nodiscard]] std::vector<ChargeAmount> price_window(SubscriptionLine const& line,
                                                     Exact const& fraction,
                                                     std::vector<GroupUsage> const& groups,
                                                     bool may_be_negative);

}  // namespace tallybook
