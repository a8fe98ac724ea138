// What the running period of a line in advance is paid for (SUB-UPD-6): a change that charges
// nothing leaves that behind, and what is charged or given back next starts from there.
#pragma once

#include "app/subscription/subscriptions.hpp"

namespace tallybook {

// A running line between two changes of its terms.
struct PaidSoFar {
  Exact price;               // minor units of the whole period that was paid
  SubscriptionLine covered;  // the dearest terms that are covered: what they cost is not charged
};
PaidSoFar paid_so_far(UnitOfWork& work, SubscriptionLine const& line, TimeZone const& zone);

// What is kept with the next line of the product when a change charged nothing; `line`: the one
// that ran, none: the change brought the product. Empty: it is paid for what it says.
std::optional<PaidTerms> paid_after_waiving(UnitOfWork& work, SubscriptionLine const* line,
                                            SubscriptionLine const& next, TimeZone const& zone);
// The same when it charged what the next terms cost beyond those that are covered, or gave back
// what they cost less than was paid.
std::optional<PaidTerms> paid_after_settling(PaidSoFar const& before, SubscriptionLine const& next,
                                             TimeZone const& zone);

// From where on what was paid of a product goes back when it is sold again: with pay_in_full from
// the first day of the period that `line` joins, which is charged whole.
Cut paid_from(SubscriptionLine const& line, Cut const& cut, CalculationMethod method,
              TimeZone const& zone);

// Lines that a change took off and that are paid beyond the day: nothing was given back of it.
std::vector<SubscriptionLine> still_paid(UnitOfWork& work, SubscriptionState const& state, Date day,
                                         TimeZone const& zone);

// What a line's terms cost for a whole period.
[[nodiscard]] Exact full_price(SubscriptionLine const& line);

}  // namespace tallybook
