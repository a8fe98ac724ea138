// Migrations: plain SQL files of store/migrations, in name order, each applied once in its own
// transaction and recorded in schema_migrations.
#pragma once

#include <string>
#include <vector>

#include "base/instant.hpp"
#include "store/sql/session.hpp"

namespace tallybook {

struct Migration {
  char const* name;
  char const* sql;
};

std::vector<Migration> const& migrations();

// Applies what is missing and returns how many that were. Throws StoreUnavailable when the
// database was made by a newer version of the program.
int migrate(SqlDatabase& database, Instant now);

// Splits a script at semicolons that end a line; comments are dropped.
std::vector<std::string> statements_of(std::string const& script, Dialect dialect);

}  // namespace tallybook
