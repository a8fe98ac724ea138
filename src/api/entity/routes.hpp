// Routes of invoicing entities.
#pragma once

#include "api/protocol/route.hpp"

namespace tallybook::api {

// Invoicing entities: list, get, create, update, delete.
void add_entity_routes(Router& router);

}  // namespace tallybook::api
