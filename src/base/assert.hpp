// TB_ASSERT(condition): an invariant of ours. Throws BrokenInvariant, which the request runner
// logs and answers with 500, and which fails a test. Never used for input.
#pragma once

#include <stdexcept>
#include <string>

namespace tallybook {

struct BrokenInvariant : std::logic_error {
  using std::logic_error::logic_error;
};

[[noreturn]] inline void broken_invariant(char const* what, char const* file, int line) {
  throw BrokenInvariant(std::string(file) + ":" + std::to_string(line) + ": " + what);
}

}  // namespace tallybook

#define TB_ASSERT(condition) \
  ((condition) ? void(0) : ::tallybook::broken_invariant(#condition, __FILE__, __LINE__))
