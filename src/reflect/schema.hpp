// OpenAPI 3.1 schemas from the same descriptions. Structs become components; what a description
// cannot say (meaning, format, example) stands in a Notes table beside the struct.
#pragma once

#include <span>

#include "reflect/json.hpp"

namespace tallybook::reflect {

struct FieldNote {
  char const* field;
  char const* description;
  char const* example = nullptr;  // JSON text
};

// Specialise beside a wire struct: static constexpr FieldNote list[] = {...};
template <class T>
struct Notes {
  static constexpr std::span<FieldNote const> list{};
};

class Schemas {
 public:
  // The schema of T: a $ref for described structs, inline otherwise.
  template <class T>
  Value of() {
    return schema(std::type_identity<T>{});
  }
  [[nodiscard]] Value const& components() const { return components_; }
  void add_component(std::string const& name, Value schema) {
    components_[name] = std::move(schema);
  }

 private:
  static Value simple(char const* type, char const* format = nullptr) {
    Value value;
    value["type"] = type;
    if (format != nullptr) value["format"] = format;
    return value;
  }
  static Value nullable(Value schema) {
    if (schema.find("$ref") != nullptr) {
      Value either;
      either["anyOf"].push_back(std::move(schema));
      either["anyOf"].push_back(simple("null"));
      return either;
    }
    if (auto const* type = schema.find("type"); type != nullptr && type->as_string() != nullptr) {
      Value types;
      types.push_back(*type);
      types.push_back("null");
      schema["type"] = std::move(types);
      if (schema.find("enum") != nullptr) schema["enum"].push_back(nullptr);
    }
    return schema;
  }

  Value schema(std::type_identity<std::string>) { return simple("string"); }
  Value schema(std::type_identity<bool>) { return simple("boolean"); }
  Value schema(std::type_identity<int>) { return simple("integer"); }
  Value schema(std::type_identity<std::int64_t>) { return simple("integer", "int64"); }
  Value schema(std::type_identity<Exact>) { return simple("number"); }
  Value schema(std::type_identity<Instant>) { return simple("string", "date-time"); }
  Value schema(std::type_identity<Date>) { return simple("string", "date"); }
  Value schema(std::type_identity<Value>) {
    Value any;
    any["description"] = "any JSON value";
    return any;
  }
  Value schema(std::type_identity<JsonText>) { return schema(std::type_identity<Value>{}); }
  template <class Tag>
  Value schema(std::type_identity<Id<Tag>>) {
    return simple("string");
  }
  template <class T>
  Value schema(std::type_identity<std::optional<T>>) {
    return nullable(of<T>());
  }
  template <class T>
  Value schema(std::type_identity<Patch<T>>) {
    return nullable(of<T>());
  }
  template <class T>
  Value schema(std::type_identity<std::vector<T>>) {
    Value array = simple("array");
    array["items"] = of<T>();
    return array;
  }
  template <class T>
  Value schema(std::type_identity<std::map<std::string, T>>) {
    Value object = simple("object");
    object["additionalProperties"] = of<T>();
    return object;
  }
  template <DescribedEnum E>
  Value schema(std::type_identity<E>) {
    Value text = simple("string");
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>(
        [&](auto d) { text["enum"].push_back(std::string(wire_name(d.name))); });
    return text;
  }
  template <Described T>
  Value schema(std::type_identity<T>) {
    std::string const name = type_name<T>();
    if (components_.find(name) == nullptr) {
      components_[name] = Value(Value::Object{});  // first, so that a type may hold itself
      Value object = simple("object");
      object["properties"] = Value(Value::Object{});
      Value required;
      for_each_field_type<T>([&](char const* field, auto type) {
        using Member = typename decltype(type)::type;
        std::string const key(wire_name(field));
        Value schema = of<Member>();
        for (FieldNote const& note : Notes<T>::list) {
          if (key != note.field) continue;
          if (*note.description != 0) schema["description"] = note.description;
          if (note.example != nullptr) {
            if (auto example = parse_json(note.example))
              schema["examples"].push_back(*std::move(example));
          }
        }
        object["properties"][key] = std::move(schema);
        if constexpr (!may_be_absent<Member>) required.push_back(key);
      });
      if (!required.is_null()) object["required"] = std::move(required);
      components_[name] = std::move(object);
    }
    Value ref;
    ref["$ref"] = "#/components/schemas/" + name;
    return ref;
  }

  Value components_{Value::Object{}};
};

}  // namespace tallybook::reflect
