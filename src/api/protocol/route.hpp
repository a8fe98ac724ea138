// Routes: what the API offers. Each registers its path, scope, schemas and handler once; the
// OpenAPI document and the router come from the same list.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "api/protocol/query.hpp"
#include "app/unit_of_work.hpp"
#include "http/server/message.hpp"
#include "reflect/value.hpp"

namespace tallybook::reflect {
class Schemas;
}

namespace tallybook::api {

struct Reply {
  int status = 200;
  std::string body;
  std::string content_type = "application/json; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
};

// One request as a handler sees it.
struct Call {
  Request const& request;
  Services& services;
  Tenant tenant;
  std::map<std::string, std::string> path;
  Query query;
  Value body;                  // null when there is none
  std::string base_url;        // for absolute links: https://billing.example, no slash at the end
  SqlSession* sql = nullptr;   // read and write routes
  UnitOfWork* work = nullptr;  // write routes
  // Set by a read handler that must rehearse something: what it answered is dropped, and it is
  // called once more with `work`, inside a transaction that is taken back.
  bool must_rehearse = false;
  [[nodiscard]] std::string const& id(char const* name = "id") const { return path.at(name); }
};

using Handler = std::function<Result<Reply>(Call&)>;
using SchemaOf = std::function<Value(reflect::Schemas&)>;

enum class RouteKind {
  read,   // inside one read snapshot
  write,  // inside one transaction, committed when the handler succeeds
  free,   // opens what it needs itself: ingestion, the test clock
};

struct QueryParameter {
  std::string name;
  std::string description;
  bool required = false;
};

struct Route {
  std::string method;
  std::string pattern;  // /v1/customers/{id}
  std::string tag;      // section of the contract
  std::string summary;
  RouteKind kind = RouteKind::read;
  std::string resource;  // scope: "customers" with read for GET, write for the rest
  int success = 200;
  SchemaOf request;   // empty: no body
  SchemaOf response;  // empty: no content
  std::vector<QueryParameter> parameters;
  Handler handler;
  bool raw_body = false;  // the handler reads request.body itself
  bool long_running = false;
  bool rehearsable = false;  // free, and all it changes is in the record database
  std::string response_type = "application/json";
  std::string example;  // a request body as JSON text, for the OpenAPI document
};

class Router {
 public:
  void add(Route route);
  // Gives a registered route its example; asserts that there is such a route.
  void set_example(std::string const& method, std::string const& pattern, std::string example);
  // The route with its path parameters filled into `path`; literal segments win over parameters.
  // nullptr when there is none.
  [[nodiscard]] Route const* match(std::string_view method, std::string_view path,
                                   std::map<std::string, std::string>& parameters) const;
  [[nodiscard]] std::vector<std::unique_ptr<Route>> const& routes() const { return routes_; }

 private:
  struct Node {
    std::map<std::string, std::unique_ptr<Node>, std::less<>> literal;
    std::unique_ptr<Node> parameter;
    std::map<std::string, Route const*, std::less<>> methods;
  };
  static Route const* find(Node const& node, std::vector<std::string_view> const& segments,
                           std::size_t at, std::string_view method,
                           std::vector<std::string>& values);
  Node root_;
  std::vector<std::unique_ptr<Route>> routes_;
};

}  // namespace tallybook::api
