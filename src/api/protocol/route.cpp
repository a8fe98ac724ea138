#include "api/protocol/route.hpp"

#include "base/assert.hpp"

namespace tallybook::api {
namespace route_detail {

std::vector<std::string_view> segments_of(std::string_view path) {
  std::vector<std::string_view> segments;
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  while (!path.empty()) {
    auto const slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return segments;
}

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{') && segment.ends_with('}');
}

}  // namespace route_detail

void Router::add(Route route) {
  Node* node = &root_;
  for (auto const segment : route_detail::segments_of(route.pattern)) {
    auto& next =
        route_detail::is_parameter(segment) ? node->parameter : node->literal[std::string(segment)];
    if (!next) next = std::make_unique<Node>();
    node = next.get();
  }
  routes_.push_back(std::make_unique<Route>(std::move(route)));
  auto const [at, fresh] = node->methods.emplace(routes_.back()->method, routes_.back().get());
  TB_ASSERT(fresh);
  (void)at;
}

void Router::set_example(std::string const& method, std::string const& pattern,
                         std::string example) {
  for (auto& route : routes_) {
    if (route->method != method || route->pattern != pattern) continue;
    route->example = std::move(example);
    return;
  }
  broken_invariant("an example for a route that does not exist", __FILE__, __LINE__);
}

Route const* Router::find(Node const& node, std::vector<std::string_view> const& segments,
                          std::size_t at, std::string_view method,
                          std::vector<std::string>& values) {
  if (at == segments.size()) {
    auto const found = node.methods.find(method);
    return found == node.methods.end() ? nullptr : found->second;
  }
  if (auto const literal = node.literal.find(segments[at]); literal != node.literal.end()) {
    if (auto const* route = find(*literal->second, segments, at + 1, method, values)) return route;
  }
  if (node.parameter) {
    auto decoded = percent_decoded(segments[at], false);
    if (!decoded || decoded->empty()) return nullptr;
    values.push_back(*std::move(decoded));
    if (auto const* route = find(*node.parameter, segments, at + 1, method, values)) return route;
    values.pop_back();
  }
  return nullptr;
}

Route const* Router::match(std::string_view method, std::string_view path,
                           std::map<std::string, std::string>& parameters) const {
  std::vector<std::string> values;
  auto const* route =
      find(root_, route_detail::segments_of(path), 0, method == "HEAD" ? "GET" : method, values);
  if (route == nullptr) return nullptr;
  std::size_t next = 0;
  for (auto const segment : route_detail::segments_of(route->pattern)) {
    if (route_detail::is_parameter(segment))
      parameters[std::string(segment.substr(1, segment.size() - 2))] = values[next++];
  }
  return route;
}

}  // namespace tallybook::api
