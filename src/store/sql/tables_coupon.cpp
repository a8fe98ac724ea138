#include "store/sql/records_impl.hpp"
#include "store/sql/tables.hpp"

namespace tallybook {

template class Records<Coupon>;
template class Records<PromotionCode>;
template class Records<AttachedCoupon>;
template class Records<CouponCarryOver>;

}  // namespace tallybook
