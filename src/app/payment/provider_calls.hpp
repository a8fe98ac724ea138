// Calls to providers, each between two transactions: the first stores what is about to be asked,
// the second what was answered. Dying in between leaves a transaction whose look_again_at finds it
// again; the key (the transaction's id) makes asking twice the same as asking once.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

struct ProviderCall {
  TransactionId transaction_id;
  bool refund = false;
  std::string provider;
  bool ask_first = false;  // it may have been sent before
  bool may_send = true;    // false: only ask how it ended
  ChargeOrder charge;
  RefundOrder refund_order;
};

// What the provider said, or that nobody knows.
struct ProviderOutcome {
  bool known = false;
  bool cancelled = false;  // it did not take the order, and its key is dead there
  MoneyAnswer answer;
};

// The charge an intent stands for: to_process, not sent. `invoice` null: money on account. Not
// stored.
Transaction new_charge(UnitOfWork& work, Invoice const& invoice, PaymentMethod const& method,
                       std::int64_t amount);
// The refund of `amount` of a payment that a provider took; the payment remembers it. Stores both.
// `document`: the credit note it pays back or the invoice that is owed again; empty: on account.
Transaction intend_refund(UnitOfWork& work, Transaction& payment,
                          std::optional<InvoiceId> const& document, std::int64_t amount);
// The providers that may charge the method for the entity, in its order; empty: none is connected.
std::vector<std::string> providers_for(UnitOfWork& work, EntityId const& entity,
                                       PaymentMethod const& method);

// Before the provider is asked: notes that it is, and when to look again should no answer come.
// Empty when the transaction needs no provider. Stores the transaction.
std::optional<ProviderCall> prepare_call(UnitOfWork& work, Transaction& transaction);
// Calls of everything due to be looked at by `at`, at most `batch`.
std::vector<ProviderCall> prepare_due_calls(UnitOfWork& work, Instant at, int batch);

// What came of it: settled payments, and calls that follow (another provider).
struct Recorded {
  std::int64_t settled = 0;
  std::optional<ProviderCall> next;
};
// Stores an outcome. Safe to repeat, late and out of order: what is settled stays settled, and
// money that moved after all is never dropped.
Recorded record_outcome(UnitOfWork& work, TransactionId const& id, ProviderOutcome const& outcome);

// Asks and records, following up; returns how many payments settled. Not inside a transaction.
std::int64_t carry_out(Services& services, Tenant const& tenant, std::vector<ProviderCall> calls);

// The earliest provider event of the mode by `until`, for test clocks and the billing run.
// `blocked` names providers that did not answer in this run.
std::optional<Instant> next_provider_event(Services& services, Tenant const& tenant, Instant until,
                                           std::vector<std::string> const& blocked);
// Reads new events of every provider and looks at what they name. Adds the silent ones to
// `blocked`.
std::int64_t read_provider_events(Services& services, Tenant const& tenant,
                                  std::vector<std::string>& blocked);

}  // namespace tallybook
