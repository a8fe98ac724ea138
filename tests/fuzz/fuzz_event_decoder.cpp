// Any bytes decode or are refused; what is accepted reads back from its own record.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "store/events/decode/event_decoder.hpp"
#include "store/events/record/record_reader.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const body(reinterpret_cast<char const*>(data), size);
  auto const many = tallybook::decode_events(body);
  if (many) {
    for (auto const& event : *many) {
      if (!event.accepted()) continue;
      auto const id = tallybook::read_property(event.record_json, "id");
      if (!id || id->text != event.record_id) std::abort();
      for (auto const& [path, value] : tallybook::flatten_record(event.record_json))
        if (tallybook::read_property(event.record_json, path) != value) std::abort();
    }
  }
  (void)tallybook::decode_event(body);
  return 0;
}
