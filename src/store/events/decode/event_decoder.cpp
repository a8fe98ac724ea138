#include "store/events/decode/event_decoder.hpp"

#include <simdjson.h>

#include <optional>
#include <set>

namespace tallybook {
namespace decode_detail {

namespace od = simdjson::ondemand;

// Deeper bodies are refused as a whole: everything is visited, by recursion.
constexpr int deepest = 64;

struct Malformed {
  std::string what;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() &&
         (text.back() == ' ' || text.back() == '\n' || text.back() == '\r' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

size_t digits_at(std::string_view text, size_t from) {
  size_t i = from;
  while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
  return i - from;
}

// JSON's number grammar; the parser itself would only check numbers it converts.
bool is_json_number(std::string_view text) {
  size_t i = text.starts_with('-') ? 1 : 0;
  size_t const whole = digits_at(text, i);
  if (whole == 0 || (whole > 1 && text[i] == '0')) return false;
  i += whole;
  if (i < text.size() && text[i] == '.') {
    size_t const decimals = digits_at(text, ++i);
    if (decimals == 0) return false;
    i += decimals;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    size_t const exponent = digits_at(text, i);
    if (exponent == 0) return false;
    i += exponent;
  }
  return i == text.size();
}

std::string_view number_text(od::value value) {
  std::string_view const text = trimmed(value.raw_json_token());
  if (!is_json_number(text)) throw Malformed{"a value is not a JSON value"};
  return text;
}

void check_literal(od::value value) {
  std::string_view const text = trimmed(value.raw_json_token());
  if (text != "true" && text != "false" && text != "null")
    throw Malformed{"a value is not a JSON value"};
}

// Visits a value whose content does not matter, so that malformed JSON is found wherever it is.
void visit_ignored(od::value value, int depth) {
  if (depth > deepest) throw Malformed{"objects and arrays are nested too deeply"};
  switch (value.type()) {
    case od::json_type::object:
      for (auto field : value.get_object()) {
        std::string_view const key = field.unescaped_key();
        (void)key;
        visit_ignored(field.value(), depth + 1);
      }
      return;
    case od::json_type::array:
      for (od::value element : value.get_array()) visit_ignored(element, depth + 1);
      return;
    case od::json_type::string: {
      std::string_view const text = value.get_string();
      (void)text;
      return;
    }
    case od::json_type::number:
      number_text(value);
      return;
    default:
      check_literal(value);
  }
}

bool is_scalar(od::value value) {
  od::json_type const type = value.type();
  return type != od::json_type::object && type != od::json_type::array;
}

std::string minified(std::string_view raw) {
  std::string out(raw.size() + simdjson::SIMDJSON_PADDING, '\0');
  size_t length = 0;
  if (simdjson::minify(raw.data(), raw.size(), out.data(), length) != simdjson::SUCCESS)
    throw Malformed{"a string does not end"};
  out.resize(length);
  return out;
}

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

constexpr char const* nul_reason = "must not contain the character NUL";

// Decodes one item into `out_`; the first problem found is the reason, the rest is still visited.
class ItemDecoder {
 public:
  ItemDecoder(DecodeLimits const& limits, std::string prefix, DecodedEvent& out)
      : limits_(limits), prefix_(std::move(prefix)), out_(out) {}

  void decode(od::value item) {
    if (item.type() != od::json_type::object) {
      if (item.type() == od::json_type::array) {
        od::array array = item.get_array();
        out_.original_json = trimmed(array.raw_json());
        array.reset();
        for (od::value element : array) visit_ignored(element, 1);
      } else {
        out_.original_json = trimmed(item.raw_json_token());
        visit_ignored(item, 0);
      }
      return refuse("", "must be an object");
    }
    od::object object = item.get_object();
    out_.original_json = trimmed(object.raw_json());
    object.reset();
    for (auto field : object)
      read_field(std::string(std::string_view(field.unescaped_key())), field.value());
    for (char const* required : {"customer_id", "event_type", "timestamp"})
      if (!fields_.contains(required)) refuse(required, "is required");
    if (!fields_.contains("record") && !fields_.contains("properties"))
      refuse("record", "is required");
  }

 private:
  void refuse(std::string const& path, std::string const& why) {
    if (!out_.reason.empty()) return;
    std::string full = prefix_;
    if (!prefix_.empty() && !path.empty()) full += '.';
    full += path;
    out_.reason = full.empty() ? why : full + ": " + why;
  }

  void read_field(std::string const& key, od::value value) {
    bool const record = key == "record" || key == "properties";
    if (!record && key != "customer_id" && key != "event_type" && key != "timestamp")
      return visit_ignored(value, 1);
    bool const again = !fields_.insert(key).second;
    if (again || (record && fields_.contains("record") && fields_.contains("properties"))) {
      visit_ignored(value, 1);
      return refuse(key, again ? "is given twice" : "record and properties are the same; give one");
    }
    if (key == "customer_id") out_.customer_ref = read_name(key, value);
    if (key == "event_type") out_.event_type = read_name(key, value);
    if (key == "timestamp") read_timestamp(value);
    if (record) read_record(key, value);
  }

  std::string checked_name(std::string const& path, std::string_view text) {
    if (text.empty()) refuse(path, "must not be empty");
    if (text.size() > limits_.name_bytes)
      refuse(path, "must be at most " + std::to_string(limits_.name_bytes) + " bytes");
    if (has_nul(text)) refuse(path, nul_reason);
    return std::string(text);
  }

  std::string read_name(std::string const& path, od::value value) {
    if (value.type() == od::json_type::string) return checked_name(path, value.get_string());
    visit_ignored(value, 1);
    refuse(path, "must be a string");
    return {};
  }

  void read_timestamp(od::value value) {
    static std::int64_t const last = parse_instant("2200-12-31T23:59:59.999Z")->ms;
    std::optional<Instant> at;
    if (value.type() == od::json_type::string) {
      std::string_view const text = value.get_string();
      at = epoch_ms(text);
      if (!at) at = parse_instant(text);
    } else if (value.type() == od::json_type::number) {
      at = epoch_ms(number_text(value));
    } else {
      visit_ignored(value, 1);
    }
    if (!at)
      return refuse("timestamp",
                    "must be ISO 8601 in UTC (2026-01-31T09:05:00Z) or milliseconds since 1970");
    if (at->ms < 0 || at->ms > last)
      return refuse("timestamp", "must be within the years 1970 to 2200");
    out_.timestamp = *at;
  }

  // Digits only, at most 15 of them: far beyond the last year allowed, far below 2^63.
  static std::optional<Instant> epoch_ms(std::string_view text) {
    bool const negative = text.starts_with('-');
    std::string_view const digits = negative ? text.substr(1) : text;
    if (digits.empty() || digits.size() > 15 || digits_at(digits, 0) != digits.size())
      return std::nullopt;
    std::int64_t ms = 0;
    for (char c : digits) ms = ms * 10 + (c - '0');
    return Instant{negative ? -ms : ms};
  }

  void read_record(std::string const& key, od::value value) {
    if (value.type() != od::json_type::object) {
      visit_ignored(value, 1);
      return refuse(key, "must be an object");
    }
    od::object object = value.get_object();
    std::string record = minified(trimmed(object.raw_json()));
    object.reset();
    read_members(key, "", object, 0);
    if (!has_id_) refuse(key + ".id", "is required");
    if (values_ > limits_.properties)
      refuse(key, "must have at most " + std::to_string(limits_.properties) + " properties");
    if (record.size() > limits_.record_bytes)
      refuse(key, "must be at most " + std::to_string(limits_.record_bytes) + " bytes");
    out_.record_json = std::move(record);
  }

  // `inside` is the flattened name of the object within the record, empty for the record itself.
  void read_members(std::string const& record, std::string const& inside, od::object object,
                    int depth) {
    for (auto field : object) {
      std::string const key(std::string_view(field.unescaped_key()));
      std::string const name = depth == 0 ? key : inside + "." + key;
      std::string const path = record + "." + (has_nul(name) ? std::string("?") : name);
      if (has_nul(key)) refuse(path, nul_reason);
      // Also catches {"a": {"b": 1}, "a.b": 2}: filters could not tell the two apart.
      if (!names_.insert(name).second) refuse(path, "is given twice");
      od::value value = field.value();
      bool const is_id = depth == 0 && key == "id";
      if (is_id) {
        has_id_ = true;
        ++values_;
        read_id(path, value);
      } else {
        read_property(record, name, path, value, depth);
      }
    }
  }

  void read_id(std::string const& path, od::value value) {
    od::json_type const type = value.type();
    if (type == od::json_type::string) {
      out_.record_id = checked_name(path, value.get_string());
    } else if (type == od::json_type::number) {
      out_.record_id = checked_name(path, number_text(value));
    } else {
      visit_ignored(value, 2);
      refuse(path, "must be a string");
    }
  }

  void read_property(std::string const& record, std::string const& name, std::string const& path,
                     od::value value, int depth) {
    switch (value.type()) {
      case od::json_type::object:
        if (depth < limits_.nested_objects)
          return read_members(record, name, value.get_object(), depth + 1);
        visit_ignored(value, depth + 2);
        return refuse(path,
                      "objects nest at most " + std::to_string(limits_.nested_objects) + " deep");
      case od::json_type::array:
        ++values_;
        for (od::value element : value.get_array()) {
          if (is_scalar(element)) {
            read_scalar(path, element);
          } else {
            visit_ignored(element, depth + 3);
            refuse(path, "an array may hold only strings, numbers, booleans and null");
          }
        }
        return;
      default:
        ++values_;
        read_scalar(path, value);
    }
  }

  void read_scalar(std::string const& path, od::value value) {
    if (value.type() != od::json_type::string) return visit_ignored(value, 0);
    std::string_view const text = value.get_string();
    if (has_nul(text)) refuse(path, nul_reason);
  }

  DecodeLimits const& limits_;
  std::string prefix_;
  DecodedEvent& out_;
  std::set<std::string> fields_;
  std::set<std::string> names_;
  size_t values_ = 0;
  bool has_id_ = false;
};

std::vector<DecodedEvent> decode_array(od::array array, DecodeLimits const& limits) {
  std::vector<DecodedEvent> events;
  for (od::value item : array) {
    if (events.size() == limits.items)
      throw Malformed{"at most " + std::to_string(limits.items) +
                      " events are accepted in one request"};
    std::string const prefix = "[" + std::to_string(events.size()) + "]";
    ItemDecoder(limits, prefix, events.emplace_back()).decode(item);
  }
  return events;
}

std::vector<DecodedEvent> decode_wrapped(od::object object, DecodeLimits const& limits) {
  std::optional<std::vector<DecodedEvent>> events;
  for (auto field : object) {
    std::string const key(std::string_view(field.unescaped_key()));
    od::value value = field.value();
    if (key != "events") {
      visit_ignored(value, 1);
    } else if (events) {
      throw Malformed{"events is given twice"};
    } else {
      if (value.type() != od::json_type::array) throw Malformed{"events must be an array"};
      events = decode_array(value.get_array(), limits);
    }
  }
  if (!events) throw Malformed{"the body must be an array of events"};
  return *std::move(events);
}

// Runs `body` on the parsed document; every way JSON can be wrong becomes one error.
template <class T, class Body>
Result<T> with_document(std::string_view text, Body const& body) {
  try {
    od::parser parser;
    simdjson::padded_string const padded(text);
    od::document document = parser.iterate(padded);
    T answer = body(document);
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
      throw Malformed{"there is more after the JSON value"};
    return answer;
  } catch (Malformed const& problem) {
    return fail(errors::invalid(problem.what));
  } catch (simdjson::simdjson_error const& problem) {
    if (problem.error() == simdjson::UTF8_ERROR)
      return fail(errors::invalid("the body is not valid UTF-8"));
    if (problem.error() == simdjson::EMPTY) return fail(errors::invalid("the body is empty"));
    return fail(errors::invalid(std::string("the body is not valid JSON: ") + problem.what()));
  }
}

}  // namespace decode_detail

Result<std::vector<DecodedEvent>> decode_events(std::string_view body, DecodeLimits const& limits) {
  using Events = std::vector<DecodedEvent>;
  return decode_detail::with_document<Events>(body, [&](decode_detail::od::document& document) {
    Events events;
    switch (document.type()) {
      case decode_detail::od::json_type::array:
        events = decode_detail::decode_array(document.get_array(), limits);
        break;
      case decode_detail::od::json_type::object:
        events = decode_detail::decode_wrapped(document.get_object(), limits);
        break;
      default:
        throw decode_detail::Malformed{"the body must be an array of events"};
    }
    if (events.empty()) throw decode_detail::Malformed{"at least one event is required"};
    return events;
  });
}

Result<DecodedEvent> decode_event(std::string_view body, DecodeLimits const& limits) {
  return decode_detail::with_document<DecodedEvent>(
      body, [&](decode_detail::od::document& document) {
        if (document.type() != decode_detail::od::json_type::object)
          throw decode_detail::Malformed{"the body must be an event"};
        decode_detail::od::value item = document.get_value();
        DecodedEvent event;
        decode_detail::ItemDecoder(limits, "", event).decode(item);
        return event;
      });
}

}  // namespace tallybook
