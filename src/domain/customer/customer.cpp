#include "domain/customer/customer.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tallybook {

std::optional<Language> language_of_country(std::string const& country) {
  static constexpr std::pair<char const*, Language> table[] = {
      {"FR", Language::fr}, {"BE", Language::fr}, {"LU", Language::fr}, {"MC", Language::fr},
      {"DE", Language::de}, {"AT", Language::de}, {"CH", Language::de}, {"LI", Language::de},
      {"IT", Language::it}, {"SM", Language::it}, {"ES", Language::es}, {"MX", Language::es},
      {"AR", Language::es}, {"CO", Language::es}, {"CL", Language::es}, {"PE", Language::es},
      {"PL", Language::pl}, {"PT", Language::pt}, {"BR", Language::pt}, {"NL", Language::nl},
      {"LT", Language::lt}, {"GB", Language::en}, {"US", Language::en}, {"IE", Language::en},
      {"CA", Language::en}, {"AU", Language::en}, {"NZ", Language::en},
  };
  for (auto const& [code, language] : table) {
    if (country == code) return language;
  }
  return std::nullopt;
}

std::optional<std::string> domain_of_email(std::string const& email) {
  auto const at = email.rfind('@');
  if (at == std::string::npos || at + 1 == email.size()) return std::nullopt;
  std::string domain = email.substr(at + 1);
  std::ranges::transform(domain, domain.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return domain;
}

Result<Customer> archived(Customer customer, bool has_running_subscriptions, Instant now) {
  if (customer.status == CustomerStatus::archived) {
    return fail(
        errors::conflict("The customer is archived already; it can be unarchived or deleted"));
  }
  if (has_running_subscriptions) {
    return fail(
        errors::invalid("The customer has running subscriptions; cancel them before archiving it"));
  }
  customer.status = CustomerStatus::archived;
  customer.updated_at = now;
  return customer;
}

Result<Customer> unarchived(Customer customer, Instant now) {
  if (customer.status != CustomerStatus::archived) {
    return fail(errors::conflict(
        "The customer is not archived; only an archived customer can be unarchived"));
  }
  customer.status = CustomerStatus::active;
  customer.updated_at = now;
  return customer;
}

Result<Customer> deleted(Customer customer, Instant now) {
  if (customer.status != CustomerStatus::archived) {
    return fail(errors::invalid("The customer is not archived; archive it before deleting it"));
  }
  customer.deleted_at = now;
  customer.updated_at = now;
  return customer;
}

}  // namespace tallybook
