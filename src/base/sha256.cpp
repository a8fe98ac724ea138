#include "base/sha256.hpp"

#include <sodium.h>

namespace tallybook {

std::string sha256(std::string_view bytes) {
  unsigned char hash[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(hash, reinterpret_cast<unsigned char const*>(bytes.data()), bytes.size());
  static constexpr char digits[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * sizeof hash);
  for (unsigned char const byte : hash) {
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

}  // namespace tallybook
