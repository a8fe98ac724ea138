// The OpenAPI 3.1 document, made from the registered routes.
#pragma once

#include "api/protocol/route.hpp"

namespace tallybook::api {

Value openapi_document(Router const& router);

}  // namespace tallybook::api
