// Accounts, their two separated modes, and the API keys that open them.
#pragma once

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/instant.hpp"

namespace tallybook {

struct AccountTag {
  static constexpr char const* prefix = "cli";
};
using AccountId = Id<AccountTag>;
struct ApiKeyTag {
  static constexpr char const* prefix = "key";
};
using ApiKeyId = Id<ApiKeyTag>;

// Everything belongs to one account and one mode; nothing crosses.
BOOST_DEFINE_ENUM_CLASS(Mode, test, live)

struct Tenant {
  std::string account_id;
  Mode mode = Mode::test;
  friend bool operator==(Tenant const&, Tenant const&) = default;
};

struct ApiKey {
  ApiKeyId id;
  AccountId account_id;
  Mode mode = Mode::test;
  std::string name;
  std::string hash;                 // keyed BLAKE2b of the key, hex; the key itself is never stored
  std::string hint;                 // its last six characters
  std::vector<std::string> scopes;  // "*" or "customers:read", "invoices:write" ...
  Instant created_at;
  std::optional<Instant> revoked_at;
};
BOOST_DESCRIBE_STRUCT(ApiKey, (),
                      (id, account_id, mode, name, hash, hint, scopes, created_at, revoked_at))

// Whether the scopes allow `access` ("read" or "write") on `resource`; write includes read.
[[nodiscard]] bool allows(std::vector<std::string> const& scopes, std::string const& resource,
                          bool write);

}  // namespace tallybook
