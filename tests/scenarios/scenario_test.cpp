// Every file of tests/scenarios/*.scenario on SQLite, on SQLite in memory (its file on tmpfs: one
// database for several connections cannot be ":memory:") and on PostgreSQL; then told differently,
// with the same bill. Scenarios share an installation, each as an account of its own; the books of
// all of them are verified after each.
#include <fstream>
#include <sstream>

#include "app/ledger/sealing.hpp"
#include "app/verify/verify.hpp"
#include "scenarios/language/timeline.hpp"

namespace tallybook {
namespace scenario_detail {

enum class Place { sqlite, memory, postgres, retold };
constexpr Place places[] = {Place::sqlite, Place::memory, Place::postgres, Place::retold};
constexpr int accounts_of_an_installation = 12;

std::string const folder = TALLYBOOK_SOURCE_DIR "/tests/scenarios/";

std::vector<std::string> files() {
  std::vector<std::string> list;
  for (auto const& entry :
       std::filesystem::recursive_directory_iterator(TALLYBOOK_SOURCE_DIR "/tests")) {
    if (entry.path().extension() == ".scenario") list.push_back(entry.path().string());
  }
  std::ranges::sort(list);
  return list;
}

std::string text_of(std::string const& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string shown(std::string const& file) {
  return file.substr(std::string(TALLYBOOK_SOURCE_DIR).size() + 1);
}

// One installation for each place, renewed when it has many accounts or a test failed on it.
testing::Installation& installation(Place place) {
  struct Shared {
    std::unique_ptr<testing::Installation> book;
    int accounts = 0;
  };
  static std::map<Place, Shared> all;
  auto& shared = all[place];
  if (shared.book && shared.accounts >= accounts_of_an_installation) shared.book.reset();
  if (!shared.book) {
    shared.accounts = 0;
    shared.book = std::make_unique<testing::Installation>(
        place == Place::postgres ? Dialect::postgres : Dialect::sqlite,
        place == Place::sqlite ? "" : testing::memory_folder(), place != Place::postgres);
  }
  ++shared.accounts;
  shared.book->open_account();
  return *shared.book;
}

// What is wrong with the books.
std::string findings(testing::Installation& book) {
  for (Mode const mode : {Mode::test, Mode::live}) seal_ledger(book.services(), book.tenant(mode));
  std::string text;
  for (auto const& finding : verify(book.database(), book.services().events).findings)
    text += "verify: " + finding + "\n";
  return text;
}

// The explanations of all documents of all scenarios, one a line, and whose they are.
struct Explanations {
  testing::TempFolder folder;
  std::string path = folder.path() + "/explanations.jsonl";
  std::vector<std::string> whose;
};
std::unique_ptr<Explanations> explanations;

// Keeps those of the account's documents; a step that is not told from its inputs is wrong.
std::string unexplained(testing::Installation& book, std::string const& whose) {
  std::string problems;
  std::ofstream out(explanations->path, std::ios::app);
  for (int skip = 0;; skip += 100) {
    auto const page = book.get("/v1/invoices?take=100&status=all&skip=" + std::to_string(skip));
    auto const& list = *page.at("data").as_array();
    for (auto const& invoice : list) {
      auto const told =
          book.get("/v1/invoices/" + *invoice.find("id")->as_string() + "/explanation");
      out << told.text << "\n";
      explanations->whose.push_back(whose);
      for (char const* const word :
           {"\"invoice_line.exact_amount\"", "the part of the line that is credited"}) {
        if (told.text.find(word) != std::string::npos)
          problems += std::string("not told from its inputs: ") + told.text + "\n";
      }
    }
    if (list.size() < 100) return problems;
  }
}

std::string test_name(::testing::TestParamInfo<std::tuple<std::string, Place>> const& info) {
  static char const* const names[] = {"SQLite", "Memory", "PostgreSQL", "Retold"};
  std::string name = std::filesystem::path(std::get<0>(info.param)).stem().string();
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  }
  return name + "_" + names[static_cast<int>(std::get<1>(info.param))];
}

}  // namespace scenario_detail

using scenario_detail::Place;

class Scenario : public ::testing::TestWithParam<std::tuple<std::string, Place>> {
 protected:
  static void SetUpTestSuite() {
    scenario_detail::explanations = std::make_unique<scenario_detail::Explanations>();
  }
  // All documents of all scenarios are computed again by tools/recompute.py.
  static void TearDownTestSuite() {
    auto const kept = std::move(scenario_detail::explanations);
    if (kept->whose.empty()) return;
    std::string const command = "python3 " TALLYBOOK_SOURCE_DIR "/tools/recompute.py " +
                                kept->path + " > " + kept->path + ".out 2>&1";
    if (std::system(command.c_str()) == 0) return;
    std::stringstream said(scenario_detail::text_of(kept->path + ".out"));
    for (std::string line; std::getline(said, line);) {
      std::size_t number = 0;
      if (std::sscanf(line.c_str(), "document %zu:", &number) == 1 && number > 0 &&
          number <= kept->whose.size())
        line += " (" + kept->whose[number - 1] + ")";
      ADD_FAILURE() << line;
    }
  }
};
INSTANTIATE_TEST_SUITE_P(, Scenario,
                         ::testing::Combine(::testing::ValuesIn(scenario_detail::files()),
                                            ::testing::ValuesIn(scenario_detail::places)),
                         scenario_detail::test_name);

TEST_P(Scenario, IsAsWritten) {
  auto const& [file, place] = GetParam();
  timeline::Script script;
  try {
    script = timeline::read_script(scenario_detail::shown(file), scenario_detail::text_of(file));
  } catch (timeline::Failure const& failure) {
    FAIL() << scenario_detail::shown(file) << ":" << failure.line << ": " << failure.what();
  }
  timeline::Telling telling;
  if (place == Place::retold) {
    // One seed a file; TALLYBOOK_SEED tries others.
    char const* const seed = std::getenv("TALLYBOOK_SEED");
    telling = {seed != nullptr ? static_cast<unsigned>(std::stoul(seed)) : 1u, true, true};
  }
  telling.foresees = place == Place::memory || place == Place::retold;
  auto& book = scenario_detail::installation(place);
  auto const problem = timeline::Timeline(book, telling).run(script);
  if (!problem.empty()) ADD_FAILURE() << problem;
  auto const findings = scenario_detail::findings(book);
  if (!findings.empty()) ADD_FAILURE() << findings;
  if (place != Place::memory) return;
  auto const untold = scenario_detail::unexplained(book, scenario_detail::shown(file));
  if (!untold.empty()) ADD_FAILURE() << untold;
}

}  // namespace tallybook
