// Sealing: committed ledger entries get their place in the account's chain. It happens after the
// commit that posted them, so that writers of one account need no common lock.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

// Seals what is not sealed yet, in transactions of at most `batch` entries, and closes days that
// are over. Returns how many were sealed. Safe to run at any moment, from several places, again.
std::int64_t seal_ledger(Services& services, Tenant const& tenant, int batch = 500);

// An entry as stored.
std::optional<EntryText> entry_text(SqlSession& sql, Tenant const& tenant, std::string const& id);

}  // namespace tallybook
