#include "api/snapshots.hpp"

#include "api/credit/routes.hpp"
#include "api/customer/routes.hpp"
#include "api/invoice/routes.hpp"
#include "api/payment/routes.hpp"
#include "api/subscription/routes.hpp"
#include "api/wallet/routes.hpp"

namespace tallybook::api {

std::string WireSnapshots::customer(Customer const& customer) const {
  return customer_json(customer);
}
std::string WireSnapshots::subscription(Subscription const& subscription,
                                        std::vector<SubscriptionLine> const& lines) const {
  return subscription_json(subscription, lines);
}
std::string WireSnapshots::updated_subscription(
    Subscription const& subscription, std::vector<SubscriptionLine> const& lines,
    std::vector<SubscriptionUpdate> const& updates) const {
  return updated_subscription_json(subscription, lines, updates);
}
std::string WireSnapshots::invoice(Invoice const& invoice,
                                   std::vector<InvoiceLine> const& lines) const {
  return invoice_json(invoice, lines);
}
std::string WireSnapshots::payment_method(PaymentMethod const& method) const {
  return payment_method_json(method);
}
std::string WireSnapshots::credit(CustomerCredit const& credit) const {
  return credit_json(credit);
}
std::string WireSnapshots::credit_transaction(CreditTransaction const& transaction) const {
  return credit_transaction_json(transaction);
}
std::string WireSnapshots::wallet_transaction(Wallet const& wallet,
                                              WalletTransaction const& movement) const {
  return wallet_transaction_json(wallet, movement);
}

}  // namespace tallybook::api
