#include "domain/account/account.hpp"

namespace tallybook {

bool allows(std::vector<std::string> const& scopes, std::string const& resource, bool write) {
  for (auto const& scope : scopes) {
    if (scope == "*" || scope == resource + ":write" || scope == "*:write") return true;
    if (!write && (scope == resource + ":read" || scope == "*:read")) return true;
  }
  return false;
}

}  // namespace tallybook
