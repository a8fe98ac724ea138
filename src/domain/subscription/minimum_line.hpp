// The line that brings an invoice of a subscription up to its minimum fee (MIN-1, MIN-2).
#pragma once

#include <span>

#include "domain/invoice/invoice.hpp"
#include "domain/subscription/minimum_fee.hpp"
#include "domain/subscription/subscription.hpp"

namespace tallybook {

// What is charged at its end for the rest of a period (SubscriptionLine::paid): the part before it
// had the amounts of coupons, whether it was paid in advance or charged when the subscription was
// cancelled; one that was paid had the minimum, too. Where the whole period is left, amounts are
// taken of it.
void know_earlier_part(SubscriptionLine const& line, Period part, ChargeFacts& facts);

[[nodiscard]] bool is_minimum_fee(InvoiceLine const& line);
// Whether what it charges counts to the minimum of its document. What is given back was charged
// before, with a minimum of its own: it is not there to be filled up. `sign`: -1 on a document
// below 0, which became a credit note with the other signs.
[[nodiscard]] bool counts_to_minimum(InvoiceLine const& line, int sign = 1);

// The part of a cycle the invoice pays for: the largest among the periods of its recurring lines.
// Nothing when it has none: changes, cancellations, one-time charges and trials know no minimum,
// nor does what joins a period that an earlier document charged.
[[nodiscard]] std::optional<Exact> minimum_share(std::span<InvoiceLine const> lines,
                                                 std::span<SubscriptionLine const> sources,
                                                 std::span<SubscriptionPhase const> phases);

// Adds, changes or takes away the line, last on the document; the other lines have their
// discounts. It is taxed like the line that costs most.
void set_minimum_line(Subscription const& subscription, Invoice const& invoice,
                      std::vector<InvoiceLine>& lines, std::optional<Exact> const& share);

// Counts the line of a document that was cut since again: its `minimum_fee` is what was asked of
// the whole document less what went back. `lines` hold no such line.
void keep_minimum_line(std::vector<InvoiceLine>& lines, InvoiceLine kept);

}  // namespace tallybook
