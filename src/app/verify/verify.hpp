// verify: recomputes what the records say from what they rest on - lines, rates, payments, ledger,
// usage events - and reports every difference. Changes nothing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/ports/event_store.hpp"
#include "app/ports/payment_provider.hpp"
#include "base/clock.hpp"
#include "store/sql/session.hpp"

namespace tallybook {

struct VerifyReport {
  std::vector<std::string> findings;  // one sentence each, with the id it is about
  std::int64_t invoices = 0;          // credit notes included
  std::int64_t lines = 0;
  std::int64_t usage_lines = 0;     // counted again from the events
  std::int64_t priced_lines = 0;    // of issued documents: priced again from their terms
  std::int64_t mirrored_lines = 0;  // the others: imported, by hand, or as another document says
  std::int64_t ledger_entries = 0;
  std::int64_t proved_bytes = 0;  // hashed: entries and the facts of what they document
  std::int64_t credits = 0;
  std::int64_t wallets = 0;
  std::int64_t subscriptions = 0;
  std::int64_t provider_movements = 0;  // of statements
  [[nodiscard]] bool clean() const { return findings.empty(); }
};

// The providers whose statements are compared with the records, and the time to ask them at.
struct ProviderBooks {
  PaymentProviders const& providers;
  Clock const& clock;
};

// Every account and both modes. Nothing else may write meanwhile. Throws StoreUnavailable when a
// store does not answer.
VerifyReport verify(SqlDatabase& database, EventStore& events,
                    ProviderBooks const* books = nullptr);

}  // namespace tallybook
