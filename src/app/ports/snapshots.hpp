// Snapshots: how a noun looks on the wire at this moment, for the outbox. The API renders it; use
// cases only say what happened to what.
#pragma once

#include <string>
#include <vector>

#include "domain/credit/credit.hpp"
#include "domain/payment/payment_method.hpp"
#include "domain/subscription/changes.hpp"
#include "domain/wallet/wallet.hpp"

namespace tallybook {

class Snapshots {
 public:
  virtual ~Snapshots() = default;
  virtual std::string customer(Customer const& customer) const = 0;
  virtual std::string subscription(Subscription const& subscription,
                                   std::vector<SubscriptionLine> const& lines) const = 0;
  // The same with the updates that were applied, failed or cancelled.
  virtual std::string updated_subscription(
      Subscription const& subscription, std::vector<SubscriptionLine> const& lines,
      std::vector<SubscriptionUpdate> const& updates) const = 0;
  virtual std::string invoice(Invoice const& invoice,
                              std::vector<InvoiceLine> const& lines) const = 0;
  virtual std::string payment_method(PaymentMethod const& method) const = 0;
  virtual std::string credit(CustomerCredit const& credit) const = 0;
  virtual std::string credit_transaction(CreditTransaction const& transaction) const = 0;
  virtual std::string wallet_transaction(Wallet const& wallet,
                                         WalletTransaction const& movement) const = 0;
};

}  // namespace tallybook
