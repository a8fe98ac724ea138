// The files of the console and of the API reference, which are part of the program
// (cmake/console.cmake). Everything here lives as long as the program and may be read from any
// thread.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

namespace tallybook {

struct Asset {
  std::string_view
      path;  // as it is asked for: "/app/index.html", "/docs/assets/index-C6TprdO6.css"
  std::string_view content;
  std::string_view content_type;
  std::string_view etag;  // of the content, in the quotes the ETag header wants
};

// Sorted by path. Names below /app/assets/ and /docs/assets/ carry a hash of their content, so
// those files may be cached for ever; the others may not.
std::span<Asset const> assets();

// Null when there is no such file. Knows nothing of "/app/" or of paths inside the console: which
// page answers those is the caller's to decide.
inline Asset const* find_asset(std::string_view path) {
  auto const all = assets();
  auto const at = std::ranges::lower_bound(all, path, {}, &Asset::path);
  return at != all.end() && at->path == path ? &*at : nullptr;
}

}  // namespace tallybook
