#include "scenarios/language/figures.hpp"

#include <algorithm>
#include <map>

#include "money/money.hpp"
#include "scenarios/language/script.hpp"

namespace tallybook::timeline {

Instant read_instant(std::string const& text, TimeZone const& zone, int line) {
  if (auto const day = parse_date(text)) return zone.start_of(*day);
  std::string full = text;
  if (full.ends_with("Z")) full.pop_back();
  if (full.size() == 16) full += ":00";
  if (auto const at = parse_instant(full + "Z")) return *at;
  throw Failure(
      line, "expected a day (2026-01-31) or an instant (2026-01-31T09:30), not \"" + text + "\"");
}

std::string show_instant(Instant at, TimeZone const& zone) {
  Date const day = zone.date_of(at);
  if (zone.start_of(day) == at || zone.start_of(day + 1) == at + 1) return format_date(day);
  std::string text = format_instant(at);  // 2026-01-31T09:30:00.000Z
  text.pop_back();
  if (text.ends_with(".000")) text.erase(text.size() - 4);
  if (text.ends_with(":00") && text.size() == 19) text.erase(text.size() - 3);
  return text;
}

Exact read_amount(std::string const& text, int decimals, int line) {
  auto const amount = Exact::parse(text);
  if (!amount) throw Failure(line, "expected an amount, not \"" + text + "\"");
  Exact scale = 1;
  for (int i = 0; i < decimals; ++i) scale *= 10;
  return *amount * scale;
}

std::string show_amount(Value const& minor, int decimals) {
  if (minor.is_null()) return "null";
  auto const* number = minor.as_number();
  auto const amount = number != nullptr ? Exact::parse(number->text) : std::nullopt;
  if (!amount) return to_json_text(minor);
  if (amount->is_whole() && amount->round()) return format_minor(*amount->round(), decimals);
  Exact scale = 1;
  for (int i = 0; i < decimals; ++i) scale *= 10;
  return (*amount / scale).decimal();
}

std::optional<Value> read_interval(std::string const& word) {
  static std::map<std::string, std::pair<char const*, int>> const words = {
      {"daily", {"days", 1}},     {"weekly", {"weeks", 1}},      {"fortnightly", {"weeks", 2}},
      {"monthly", {"months", 1}}, {"bimonthly", {"months", 2}},  {"quarterly", {"months", 3}},
      {"yearly", {"years", 1}},   {"half-yearly", {"months", 6}}};
  Value interval;
  if (word == "once") {
    interval["period"] = "once";
    return interval;
  }
  if (auto const found = words.find(word); found != words.end()) {
    interval["period"] = found->second.first;
    interval["count"] = found->second.second;
    return interval;
  }
  // every-10-days
  for (std::string const period : {"days", "weeks", "months", "years"}) {
    if (!word.starts_with("every-") || !word.ends_with("-" + period)) continue;
    interval["period"] = period;
    interval["count"] = std::stoi(word.substr(6));
    return interval;
  }
  return std::nullopt;
}

std::string show_field(Value const& value, TimeZone const& zone) {
  if (auto const* text = value.as_string()) {
    if (text->size() == 24 && text->back() == 'Z') {
      if (auto const at = parse_instant(*text)) return show_instant(*at, zone);
    }
    return *text;
  }
  return to_json_text(value);
}

Value const* member_at(Value const& value, std::string const& path) {
  Value const* at = &value;
  std::size_t from = 0;
  while (at != nullptr && from <= path.size()) {
    auto const end = std::min(path.find('.', from), path.size());
    std::string const key = path.substr(from, end - from);
    from = end + 1;
    if (auto const* list = at->as_array()) {
      bool const number = !key.empty() && key.find_first_not_of("0123456789") == std::string::npos;
      std::size_t const index = number ? std::stoul(key) : list->size();
      at = index < list->size() ? &(*list)[index] : nullptr;
    } else {
      at = at->find(key);
    }
  }
  return at;
}

std::string difference(std::vector<std::string> const& expected,
                       std::vector<std::string> const& actual) {
  if (expected == actual) return "";
  // The longest common subsequence keeps equal lines side by side.
  std::size_t const n = expected.size(), m = actual.size();
  std::vector<std::vector<std::size_t>> same(n + 1, std::vector<std::size_t>(m + 1, 0));
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t j = m; j-- > 0;) {
      same[i][j] = expected[i] == actual[j] ? same[i + 1][j + 1] + 1
                                            : std::max(same[i + 1][j], same[i][j + 1]);
    }
  }
  std::vector<std::pair<std::string, std::string>> rows = {{"expected", "actual"}};
  for (std::size_t i = 0, j = 0; i < n || j < m;) {
    if (i < n && j < m && (expected[i] == actual[j] || same[i + 1][j + 1] == same[i][j])) {
      rows.emplace_back(expected[i++], actual[j++]);
    } else if (j < m && (i == n || same[i][j + 1] >= same[i + 1][j])) {
      rows.emplace_back("", actual[j++]);
    } else {
      rows.emplace_back(expected[i++], "");
    }
  }
  std::size_t width = 0;
  for (auto const& row : rows) width = std::max(width, row.first.size());
  std::string text;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto const& [left, right] = rows[i];
    text += std::string(i > 0 && left != right ? "  ! " : "    ") + left +
            std::string(width - left.size(), ' ') + "  |  " + right + "\n";
  }
  return text;
}

}  // namespace tallybook::timeline
