#include "api/protocol/query.hpp"

#include <charconv>

#include "money/exact.hpp"

namespace tallybook::api {
namespace query_detail {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Well-formed UTF-8 without NUL: what both databases can keep.
bool is_clean_utf8(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    auto const lead = static_cast<unsigned char>(text[i]);
    int more = 0;
    unsigned code = 0;
    if (lead == 0) return false;
    if (lead < 0x80) {
      ++i;
      continue;
    }
    if (lead >= 0xC2 && lead <= 0xDF)
      more = 1, code = lead & 0x1Fu;
    else if (lead >= 0xE0 && lead <= 0xEF)
      more = 2, code = lead & 0x0Fu;
    else if (lead >= 0xF0 && lead <= 0xF4)
      more = 3, code = lead & 0x07u;
    else
      return false;
    if (i + static_cast<std::size_t>(more) >= text.size()) return false;
    for (int k = 1; k <= more; ++k) {
      auto const next = static_cast<unsigned char>(text[i + static_cast<std::size_t>(k)]);
      if ((next & 0xC0) != 0x80) return false;
      code = code << 6 | (next & 0x3Fu);
    }
    if ((more == 2 && code < 0x800) || (more == 3 && code < 0x10000) || code > 0x10FFFF ||
        (code >= 0xD800 && code <= 0xDFFF))
      return false;
    i += static_cast<std::size_t>(more) + 1;
  }
  return true;
}

std::vector<std::string> split_commas(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    auto const comma = text.find(',');
    auto const part = text.substr(0, comma);
    if (!part.empty()) parts.emplace_back(part);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return parts;
}

}  // namespace query_detail

std::optional<std::string> percent_decoded(std::string_view text, bool form) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      int const high = query_detail::hex_value(text[i + 1]);
      int const low = query_detail::hex_value(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += form && text[i] == '+' ? ' ' : text[i];
    }
  }
  if (!query_detail::is_clean_utf8(out)) return std::nullopt;
  return out;
}

Result<Query> Query::parse(std::string_view text) {
  Query query;
  while (!text.empty()) {
    auto const end = text.find('&');
    auto const pair = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (pair.empty()) continue;
    auto const equals = pair.find('=');
    auto name = percent_decoded(pair.substr(0, equals), true);
    auto value = percent_decoded(
        equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true);
    if (!name || !value)
      return fail({ErrorCode::invalid_request,
                   "Invalid query params",
                   {{std::string(pair.substr(0, 64)), "expected percent-encoded UTF-8"}}});
    query.items_.emplace_back(*std::move(name), *std::move(value));
    if (query.items_.size() > 500) return fail(errors::invalid("Too many query parameters"));
  }
  return query;
}

std::string const* Query::find(std::string const& name) const {
  for (auto const& [key, value] : items_) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::vector<std::string> Query::all(std::string const& name) const {
  std::vector<std::string> values;
  for (auto const& [key, value] : items_) {
    if (key != name && key != name + "[]") continue;
    for (auto& part : query_detail::split_commas(value)) values.push_back(std::move(part));
  }
  return values;
}

std::int64_t Query::number(std::string const& name, std::int64_t fallback, std::int64_t least,
                           std::int64_t most) {
  auto const* text = find(name);
  if (text == nullptr) return fallback;
  auto const value = text->empty() ? std::optional<Exact>(Exact(0)) : Exact::parse(*text);
  if (!value) {
    add_problem(name, "Invalid input: expected number, received NaN");
    return fallback;
  }
  if (*value < Exact(least)) {
    add_problem(name, "Too small: expected number to be >=" + std::to_string(least));
    return fallback;
  }
  if (*value > Exact(most)) {
    add_problem(name, "Too big: expected number to be <=" + std::to_string(most));
    return fallback;
  }
  return *value->round(Rounding::down);
}

bool Query::boolean(std::string const& name, bool fallback) {
  auto const* text = find(name);
  if (text == nullptr || text->empty()) return fallback;
  if (*text == "true") return true;
  if (*text == "false") return false;
  add_problem(name, "Invalid input: expected boolean");
  return fallback;
}

std::optional<Instant> Query::instant(std::string const& name) {
  auto const* text = find(name);
  if (text == nullptr || text->empty()) return std::nullopt;
  auto const at = parse_instant(*text);
  if (!at) add_problem(name, "Invalid ISO datetime");
  return at;
}

std::optional<std::string> Query::option(std::string const& name,
                                         std::vector<std::string> const& options) {
  auto const* text = find(name);
  if (text == nullptr || text->empty()) return std::nullopt;
  std::string list;
  for (auto const& option : options) {
    if (option == *text) return option;
    list += (list.empty() ? "\"" : "|\"") + option + "\"";
  }
  add_problem(name, "Invalid option: expected one of " + list);
  return std::nullopt;
}

Result<void> Query::check() const {
  if (problems_.empty()) return {};
  return fail({ErrorCode::invalid_request, "Invalid query params", problems_});
}

}  // namespace tallybook::api
