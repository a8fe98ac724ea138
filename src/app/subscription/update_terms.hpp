// When and how an update is applied and paid: what must go together.
#pragma once

#include "app/subscription/updates.hpp"

namespace tallybook {

// 400 for terms that contradict each other or lie in the past, each with its field.
Result<void> check_terms(UnitOfWork& work, UpdateTerms const& terms);

}  // namespace tallybook
