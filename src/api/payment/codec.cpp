#include "api/payment/codec.hpp"

#include "api/payment/routes.hpp"

namespace tallybook::api {
namespace payment_codec {

std::optional<int> as_number(std::optional<std::string> const& digits) {
  if (!digits) return std::nullopt;
  return std::stoi(*digits);
}

}  // namespace payment_codec

PaymentMethodV1 to_api(PaymentMethod const& method) {
  PaymentMethodV1 wire;
  wire.id = method.id.value;
  wire.status = method.status;
  wire.type = method.type;
  wire.last_4_digits = payment_codec::as_number(method.last_4_digits);
  wire.expiration_date = method.expiration_date;
  wire.brand = method.brand;
  wire.account_number_ending = method.account_number_ending;
  wire.integration = {method.provider_payment_method_id, method.provider_name,
                      method.provider_id.value_or("")};
  wire.error_type = method.error_type;
  wire.error_message = method.error_message;
  return wire;
}

TransactionPaymentMethod to_transaction_method(PaymentMethod const& method) {
  return {method.id.value,
          method.status,
          method.type,
          payment_codec::as_number(method.last_4_digits),
          method.expiration_date,
          method.brand};
}

ChargebackV1 to_api(ChargebackView const& chargeback) {
  auto const& transaction = chargeback.transaction;
  return {transaction.id.value, chargeback.won ? ChargebackStatus::won : ChargebackStatus::lost,
          transaction.amount, transaction.provider_fee.value_or(0), transaction.created_at};
}

SandboxMethod to_sandbox_method(std::string const& provider, ProviderToken const& token) {
  return {provider,
          token.token,
          token.type,
          token.brand,
          payment_codec::as_number(token.last_4_digits),
          token.expiration_date,
          token.account_number_ending};
}

std::string payment_method_json(PaymentMethod const& method) {
  return reflect::to_text(to_api(method));
}

}  // namespace tallybook::api
