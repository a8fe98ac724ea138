#include "base/mutant.hpp"

#ifdef TALLYBOOK_MUTANTS
#include <cstdlib>

namespace tallybook {

int mutant_on() {
  static int const number = [] {
    char const* const text = std::getenv("TALLYBOOK_MUTANT");
    return text == nullptr ? 0 : std::atoi(text);
  }();
  return number;
}

}  // namespace tallybook
#endif
