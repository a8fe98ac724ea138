// Value: a JSON document in memory. Numbers keep their text, so 0.1 enters as exactly 1/10 and a
// large integer is never rounded through a double (decision 0003). Objects keep their order.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "money/exact.hpp"

namespace tallybook {

class Value {
 public:
  struct Null {
    friend bool operator==(Null const&, Null const&) = default;
  };
  struct Number {
    std::string text;  // as JSON spells it
    friend bool operator==(Number const&, Number const&) = default;
  };
  using Array = std::vector<Value>;
  using Object = std::vector<std::pair<std::string, Value>>;

  Value() : data_(Null{}) {}
  Value(std::nullptr_t) : data_(Null{}) {}                             // NOLINT
  Value(bool boolean) : data_(boolean) {}                              // NOLINT
  Value(int whole) : data_(Number{std::to_string(whole)}) {}           // NOLINT
  Value(std::int64_t whole) : data_(Number{std::to_string(whole)}) {}  // NOLINT
  Value(char const* text) : data_(std::string(text)) {}                // NOLINT
  Value(std::string text) : data_(std::move(text)) {}                  // NOLINT
  Value(std::string_view text) : data_(std::string(text)) {}           // NOLINT
  Value(Array array) : data_(std::move(array)) {}                      // NOLINT
  Value(Object object) : data_(std::move(object)) {}                   // NOLINT
  static Value number(std::string text) {
    Value value;
    value.data_ = Number{std::move(text)};
    return value;
  }

  [[nodiscard]] bool is_null() const { return std::holds_alternative<Null>(data_); }
  [[nodiscard]] bool const* as_bool() const { return std::get_if<bool>(&data_); }
  [[nodiscard]] std::string const* as_string() const { return std::get_if<std::string>(&data_); }
  [[nodiscard]] Number const* as_number() const { return std::get_if<Number>(&data_); }
  [[nodiscard]] Array const* as_array() const { return std::get_if<Array>(&data_); }
  [[nodiscard]] Object const* as_object() const { return std::get_if<Object>(&data_); }
  Array* as_array() { return std::get_if<Array>(&data_); }
  Object* as_object() { return std::get_if<Object>(&data_); }

  // The member, or nullptr when this is no object or has no such key.
  [[nodiscard]] Value const* find(std::string_view key) const;
  // The member, made when absent; turns a null into an object.
  Value& operator[](std::string_view key);
  // Appends to an array; turns a null into one.
  void push_back(Value item);

  // "object", "array", "string", "number", "boolean" or "null": for messages.
  [[nodiscard]] char const* kind() const;
  friend bool operator==(Value const&, Value const&) = default;

 private:
  std::variant<Null, bool, Number, std::string, Array, Object> data_;
};

// What a body may be at most.
struct JsonLimits {
  int depth = 32;
  std::size_t number_length = 400;
};

// Strict JSON: UTF-8, no comments, no trailing text, no key twice in one object, no NUL character
// in a string (PostgreSQL cannot keep one). Fails with invalid_request and the reason.
Result<Value> parse_json(std::string_view text, JsonLimits const& limits = {});

// Compact text; and the same with two spaces of indentation.
std::string to_json_text(Value const& value);
std::string to_pretty_json_text(Value const& value);
void append_json(std::string& out, Value const& value);
void append_json_string(std::string& out, std::string_view text);

}  // namespace tallybook
