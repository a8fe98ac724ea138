// One hash over everything an account and mode has in the record database: equal hashes, equal
// state. Rows are taken as they are stored, in an order of their own, so two databases with the
// same rows have the same hash.
#pragma once

#include "store/sql/records.hpp"

namespace tallybook {

// Hex. Reads every table that has rows of accounts, whatever its name.
[[nodiscard]] std::string state_hash(SqlSession& sql, Tenant const& tenant);

}  // namespace tallybook
