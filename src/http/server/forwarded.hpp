// TrustedProxies: which peers may speak for a client, and what they said. Immutable after
// construction, so any thread may ask. Internal to http/server.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/server/message.hpp"

namespace tallybook {

class TrustedProxies {
 public:
  // Each entry is an IPv4 or IPv6 address or a CIDR block. Throws std::runtime_error naming the
  // entry that is neither.
  explicit TrustedProxies(std::vector<std::string> const& entries);

  [[nodiscard]] bool trusts(std::string_view address) const;

  // Fills remote_address and tls_upstream. Behind a trusted peer: the rightmost X-Forwarded-For
  // entry that is not itself trusted, X-Forwarded-Proto, and X-Forwarded-Host as `host`. From any
  // other peer the x-forwarded-* fields are removed, so that nothing later believes them.
  void apply(Request& request, std::string peer) const;

 private:
  using Bytes = std::array<unsigned char, 16>;  // IPv4 as ::ffff:a.b.c.d
  struct Block {
    Bytes network;
    int bits;
  };
  static std::optional<Bytes> parse(std::string_view text);
  std::vector<Block> blocks_;
};

}  // namespace tallybook
