#include "reflect/value.hpp"

#include "base/assert.hpp"

namespace tallybook {

Value const* Value::find(std::string_view key) const {
  auto const* object = as_object();
  if (object == nullptr) return nullptr;
  for (auto const& [name, value] : *object) {
    if (name == key) return &value;
  }
  return nullptr;
}

Value& Value::operator[](std::string_view key) {
  if (is_null()) data_ = Object{};
  auto* object = as_object();
  TB_ASSERT(object != nullptr);
  for (auto& [name, value] : *object) {
    if (name == key) return value;
  }
  object->emplace_back(std::string(key), Value());
  return object->back().second;
}

void Value::push_back(Value item) {
  if (is_null()) data_ = Array{};
  TB_ASSERT(as_array() != nullptr);
  as_array()->push_back(std::move(item));
}

char const* Value::kind() const {
  static constexpr char const* names[] = {"null", "boolean", "number", "string", "array", "object"};
  return names[data_.index()];
}

void append_json_string(std::string& out, std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  out += '"';
  std::size_t plain = 0;  // where the run that needs no escape began
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto const c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text.substr(plain, i - plain));
    plain = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += "\\u00";
        out += hex[c >> 4];
        out += hex[c & 15];
    }
  }
  out.append(text.substr(plain));
  out += '"';
}

void append_json(std::string& out, Value const& value) {
  if (auto const* boolean = value.as_bool()) {
    out += *boolean ? "true" : "false";
  } else if (auto const* number = value.as_number()) {
    out += number->text;
  } else if (auto const* text = value.as_string()) {
    append_json_string(out, *text);
  } else if (auto const* array = value.as_array()) {
    out += '[';
    bool first = true;
    for (auto const& item : *array) {
      if (!first) out += ',';
      first = false;
      append_json(out, item);
    }
    out += ']';
  } else if (auto const* object = value.as_object()) {
    out += '{';
    bool first = true;
    for (auto const& [key, item] : *object) {
      if (!first) out += ',';
      first = false;
      append_json_string(out, key);
      out += ':';
      append_json(out, item);
    }
    out += '}';
  } else {
    out += "null";
  }
}

std::string to_json_text(Value const& value) {
  std::string out;
  append_json(out, value);
  return out;
}

namespace value_detail {

void append_pretty(std::string& out, Value const& value, int indent) {
  auto const line = [&](int depth) {
    out += '\n' + std::string(static_cast<std::size_t>(depth) * 2, ' ');
  };
  if (auto const* array = value.as_array(); array != nullptr && !array->empty()) {
    out += '[';
    for (std::size_t i = 0; i < array->size(); ++i) {
      line(indent + 1);
      append_pretty(out, (*array)[i], indent + 1);
      if (i + 1 < array->size()) out += ',';
    }
    line(indent);
    out += ']';
  } else if (auto const* object = value.as_object(); object != nullptr && !object->empty()) {
    out += '{';
    for (std::size_t i = 0; i < object->size(); ++i) {
      line(indent + 1);
      append_json_string(out, (*object)[i].first);
      out += ": ";
      append_pretty(out, (*object)[i].second, indent + 1);
      if (i + 1 < object->size()) out += ',';
    }
    line(indent);
    out += '}';
  } else {
    append_json(out, value);
  }
}

}  // namespace value_detail

std::string to_pretty_json_text(Value const& value) {
  std::string out;
  value_detail::append_pretty(out, value, 0);
  out += '\n';
  return out;
}

}  // namespace tallybook
