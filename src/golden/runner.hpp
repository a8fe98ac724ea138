// Runs files of golden cases: billing arithmetic restated as inputs and expected figures, each with
// the policies it assumes. `tallybook golden` and the tests are two callers of this.
#pragma once

#include <string>
#include <vector>

#include "golden/check.hpp"

namespace tallybook::golden {

enum class Verdict { pass, fail, not_applicable, unmapped };

struct CaseResult {
  Verdict verdict = Verdict::fail;
  std::string subject;  // the policy key of not_applicable, the kind of unmapped
  std::string id;
  std::string got;  // our figures, or why there are none
  std::string want;

  // "pass", "fail", "not-applicable KEY" or "unmapped KIND"; then id, got and want behind tabs.
  [[nodiscard]] std::string line() const;
};

struct FileResult {
  std::string theme;  // as the file names itself; else the name of the file
  std::vector<CaseResult> cases;
};

// One case against our rules. Whatever is wrong with it is a fail that says so; it never throws.
[[nodiscard]] CaseResult run_case(Json const& one);

// Throws BadCase when the file cannot be read or holds no list of cases.
[[nodiscard]] FileResult run_file(std::string const& path);

// "name: 3 pass, 0 fail, 1 not-applicable, 0 unmapped, of 4"
[[nodiscard]] std::string count_line(std::string const& theme,
                                     std::vector<CaseResult> const& cases);

}  // namespace tallybook::golden
