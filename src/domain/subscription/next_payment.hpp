// What a subscription is invoiced next, as far as it is known: usage counts as none.
#pragma once

#include "domain/subscription/subscription.hpp"

namespace tallybook {

// What was found by rehearsing what happens until then (foreseen), else: the charges of the running
// phase that fall due first, with what waits for an invoice or for that very moment; nothing that
// lies behind a planned end. None when nothing is to come.
[[nodiscard]] std::optional<NextPayment> next_payment(Subscription const& subscription,
                                                      std::vector<SubscriptionLine> const& lines);

// Whether something happens before or with the charges above that may bring another payment: a
// start or a planned reactivation to come, the end of a phase, a planned change, version, count of
// seats or cancellation, or what waits for an invoice. Then the payment is to be rehearsed.
[[nodiscard]] bool next_payment_is_ahead(Subscription const& subscription,
                                         std::vector<SubscriptionLine> const& lines);

}  // namespace tallybook
