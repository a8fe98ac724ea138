#include "api/protocol/reply.hpp"

#include "money/currency.hpp"

namespace tallybook::api {

std::vector<std::string> currency_codes() { return Currency::codes(); }

}  // namespace tallybook::api
