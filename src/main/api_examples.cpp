// Request bodies shown in the OpenAPI document. A test sends each of them.
#include "main/api_routes.hpp"

namespace tallybook {

std::vector<ApiExample> const& api_examples() {
  static std::vector<ApiExample> const list = {
      {"POST", "/v1/customers",
       R"({"name": "Northwind Robotics SAS", "type": "corporate", "currency": "EUR", "external_id": "tenant-4711", "tax_rate_custom": 20,
           "billing_email": "ap@northwind.example",
           "billing_address": {"name": "Northwind Robotics SAS", "line1": "12 quai du Test", "city": "Namur", "zip": "5000", "country": "BE"}})"},
      {"PUT", "/v1/customers/{id}", R"({"custom_payment_delay": 45, "registration_number": null})"},
      {"PATCH", "/v1/organisations/{id}",
       R"({"invoice_schedule": "quarter", "next_invoice_at": "2026-10-01T00:00:00.000Z"})"},
      {"POST", "/v1/invoicing-entities",
       R"({"name": "Helios Metering Ltd", "country": "GB", "currency": "GBP", "accounting_currency": "GBP", "timezone": "Europe/London",
           "invoice_number_pattern": "HM-{YYYY}-{number}", "next_invoice_number": 42})"},
      {"POST", "/v1/products",
       R"({"type": "dynamic", "name": "Tokens", "unit_name": "token", "aggregator": {"entity": "llm", "operation": "sum", "property": "tokens"},
           "price_configurations": [{"currency": "EUR", "billing_interval": {"period": "months", "count": 1}, "type": "volume", "prices": [
             {"type": "volume", "from": 0, "to": 1000000, "amount": 0.5, "unit_count": 1000},
             {"type": "volume", "from": 1000000, "to": null, "amount": 0.25, "unit_count": 1000}]}]})"},
      {"POST", "/v1/aggregators",
       R"({"entity": "llm", "operation": "sum", "property": "tokens", "name": "Tokens", "exposed_event_keys": ["model"],
           "where": {"conditional": "and", "fields": [{"property": "model", "operator": "not", "value": "free"}]}})"},
      {"POST", "/v1/events/batch",
       R"([{"customer_id": "tenant-4711", "event_type": "llm", "timestamp": "2026-01-15T10:30:00.000Z", "record": {"id": "req-1", "tokens": 1500, "model": "large"}}])"},
      {"POST", "/v1/events",
       R"({"customer_id": "tenant-4711", "event_type": "llm", "timestamp": "2026-01-15T10:30:00.000Z", "record": {"id": "req-1", "tokens": 1500, "model": "large"}})"},
      {"PUT", "/v1/test-clock", R"({"now": "2026-02-01T00:00:00.000Z"})"},
      {"POST", "/v1/test-clock/advance", R"({"to": "2026-03-01T00:00:00.000Z"})"},
      {"POST", "/v2/subscriptions",
       R"({"customer_id": "cus_9bXk2LmQ7ZtR4a", "activation_strategy": "start_date", "starts_at": "2026-01-01T00:00:00.000Z",
           "products": [{"id": "itm_5Rt7Gh20WqZx3C", "payment_interval": {"period": "months", "count": 1}}]})"},
      {"POST", "/v1/subscriptions/{id}/cancel",
       R"({"reason": "moved on", "pro_rata": true, "refund_method": "external"})"},
      {"POST", "/v1/invoices/{id}/transactions",
       R"({"amount": 12072, "process_at": "2026-02-10T00:00:00.000Z", "payment_method_type": "transfer"})"},
      {"POST", "/v1/sandbox/payment-methods",
       R"({"card": {"number": "4970 0000 0000 4240", "expiration_month": 6, "expiration_year": 2031}})"},
      {"POST", "/v1/customers/{id}/payment-methods",
       R"({"provider_name": "sandbox", "provider_payment_method_id": "tok_4Kd9mVx2QpLw7s"})"},
      {"POST", "/v1/transactions",
       R"({"customer_id": "cus_9bXk2LmQ7ZtR4a", "amount": 50000, "currency": "EUR", "reference": "NORTHWIND 4711"})"},
      {"POST", "/v1/payments",
       R"({"type": "one_time", "customer_id": "cus_9bXk2LmQ7ZtR4a", "charging_method": "immediately", "payment_method_type": "transfer",
           "products": [{"id": "itm_5Rt7Gh20WqZx3C", "name": "Onboarding", "amount": 25000}]})"},
      {"POST", "/v1/invoices/{id}/charge", R"({"amount": 500})"},
      {"POST", "/v1/customers/{id}/credits",
       R"({"product_id": "itm_5rTgB8vNq2WsXe", "low_count_threshold": 200})"},
      {"PATCH", "/v1/wallets/settings", R"({"enabled": true, "allow_free_credits": true})"},
      {"POST", "/v1/wallets",
       R"({"customer_id": "cus_9bXk2LmQ7ZtR4a", "is_auto_load_enabled": true, "auto_load_type": "paid", "auto_load_amount": 25000,
           "auto_load_reset": false, "auto_load_threshold": 4000})"},
      {"PUT", "/v1/wallets/{id}", R"({"is_auto_load_enabled": false, "state": "active"})"},
      {"POST", "/v1/wallets/{id}/load", R"({"type": "paid", "amount": 5000, "comment": "January"})"},
      {"POST", "/v1/customers/{id}/credits/{product_id}/topup", R"({"credit_count": 500})"},
      {"POST", "/v1/customers/{id}/credits/{product_id}/purchase",
       R"({"credit_count": 500, "amount_excluding_tax": 5000})"},
      {"POST", "/v1/customers/{id}/credits/{product_id}/usage",
       R"({"usage_retained": 15, "event_id": "render-90312"})"},
  };
  return list;
}

}  // namespace tallybook
