#include "app/payment/giving_up.hpp"

#include "app/invoice/invoicing.hpp"
#include "app/subscription/telling.hpp"

namespace tallybook {
namespace giving_up_detail {

void set_status(UnitOfWork& work, SubscriptionId const& id, SubscriptionStatus from,
                SubscriptionStatus to, char const* event) {
  auto subscription = work.records<Subscription>().find_for_update(id.value);
  if (!subscription || subscription->status != from) return;
  auto state = load_state(work.sql(), work.tenant(), *std::move(subscription));
  state.subscription.status = to;
  save_state(work, state, false);
  tell(work, state, event);
}

}  // namespace giving_up_detail

void give_up(UnitOfWork& work, Invoice& invoice) {
  invoice.collect_at.reset();
  if (invoice.status != InvoiceStatus::to_pay && invoice.status != InvoiceStatus::partially_paid)
    return;
  invoice.status = InvoiceStatus::error;
  invoice.updated_at = work.now();
  work.emit("invoice.errored", invoice.customer_id,
            work.services().snapshots.invoice(
                invoice, invoice_lines(work.sql(), work.tenant(), invoice.id)));
  if (invoice.subscription_id)
    giving_up_detail::set_status(work, *invoice.subscription_id, SubscriptionStatus::active,
                                 SubscriptionStatus::errored, "subscription.errored");
}

void recover_after(UnitOfWork& work, Invoice const& invoice) {
  if (!invoice.subscription_id || invoice.amount_due > 0) return;
  if (work.records<Invoice>().count("subscription_id = ? AND status = 'error' AND id <> ?",
                                    {invoice.subscription_id->value, invoice.id.value}) > 0)
    return;
  giving_up_detail::set_status(work, *invoice.subscription_id, SubscriptionStatus::errored,
                               SubscriptionStatus::active, "subscription.reactivated");
}

}  // namespace tallybook
