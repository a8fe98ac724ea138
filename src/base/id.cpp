#include "base/id.hpp"

#include <sodium.h>

namespace tallybook {

std::string RandomIds::next(std::string_view prefix) {
  static constexpr std::string_view alphabet =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  static bool const ready = sodium_init() >= 0;
  (void)ready;
  // One call to the generator for the whole id; bytes of 248 and above would favour the first
  // letters and are drawn again.
  std::string id(prefix);
  id += '_';
  unsigned char bytes[20];
  int filled = 0;
  while (filled < 14) {
    randombytes_buf(bytes, sizeof bytes);
    for (unsigned char byte : bytes) {
      if (byte >= 248 || filled == 14) continue;
      id += alphabet[byte % 62];
      ++filled;
    }
  }
  return id;
}

}  // namespace tallybook
