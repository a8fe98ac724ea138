#include "domain/coupon/coupon.hpp"

#include "money/currency.hpp"
#include "money/money.hpp"

namespace tallybook {
namespace coupon_detail {

using Problems = std::vector<std::pair<std::string, std::string>>;

void check_value(Coupon const& coupon, Problems& problems) {
  if (coupon.type == CouponType::amount) {
    if (!coupon.discount_amount)
      problems.emplace_back("discount_amount", "required for the type amount");
    else if (*coupon.discount_amount <= 0 || *coupon.discount_amount > max_amount_minor)
      problems.emplace_back("discount_amount", "expected a positive number of minor units");
    if (!coupon.currency)
      problems.emplace_back("currency", "required for the type amount");
    else if (!Currency::parse(*coupon.currency))
      problems.emplace_back("currency", "expected a currency code such as EUR");
    if (coupon.discount_percent)
      problems.emplace_back("discount_percent", "only the type percent has it");
    return;
  }
  if (!coupon.discount_percent)
    problems.emplace_back("discount_percent", "required for the type percent");
  else if (*coupon.discount_percent <= 0 || *coupon.discount_percent > 100)
    problems.emplace_back("discount_percent", "expected a percentage above 0, at most 100");
  else if (coupon.discount_percent->rounded(6) != *coupon.discount_percent)
    problems.emplace_back("discount_percent", "expected at most 6 decimals");
  if (coupon.discount_amount)
    problems.emplace_back("discount_amount", "only the type amount has it");
  if (coupon.currency) problems.emplace_back("currency", "only the type amount has it");
}

}  // namespace coupon_detail

std::vector<std::pair<std::string, std::string>> problems_of(Coupon const& coupon) {
  coupon_detail::Problems problems;
  if (coupon.name.empty() || coupon.name.size() > 200)
    problems.emplace_back("name", "expected 1 to 200 bytes");
  if (coupon.description && coupon.description->size() > 2000)
    problems.emplace_back("description", "expected at most 2000 bytes");
  coupon_detail::check_value(coupon, problems);
  if (coupon.redemption_limit && *coupon.redemption_limit < 1)
    problems.emplace_back("redemption_limit", "expected 1 or more");
  bool const lasts = coupon.repeat == CouponRepeat::duration;
  if (lasts != coupon.duration.has_value())
    problems.emplace_back(
        "duration", lasts ? "required for the repeat duration" : "only the repeat duration has it");
  if (coupon.duration && (coupon.duration->count < 1 || coupon.duration->count > 1000))
    problems.emplace_back("duration.count", "expected 1 to 1000");
  return problems;
}

}  // namespace tallybook
