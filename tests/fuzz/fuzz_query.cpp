// Any query string is read or refused with a reason; list filters make one SQL parameter for each
// question mark and never let a value into the SQL text.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "api/protocol/list.hpp"

namespace {

using namespace tallybook;
using namespace tallybook::api;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string percent_encoded(std::string_view text) {
  static constexpr char hex[] = "0123456789ABCDEF";
  std::string out;
  for (char const c : text) {
    auto const byte = static_cast<unsigned char>(c);
    out += '%';
    out += hex[byte >> 4];
    out += hex[byte & 15];
  }
  return out;
}

void fuzz_decoding(std::string_view text) {
  for (bool const form : {false, true}) {
    auto const decoded = percent_decoded(text, form);
    if (!decoded) continue;
    require(decoded->find('\0') == std::string::npos);
    require(decoded->size() <= text.size());
    require(percent_decoded(percent_encoded(*decoded), form) == *decoded);
  }
}

void fuzz_filters(Query query) {
  std::vector<api::FilterField> const fields = {
      {"name", "name_column", FieldKind::text},
      {"status", "status_column", FieldKind::choice, {"draft", "issued"}},
      {"amount", "amount_column", FieldKind::number},
      {"created_at", "created_column", FieldKind::instant},
      {"is_final", "final_column", FieldKind::boolean}};
  Condition condition;
  add_filters(query, fields, condition);
  auto const marks = std::count(condition.sql.begin(), condition.sql.end(), '?');
  require(static_cast<std::size_t>(marks) == condition.params.size());
  // Quotes and semicolons could only come from a value.
  require(condition.sql.find(';') == std::string::npos &&
          condition.sql.find('"') == std::string::npos);
  OffsetPage const page = offset_page(query);
  require(page.take >= 0 && page.skip >= 0);
  (void)query.check();
}

void fuzz_cursor(Query query) {
  auto const page = cursor_page(query, {"created_at", "updated_at"});
  if (!page) return;
  require(page->limit > 0);
  require(page->sort == "created_at" || page->sort == "updated_at");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view const text(reinterpret_cast<char const*>(data), size);
  fuzz_decoding(text);
  auto const query = Query::parse(text);
  if (!query) {
    require(!query.error().message.empty());
    return 0;
  }
  for (auto const& [name, value] : query->items()) {
    require(query->find(name) != nullptr);
    for (auto const& part : query->all(name))
      require(!part.empty() && part.find(',') == std::string::npos);
  }
  fuzz_filters(*query);
  fuzz_cursor(*query);
  return 0;
}
