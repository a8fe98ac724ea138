// Every rule of rules.txt is named by a scenario, or docs/policies.md says why not; and every
// scenario opens with its arithmetic and names only rules that exist.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "scenarios/language/script.hpp"

namespace tallybook {
namespace rules_detail {

std::string const root = TALLYBOOK_SOURCE_DIR;

std::string text_of(std::string const& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::set<std::string> rules() {
  std::set<std::string> out;
  std::istringstream text(text_of(root + "/tests/scenarios/rules.txt"));
  for (std::string line; std::getline(text, line);) {
    if (!line.empty() && line[0] != '#') out.insert(line);
  }
  return out;
}

// The first cell of each row of the section "Rules without a scenario".
std::set<std::string> excused() {
  std::set<std::string> out;
  std::istringstream text(text_of(root + "/docs/policies.md"));
  bool inside = false;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with("## ")) inside = line == "## Rules without a scenario";
    if (!inside || !line.starts_with("| ") || line.starts_with("| rule") ||
        line.starts_with("| ---"))
      continue;
    out.insert(line.substr(2, line.find(" |") - 2));
  }
  return out;
}

std::map<std::string, timeline::Script> scripts() {
  std::map<std::string, timeline::Script> out;
  for (auto const& entry : std::filesystem::recursive_directory_iterator(root + "/tests")) {
    if (entry.path().extension() != ".scenario") continue;
    auto const file = entry.path().string();
    out.emplace(file, timeline::read_script(file, text_of(file)));
  }
  return out;
}

}  // namespace rules_detail

TEST(ScenarioRules, EachIsNamedByAScenarioOrExcused) {
  std::set<std::string> named;
  for (auto const& [file, script] : rules_detail::scripts())
    named.insert(script.rules.begin(), script.rules.end());
  auto const excused = rules_detail::excused();
  for (auto const& rule : rules_detail::rules()) {
    EXPECT_TRUE(named.contains(rule) || excused.contains(rule))
        << rule << ": no scenario names it, and docs/policies.md does not say why";
    EXPECT_FALSE(named.contains(rule) && excused.contains(rule))
        << rule << ": a scenario names it; take its row out of docs/policies.md";
  }
  for (auto const& rule : excused)
    EXPECT_TRUE(rules_detail::rules().contains(rule)) << rule << " is not in rules.txt";
}

TEST(ScenarioRules, EveryScenarioOpensWithItsArithmeticAndNamesRulesThatExist) {
  auto const rules = rules_detail::rules();
  auto const scripts = rules_detail::scripts();
  EXPECT_GE(scripts.size(), 150u);
  std::set<std::string> names;
  for (auto const& [file, script] : scripts) {
    EXPECT_GE(script.opening.size(), 30u) << file << ": say what it comes to";
    EXPECT_TRUE(names.insert(std::filesystem::path(file).stem().string()).second) << file;
    for (auto const& rule : script.rules) EXPECT_TRUE(rules.contains(rule)) << file << ": " << rule;
  }
}

}  // namespace tallybook
