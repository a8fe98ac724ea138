#include "golden/golden.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

namespace tallybook::golden {
namespace golden_detail {

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
      break;
  }
  return out;
}

// The cases beside this file; $TALLYBOOK_SHARED/golden when another collection is to be run.
std::string golden_folder() {
  if (char const* shared = std::getenv("TALLYBOOK_SHARED")) return std::string(shared) + "/golden";
  return TALLYBOOK_SOURCE_DIR "/tests/golden";
}

Policy policy_of(Json const& one) {
  Policy policy;
  if (!one.has("policy")) return policy;
  for (auto const& [key, value] : one.at("policy").members) policy[key] = value.text;
  return policy;
}

void check_policies(Theme const& theme, Policy const& policy) {
  for (auto const& [key, value] : policy) {
    auto const found = theme.offered.find(key);
    if (found != theme.offered.end() &&
        std::ranges::find(found->second, value) != found->second.end())
      continue;
    std::string const pair = key + "=" + value;
    auto const reason = theme.reasons.find(pair);
    throw NotApplicable{
        pair, reason == theme.reasons.end() ? "unknown to us, not guessed" : reason->second};
  }
}

std::vector<std::string> run_case(Theme const& theme, Json const& one) {
  std::string const& kind = one.at("kind").text;
  auto const mapping = theme.kinds.find(kind);
  if (mapping == theme.kinds.end()) {
    auto const reason = theme.kinds_not_offered.find(kind);
    throw NotApplicable{"kind:" + kind,
                        reason == theme.kinds_not_offered.end() ? "unmapped kind" : reason->second};
  }
  Policy const policy = policy_of(one);
  check_policies(theme, policy);
  Checker checker(one.at("expected"));
  mapping->second(one.at("inputs"), policy, checker);
  return checker.problems();
}

}  // namespace golden_detail

bool Json::has(std::string const& key) const {
  auto const found = members.find(key);
  return found != members.end() && found->second.kind != Kind::null;
}

Json const& Json::at(std::string const& key) const {
  auto const found = members.find(key);
  if (found == members.end()) throw BadCase("the case lacks " + key);
  return found->second;
}

Exact Json::number() const {
  auto const read = Exact::parse_fraction(text);
  if (!read || (kind != Kind::number && kind != Kind::text))
    throw BadCase("not a number: '" + text + "'");
  return *read;
}

int Json::whole() const {
  Exact const value = number();
  if (!value.is_whole() || value > 1'000'000 || value < -1'000'000)
    throw BadCase("not a small whole number: " + text);
  return static_cast<int>(value.round().value_or(0));
}

Json read_json_file(std::string const& path) {
  simdjson::ondemand::parser parser;
  simdjson::padded_string text = simdjson::padded_string::load(path);
  auto document = parser.iterate(text);
  simdjson::ondemand::value root = document.get_value();
  return golden_detail::read_value(root);
}

void Checker::number(std::string const& key, Exact const& ours) {
  json(key, [&](Json const& theirs) {
    return theirs.number() == ours ? std::string() : ours.decimal();
  });
}

void Checker::text(std::string const& key, std::string const& ours) {
  json(key, [&](Json const& theirs) { return theirs.text == ours ? std::string() : ours; });
}

void Checker::json(std::string const& key, std::function<std::string(Json const&)> const& compare) {
  seen_[key] = true;
  if (!expected_.has(key)) return;
  std::string const ours = compare(expected_.at(key));
  if (!ours.empty())
    problems_.push_back(key + ": expected " + expected_.at(key).text + ", ours is " + ours);
}

std::vector<std::string> Checker::problems() const {
  std::vector<std::string> out = problems_;
  for (auto const& [key, value] : expected_.members) {
    if (!seen_.contains(key)) out.push_back(key + ": compared by nobody");
  }
  return out;
}

void run_theme(Theme const& theme) {
  Json const file = read_json_file(golden_detail::golden_folder() + "/" + theme.file);
  int passed = 0;
  int failed = 0;
  std::vector<std::string> not_applicable;
  for (Json const& one : file.at("cases").items) {
    std::string const& id = one.at("id").text;
    try {
      auto const problems = golden_detail::run_case(theme, one);
      for (auto const& problem : problems) ADD_FAILURE() << id << " " << problem;
      ++(problems.empty() ? passed : failed);
    } catch (NotApplicable const& reason) {
      not_applicable.push_back(id + " not-applicable " + reason.key + ": " + reason.reason);
    } catch (std::exception const& problem) {
      ADD_FAILURE() << id << " " << problem.what();
      ++failed;
    }
  }
  for (auto const& line : not_applicable) std::cout << "  " << line << "\n";
  std::cout << theme.file << ": " << passed << " pass, " << failed << " fail, "
            << not_applicable.size() << " not-applicable, of " << file.at("cases").items.size()
            << "\n";
  EXPECT_FALSE(file.at("cases").items.empty());
}

}  // namespace tallybook::golden
