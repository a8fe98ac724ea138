#include "golden/json.hpp"

#include <simdjson.h>

#include "money/money.hpp"

namespace tallybook::golden {
namespace json_detail {

namespace dom = simdjson::ondemand;

Json read_value(dom::value value) {
  Json out;
  switch (value.type()) {
    case dom::json_type::object:
      out.kind = Json::Kind::object;
      for (auto field : value.get_object()) {
        std::string key(std::string_view(field.unescaped_key()));
        out.members.emplace(std::move(key), read_value(field.value()));
      }
      break;
    case dom::json_type::array:
      out.kind = Json::Kind::list;
      for (auto item : value.get_array()) out.items.push_back(read_value(item.value()));
      break;
    case dom::json_type::string:
      out.kind = Json::Kind::text;
      out.text = std::string(std::string_view(value.get_string()));
      break;
    case dom::json_type::number: {
      out.kind = Json::Kind::number;
      std::string_view raw = value.raw_json_token();
      out.text = raw.substr(0, raw.find_last_not_of(" \t\r\n") + 1);
      break;
    }
    case dom::json_type::boolean:
      out.kind = Json::Kind::boolean;
      out.text = bool(value.get_bool()) ? "true" : "false";
      break;
    case dom::json_type::null:
      if (!value.is_null()) throw BadCase("neither null nor anything else");
      break;
  }
  return out;
}

std::optional<Exact> number_of(Json const& value) {
  if (value.kind != Json::Kind::number && value.kind != Json::Kind::text) return std::nullopt;
  return Exact::parse_fraction(value.text);
}

bool is_nothing(Json const& value) {
  if (value.kind == Json::Kind::null) return true;
  auto const number = number_of(value);
  return number && number->is_zero();
}

bool equal_objects(Json const& wanted, Json const& ours, int decimals) {
  std::map<std::string, Json> others = ours.members;
  for (auto const& [key, value] : wanted.members) {
    auto found = others.find(key);
    auto const number = Exact::parse_fraction(key);
    for (auto it = others.begin(); found == others.end() && it != others.end() && number; ++it) {
      if (Exact::parse_fraction(it->first) == number) found = it;
    }
    if (found == others.end() || !equal(value, found->second, decimals)) return false;
    others.erase(found);
  }
  for (auto const& [key, value] : others) {
    if (!is_nothing(value)) return false;
  }
  return true;
}

std::string number_text(Exact const& number) {
  std::string decimal = number.decimal(12);
  return Exact::parse(decimal) == number ? decimal : number.str();
}

}  // namespace json_detail

Json Json::of(Exact const& number) {
  return {Kind::number, json_detail::number_text(number), {}, {}};
}
Json Json::of(std::string text) { return {Kind::text, std::move(text), {}, {}}; }
Json Json::of_boolean(bool value) { return {Kind::boolean, value ? "true" : "false", {}, {}}; }
Json Json::list(std::vector<Json> items) { return {Kind::list, {}, std::move(items), {}}; }
Json Json::object(std::map<std::string, Json> members) {
  return {Kind::object, {}, {}, std::move(members)};
}
Json Json::numbers(std::vector<Exact> const& values) {
  Json out = list({});
  for (auto const& value : values) out.items.push_back(of(value));
  return out;
}
Json Json::numbers(std::vector<std::int64_t> const& values) {
  return numbers(std::vector<Exact>(values.begin(), values.end()));
}

bool Json::has(std::string const& key) const {
  auto const found = members.find(key);
  return found != members.end() && found->second.kind != Kind::null;
}

Json const& Json::at(std::string const& key) const {
  if (kind != Kind::object) throw BadCase("no object with " + key + ": " + str());
  auto const found = members.find(key);
  if (found == members.end() || found->second.kind == Kind::null)
    throw BadCase("the case lacks " + key);
  return found->second;
}

std::vector<Json> const& Json::list() const {
  if (kind != Kind::list) throw BadCase("not a list: " + str());
  return items;
}

std::string const& Json::word() const {
  if (kind != Kind::text) throw BadCase("not a text: " + str());
  return text;
}

bool Json::truth() const {
  if (kind != Kind::boolean) throw BadCase("neither true nor false: " + str());
  return text == "true";
}

Exact Json::number() const {
  auto const read = json_detail::number_of(*this);
  if (!read) throw BadCase("not a number: " + str());
  return *read;
}

int Json::small() const {
  Exact const value = number();
  if (!value.is_whole() || value > 1'000'000 || value < -1'000'000)
    throw BadCase("not a small whole number: " + str());
  return static_cast<int>(value.round().value_or(0));
}

std::int64_t Json::minor() const {
  Exact const value = number();
  std::int64_t const most = 100 * max_amount_minor;
  if (!value.is_whole() || value > most || value < -most)
    throw BadCase("not an amount in whole minor units: " + str());
  return value.round().value_or(0);
}

std::string Json::str() const {
  std::string out;
  if (kind == Kind::null) return "null";
  if (kind == Kind::list) {
    for (auto const& item : items) out += (out.empty() ? "" : ",") + item.str();
    return "[" + out + "]";
  }
  if (kind == Kind::object) {
    for (auto const& [key, value] : members)
      out += (out.empty() ? "" : ",") + key + ":" + value.str();
    return "{" + out + "}";
  }
  return text;
}

bool equal(Json const& wanted, Json const& ours, int decimals) {
  if (wanted.kind == Json::Kind::list || ours.kind == Json::Kind::list) {
    if (wanted.kind != ours.kind || wanted.items.size() != ours.items.size()) return false;
    for (std::size_t i = 0; i < wanted.items.size(); ++i) {
      if (!equal(wanted.items[i], ours.items[i], decimals)) return false;
    }
    return true;
  }
  if (wanted.kind == Json::Kind::object || ours.kind == Json::Kind::object)
    return wanted.kind == ours.kind && json_detail::equal_objects(wanted, ours, decimals);
  auto const theirs_number = json_detail::number_of(wanted);
  auto const our_number = json_detail::number_of(ours);
  if (theirs_number && our_number) {
    if (decimals < 0) return *theirs_number == *our_number;
    return theirs_number->rounded(decimals) == our_number->rounded(decimals);
  }
  return wanted.text == ours.text &&
         (wanted.kind == Json::Kind::null) == (ours.kind == Json::Kind::null);
}

Json read_json_file(std::string const& path) {
  try {
    simdjson::ondemand::parser parser;
    simdjson::padded_string const text = simdjson::padded_string::load(path);
    auto document = parser.iterate(text);
    simdjson::ondemand::value root = document.get_value();
    Json out = json_detail::read_value(root);
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
      throw BadCase("more than one value");
    return out;
  } catch (simdjson::simdjson_error const& problem) {
    throw BadCase(problem.what());
  }
}

}  // namespace tallybook::golden
