// The ingestion decoder: from a request body to events, item by item. A bad item does not fail the
// others; malformed JSON fails the call. Numbers keep their text. Pure and thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"

namespace tallybook {

// Sizes are in bytes of UTF-8.
struct DecodeLimits {
  std::size_t items = 5'000;
  std::size_t name_bytes = 200;          // customer_id, event_type, record id
  std::size_t properties = 200;          // values of a record, nested ones included
  std::size_t record_bytes = 64 * 1024;  // of the record as stored
  int nested_objects = 5;                // levels of objects below the record
};

struct DecodedEvent {
  std::string customer_ref;
  std::string event_type;
  Instant timestamp;
  std::string record_id;
  std::string record_json;    // the record without white space, numbers untouched
  std::string original_json;  // the item as it came; also set when it is refused
  // Why the item is refused, with its path: "[3].timestamp: must be ..."; empty when it is not.
  std::string reason;
  [[nodiscard]] bool accepted() const { return reason.empty(); }
};

// [{customer_id, event_type, timestamp, record}, ...] or {"events": [...]}; "properties" is another
// name of "record". The error is invalid_request: malformed JSON, invalid UTF-8, no item, too many.
Result<std::vector<DecodedEvent>> decode_events(std::string_view body,
                                                DecodeLimits const& limits = {});

// One item; paths start with the field ("timestamp: ...").
Result<DecodedEvent> decode_event(std::string_view body, DecodeLimits const& limits = {});

}  // namespace tallybook
