// Definitions of Records<T>; include only from the noun's store file, which instantiates it.
#pragma once

#include "base/assert.hpp"
#include "reflect/json.hpp"
#include "store/sql/records.hpp"

namespace tallybook::sql_detail {

// Nested structs, lists and maps are kept as JSON text. Declared first: optionals of them exist.
template <class T>
requires(!std::is_enum_v<T>) SqlValue bind(T const& nested);
template <class T>
requires(!std::is_enum_v<T>) void fetch(SqlRow const& row, int column, T& out);

inline SqlValue bind(std::string const& text) { return text; }
inline SqlValue bind(bool boolean) { return std::int64_t{boolean}; }
inline SqlValue bind(std::int64_t whole) { return whole; }
inline SqlValue bind(int whole) { return std::int64_t{whole}; }
inline SqlValue bind(JsonText const& json) { return json.text; }
inline SqlValue bind(Exact const& number) { return number.str(); }
inline SqlValue bind(Instant at) { return at.ms; }
inline SqlValue bind(Date date) { return std::int64_t{date.days}; }
template <class Tag>
SqlValue bind(Id<Tag> const& id) {
  return id.value;
}
template <reflect::DescribedEnum E>
SqlValue bind(E value) {
  return std::string(reflect::enum_name(value));
}
template <class T>
SqlValue bind(std::optional<T> const& maybe) {
  if (!maybe) return std::monostate{};
  return bind(*maybe);
}
template <class T>
requires(!std::is_enum_v<T>) SqlValue bind(T const& nested) {
  reflect::StoredNumbers const exact;
  return reflect::to_text(nested);
}

inline void fetch(SqlRow const& row, int column, std::string& out) { out = row.text(column); }
inline void fetch(SqlRow const& row, int column, JsonText& out) { out.text = row.text(column); }
inline void fetch(SqlRow const& row, int column, bool& out) { out = row.integer(column) != 0; }
inline void fetch(SqlRow const& row, int column, std::int64_t& out) { out = row.integer(column); }
inline void fetch(SqlRow const& row, int column, int& out) {
  out = static_cast<int>(row.integer(column));
}
inline void fetch(SqlRow const& row, int column, Exact& out) {
  auto number = Exact::parse_fraction(row.text(column));
  TB_ASSERT(number.has_value());
  out = *std::move(number);
}
inline void fetch(SqlRow const& row, int column, Instant& out) { out.ms = row.integer(column); }
inline void fetch(SqlRow const& row, int column, Date& out) {
  out.days = static_cast<std::int32_t>(row.integer(column));
}
template <class Tag>
void fetch(SqlRow const& row, int column, Id<Tag>& out) {
  out.value = row.text(column);
}
template <reflect::DescribedEnum E>
void fetch(SqlRow const& row, int column, E& out) {
  auto const found = reflect::enum_from<E>(row.text(column));
  TB_ASSERT(found.has_value());
  out = *found;
}
template <class T>
requires(!std::is_enum_v<T>) void fetch(SqlRow const& row, int column, T& out) {
  auto value = parse_json(row.text(column));
  TB_ASSERT(value.has_value());
  reflect::StoredNumbers const exact;
  reflect::Problems problems;
  reflect::read(*value, out, "", problems);
  TB_ASSERT(problems.empty());
}
template <class T>
void fetch(SqlRow const& row, int column, std::optional<T>& out) {
  if (row.is_null(column)) {
    out.reset();
  } else {
    fetch(row, column, out.emplace());
  }
}

// The statements of one table, built once.
template <class T>
struct Statements {
  std::string columns;  // a, b, c
  std::string insert;
  std::string insert_if_new;
  std::string update;
  std::string select;  // SELECT a, b, c FROM t WHERE account_id = ? AND mode = ? AND
  Statements() {
    std::string marks = "?, ?";
    std::string sets;
    reflect::for_each_field_type<T>([&](char const* name, auto) {
      if (!columns.empty()) columns += ", ";
      columns += name;
      marks += ", ?";
      if (std::string_view(name) != TableOf<T>::key)
        sets += (sets.empty() ? "" : ", ") + std::string(name) + " = ?";
    });
    std::string const table = TableOf<T>::name;
    insert = "INSERT INTO " + table + " (account_id, mode, " + columns + ") VALUES (" + marks + ")";
    insert_if_new = insert + " ON CONFLICT DO NOTHING";
    update = "UPDATE " + table + " SET " + sets + " WHERE account_id = ? AND mode = ? AND " +
             TableOf<T>::key + " = ?";
    select = "SELECT " + columns + " FROM " + table + " WHERE account_id = ? AND mode = ? AND ";
  }
  static Statements const& get() {
    static Statements const instance;
    return instance;
  }
};

// Every key column is "id".
template <class T>
std::string const& key_of(T const& record) {
  if constexpr (requires { record.id.value; })
    return record.id.value;
  else
    return record.id;
}

template <class T>
T from_row(SqlRow const& row) {
  T record{};
  int column = 0;
  reflect::for_each_field(record, [&](char const*, auto& member) { fetch(row, column++, member); });
  return record;
}

}  // namespace tallybook::sql_detail

