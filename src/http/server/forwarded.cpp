#include "http/server/forwarded.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace tallybook {
namespace forwarded_detail {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// "1.2.3.4:567", "[::1]:567" and "[::1]" as some proxies write them; else unchanged.
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) {
    auto const end = text.find(']');
    return end == text.npos ? text : text.substr(1, end - 1);
  }
  auto const colon = text.find(':');
  if (colon != text.npos && text.find(':', colon + 1) == text.npos) return text.substr(0, colon);
  return text;
}

// All fields of that name as one comma-separated list, which is what HTTP says they mean.
std::vector<std::string_view> list_of(Request const& request, std::string_view name) {
  std::vector<std::string_view> items;
  for (auto const& [field, value] : request.headers) {
    if (field != name) continue;
    std::string_view rest = value;
    while (true) {
      auto const comma = rest.find(',');
      items.push_back(trim(rest.substr(0, comma)));
      if (comma == rest.npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return items;
}

}  // namespace forwarded_detail

std::optional<TrustedProxies::Bytes> TrustedProxies::parse(std::string_view text) {
  std::string const zero_ended(text);
  Bytes bytes{};
  in_addr v4{};
  if (inet_pton(AF_INET, zero_ended.c_str(), &v4) == 1) {
    bytes[10] = bytes[11] = 0xff;
    std::memcpy(bytes.data() + 12, &v4, 4);
    return bytes;
  }
  if (inet_pton(AF_INET6, zero_ended.c_str(), bytes.data()) == 1) return bytes;
  return std::nullopt;
}

TrustedProxies::TrustedProxies(std::vector<std::string> const& entries) {
  for (auto const& entry : entries) {
    auto const slash = entry.find('/');
    auto const network = parse(std::string_view(entry).substr(0, slash));
    bool const v4 = entry.find(':') == entry.npos;
    int bits = v4 ? 32 : 128;
    bool good = network.has_value();
    if (slash != entry.npos) {
      int const most = bits;
      char const* end = entry.data() + entry.size();
      auto const [stop, error] = std::from_chars(entry.data() + slash + 1, end, bits);
      good = good && error == std::errc() && stop == end && bits >= 0 && bits <= most;
    }
    if (!good) throw std::runtime_error("trusted proxy is not an address or CIDR block: " + entry);
    blocks_.push_back({*network, v4 ? bits + 96 : bits});
  }
}

bool TrustedProxies::trusts(std::string_view address) const {
  if (blocks_.empty()) return false;
  auto const bytes = parse(address);
  if (!bytes) return false;
  return std::any_of(blocks_.begin(), blocks_.end(), [&](Block const& block) {
    int const whole = block.bits / 8;
    int const rest = block.bits % 8;
    if (std::memcmp(bytes->data(), block.network.data(), static_cast<size_t>(whole)) != 0)
      return false;
    if (rest == 0) return true;
    auto const at = static_cast<size_t>(whole);
    return (((*bytes)[at] ^ block.network[at]) >> (8 - rest)) == 0;
  });
}

void TrustedProxies::apply(Request& request, std::string peer) const {
  using namespace forwarded_detail;
  bool const trusted = trusts(peer);
  request.remote_address = std::move(peer);
  if (!trusted) {
    std::erase_if(request.headers, [](auto const& field) {
      return std::string_view(field.first).starts_with("x-forwarded-");
    });
    return;
  }
  auto const chain = list_of(request, "x-forwarded-for");
  for (auto hop = chain.rbegin(); hop != chain.rend(); ++hop) {
    auto const address = without_port(*hop);
    // Past something unreadable nobody vouches for the rest.
    if (!parse(address)) break;
    request.remote_address = std::string(address);
    if (!trusts(address)) break;
  }
  auto const proto = list_of(request, "x-forwarded-proto");
  request.tls_upstream = !proto.empty() && (proto.back() == "https" || proto.back() == "HTTPS");
  auto const hosts = list_of(request, "x-forwarded-host");
  if (!hosts.empty() && !hosts.back().empty()) {
    std::string host(hosts.back());
    for (auto& [name, value] : request.headers) {
      if (name == "host") value = host;
    }
  }
}

}  // namespace tallybook
