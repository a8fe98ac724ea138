#include "domain/subscription/credit_changes.hpp"

#include "base/mutant.hpp"
#include "domain/subscription/billing.hpp"

namespace tallybook {
namespace credit_changes_detail {

Exact full_price(SubscriptionLine const& line) {
  return charge_amount(line, 1, 0, {}).amount_minor;
}

}  // namespace credit_changes_detail

bool credits_come_anew(SubscriptionLine const& before, SubscriptionLine const& after) {
  if (after.type != ProductType::credit) return false;
  Exact const was = credit_changes_detail::full_price(before);
  Exact const is = credit_changes_detail::full_price(after);
  if (was.is_zero()) return false;
  if (after.count > before.count) return TB_MUTANT(119, is <= was, is < was);
  return after.count < before.count && is * before.count > was * after.count;
}

Exact credits_anew(SubscriptionLine const& before, SubscriptionLine const& after,
                   Exact const& rest) {
  if (after.credits_grant_mode != CreditsGrantMode::full_allowance || after.count <= before.count)
    return rest;
  return rest + TB_MUTANT(123, (after.count - before.count) * (Exact(1) - rest) / after.count,
                          Exact(1) - rest);
}

bool brings_free_credits(SubscriptionLine const& before, SubscriptionLine const& after) {
  return after.type == ProductType::credit && after.count > before.count &&
         credit_changes_detail::full_price(before) == credit_changes_detail::full_price(after);
}

}  // namespace tallybook
