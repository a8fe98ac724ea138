#include "store/sql/migrations.hpp"

#include <algorithm>

namespace tallybook {

std::vector<std::string> statements_of(std::string const& script, Dialect dialect) {
  std::vector<std::string> statements;
  std::string current;
  std::size_t at = 0;
  while (at < script.size()) {
    std::size_t const end = std::min(script.find('\n', at), script.size());
    std::string line = script.substr(at, end - at);
    at = end + 1;
    if (line.starts_with("--") || line.empty()) continue;
    if (auto const token = line.find("{{serial}}"); token != std::string::npos) {
      line.replace(token, 10,
                   dialect == Dialect::sqlite ? "INTEGER PRIMARY KEY AUTOINCREMENT"
                                              : "BIGSERIAL PRIMARY KEY");
    }
    current += line;
    if (line.ends_with(';')) {
      current.pop_back();
      statements.push_back(std::move(current));
      current.clear();
    } else {
      current += '\n';
    }
  }
  return statements;
}

int migrate(SqlDatabase& database, Instant now) {
  int applied = 0;
  database.write([&](SqlSession& sql) {
    sql.execute(
        "CREATE TABLE IF NOT EXISTS schema_migrations (name TEXT PRIMARY KEY, applied_at BIGINT "
        "NOT NULL)");
    return true;
  });
  auto const& all = migrations();
  database.read([&](SqlSession& sql) {
    sql.query("SELECT name FROM schema_migrations", {}, [&](SqlRow const& row) {
      std::string const name(row.text(0));
      bool const known = std::ranges::any_of(
          all, [&](Migration const& migration) { return name == migration.name; });
      if (!known)
        throw StoreUnavailable("the database was made by a newer version: it has migration " +
                               name);
    });
  });
  for (auto const& migration : all) {
    database.write([&](SqlSession& sql) {
      if (sql.execute("INSERT INTO schema_migrations (name, applied_at) VALUES (?, ?) ON CONFLICT "
                      "DO NOTHING",
                      {std::string(migration.name), now.ms}) == 0) {
        return false;
      }
      for (auto const& statement : statements_of(migration.sql, sql.dialect()))
        sql.execute(statement);
      ++applied;
      return true;
    });
  }
  return applied;
}

}  // namespace tallybook
