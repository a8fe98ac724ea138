// What an amount coupon does not use on a document and brings to the next one (COU-5), where the
// entity that bills chose so.
#pragma once

#include <span>

#include "domain/coupon/coupon.hpp"
#include "domain/invoice/invoice.hpp"

namespace tallybook {

struct CouponCarryOverTag {
  static constexpr char const* prefix = "cco";
};
using CouponCarryOverId = Id<CouponCarryOverTag>;

// What one document, more than a draft, was granted of a coupon and what it took: one row for each
// coupon and document, so that a retry adds nothing. What all rows of a coupon were granted and did
// not take is what it carries.
struct CouponCarryOver {
  CouponCarryOverId id;
  std::string subscription_id;
  std::string subscription_coupon_id;
  std::string invoice_id;
  int position = 0;  // in the order settled
  std::int64_t granted = 0;
  std::int64_t taken = 0;  // follows the document until it is issued
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(CouponCarryOver, (),
                      (id, subscription_id, subscription_coupon_id, invoice_id, position, granted,
                       taken, created_at, updated_at))

// What a document may take of a coupon: the amount it grants the document itself, and what earlier
// documents left. `left` is below 0 when others have taken of what this one had left to them.
struct CarriedCoupon {
  std::int64_t granted = 0;
  std::int64_t left = 0;
  [[nodiscard]] std::int64_t available() const { return granted + left; }
};

// A coupon for one invoice grants its amount to the first document, every other one to each. A
// document that was settled before gets back what it took, and no more than it had: what later
// documents left is not for it.
[[nodiscard]] CarriedCoupon carried_to(InvoiceId const& document, HeldCoupon const& held,
                                       std::span<CouponCarryOver const> rows);

}  // namespace tallybook
