// Payment methods, payments, charges and allocations on the wire.
#pragma once

#include "api/invoice/wire.hpp"

namespace tallybook::api {

struct PaymentMethodV1 {
  std::string id;
  PaymentMethodStatus status{};
  PaymentMethodType type{};
  std::optional<int> last_4_digits;  // a number: leading zeros are lost
  std::optional<std::string> expiration_date;
  std::optional<std::string> brand;
  std::optional<std::string> account_number_ending;
  std::optional<IntegrationRef> integration;
  std::optional<PaymentErrorType> error_type;
  std::optional<std::string> error_message;
};
BOOST_DESCRIBE_STRUCT(PaymentMethodV1, (),
                      (id, status, type, last_4_digits, expiration_date, brand,
                       account_number_ending, integration, error_type, error_message))

struct PaymentMethodCreate {
  std::string provider_name;
  std::string provider_payment_method_id;
  std::optional<std::string> provider_id;
};
BOOST_DESCRIBE_STRUCT(PaymentMethodCreate, (),
                      (provider_name, provider_payment_method_id, provider_id))

struct TransactionPaymentMethod {
  std::string id;
  PaymentMethodStatus status{};
  PaymentMethodType type{};
  std::optional<int> last_4_digits;
  std::optional<std::string> expiration_date;
  std::optional<std::string> brand;
};
BOOST_DESCRIBE_STRUCT(TransactionPaymentMethod, (),
                      (id, status, type, last_4_digits, expiration_date, brand))

BOOST_DEFINE_ENUM_CLASS(ChargebackStatus, lost, won)
struct ChargebackV1 {
  std::string transaction_id;
  ChargebackStatus status{};
  std::int64_t amount = 0;
  std::int64_t fee = 0;
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(ChargebackV1, (), (transaction_id, status, amount, fee, created_at))

struct SandboxCard {
  std::string number;
  int expiration_month = 0;
  int expiration_year = 0;
};
BOOST_DESCRIBE_STRUCT(SandboxCard, (), (number, expiration_month, expiration_year))
struct SandboxAccount {
  PaymentMethodType type = PaymentMethodType::direct_debit_sepa;
  std::string number;
};
BOOST_DESCRIBE_STRUCT(SandboxAccount, (), (type, number))
struct SandboxMethodCreate {
  std::optional<SandboxCard> card;
  std::optional<SandboxAccount> account;
};
BOOST_DESCRIBE_STRUCT(SandboxMethodCreate, (), (card, account))
struct SandboxMethod {
  std::string provider_name;
  std::string provider_payment_method_id;
  PaymentMethodType type{};
  std::optional<std::string> brand;
  std::optional<int> last_4_digits;
  std::optional<std::string> expiration_date;
  std::optional<std::string> account_number_ending;
};
BOOST_DESCRIBE_STRUCT(SandboxMethod, (),
                      (provider_name, provider_payment_method_id, type, brand, last_4_digits,
                       expiration_date, account_number_ending))

struct InvoiceCharge {
  std::optional<std::string> payment_method_id;
  std::optional<std::int64_t> amount;
};
BOOST_DESCRIBE_STRUCT(InvoiceCharge, (), (payment_method_id, amount))

BOOST_DEFINE_ENUM_CLASS(PaymentKind, one_time)
BOOST_DEFINE_ENUM_CLASS(ChargingMethod, immediately, checkout)
BOOST_DEFINE_ENUM_CLASS(ManualMethodType, transfer, external)
struct PaymentProduct {
  std::string id;
  std::optional<std::string> name;
  std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(PaymentProduct, (), (id, name, amount))
struct PaymentCreate {
  PaymentKind type{};
  std::string customer_id;
  ChargingMethod charging_method{};
  std::optional<std::vector<PaymentProduct>> products;
  std::optional<std::vector<PaymentProduct>> items;  // the former name of products
  std::optional<std::string> purchase_order;
  std::optional<std::string> custom_note;
  std::optional<ManualMethodType> payment_method_type;
  std::optional<std::string> payment_method_id;
  std::optional<std::vector<std::string>> available_payment_methods;
  std::optional<std::map<std::string, Value>> checkout_session;
};
BOOST_DESCRIBE_STRUCT(PaymentCreate, (),
                      (type, customer_id, charging_method, products, items, purchase_order,
                       custom_note, payment_method_type, payment_method_id,
                       available_payment_methods, checkout_session))
struct PaymentV1 {
  std::string invoice_id;
};
BOOST_DESCRIBE_STRUCT(PaymentV1, (), (invoice_id))

struct AccountPaymentCreate {
  std::string customer_id;
  std::int64_t amount = 0;
  std::string currency;
  std::optional<ManualMethodType> payment_method_type;
  std::optional<std::string> reference;
  std::optional<std::string> bank_account_id;
  std::optional<std::vector<TransactionAllocation>> allocations;
};
BOOST_DESCRIBE_STRUCT(AccountPaymentCreate, (),
                      (customer_id, amount, currency, payment_method_type, reference,
                       bank_account_id, allocations))
struct AllocationsCreate {
  std::vector<TransactionAllocation> allocations;
};
BOOST_DESCRIBE_STRUCT(AllocationsCreate, (), (allocations))

struct ProviderOrders {
  std::vector<std::string> card;
  std::vector<std::string> direct_debit;
  std::vector<std::string> direct_debit_ach;
  std::vector<std::string> direct_debit_bacs;
  std::vector<std::string> direct_debit_sepa;
};
BOOST_DESCRIBE_STRUCT(ProviderOrders, (),
                      (card, direct_debit, direct_debit_ach, direct_debit_bacs, direct_debit_sepa))
struct ProviderOrdersWrite {
  Patch<std::vector<std::string>> card;
  Patch<std::vector<std::string>> direct_debit;
  Patch<std::vector<std::string>> direct_debit_ach;
  Patch<std::vector<std::string>> direct_debit_bacs;
  Patch<std::vector<std::string>> direct_debit_sepa;
};
BOOST_DESCRIBE_STRUCT(ProviderOrdersWrite, (),
                      (card, direct_debit, direct_debit_ach, direct_debit_bacs, direct_debit_sepa))

}  // namespace tallybook::api
