// The JSON reader: Boost.JSON's event parser feeding our Value, because its own document type
// turns 0.1 into a double and keeps the last of two equal keys without a word.
#include <boost/json/basic_parser_impl.hpp>
#include <unordered_set>

#include "reflect/value.hpp"

namespace tallybook {
namespace parse_detail {

namespace json = boost::json;

struct Handler {
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  JsonLimits limits;
  std::vector<Value> stack;       // containers being filled, innermost last
  std::vector<std::string> keys;  // the pending key of each open object
  std::string text;               // the string, key or number being read
  std::string problem;
  Value root;

  bool refuse(json::error_code& ec, std::string why) {
    problem = std::move(why);
    ec = json::error::exception;
    return false;
  }

  bool add(Value value, json::error_code& ec) {
    if (stack.empty()) {
      root = std::move(value);
      return true;
    }
    if (stack.back().as_array() != nullptr) {
      stack.back().as_array()->push_back(std::move(value));
      return true;
    }
    (void)ec;
    stack.back().as_object()->emplace_back(std::move(keys.back()), std::move(value));
    return true;
  }

  bool open(Value container, json::error_code& ec) {
    if (static_cast<int>(stack.size()) >= limits.depth) {
      return refuse(ec, "nested deeper than " + std::to_string(limits.depth) + " levels");
    }
    stack.push_back(std::move(container));
    return true;
  }

  bool close(json::error_code& ec) {
    Value done = std::move(stack.back());
    stack.pop_back();
    return add(std::move(done), ec);
  }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_array_begin(json::error_code& ec) { return open(Value(Value::Array{}), ec); }
  bool on_array_end(std::size_t, json::error_code& ec) { return close(ec); }
  bool on_object_begin(json::error_code& ec) {
    keys.emplace_back();
    return open(Value(Value::Object{}), ec);
  }
  bool on_object_end(std::size_t, json::error_code& ec) {
    keys.pop_back();
    if (!unique_keys(*stack.back().as_object(), ec)) return false;
    return close(ec);
  }
  bool unique_keys(Value::Object const& object, json::error_code& ec) {
    if (object.size() < 2) return true;
    std::unordered_set<std::string_view> seen;
    for (auto const& [key, value] : object) {
      if (!seen.insert(key).second)
        return refuse(ec, "key \"" + key + "\" appears twice in one object");
    }
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    text.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& ec) {
    text.append(part.data(), part.size());
    if (text.find('\0') != std::string::npos) return refuse(ec, "a key holds a NUL character");
    keys.back() = std::move(text);
    text.clear();
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    text.append(part.data(), part.size());
    return true;
  }
  bool on_string(json::string_view part, std::size_t, json::error_code& ec) {
    text.append(part.data(), part.size());
    if (text.find('\0') != std::string::npos) return refuse(ec, "a string holds a NUL character");
    Value value(std::move(text));
    text.clear();
    return add(std::move(value), ec);
  }
  bool on_number_part(json::string_view part, json::error_code& ec) {
    text.append(part.data(), part.size());
    if (text.size() > limits.number_length) return refuse(ec, "a number has too many digits");
    return true;
  }
  bool number(json::string_view part, json::error_code& ec) {
    if (!on_number_part(part, ec)) return false;
    Value value = Value::number(std::move(text));
    text.clear();
    return add(std::move(value), ec);
  }
  bool on_int64(std::int64_t, json::string_view part, json::error_code& ec) {
    return number(part, ec);
  }
  bool on_uint64(std::uint64_t, json::string_view part, json::error_code& ec) {
    return number(part, ec);
  }
  bool on_double(double, json::string_view part, json::error_code& ec) { return number(part, ec); }
  bool on_bool(bool boolean, json::error_code& ec) { return add(Value(boolean), ec); }
  bool on_null(json::error_code& ec) { return add(Value(), ec); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }
};

}  // namespace parse_detail

Result<Value> parse_json(std::string_view text, JsonLimits const& limits) {
  namespace json = boost::json;
  json::parse_options options;
  options.max_depth = static_cast<std::size_t>(limits.depth) + 1;
  json::basic_parser<parse_detail::Handler> parser(options);
  parser.handler().limits = limits;
  json::error_code ec;
  std::size_t const used = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && used < text.size()) ec = json::error::extra_data;
  if (ec) {
    std::string const& own = parser.handler().problem;
    std::string reason = own.empty() ? ec.message() : own;
    if (ec == json::error::too_deep)
      reason = "nested deeper than " + std::to_string(limits.depth) + " levels";
    return fail({ErrorCode::invalid_request, "The body is not valid JSON: " + reason, {}});
  }
  return std::move(parser.handler().root);
}

}  // namespace tallybook
