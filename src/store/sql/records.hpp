// Records<T>: the rows of one described struct for one account and mode. Columns are the struct's
// fields in order; nested structs, lists and maps are JSON text; Exact is "p/q" text; instants and
// dates are BIGINT. Instantiated once per noun in its store file, so callers compile quickly.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/account/account.hpp"
#include "store/sql/session.hpp"

namespace tallybook {

// Specialise for each stored struct: the table and its key column.
template <class T>
struct TableOf;  // static constexpr char const* name; static constexpr char const* key = "id";

std::string_view mode_text(Mode mode);  // "test" or "live"
inline std::string account_key(Tenant const& tenant) { return tenant.account_id; }

template <class T>
class Records {
 public:
  // `sql` must outlive this.
  Records(SqlSession& sql, Tenant tenant) : sql_(sql), tenant_(std::move(tenant)) {}

  void insert(T const& record);
  // False when a unique index already has such a row; nothing is changed then.
  bool insert_if_new(T const& record);
  // Replaces the row with the same key; asserts that there is one.
  void update(T const& record);
  // The same, writing only the columns in which `record` differs from the row as it was read
  // (`stored`, locked since): an untouched index is not rewritten. Nothing when none differs.
  void update_changed(T const& stored, T const& record);
  bool erase(std::string_view key);
  std::optional<T> find(std::string_view key);
  // Locks the row until the transaction ends.
  std::optional<T> find_for_update(std::string_view key);
  // `condition` is SQL over the columns ("customer_id = ? ORDER BY created_at"); the tenant is
  // always added in front.
  std::vector<T> where(std::string_view condition, SqlParams params = {});
  std::optional<T> first(std::string_view condition, SqlParams params = {});
  std::int64_t count(std::string_view condition = "1=1", SqlParams params = {});

  // The row as the text a ledger entry's source_hash covers: "name=value" lines of all columns but
  // `without`, in column order; absent values are left out, line ends are escaped. The first gives
  // it from memory as it will be stored, the second from the stored bytes: they are equal unless a
  // byte changed. Several rows follow one another.
  static std::string facts(T const& record, std::span<std::string_view const> without = {});
  std::string stored_facts(std::string_view condition, SqlParams params,
                           std::span<std::string_view const> without = {});

 private:
  SqlSession& sql_;
  Tenant tenant_;
};

}  // namespace tallybook
