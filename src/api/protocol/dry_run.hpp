// ?dry_run=true on a call that changes something: the same handler in the same transaction, which
// is rolled back. Nothing remains of it: no row, no number, no outbox row, no kept answer, and no
// provider is called.
#pragma once

#include "api/protocol/route.hpp"

namespace tallybook::api {

inline constexpr char const* dry_run_parameter = "dry_run";

// Whether a route can be rehearsed: it writes, and only to the record database.
[[nodiscard]] bool can_rehearse(Route const& route);
// 400 naming the parameter when the route cannot be rehearsed, or the value is no boolean.
Result<bool> wants_dry_run(Query& query, Route const& route);
// {dry_run, status, result, invoices, events}: what the call would have answered, the documents it
// would have made or whose content it would have changed (one that was only written again is not
// named, nor a running period without content), the event types it would have told; with
// ?explain=true the explanations of the documents. An error is answered as it is.
Result<Reply> rehearse(Call const& call, Route const& route);

}  // namespace tallybook::api
