// An explanation as JSON (docs/explanations.md): every number as "p/q" text.
#pragma once

#include <string>

#include "domain/explain/explanation.hpp"

namespace tallybook::api {

std::string explanation_json(Explanation const& explanation);

}  // namespace tallybook::api
