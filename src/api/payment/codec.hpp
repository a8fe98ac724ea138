// Between payment methods, chargebacks and their wire forms.
#pragma once

#include "api/payment/wire.hpp"
#include "api/protocol/reply.hpp"
#include "app/payment/transaction_views.hpp"

namespace tallybook::api {

PaymentMethodV1 to_api(PaymentMethod const& method);
TransactionPaymentMethod to_transaction_method(PaymentMethod const& method);
ChargebackV1 to_api(ChargebackView const& chargeback);
SandboxMethod to_sandbox_method(std::string const& provider, ProviderToken const& token);

}  // namespace tallybook::api
