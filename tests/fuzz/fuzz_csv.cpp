// Any bytes are rows or problems: every byte is read once, lines are counted, and what was read
// writes back to a row that reads as the same fields.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>

#include "app/usage/csv_reader.hpp"

namespace {

using namespace tallybook;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string quoted(std::vector<std::string> const& fields) {
  std::string text;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    text += i == 0 ? "\"" : ",\"";
    for (char const c : fields[i]) text += c == '"' ? std::string("\"\"") : std::string(1, c);
    text += '"';
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string const text(reinterpret_cast<char const*>(data), size);
  std::istringstream stream(text);
  constexpr std::size_t most = 300;
  CsvReader reader(stream, most);
  CsvRow row;
  std::uint64_t line = 0;
  while (reader.next(row)) {
    require(row.line > line);
    line = row.line;
    require(row.raw.size() <= most && !row.fields.empty());
    if (!row.problem.empty()) continue;
    std::istringstream again(quoted(row.fields) + "\r\n");
    CsvReader second(again, 4 * most + 10);
    CsvRow copy;
    require(second.next(copy) && copy.problem.empty() && copy.fields == row.fields);
    require(!second.next(copy));
  }
  require(reader.bytes_read() == text.size());
  require(line <= 1 + static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')));
  return 0;
}
