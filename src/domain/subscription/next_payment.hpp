// What an active subscription is invoiced next, as far as it is known: usage counts as none.
#pragma once

#include "domain/subscription/subscription.hpp"

namespace tallybook {

struct NextPayment {
  Instant at;
  std::int64_t amount = 0;  // minor units without tax, less coupons, at least the minimum fee
};

// The charges of the running phase that fall due first, with what waits for an invoice or for that
// very moment; nothing that lies behind a planned end. None when nothing is to come.
[[nodiscard]] std::optional<NextPayment> next_payment(Subscription const& subscription,
                                                      std::vector<SubscriptionLine> const& lines);

}  // namespace tallybook
