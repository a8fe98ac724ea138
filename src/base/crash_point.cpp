#include "base/crash_point.hpp"

#ifdef TALLYBOOK_CRASH_POINTS
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

namespace tallybook {
namespace crash_point_detail {

struct Wanted {
  std::string name;
  std::atomic<int> left{0};
  Wanted() {
    char const* text = std::getenv("TALLYBOOK_CRASH_AT");
    if (text == nullptr) return;
    name = text;
    left = 1;
    if (auto const colon = name.find(':'); colon != std::string::npos) {
      left = std::atoi(name.c_str() + colon + 1);
      name.resize(colon);
    }
  }
};

}  // namespace crash_point_detail

void crash_point(char const* name) {
  static crash_point_detail::Wanted wanted;
  if (wanted.name == name && --wanted.left == 0) std::raise(SIGKILL);
}

}  // namespace tallybook
#endif
