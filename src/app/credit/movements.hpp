// How a balance of credits moves: grants with their transactions, the value that is earned, the
// events. The caller holds the balance locked and has folded its usage.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

// Credits that come in; sold ones name who sold them.
struct NewGrant {
  Exact count;
  std::optional<Instant> expires_at = std::nullopt;
  std::optional<EntityId> entity = std::nullopt;
  std::optional<std::string> currency = std::nullopt;
  std::optional<std::int64_t> value_minor = std::nullopt;  // empty: not known yet, or free
  std::optional<CreditPrice> price = std::nullopt;
  std::optional<InvoiceId> invoice_id = std::nullopt;
  std::optional<InvoiceLineId> invoice_line_id = std::nullopt;
  std::optional<SubscriptionLineId> subscription_line_id = std::nullopt;
  std::optional<Date> period_start_on = std::nullopt;
  CreditSource source = CreditSource::api;
};

CreditTransaction new_credit_transaction(UnitOfWork& work, CustomerCredit const& credit,
                                         CreditTransactionType type, Exact const& count);
CreditGrant insert_grant(UnitOfWork& work, CustomerCredit const& credit,
                         CreditTransaction const& transaction, NewGrant const& wanted);
// A top-up: grant, transaction, balance, events.
CreditTransaction add_credits(UnitOfWork& work, CustomerCredit& credit, NewGrant const& wanted);

// Credits of a grant that end: it lost them already, and with them `earned_minor` becomes revenue.
// `note`: what took them back.
void end_credits(UnitOfWork& work, CustomerCredit& credit, CreditGrant const& grant,
                 Exact const& count, EntryKind kind, std::int64_t earned_minor,
                 std::optional<InvoiceId> const& note);

// The balance's new state with the events that tell it.
void save_balance(UnitOfWork& work, CustomerCredit& credit, Exact const& before);
// What became revenue of a grant, in the ledger.
void release_value(UnitOfWork& work, CustomerCredit const& credit, CreditGrant const& grant,
                   EntryKind kind, std::string const& source, std::int64_t minor);

}  // namespace tallybook
