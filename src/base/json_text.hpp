// JsonText: free-form JSON we keep and give back without reading it (properties, custom fields).
#pragma once

#include <string>

namespace tallybook {

struct JsonText {
  std::string text = "null";
  friend bool operator==(JsonText const&, JsonText const&) = default;
};

}  // namespace tallybook
