// The ledger's proofs on the wire (extension).
#pragma once

#include "api/protocol/route.hpp"

namespace tallybook::api {

void add_ledger_routes(Router& router);

}  // namespace tallybook::api
