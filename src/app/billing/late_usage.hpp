// Usage that changed after it was billed (USE-10, INV-5): events that came late, were sent again or
// deleted. The subscription's next invoice carries the difference, traced to the line it corrects.
#pragma once

#include "app/invoice/invoicing.hpp"
#include "domain/subscription/subscription.hpp"

namespace tallybook {

// How many of a line's billed periods are looked at again.
inline constexpr std::size_t late_periods = 3;

// A line for each of the last billed periods (windows, groups) of the line's product whose price by
// now is not what was billed for it: price now less everything billed for it, exactly. Periods
// whose document is not issued yet are counted again with it. The line must be a usage line of a
// running subscription; `charged` is what it is charged now. What the versions before it billed is
// looked at too, at the terms it was billed by.
std::vector<InvoiceLine> late_usage(UnitOfWork& work, Subscription const& subscription,
                                    SubscriptionLine const& line,
                                    std::vector<InvoiceLine> const& charged);
// The same for products that were sold and are in none of its running `lines` any more.
std::vector<InvoiceLine> late_usage_of_ended(UnitOfWork& work, Subscription const& subscription,
                                             std::vector<SubscriptionLine> const& lines);

// Counts such a line of an unissued document again.
void recount_late_line(UnitOfWork& work, CustomerId const& customer, SubscriptionLine const& line,
                       InvoiceLine& invoice_line);

}  // namespace tallybook
