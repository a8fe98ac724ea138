#include "http/server/message.hpp"

namespace tallybook {

std::string_view Request::header(std::string_view lower_name) const {
  for (auto const& [name, value] : headers) {
    if (name == lower_name) return value;
  }
  return {};
}

}  // namespace tallybook
