// JSON both ways from one description. Reading is tolerant (unknown keys ignored, null for an
// absent optional, numbers and booleans from text) and reports every problem with its path;
// writing goes straight to text. Include only from codec files (api/<noun>/wire.cpp) and the SQL
// binder: it is what costs compile time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/id.hpp"
#include "base/instant.hpp"
#include "base/json_text.hpp"
#include "calendar/date.hpp"
#include "money/exact.hpp"
#include "reflect/describe.hpp"
#include "reflect/patch.hpp"
#include "reflect/value.hpp"

namespace tallybook::reflect {

// Collects all problems of one body.
class Problems {
 public:
  void add(std::string path, std::string reason) {
    list_.push_back({std::move(path), std::move(reason)});
  }
  [[nodiscard]] bool empty() const { return list_.empty(); }
  [[nodiscard]] std::vector<FieldError> const& list() const { return list_; }
  [[nodiscard]] Error error() const { return errors::invalid_fields(list_); }

 private:
  std::vector<FieldError> list_;
};

inline std::string child(std::string const& path, std::string_view key) {
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}
inline std::string child(std::string const& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

inline void mismatch(Problems& problems, std::string const& path, char const* expected,
                     Value const& got) {
  problems.add(path, std::string("expected ") + expected + ", received " + got.kind());
}

// ---- reading ----------------------------------------------------------------------------------

// While one lives on this thread, numbers without finite decimals are written as "p/q" text and
// read so: nested data is stored exactly. On the wire they are decimals.
class StoredNumbers {
 public:
  StoredNumbers();
  ~StoredNumbers();
  StoredNumbers(StoredNumbers const&) = delete;
  StoredNumbers& operator=(StoredNumbers const&) = delete;
};

void read(Value const& value, std::string& out, std::string const& path, Problems& problems);
void read(Value const& value, bool& out, std::string const& path, Problems& problems);
void read(Value const& value, std::int64_t& out, std::string const& path, Problems& problems);
void read(Value const& value, int& out, std::string const& path, Problems& problems);
void read(Value const& value, Exact& out, std::string const& path, Problems& problems);
void read(Value const& value, Instant& out, std::string const& path, Problems& problems);
void read(Value const& value, Date& out, std::string const& path, Problems& problems);
inline void read(Value const& value, Value& out, std::string const&, Problems&) { out = value; }
inline void read(Value const& value, JsonText& out, std::string const&, Problems&) {
  out.text = to_json_text(value);
}

template <class Tag>
void read(Value const& value, Id<Tag>& out, std::string const& path, Problems& problems) {
  read(value, out.value, path, problems);
}

template <DescribedEnum E>
void read(Value const& value, E& out, std::string const& path, Problems& problems) {
  auto const* text = value.as_string();
  if (text == nullptr) return mismatch(problems, path, "string", value);
  if (auto const found = enum_from<E>(*text)) {
    out = *found;
  } else {
    problems.add(path, "expected one of " + enum_list<E>() + ", received \"" + *text + "\"");
  }
}

template <Described T>
void read(Value const& value, T& out, std::string const& path, Problems& problems);
template <class T>
void read(Value const& value, std::vector<T>& out, std::string const& path, Problems& problems);
template <class T>
void read(Value const& value, std::map<std::string, T>& out, std::string const& path,
          Problems& problems);

template <class T>
void read(Value const& value, std::optional<T>& out, std::string const& path, Problems& problems) {
  if (value.is_null()) {
    out.reset();
    return;
  }
  T inner{};
  read(value, inner, path, problems);
  out = std::move(inner);
}

template <class T>
void read(Value const& value, Patch<T>& out, std::string const& path, Problems& problems) {
  out.present = true;
  read(value, out.value, path, problems);
}

template <class T>
void read(Value const& value, std::vector<T>& out, std::string const& path, Problems& problems) {
  auto const* array = value.as_array();
  if (array == nullptr) return mismatch(problems, path, "array", value);
  out.clear();
  out.reserve(array->size());
  for (std::size_t i = 0; i < array->size(); ++i) {
    T item{};
    read((*array)[i], item, child(path, i), problems);
    out.push_back(std::move(item));
  }
}

template <class T>
void read(Value const& value, std::map<std::string, T>& out, std::string const& path,
          Problems& problems) {
  auto const* object = value.as_object();
  if (object == nullptr) return mismatch(problems, path, "object", value);
  out.clear();
  for (auto const& [key, item] : *object) read(item, out[key], child(path, key), problems);
}

template <class T>
inline constexpr bool may_be_absent = false;
template <class T>
inline constexpr bool may_be_absent<std::optional<T>> = true;
template <class T>
inline constexpr bool may_be_absent<Patch<T>> = true;
template <>
inline constexpr bool may_be_absent<Value> = true;

template <Described T>
void read(Value const& value, T& out, std::string const& path, Problems& problems) {
  if (value.as_object() == nullptr)
    return mismatch(problems, path.empty() ? "body" : path, "object", value);
  for_each_field(out, [&](char const* name, auto& member) {
    using Member = std::remove_reference_t<decltype(member)>;
    auto const key = wire_name(name);
    if (auto const* found = value.find(key)) {
      read(*found, member, child(path, key), problems);
    } else if constexpr (!may_be_absent<Member>) {
      problems.add(child(path, key), "required");
    }
  });
}

// ---- writing ----------------------------------------------------------------------------------

void write(std::string& out, std::string const& text);
void write(std::string& out, bool boolean);
void write(std::string& out, std::int64_t whole);
void write(std::string& out, int whole);
void write(std::string& out, Exact const& number);
void write(std::string& out, Instant at);
void write(std::string& out, Date date);
inline void write(std::string& out, Value const& value) { append_json(out, value); }
inline void write(std::string& out, JsonText const& json) { out += json.text; }

template <class Tag>
void write(std::string& out, Id<Tag> const& id) {
  append_json_string(out, id.value);
}
template <DescribedEnum E>
void write(std::string& out, E value) {
  append_json_string(out, enum_name(value));
}
template <Described T>
void write(std::string& out, T const& object);
template <class T>
void write(std::string& out, std::vector<T> const& array);
template <class T>
void write(std::string& out, std::map<std::string, T> const& object);

template <class T>
void write(std::string& out, std::optional<T> const& maybe) {
  if (maybe) {
    write(out, *maybe);
  } else {
    out += "null";
  }
}
template <class T>
void write(std::string& out, Patch<T> const& patch) {
  write(out, patch.value);
}
template <class T>
void write(std::string& out, std::vector<T> const& array) {
  out += '[';
  bool first = true;
  for (auto const& item : array) {
    if (!first) out += ',';
    first = false;
    write(out, item);
  }
  out += ']';
}
template <class T>
void write(std::string& out, std::map<std::string, T> const& object) {
  out += '{';
  bool first = true;
  for (auto const& [key, item] : object) {
    if (!first) out += ',';
    first = false;
    append_json_string(out, key);
    out += ':';
    write(out, item);
  }
  out += '}';
}
template <Described T>
void write(std::string& out, T const& object) {
  out += '{';
  bool first = true;
  for_each_field(object, [&](char const* name, auto const& member) {
    if (!first) out += ',';
    first = false;
    out += '"';
    out += wire_name(name);
    out += "\":";
    write(out, member);
  });
  out += '}';
}

template <class T>
std::string to_text(T const& object) {
  std::string out;
  write(out, object);
  return out;
}

// Reads a whole body.
template <class T>
Result<T> from_value(Value const& value) {
  T out{};
  Problems problems;
  read(value, out, "", problems);
  if (!problems.empty()) return fail(problems.error());
  return out;
}

}  // namespace tallybook::reflect
