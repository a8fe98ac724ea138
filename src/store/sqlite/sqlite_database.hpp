// SQLite: WAL, synchronous=FULL, one writer with group commit, many readers. Transactions that
// arrive while another is being committed wait in a queue and are committed together, each inside
// its own savepoint, so that one disk flush serves many callers.
#pragma once

#include <memory>
#include <string>

#include "store/sql/session.hpp"

namespace tallybook {

// Opens or creates the file; ":memory:" gives a private database for tests. Throws
// StoreUnavailable.
std::unique_ptr<SqlDatabase> open_sqlite(std::string const& file, int readers = 4);

}  // namespace tallybook
