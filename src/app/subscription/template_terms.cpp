#include "app/subscription/template_terms.hpp"

#include "domain/coupon/coupon.hpp"

namespace tallybook {
namespace template_terms_detail {

Result<void> check_coupons(UnitOfWork& work, NewPhase const& phase, std::string const& currency) {
  for (auto const& wanted : phase.coupons) {
    auto const coupon = work.records<Coupon>().find(wanted.coupon_id.value);
    if (!coupon || coupon->deleted_at)
      return fail(errors::invalid_field(wanted.path + ".id", "no such coupon"));
    if (coupon->currency && *coupon->currency != currency)
      return fail(errors::invalid_field(
          wanted.path + ".id", "the coupon is in " + *coupon->currency + ", not in " + currency));
  }
  return {};
}

}  // namespace template_terms_detail

Result<std::vector<std::vector<SubscriptionLine>>> template_lines(
    UnitOfWork& work, std::vector<NewPhase> const& phases, ContractTerms const& contract,
    std::string const& currency, std::optional<std::string> const& country) {
  TB_CHECK(check_phases(phases, std::nullopt, contract, TimeZone()));
  // Whoever buys it: no price book, the country where the configuration names one.
  Customer buyer;
  buyer.country = country;
  Subscription subscription;
  subscription.currency = currency;
  subscription.contract_terms = contract;
  std::vector<std::vector<SubscriptionLine>> sold;
  for (auto const& phase : phases) {
    TB_CHECK(template_terms_detail::check_coupons(work, phase, currency));
    auto& lines = sold.emplace_back();
    for (auto const& wanted : phase.lines) {
      TB_TRY(line, make_line(work, wanted, buyer, subscription));
      for (auto const& other : lines) {
        if (other.product_id == line.product_id)
          return fail(
              errors::invalid_field(wanted.path + ".id", "the product is in the phase already"));
      }
      lines.push_back(std::move(line));
    }
  }
  std::vector<SoldPhase> in_order;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    auto& each = in_order.emplace_back(SoldPhase{&phases[i].phase, {}, {}, phases[i].path});
    for (auto const& line : sold[i]) each.lines.push_back(&line);
    for (auto const& line : phases[i].lines) each.paths.push_back(line.path);
  }
  TB_CHECK(check_sold_phases(in_order));
  return sold;
}

}  // namespace tallybook
