// Reads properties out of a stored record (the JSON object of an event) without touching its
// numbers: a JSON library would turn 0.10000000000000000001 into a double. The text was validated
// when it was accepted; on anything malformed the property is simply absent. Thread-safe, pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "domain/usage/aggregator.hpp"

namespace tallybook {

// The value at a dotted path ("tokens", "meta.region"). Empty when absent or when an object is
// there; Kind::null for a JSON null; arrays are text (their JSON). The first match in document
// order counts.
std::optional<RecordValue> read_property(std::string_view record_json, std::string_view path);

// Every property, nested objects flattened with dots; the same values read_property() gives.
std::map<std::string, RecordValue> flatten_record(std::string_view record_json);

// A JSON string body (without the quotes) with its escapes resolved.
std::string unescape_json(std::string_view raw);

}  // namespace tallybook
