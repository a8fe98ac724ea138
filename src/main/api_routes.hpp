// All routes of the API, in the order of the document.
#pragma once

#include "api/protocol/api.hpp"
#include "app/usage/customer_directory.hpp"

namespace tallybook {

struct ApiExample {
  char const* method;
  char const* pattern;
  char const* body;  // JSON text
};
std::vector<ApiExample> const& api_examples();

void add_all_routes(api::Router& router, CustomerDirectory& directory);

}  // namespace tallybook
