// Lists: paging, filters and sort of the contract, once for all nouns. A list route names its
// table's filterable fields; this turns a query into SQL and the rows into the envelope.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/protocol/route.hpp"

namespace tallybook::api {

enum class FieldKind { text, choice, number, instant, boolean };

struct FilterField {
  std::string name;    // as the query spells it: "status", "customer_id"
  std::string column;  // SQL expression over the table's columns
  FieldKind kind = FieldKind::text;
  std::vector<std::string> choices = {};  // choice only
};

// A condition and its parameters, to be joined with AND.
struct Condition {
  std::string sql = "1=1";
  SqlParams params;
  void add(std::string const& text, SqlParams values = {}) {
    sql += " AND " + text;
    params.insert(params.end(), values.begin(), values.end());
  }
};

// Adds a condition for each parameter that names a field, with or without an operator
// (customer_id, customer_id__in, updated_at__gte ...). Bad values become problems of the query.
void add_filters(Query& query, std::vector<FilterField> const& fields, Condition& condition);

// Every name a list accepts, for the OpenAPI document.
std::vector<QueryParameter> filter_parameters(std::vector<FilterField> const& fields);
std::vector<QueryParameter> offset_parameters(std::vector<FilterField> const& fields);
std::vector<QueryParameter> cursor_parameters(std::vector<FilterField> const& fields,
                                              std::vector<std::string> const& sorts);

// meta and data around rows already rendered.
std::string offset_envelope(std::int64_t total, std::int64_t taken, std::int64_t skipped,
                            std::vector<std::string> const& rows);

struct OffsetPage {
  std::int64_t take = 50;
  std::int64_t skip = 0;
};
OffsetPage offset_page(Query& query);

struct CursorPage {
  std::int64_t limit = 50;
  bool include_total = false;
  std::string sort;  // a field of the sort list
  bool ascending = false;
  std::string after_id;  // empty: first page
};
// Reads limit, cursor, include_total, sort and order; a broken cursor is 400 "Invalid cursor".
Result<CursorPage> cursor_page(Query& query, std::vector<std::string> const& sorts);
std::string encode_cursor(std::string const& last_id, std::string const& sort, bool ascending);

// An offset list of the rows of T that meet the condition, newest first.
template <class T, class Render>
Result<Reply> offset_list(Call& call, std::vector<FilterField> const& fields, Condition condition,
                          Render&& render, std::string const& order = "created_at DESC, id DESC") {
  OffsetPage const page = offset_page(call.query);
  add_filters(call.query, fields, condition);
  TB_CHECK(call.query.check());
  Records<T> records(*call.sql, call.tenant);
  std::int64_t const total = records.count(condition.sql, condition.params);
  std::vector<std::string> rows;
  for (T const& record :
       records.where(condition.sql + " ORDER BY " + order + " LIMIT " + std::to_string(page.take) +
                         " OFFSET " + std::to_string(page.skip),
                     condition.params)) {
    rows.push_back(render(record));
  }
  return Reply{200,
               offset_envelope(total, static_cast<std::int64_t>(rows.size()), page.skip, rows)};
}

// A cursor list; `sorts` maps the wire's sort names to columns, the first is the default. `ties`
// are the expressions that put rows of one value in order before their ids do; none may be NULL.
template <class T, class Render>
Result<Reply> cursor_list(Call& call, std::vector<FilterField> const& fields,
                          std::vector<std::pair<std::string, std::string>> const& sorts,
                          Condition condition, Render&& render,
                          std::vector<std::string> const& ties = {}) {
  std::vector<std::string> names;
  for (auto const& sort : sorts) names.push_back(sort.first);
  TB_TRY(page, cursor_page(call.query, names));
  add_filters(call.query, fields, condition);
  TB_CHECK(call.query.check());
  Records<T> records(*call.sql, call.tenant);
  std::vector<std::string> keys;
  for (auto const& sort : sorts) {
    if (sort.first == page.sort) keys.push_back(sort.second);
  }
  keys.insert(keys.end(), ties.begin(), ties.end());
  std::string const direction = page.ascending ? " ASC" : " DESC";
  std::string left, right, order;
  SqlParams reached;
  for (auto const& key : keys) {
    left += key + ", ";
    right += "(SELECT " + key + " FROM " + TableOf<T>::name +
             " WHERE account_id = ? AND mode = ? AND id = ?), ";
    order += key + direction + ", ";
    reached.emplace_back(call.tenant.account_id);
    reached.emplace_back(std::string(mode_text(call.tenant.mode)));
    reached.emplace_back(page.after_id);
  }
  reached.emplace_back(page.after_id);
  Condition from_here = condition;
  if (!page.after_id.empty()) {
    if (!records.find(page.after_id)) return fail(errors::invalid("Invalid cursor"));
    from_here.add("(" + left + "id)" + (page.ascending ? " > (" : " < (") + right + "?)",
                  std::move(reached));
  }
  auto const found = records.where(from_here.sql + " ORDER BY " + order + "id" + direction +
                                       " LIMIT " + std::to_string(page.limit + 1),
                                   from_here.params);
  bool const more = found.size() > static_cast<std::size_t>(page.limit);
  std::string body = "{\"data\":[";
  std::size_t const shown = more ? static_cast<std::size_t>(page.limit) : found.size();
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) body += ',';
    body += render(found[i]);
  }
  body += "],\"next_cursor\":";
  body += more ? "\"" + encode_cursor(found[shown - 1].id.value, page.sort, page.ascending) + "\""
               : "null";
  body += more ? ",\"has_more\":true" : ",\"has_more\":false";
  if (page.include_total)
    body += ",\"total\":" + std::to_string(records.count(condition.sql, condition.params));
  return Reply{200, body + "}"};
}

}  // namespace tallybook::api
