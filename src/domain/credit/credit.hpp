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

struct CreditUseTag {
  static constexpr char const* prefix = "cru";
};
using CreditUseId = Id<CreditUseTag>;

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
  Exact overage_billed;   // what was beyond it and is on an invoice by now
  std::optional<Exact> low_count_threshold;
  JsonText auto_topup;  // a CreditAutoTopup, or null
  std::optional<Instant> last_refreshed_at;
  std::int64_t refreshed_sequence = 0;
  // Usage from here on is taken of it; none: since it was opened. A subscription that began before
  // it was sold opens it with its first period.
  std::optional<Instant> counts_from;
  // What was there already when it was opened is taken up to here, as its periods are caught up
  // with; none: all of it is.
  std::optional<Instant> caught_up_to;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(CustomerCredit, (),
                      (id, customer_id, product_id, name, current_balance, overage, overage_billed,
                       low_count_threshold, auto_topup, last_refreshed_at, refreshed_sequence,
                       counts_from, caught_up_to, created_at, updated_at))

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
  std::optional<InvoiceLineId> invoice_line_id;  // what it was billed with
  std::optional<SubscriptionLineId> subscription_line_id;
  std::optional<Date> period_start_on;
  Exact withdrawn;                   // taken back with what credits the line
  std::int64_t withdrawn_minor = 0;  // how much of the value went with it
  std::optional<Exact> expired;      // ended unused; none: from before each use was recorded
};
BOOST_DESCRIBE_STRUCT(CreditGrant, (),
                      (id, credit_id, transaction_id, purchased, granted, remaining,
                       invoicing_entity_id, currency, value_minor, released_minor, expires_at,
                       created_at, invoice_line_id, subscription_line_id, period_start_on,
                       withdrawn, withdrawn_minor, expired))

// What one movement of use takes of one grant, or beyond all of them.
struct CreditUse {
  CreditUseId id;
  CreditId credit_id;
  CreditTransactionId transaction_id;
  std::int64_t position = 0;              // of the movement
  std::optional<CreditGrantId> grant_id;  // none: beyond the balance
  Exact count;
  std::optional<std::string> aggregator_id;
  std::int64_t since_sequence = 0;  // the events that were counted with it: (since, until]
  std::int64_t until_sequence = 0;
  // Of those the ones of this time, half open; none: of any. What was there when a balance was
  // opened is taken period by period.
  std::optional<Instant> events_from;
  std::optional<Instant> events_to;
  Instant used_at;
};
BOOST_DESCRIBE_STRUCT(CreditUse, (),
                      (id, credit_id, transaction_id, position, grant_id, count, aggregator_id,
                       since_sequence, until_sequence, events_from, events_to, used_at))

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

// The credits that `count` a cycle bring for a share of it: all of them for a whole one or as the
// full allowance, else rounded half away from zero to whole credits.
[[nodiscard]] Exact credits_of(Exact const& count, Exact const& fraction,
                               std::optional<CreditsGrantMode> mode);

// When credits of a period end (CRE-4): after so many days from its first one, with it, or never.
[[nodiscard]] std::optional<Instant> credits_expiry(SubscriptionLine const& line, Period period,
                                                    TimeZone const& zone);

// What the grant was sold for, once that is known; what of it is earned by now.
[[nodiscard]] std::int64_t value_grant(CreditGrant& grant, std::int64_t minor);

// A share of the credits of the line that brought the grant is given back, as far as they are not
// used, and with them the value, at most `net`. A lower price gives back value and no credits.
struct Withdrawal {
  Exact count;
  std::int64_t minor = 0;           // of the value: a debt no more
  std::int64_t released_minor = 0;  // a change of what is earned of the rest
};
[[nodiscard]] Withdrawal withdraw(CreditGrant& grant, Exact const& share, std::int64_t net);

// Use that is undone comes back to the grant. Returns the change of what is earned, below 0.
[[nodiscard]] std::int64_t put_back(CreditGrant& grant, Exact const& count);

// What of a grant was used or expired.
[[nodiscard]] Exact used_of(CreditGrant const& grant);
// What of its value is earned by that: in step with the units, the last one takes the rest.
[[nodiscard]] std::int64_t earned_of(CreditGrant const& grant);

// Empties one grant at its expiry.
[[nodiscard]] GrantUse expire(CreditGrant& grant);

}  // namespace tallybook
