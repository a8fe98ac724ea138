// Credits: a unit ledger per customer and credit product (CRE-1). Units are exact decimals, not
// money; what was paid for them is released to revenue as they are used.
#pragma once

#include "domain/invoice/invoice.hpp"

namespace tallybook {

struct CreditTag {
  static constexpr char const* prefix = "crd";
};
using CreditId = Id<CreditTag>;
struct CreditGrantTag {
  static constexpr char const* prefix = "cgr";
};
using CreditGrantId = Id<CreditGrantTag>;
struct CreditTransactionTag {
  static constexpr char const* prefix = "cdt";
};
using CreditTransactionId = Id<CreditTransactionTag>;

BOOST_DEFINE_ENUM_CLASS(CreditTransactionType, topup, usage, expiration)
BOOST_DEFINE_ENUM_CLASS(CreditSource, app, portal, api, system)

// What is bought when the balance falls to its low threshold (CRE-6).
struct CreditAutoTopup {
  Exact credit_count;
  std::optional<std::int64_t> amount_excluding_tax;  // minor units; one of the two
  std::optional<std::string> price_id;
};
BOOST_DESCRIBE_STRUCT(CreditAutoTopup, (), (credit_count, amount_excluding_tax, price_id))

struct CustomerCredit {
  CreditId id;  // internal: on the wire the pair customer and product is the key
  CustomerId customer_id;
  ProductId product_id;
  std::string name;
  Exact current_balance;  // what the grants still hold; never below 0
  Exact overage;          // used beyond the balance, kept visible (policies: credits below zero)
  std::optional<Exact> low_count_threshold;
  JsonText auto_topup;  // a CreditAutoTopup, or null
  std::optional<Instant> last_refreshed_at;
  std::int64_t refreshed_sequence = 0;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(CustomerCredit, (),
                      (id, customer_id, product_id, name, current_balance, overage,
                       low_count_threshold, auto_topup, last_refreshed_at, refreshed_sequence,
                       created_at, updated_at))

struct CreditGrant {
  CreditGrantId id;
  CreditId credit_id;
  CreditTransactionId transaction_id;
  bool purchased = false;
  Exact granted;
  Exact remaining;
  std::optional<EntityId> invoicing_entity_id;
  std::optional<std::string> currency;
  std::int64_t value_minor = 0;     // what was paid for the grant without tax
  std::int64_t released_minor = 0;  // how much of it became revenue
  std::optional<Instant> expires_at;
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(CreditGrant, (),
                      (id, credit_id, transaction_id, purchased, granted, remaining,
                       invoicing_entity_id, currency, value_minor, released_minor, expires_at,
                       created_at))

struct CreditPrice {
  std::string id;
  Exact amount;
  Exact pack_size;
};
BOOST_DESCRIBE_STRUCT(CreditPrice, (), (id, amount, pack_size))

struct CreditTransaction {
  CreditTransactionId id;
  CreditId credit_id;
  CustomerId customer_id;
  ProductId product_id;
  CreditTransactionType type = CreditTransactionType::topup;
  CreditSource source = CreditSource::api;
  Exact credit_count;  // positive; the type says the direction
  Exact balance_after;
  std::optional<CreditPrice> price;
  std::optional<InvoiceId> invoice_id;
  std::optional<std::string> event_id;
  std::optional<std::string> aggregator_id;
  std::optional<std::int64_t> amount_excluding_tax;
  std::optional<Instant> expires_at;
  Instant created_at;
  Instant updated_at;
  std::int64_t position = 0;  // order within the balance
};
BOOST_DESCRIBE_STRUCT(CreditTransaction, (),
                      (id, credit_id, customer_id, product_id, type, source, credit_count,
                       balance_after, price, invoice_id, event_id, aggregator_id,
                       amount_excluding_tax, expires_at, created_at, updated_at, position))

// One grant's part of a use: how much it gave and how many minor units of it become revenue.
struct GrantUse {
  std::size_t grant = 0;
  Exact count;
  std::int64_t released_minor = 0;
};
struct Burn {
  std::vector<GrantUse> uses;
  Exact taken;      // what the grants covered
  Exact uncovered;  // what they did not: overage
};

// Takes `count` units from the grants, earliest expiry first, granted before purchased, oldest
// first (CRE-5). Grants are changed in place. The released value is cumulative: each grant's parts
// sum to its value exactly.
[[nodiscard]] Burn burn(std::vector<CreditGrant>& grants, Exact const& count, Instant now);

// Empties one grant at its expiry.
[[nodiscard]] GrantUse expire(CreditGrant& grant);

}  // namespace tallybook
