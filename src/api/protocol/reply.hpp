// Replies from described wire structs, and schemas for routes. Include only from codec files.
#pragma once

#include "api/protocol/list.hpp"
#include "reflect/schema.hpp"

namespace tallybook::api {

template <class T>
Reply reply_with(T const& object, int status = 200) {
  return {status, reflect::to_text(object)};
}
inline Reply no_content() { return {204, ""}; }

// The body as T; absent is an empty object.
template <class T>
Result<T> read_body(Call const& call) {
  static Value const empty{Value::Object{}};
  return reflect::from_value<T>(call.body.is_null() ? empty : call.body);
}

template <class T>
SchemaOf schema() {
  return [](reflect::Schemas& schemas) { return schemas.of<T>(); };
}
template <class T>
SchemaOf offset_schema() {
  return [](reflect::Schemas& schemas) {
    Value object;
    object["type"] = "object";
    Value& meta = object["properties"]["meta"];
    meta["type"] = "object";
    for (char const* key : {"total", "taken", "skipped"}) {
      meta["properties"][key]["type"] = "integer";
      meta["required"].push_back(key);
    }
    object["properties"]["data"]["type"] = "array";
    object["properties"]["data"]["items"] = schemas.of<T>();
    object["required"].push_back("meta");
    object["required"].push_back("data");
    return object;
  };
}
template <class T>
SchemaOf cursor_schema() {
  return [](reflect::Schemas& schemas) {
    Value object;
    object["type"] = "object";
    object["properties"]["data"]["type"] = "array";
    object["properties"]["data"]["items"] = schemas.of<T>();
    object["properties"]["next_cursor"]["type"].push_back("string");
    object["properties"]["next_cursor"]["type"].push_back("null");
    object["properties"]["has_more"]["type"] = "boolean";
    object["properties"]["total"]["type"] = "integer";
    for (char const* key : {"data", "next_cursor", "has_more"}) object["required"].push_back(key);
    return object;
  };
}

// For fields the contract has whose meaning this server does not offer: refused when they ask for
// something, accepted when null, empty or the default.
template <class T>
void refuse(reflect::Problems& problems, char const* field, Patch<T> const& patch,
            char const* why) {
  if (patch.present && patch.value) problems.add(field, why);
}

std::vector<std::string> currency_codes();

}  // namespace tallybook::api