namespace tallybook {

template <class T>
SqlParams record_params(Tenant const& tenant, T const& record) {
  SqlParams params;
  params.reserve(64);
  params.emplace_back(tenant.account_id);
  params.emplace_back(std::string(mode_text(tenant.mode)));
  reflect::for_each_field(
      record, [&](char const*, auto const& member) { params.push_back(sql_detail::bind(member)); });
  return params;
}

template <class T>
void Records<T>::insert(T const& record) {
  sql_.execute(sql_detail::Statements<T>::get().insert, record_params(tenant_, record));
  sql_.wrote(TableOf<T>::name, sql_detail::key_of(record));
}

template <class T>
bool Records<T>::insert_if_new(T const& record) {
  return sql_.execute(sql_detail::Statements<T>::get().insert_if_new,
                      record_params(tenant_, record)) == 1;
}

template <class T>
void Records<T>::update(T const& record) {
  SqlParams params;
  params.reserve(64);
  SqlValue key;
  reflect::for_each_field(record, [&](char const* name, auto const& member) {
    if (std::string_view(name) == TableOf<T>::key) {
      key = sql_detail::bind(member);
    } else {
      params.push_back(sql_detail::bind(member));
    }
  });
  params.emplace_back(tenant_.account_id);
  params.emplace_back(std::string(mode_text(tenant_.mode)));
  params.push_back(std::move(key));
  TB_ASSERT(sql_.execute(sql_detail::Statements<T>::get().update, params) == 1);
  sql_.wrote(TableOf<T>::name, sql_detail::key_of(record));
}

template <class T>
void Records<T>::update_changed(T const& stored, T const& record) {
  // The first two are the account and the mode, then the columns in order.
  SqlParams const before = record_params(tenant_, stored);
  SqlParams after = record_params(tenant_, record);
  SqlParams params;
  SqlValue key;
  std::string sets;
  std::size_t column = 2;
  reflect::for_each_field_type<T>([&](char const* name, auto) {
    std::size_t const at = column++;
    if (std::string_view(name) == TableOf<T>::key) {
      TB_ASSERT(before[at] == after[at]);
      key = after[at];
    } else if (before[at] != after[at]) {
      sets += (sets.empty() ? "" : ", ") + std::string(name) + " = ?";
      params.push_back(std::move(after[at]));
    }
  });
  if (params.empty()) return;
  params.push_back(std::move(after[0]));
  params.push_back(std::move(after[1]));
  params.push_back(std::move(key));
  std::string const sql = std::string("UPDATE ") + TableOf<T>::name + " SET " + sets +
                          " WHERE account_id = ? AND mode = ? AND " + TableOf<T>::key + " = ?";
  TB_ASSERT(sql_.execute(sql, params) == 1);
  sql_.wrote(TableOf<T>::name, sql_detail::key_of(record));
}

template <class T>
bool Records<T>::erase(std::string_view key) {
  std::string const sql = std::string("DELETE FROM ") + TableOf<T>::name +
                          " WHERE account_id = ? AND mode = ? AND " + TableOf<T>::key + " = ?";
  return sql_.execute(
             sql, {tenant_.account_id, std::string(mode_text(tenant_.mode)), std::string(key)}) > 0;
}

template <class T>
std::vector<T> Records<T>::where(std::string_view condition, SqlParams params) {
  params.insert(params.begin(),
                {SqlValue(tenant_.account_id), SqlValue(std::string(mode_text(tenant_.mode)))});
  std::vector<T> records;
  sql_.query(sql_detail::Statements<T>::get().select + std::string(condition), params,
             [&](SqlRow const& row) { records.push_back(sql_detail::from_row<T>(row)); });
  return records;
}

template <class T>
std::optional<T> Records<T>::first(std::string_view condition, SqlParams params) {
  auto records = where(std::string(condition) + " LIMIT 1", std::move(params));
  if (records.empty()) return std::nullopt;
  return std::move(records.front());
}

template <class T>
std::optional<T> Records<T>::find(std::string_view key) {
  auto records = where(std::string(TableOf<T>::key) + " = ?", {std::string(key)});
  if (records.empty()) return std::nullopt;
  return std::move(records.front());
}

template <class T>
std::optional<T> Records<T>::find_for_update(std::string_view key) {
  auto records =
      where(std::string(TableOf<T>::key) + " = ?" + sql_.for_update(), {std::string(key)});
  if (records.empty()) return std::nullopt;
  return std::move(records.front());
}

template <class T>
std::int64_t Records<T>::count(std::string_view condition, SqlParams params) {
  params.insert(params.begin(),
                {SqlValue(tenant_.account_id), SqlValue(std::string(mode_text(tenant_.mode)))});
  return sql_.number(std::string("SELECT COUNT(*) FROM ") + TableOf<T>::name +
                         " WHERE account_id = ? AND mode = ? AND " + std::string(condition),
                     params);
}

namespace sql_detail {

inline void add_fact(std::string& text, char const* name, std::string_view value) {
  text += name;
  text += '=';
  for (char const c : value) {
    if (c == '\n') {
      text += "\\n";
    } else if (c == '\\') {
      text += "\\\\";
    } else {
      text += c;
    }
  }
  text += '\n';
}

}  // namespace sql_detail

template <class T>
std::string Records<T>::facts(T const& record, std::span<std::string_view const> without) {
  std::string text = std::string("[") + TableOf<T>::name + "]\n";
  reflect::for_each_field(record, [&](char const* name, auto const& member) {
    if (std::ranges::find(without, std::string_view(name)) != without.end()) return;
    SqlValue const value = sql_detail::bind(member);
    if (auto const* whole = std::get_if<std::int64_t>(&value)) {
      sql_detail::add_fact(text, name, std::to_string(*whole));
    } else if (auto const* words = std::get_if<std::string>(&value)) {
      sql_detail::add_fact(text, name, *words);
    }
  });
  return text;
}

template <class T>
std::string Records<T>::stored_facts(std::string_view condition, SqlParams params,
                                     std::span<std::string_view const> without) {
  params.insert(params.begin(),
                {SqlValue(tenant_.account_id), SqlValue(std::string(mode_text(tenant_.mode)))});
  std::string text;
  sql_.query(sql_detail::Statements<T>::get().select + std::string(condition), params,
             [&](SqlRow const& row) {
               text += std::string("[") + TableOf<T>::name + "]\n";
               int column = 0;
               reflect::for_each_field_type<T>([&](char const* name, auto) {
                 int const at = column++;
                 if (std::ranges::find(without, std::string_view(name)) != without.end()) return;
                 if (!row.is_null(at)) sql_detail::add_fact(text, name, row.text(at));
               });
             });
  return text;
}

}  // namespace tallybook
