// `tallybook rates import`: reads reference exchange rates; a server may be running.
#include <cstdio>
#include <fstream>
#include <iterator>

#include "app/invoice/conversion.hpp"
#include "main/commands.hpp"
#include "main/node.hpp"

namespace tallybook {

int import_rate_file(Settings const& settings, std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "%s cannot be opened\n", path.c_str());
    return 2;
  }
  std::string const text{std::istreambuf_iterator<char>(file), {}};
  auto database = open_records(settings);
  std::optional<Result<std::int64_t>> stored;
  database->write([&](SqlSession& sql) {
    stored.emplace(import_rates(sql, text));
    return stored->has_value();
  });
  if (!*stored) {
    std::fprintf(stderr, "%s: %s; nothing was stored\n", path.c_str(),
                 stored->error().message.c_str());
    return 2;
  }
  std::printf("%lld rates stored\n", static_cast<long long>(**stored));
  return 0;
}

}  // namespace tallybook
