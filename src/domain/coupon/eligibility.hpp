// Which lines of a document an attached coupon takes from, and what coupons leave of the annual
// value of a subscription (ANA-2).
#pragma once

#include <span>

#include "domain/coupon/coupon.hpp"
#include "domain/invoice/invoice.hpp"

namespace tallybook {

// The days on which a period may start to be discounted: [from, until), either end open.
struct CouponWindow {
  std::optional<Date> from;
  std::optional<Date> until;
  [[nodiscard]] bool contains(Date day) const {
    return (!from || *from <= day) && (!until || day < *until);
  }
};
// The end of a duration is counted from the start of the phase (COU-3).
[[nodiscard]] CouponWindow window_of(AttachedCoupon const& attached,
                                     std::optional<Instant> phase_starts_at, TimeZone const& zone);

// Whether the coupon may be on this document at all: it was not used up by another one (COU-4), or
// carries what that one left, and it was not removed before the document was made.
[[nodiscard]] bool may_be_on(AttachedCoupon const& attached, Invoice const& document,
                             bool carries = false);

// The indexes of the lines it takes from: charged by a line of its phase, of its products, for a
// period that starts in its window. An amount takes from what the period or the end of service
// costs, not from a change within a period: it is given once a period.
[[nodiscard]] std::vector<std::size_t> eligible_lines(HeldCoupon const& held,
                                                      std::optional<Instant> phase_starts_at,
                                                      std::span<InvoiceLine const> lines,
                                                      std::span<SubscriptionLine const> sources,
                                                      TimeZone const& zone);

// What it is limited to, as the order narrowest_first asks: the general ones to nothing; to usage
// when everything it may take from here is usage.
[[nodiscard]] CouponTarget target_of(AttachedCoupon const& attached,
                                     std::span<SubscriptionLine const> sources);
// Of a discount on the document itself, by the lines it is limited to.
[[nodiscard]] CouponTarget target_of(std::optional<std::vector<std::size_t>> const& limited_to,
                                     std::span<InvoiceLine const> lines);

// Annual value of the recurring lines that are no usage, less the coupons that last as long as
// their phase (ANA-2); minor units, exact, never below 0.
[[nodiscard]] Exact annual_value_with_coupons(std::span<SubscriptionLine const> lines,
                                              std::span<HeldCoupon const> coupons);

}  // namespace tallybook
