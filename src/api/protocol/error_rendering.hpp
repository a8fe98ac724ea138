// The one table from ErrorCode to HTTP: status, type and the body
// {statusCode, type, message, errors, state, allowed}; `errors` maps a parameter or body path to
// its messages; `state` and `allowed` (extensions) come with a conflict with the state of
// something.
#pragma once

#include "api/protocol/route.hpp"

namespace tallybook::api {

int status_of(ErrorCode code);
Reply render_error(Error const& error);

}  // namespace tallybook::api
