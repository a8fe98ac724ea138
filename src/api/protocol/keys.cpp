#include "api/protocol/keys.hpp"

#include <sodium.h>

#include "app/entity/invoicing_entities.hpp"
#include "reflect/json.hpp"
#include "store/sql/tables.hpp"

namespace tallybook::api {
namespace keys_detail {

std::string hex(unsigned char const* bytes, std::size_t count) {
  std::string text(count * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes, count);
  text.pop_back();
  return text;
}

}  // namespace keys_detail

std::string new_key(Mode mode) {
  unsigned char bytes[32];
  if (sodium_init() < 0) throw StoreUnavailable("no random bytes");
  randombytes_buf(bytes, sizeof bytes);
  return (mode == Mode::test ? "test_" : "prod_") + keys_detail::hex(bytes, sizeof bytes);
}

std::string hash_key(std::string_view key) {
  static constexpr unsigned char purpose[] = "tallybook api key";
  unsigned char hash[32];
  crypto_generichash(hash, sizeof hash, reinterpret_cast<unsigned char const*>(key.data()),
                     key.size(), purpose, sizeof purpose - 1);
  return keys_detail::hex(hash, sizeof hash);
}

std::optional<ApiKey> find_key(SqlSession& sql, std::string_view key) {
  std::optional<ApiKey> found;
  sql.query(
      "SELECT id, account_id, mode, name, hint, scopes, created_at FROM api_keys WHERE hash = ? "
      "AND revoked_at IS NULL",
      {hash_key(key)}, [&](SqlRow const& row) {
        ApiKey record;
        record.id = ApiKeyId(std::string(row.text(0)));
        record.account_id = AccountId(std::string(row.text(1)));
        record.mode = row.text(2) == "live" ? Mode::live : Mode::test;
        record.name = row.text(3);
        record.hint = row.text(4);
        if (auto const scopes = parse_json(row.text(5))) {
          for (auto const& scope : *scopes->as_array()) record.scopes.push_back(*scope.as_string());
        }
        record.created_at = {row.integer(6)};
        found = std::move(record);
      });
  return found;
}

AccountId ensure_account(SqlSession& sql, IdSource& ids, Instant now) {
  std::string id;
  sql.query("SELECT id FROM accounts ORDER BY created_at, id LIMIT 1", {},
            [&](SqlRow const& row) { id = row.text(0); });
  if (!id.empty()) return AccountId(id);
  AccountId const account = ids.make<AccountTag>();
  sql.execute("INSERT INTO accounts (id, name, created_at) VALUES (?, ?, ?)",
              {account.value, std::string("Tallybook"), now.ms});
  for (Mode const mode : {Mode::test, Mode::live})
    create_default_entity(sql, ids, {account.value, mode}, now);
  return account;
}

NewKey create_key(SqlSession& sql, IdSource& ids, Instant now, Mode mode, std::string name,
                  std::vector<std::string> scopes) {
  NewKey made;
  made.secret = new_key(mode);
  auto& record = made.record;
  record.id = ids.make<ApiKeyTag>();
  record.account_id = ensure_account(sql, ids, now);
  record.mode = mode;
  record.name = std::move(name);
  record.hash = hash_key(made.secret);
  record.hint = made.secret.substr(made.secret.size() - 6);
  record.scopes = std::move(scopes);
  record.created_at = now;
  sql.execute(
      "INSERT INTO api_keys (id, account_id, mode, name, hash, hint, scopes, created_at) VALUES "
      "(?, ?, ?, ?, ?, ?, ?, ?)",
      {record.id.value, record.account_id.value, std::string(mode == Mode::test ? "test" : "live"),
       record.name, record.hash, record.hint, reflect::to_text(record.scopes), now.ms});
  return made;
}

std::optional<std::string> key_of_header(std::string_view authorization) {
  auto const starts = [&](std::string_view scheme) {
    if (authorization.size() <= scheme.size()) return false;
    for (std::size_t i = 0; i < scheme.size(); ++i) {
      char const c = authorization[i];
      if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != scheme[i]) return false;
    }
    return true;
  };
  if (starts("bearer ")) return std::string(authorization.substr(7));
  if (!starts("basic ")) return std::nullopt;
  auto const text = authorization.substr(6);
  std::string decoded(text.size() + 4, '\0');
  std::size_t length = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(decoded.data()), decoded.size(),
                        text.data(), text.size(), " ", &length, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0) {
    return std::nullopt;
  }
  decoded.resize(length);
  return decoded.substr(0, decoded.find(':'));
}

}  // namespace tallybook::api
