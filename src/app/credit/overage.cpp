#include "app/credit/overage.hpp"

#include "app/credit/credits.hpp"
#include "app/credit/movements.hpp"

namespace tallybook {

std::optional<InvoiceLine> take_overage(UnitOfWork& work, Subscription const& subscription,
                                        SubscriptionLine const& line, Date day) {
  if (line.type != ProductType::credit || line.prices.empty() || !work.counts_usage())
    return std::nullopt;
  auto const price = line.prices.front().overage_amount.value_or(Exact(0));
  if (price.is_zero()) return std::nullopt;
  auto found = find_credit(work, subscription.customer_id, line.product_id);
  if (!found || found->overage.is_zero()) return std::nullopt;
  CustomerCredit& credit = *found;
  InvoiceLine billed;
  billed.id = work.new_id<InvoiceLineTag>();
  billed.name = line.name + " - used beyond the balance";
  billed.product_id = line.product_id;
  billed.product_type = line.type;
  billed.subscription_line_id = line.id;
  billed.period_start_on = day;
  billed.units_count = credit.overage;
  billed.unit_amount = price;
  billed.exact_amount = price * credit.overage;
  billed.charge = ChargeFacts{};
  billed.charge->kind = ChargeKind::overage;
  credit.overage_billed += credit.overage;
  credit.overage = Exact(0);
  save_balance(work, credit, credit.current_balance);
  work.emit("credit.balance_refreshed", credit.customer_id,
            work.services().snapshots.credit(credit));
  return billed;
}

}  // namespace tallybook
