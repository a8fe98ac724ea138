#include "api/protocol/openapi.hpp"

#include "api/protocol/dry_run.hpp"
#include "reflect/schema.hpp"

namespace tallybook::api {
namespace openapi_detail {

Value error_schema() {
  Value schema;
  schema["type"] = "object";
  schema["properties"]["statusCode"]["type"] = "integer";
  schema["properties"]["type"]["type"] = "string";
  schema["properties"]["message"]["type"] = "string";
  Value& errors = schema["properties"]["errors"];
  errors["type"] = "object";
  errors["description"] =
      "maps a parameter or a body path such as products[0].amount to its messages; message says "
      "the "
      "first of a body";
  errors["additionalProperties"]["type"] = "array";
  errors["additionalProperties"]["items"]["type"] = "string";
  Value& state = schema["properties"]["state"];
  state["type"] = "string";
  state["description"] = "409: the state of the subscription that refuses the call";
  Value& allowed = schema["properties"]["allowed"];
  allowed["type"] = "array";
  allowed["items"]["type"] = "string";
  allowed["description"] = "409: the calls that state allows";
  schema["required"].push_back("statusCode");
  schema["required"].push_back("type");
  schema["required"].push_back("message");
  Value example;
  example["statusCode"] = 400;
  example["type"] = "ValidationError";
  example["message"] = "products[0].amount: expected number, received string";
  example["errors"]["products[0].amount"].push_back("expected number, received string");
  schema["examples"].push_back(std::move(example));
  Value refused;
  refused["statusCode"] = 409;
  refused["type"] = "Conflict";
  refused["message"] = "The subscription is cancelled; only one that is active can be renewed";
  refused["state"] = "cancelled";
  refused["allowed"].push_back("reinstate");
  schema["examples"].push_back(std::move(refused));
  return schema;
}

Value error_response(char const* description) {
  Value response;
  response["description"] = description;
  response["content"]["application/json"]["schema"]["$ref"] = "#/components/schemas/ErrorBody";
  return response;
}

Value parameter(std::string const& name, char const* where, std::string const& description,
                bool required) {
  Value value;
  value["name"] = name;
  value["in"] = where;
  if (!description.empty()) value["description"] = description;
  if (required) value["required"] = true;
  value["schema"]["type"] = "string";
  return value;
}

std::string operation_id(Route const& route) {
  std::string id;
  bool upper = false;
  for (char const c : route.method + " " + route.pattern) {
    bool const letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter) {
      upper = true;
      continue;
    }
    char const low =
        c >= 'A' && c <= 'Z' && id.size() < route.method.size() ? static_cast<char>(c + 32) : c;
    id += upper && low >= 'a' && low <= 'z' ? static_cast<char>(low - 32) : low;
    upper = false;
  }
  return id;
}

Value operation(Route const& route, reflect::Schemas& schemas) {
  Value value;
  value["operationId"] = operation_id(route);
  value["summary"] = route.summary;
  value["tags"].push_back(route.tag);
  std::string_view rest = route.pattern;
  for (auto open = rest.find('{'); open != std::string_view::npos; open = rest.find('{')) {
    auto const close = rest.find('}');
    value["parameters"].push_back(
        parameter(std::string(rest.substr(open + 1, close - open - 1)), "path", "", true));
    rest.remove_prefix(close + 1);
  }
  for (auto const& query : route.parameters)
    value["parameters"].push_back(
        parameter(query.name, "query", query.description, query.required));
  if (can_rehearse(route))
    value["parameters"].push_back(parameter(
        dry_run_parameter, "query",
        "true: nothing is changed; answers what the call would have answered, as result, with the "
        "documents and events it would have made",
        false));
  if (can_rehearse(route))
    value["parameters"].push_back(parameter(
        "explain", "query", "with dry_run: how every amount of the documents came about", false));
  bool const write = route.method != "GET" && route.method != "DELETE";
  if (write && !route.resource.empty()) {
    value["parameters"].push_back(parameter(
        "Idempotency-Key", "header", "the same key replays the first answer for 24 hours", false));
  }
  if (route.request) {
    Value& content = value["requestBody"]["content"]["application/json"];
    content["schema"] = route.request(schemas);
    if (auto example = parse_json(route.example); !route.example.empty() && example)
      content["example"] = *std::move(example);
  }
  Value& success = value["responses"][std::to_string(route.success)];
  success["description"] = route.success == 204 ? "done" : "success";
  if (route.response)
    success["content"][route.response_type]["schema"] = route.response(schemas);
  else if (route.success != 204 && route.response_type != "application/json")
    success["content"][route.response_type]["schema"]["type"] = "string";
  if (route.resource.empty()) {
    value["security"] = Value(Value::Array{});
    return value;
  }
  Value& responses = value["responses"];
  responses["400"] = error_response("the request is not valid; errors names each place");
  responses["401"] = error_response("no key, or an unknown or revoked one");
  responses["403"] = error_response("the key lacks the scope");
  if (route.pattern.find('{') != std::string::npos) responses["404"] = error_response("not found");
  if (write) {
    responses["409"] =
        error_response("the state does not allow it, or the same Idempotency-Key is running");
    responses["417"] = error_response("the Idempotency-Key came with another body");
  }
  return value;
}

}  // namespace openapi_detail

Value openapi_document(Router const& router) {
  Value document;
  document["openapi"] = "3.1.0";
  document["info"]["title"] = "Tallybook";
  document["info"]["version"] = "1";
  document["info"]["description"] =
      "Quote-to-cash billing. Amounts are in the currency's smallest unit; instants are UTC with "
      "three decimals.";
  Value license;
  license["name"] = "Apache-2.0";
  license["identifier"] = "Apache-2.0";
  document["info"]["license"] = std::move(license);
  Value server;
  server["url"] = "/";
  document["servers"].push_back(std::move(server));
  Value security;
  security["bearer"] = Value(Value::Array{});
  document["security"].push_back(std::move(security));
  reflect::Schemas schemas;
  schemas.add_component("ErrorBody", openapi_detail::error_schema());
  document["paths"] = Value(Value::Object{});
  for (auto const& route : router.routes()) {
    std::string method = route->method;
    for (char& c : method) c = static_cast<char>(c + 32);
    document["paths"][route->pattern][method] = openapi_detail::operation(*route, schemas);
  }
  document["components"]["schemas"] = schemas.components();
  Value& bearer = document["components"]["securitySchemes"]["bearer"];
  bearer["type"] = "http";
  bearer["scheme"] = "bearer";
  return document;
}

}  // namespace tallybook::api
