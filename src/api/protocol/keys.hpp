// API keys: test_ or prod_ and 64 hex digits, shown once, kept only as a hash.
#pragma once

#include "base/id.hpp"
#include "domain/account/account.hpp"
#include "store/sql/session.hpp"

namespace tallybook::api {

std::string new_key(Mode mode);
// Keyed BLAKE2b, hex. The key has 256 random bits, so a slow password hash would add nothing.
std::string hash_key(std::string_view key);

std::optional<ApiKey> find_key(SqlSession& sql, std::string_view key);

struct NewKey {
  ApiKey record;
  std::string secret;  // shown once
};
// Makes a key; and, on an empty database, the account with its default invoicing entities.
NewKey create_key(SqlSession& sql, IdSource& ids, Instant now, Mode mode, std::string name,
                  std::vector<std::string> scopes);

// The one account of this installation, made when there is none.
AccountId ensure_account(SqlSession& sql, IdSource& ids, Instant now);

// The key in an Authorization header: Bearer, or Basic with the key as user. Empty when there is
// none.
std::optional<std::string> key_of_header(std::string_view authorization);

}  // namespace tallybook::api
