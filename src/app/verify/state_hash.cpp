#include "app/verify/state_hash.hpp"

#include <algorithm>
#include <map>

#include "base/sha256.hpp"

namespace tallybook {
namespace state_hash_detail {

// The columns of every table, by name.
std::map<std::string, std::vector<std::string>> tables_of(SqlSession& sql) {
  std::map<std::string, std::vector<std::string>> tables;
  char const* const text =
      sql.dialect() == Dialect::postgres
          ? "SELECT c.relname, a.attname FROM pg_class c JOIN pg_namespace n ON n.oid = "
            "c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid WHERE n.nspname = "
            "current_schema() AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped"
          : "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE "
            "m.type = 'table'";
  sql.query(text, {},
            [&](SqlRow const& row) { tables[std::string(row.text(0))].emplace_back(row.text(1)); });
  for (auto& [name, columns] : tables) std::ranges::sort(columns);
  return tables;
}

void append_part(std::string& text, std::string_view part) {
  text += std::to_string(part.size());
  text += ':';
  text += part;
}

// The rows of a table as sorted hashes.
std::vector<std::string> rows_of(SqlSession& sql, std::string const& from,
                                 std::vector<std::string> const& columns, SqlParams const& params) {
  std::string list;
  for (auto const& column : columns) {
    list += list.empty() ? "" : ", ";
    list += "CAST(t." + column + " AS TEXT)";
  }
  std::vector<std::string> rows;
  sql.query("SELECT " + list + from, params, [&](SqlRow const& row) {
    std::string text;
    for (int i = 0; i < static_cast<int>(columns.size()); ++i) {
      if (row.is_null(i))
        text += '-';
      else
        append_part(text, row.text(i));
    }
    rows.push_back(sha256(text));
  });
  std::ranges::sort(rows);
  return rows;
}

}  // namespace state_hash_detail

std::string state_hash(SqlSession& sql, Tenant const& tenant) {
  using namespace state_hash_detail;
  std::string all;
  for (auto const& [table, columns] : tables_of(sql)) {
    bool const owned = std::ranges::find(columns, "account_id") != columns.end();
    bool const moded = std::ranges::find(columns, "mode") != columns.end();
    std::string from;
    if (table == "ledger_postings") {
      from =
          " FROM ledger_postings t JOIN ledger_entries o ON o.id = t.entry_id WHERE "
          "o.account_id = ? AND o.mode = ?";
    } else if (owned) {
      from = " FROM " + table + " t WHERE t.account_id = ?";
      if (moded) from += " AND t.mode = ?";
    } else {
      continue;
    }
    SqlParams params = {tenant.account_id};
    if (moded || table == "ledger_postings")
      params.emplace_back(std::string(mode_text(tenant.mode)));
    append_part(all, table);
    for (auto const& row : rows_of(sql, from, columns, params)) all += row;
  }
  return sha256(all);
}

}  // namespace tallybook
