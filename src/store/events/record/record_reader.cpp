#include "store/events/record/record_reader.hpp"

#include <cstdint>
#include <cstring>

namespace tallybook {
namespace record_detail {

constexpr int max_nesting = 64;

struct Cursor {
  char const* at;
  char const* end;
  [[nodiscard]] bool more() const { return at < end; }
  [[nodiscard]] char peek() const { return at < end ? *at : '\0'; }
};

void skip_space(Cursor& in) {
  while (in.more() && (*in.at == ' ' || *in.at == '\t' || *in.at == '\n' || *in.at == '\r'))
    ++in.at;
}

bool take(Cursor& in, char wanted) {
  skip_space(in);
  if (in.peek() != wanted) return false;
  ++in.at;
  return true;
}

// The body between the quotes; `escaped` when it holds a backslash.
bool take_string(Cursor& in, std::string_view& body, bool& escaped) {
  if (!take(in, '"')) return false;
  char const* from = in.at;
  escaped = false;
  while (in.more() && *in.at != '"') {
    if (*in.at == '\\') {
      escaped = true;
      ++in.at;
      if (!in.more()) return false;
    }
    ++in.at;
  }
  if (!in.more()) return false;
  body = {from, static_cast<size_t>(in.at - from)};
  ++in.at;
  return true;
}

// Skips one value of any kind; `raw` is its text.
bool skip_value(Cursor& in, std::string_view& raw) {
  skip_space(in);
  char const* from = in.at;
  char const first = in.peek();
  std::string_view body;
  bool escaped = false;
  if (first == '"') {
    if (!take_string(in, body, escaped)) return false;
  } else if (first == '{' || first == '[') {
    int depth = 0;
    do {
      if (!in.more()) return false;
      char const c = *in.at;
      if (c == '"') {
        if (!take_string(in, body, escaped)) return false;
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      ++in.at;
    } while (depth > 0);
  } else {
    while (in.more() && std::strchr(",}] \t\r\n", *in.at) == nullptr) ++in.at;
  }
  raw = {from, static_cast<size_t>(in.at - from)};
  return !raw.empty();
}

RecordValue to_value(std::string_view raw) {
  switch (raw.front()) {
    case '"':
      return {RecordValue::Kind::text, unescape_json(raw.substr(1, raw.size() - 2))};
    case '[':
      return {RecordValue::Kind::text, std::string(raw)};
    case 't':
    case 'f':
      return {RecordValue::Kind::boolean, std::string(raw)};
    case 'n':
      return {RecordValue::Kind::null, {}};
    default:
      return {RecordValue::Kind::number, std::string(raw)};
  }
}

// Calls visit(key, cursor at the value) for each member until it returns true; visit consumes the
// value. False when nothing stopped it or the text is malformed.
template <class Visit>
bool members(Cursor& in, Visit const& visit) {
  if (!take(in, '{')) return false;
  if (take(in, '}')) return false;
  do {
    std::string_view key;
    bool escaped = false;
    if (!take_string(in, key, escaped) || !take(in, ':')) return false;
    skip_space(in);
    std::string plain;
    if (escaped) {
      plain = unescape_json(key);
      key = plain;
    }
    char const* before = in.at;
    if (visit(key)) return true;
    if (in.at == before) return false;  // malformed: nothing was consumed
  } while (take(in, ','));
  take(in, '}');
  return false;
}

bool find(Cursor& in, std::string_view path, std::string_view& found, int depth) {
  if (depth > max_nesting) return false;
  return members(in, [&](std::string_view key) {
    bool const object = in.peek() == '{';
    if (object && path.size() > key.size() && path[key.size()] == '.' && path.starts_with(key)) {
      Cursor inner = in;
      if (find(inner, path.substr(key.size() + 1), found, depth + 1)) return true;
    }
    std::string_view raw;
    if (!skip_value(in, raw)) return false;
    if (object || path != key) return false;
    found = raw;
    return true;
  });
}

void flatten(Cursor& in, std::string const& prefix, std::map<std::string, RecordValue>& into,
             int depth) {
  if (depth > max_nesting) return;
  members(in, [&](std::string_view key) {
    std::string name = depth == 0 ? std::string(key) : prefix + "." + std::string(key);
    if (in.peek() == '{') {
      flatten(in, name, into, depth + 1);
      return false;
    }
    std::string_view raw;
    if (!skip_value(in, raw)) return false;
    into.emplace(std::move(name), to_value(raw));
    return false;
  });
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Reads four hex digits at `from`; empty when they are not there.
std::optional<std::uint32_t> hex4(std::string_view raw, size_t from) {
  if (from + 4 > raw.size()) return std::nullopt;
  std::uint32_t code = 0;
  for (size_t i = from; i < from + 4; ++i) {
    int const digit = hex_digit(raw[i]);
    if (digit < 0) return std::nullopt;
    code = code * 16 + static_cast<std::uint32_t>(digit);
  }
  return code;
}

void put_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// The code point of the \u escape whose digits start at `i`, which moves to the last one read.
std::uint32_t unicode_escape(std::string_view raw, size_t& i) {
  auto high = hex4(raw, i);
  if (!high) return 0xFFFD;
  i += 3;
  if (*high < 0xD800 || *high > 0xDFFF) return *high;
  bool const pair = i + 2 < raw.size() && raw[i + 1] == '\\' && raw[i + 2] == 'u';
  auto low = pair ? hex4(raw, i + 3) : std::nullopt;
  if (*high > 0xDBFF || !low || *low < 0xDC00 || *low > 0xDFFF) return 0xFFFD;
  i += 6;
  return 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00);
}

}  // namespace record_detail

std::string unescape_json(std::string_view raw) {
  if (raw.find('\\') == std::string_view::npos) return std::string(raw);
  std::string out;
  out.reserve(raw.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] != '\\' || i + 1 == raw.size()) {
      out += raw[i];
      continue;
    }
    switch (raw[++i]) {
      case 'b':
        out += '\b';
        break;
      case 'f':
        out += '\f';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      case 'u':
        record_detail::put_utf8(out, record_detail::unicode_escape(raw, ++i));
        break;
      default:
        out += raw[i];
    }
  }
  return out;
}

std::optional<RecordValue> read_property(std::string_view record_json, std::string_view path) {
  record_detail::Cursor in{record_json.data(), record_json.data() + record_json.size()};
  std::string_view found;
  if (!record_detail::find(in, path, found, 0)) return std::nullopt;
  return record_detail::to_value(found);
}

std::map<std::string, RecordValue> flatten_record(std::string_view record_json) {
  std::map<std::string, RecordValue> all;
  record_detail::Cursor in{record_json.data(), record_json.data() + record_json.size()};
  record_detail::flatten(in, {}, all, 0);
  return all;
}

}  // namespace tallybook
