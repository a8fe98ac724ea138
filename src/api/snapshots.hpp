// The wire forms of nouns at this moment, for the outbox.
#pragma once

#include "app/ports/snapshots.hpp"

namespace tallybook::api {

class WireSnapshots final : public Snapshots {
 public:
  std::string customer(Customer const& customer) const override;
  std::string subscription(Subscription const& subscription,
                           std::vector<SubscriptionLine> const& lines) const override;
  std::string updated_subscription(Subscription const& subscription,
                                   std::vector<SubscriptionLine> const& lines,
                                   std::vector<SubscriptionUpdate> const& updates) const override;
  std::string invoice(Invoice const& invoice, std::vector<InvoiceLine> const& lines) const override;
  std::string payment_method(PaymentMethod const& method) const override;
  std::string credit(CustomerCredit const& credit) const override;
  std::string credit_transaction(CreditTransaction const& transaction) const override;
  std::string wallet_transaction(Wallet const& wallet,
                                 WalletTransaction const& movement) const override;
};

}  // namespace tallybook::api
