// `tallybook golden`: golden cases against the rules of this program.
#include <cstdio>
#include <map>

#include "golden/runner.hpp"
#include "main/commands.hpp"

namespace tallybook {

int run_golden(std::vector<std::string> const& files) {
  std::map<std::string, std::vector<golden::CaseResult>> themes;
  bool unreadable = false;
  bool failed = false;
  for (auto const& file : files) {
    try {
      auto result = golden::run_file(file);
      auto& cases = themes[result.theme];
      for (auto& one : result.cases) {
        std::printf("%s\n", one.line().c_str());
        failed = failed || one.verdict == golden::Verdict::fail;
        cases.push_back(std::move(one));
      }
    } catch (golden::BadCase const& problem) {
      std::fprintf(stderr, "%s: %s\n", file.c_str(), problem.what());
      unreadable = true;
    }
  }
  for (auto const& [theme, cases] : themes)
    std::printf("%s\n", golden::count_line(theme, cases).c_str());
  if (unreadable) return 2;
  return failed ? 1 : 0;
}

}  // namespace tallybook
