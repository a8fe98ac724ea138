// The discounts of a document on its lines: each coupon in the order of the method, each line's
// share by largest remainder (policies: coupon.stacking, discount.distribution).
#pragma once

#include "domain/invoice/invoice.hpp"

namespace tallybook {

// A coupon as the document will show it, and the indexes of the lines it takes from.
struct DocumentCoupon {
  InvoiceCoupon shown;  // a percentage or fixed_amount; what it took is filled in
  std::optional<std::vector<std::size_t>> lines;  // none: every line
  std::optional<Currency> currency;               // of an amount; none: the document's
  CouponTarget target = CouponTarget::everything;
  std::optional<std::int64_t> carried =
      {};              // beyond fixed_amount, where unused amounts are carried
  bool stays = false;  // on the document though it takes nothing
};

// Sets discount_amount of every line, the document's coupons and how they were computed. A coupon
// of a subscription that finds nothing to take from is not on the document, and so not used up by
// it.
void discount_document(Invoice& invoice, std::vector<InvoiceLine>& lines,
                       std::vector<DocumentCoupon> coupons,
                       CouponStacking stacking = CouponStacking::in_order);

}  // namespace tallybook
