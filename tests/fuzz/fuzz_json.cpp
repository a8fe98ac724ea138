// Any bytes are read as JSON or refused; what was read writes back to a text that reads as the same
// value, compact and indented, with every number spelled as it came.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "reflect/value.hpp"

namespace {

using namespace tallybook;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  auto const value = parse_json(text);
  if (!value) {
    require(!value.error().message.empty());
    return 0;
  }
  std::string const compact = to_json_text(*value);
  auto const again = parse_json(compact);
  require(again.has_value() && *again == *value);
  require(to_json_text(*again) == compact);
  auto const pretty = parse_json(to_pretty_json_text(*value));
  require(pretty.has_value() && *pretty == *value);
  return 0;
}
