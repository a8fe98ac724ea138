#include "api/protocol/list.hpp"

#include <algorithm>

namespace tallybook::api {
namespace list_detail {

constexpr char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (char const c : text) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    count += 8;
    while (count >= 6) {
      count -= 6;
      out += base64url[bits >> count & 63];
    }
  }
  if (count > 0) out += base64url[bits << (6 - count) & 63];
  return out;
}

std::optional<std::string> decode(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int count = 0;
  for (char const c : text) {
    if (c == '=') continue;
    auto const at = std::string_view(base64url).substr(0, 64).find(c);
    if (at == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<unsigned>(at);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += static_cast<char>(bits >> count & 255);
    }
  }
  return out;
}

std::string like_pattern(std::string_view text) {
  std::string out;
  for (char const c : text) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string marks(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += i == 0 ? "?" : ", ?";
  return out;
}

// The parameter as the column's type; a problem when it does not fit.
std::optional<SqlValue> typed(Query& query, std::string const& parameter, FilterField const& field,
                              std::string const& text) {
  switch (field.kind) {
    case FieldKind::text:
      return SqlValue(text);
    case FieldKind::choice: {
      std::string list;
      for (auto const& choice : field.choices) {
        if (choice == text) return SqlValue(text);
        list += (list.empty() ? "\"" : "|\"") + choice + "\"";
      }
      query.add_problem(parameter, "Invalid option: expected one of " + list);
      return std::nullopt;
    }
    case FieldKind::number: {
      auto const number = Exact::parse(text);
      auto const whole = number ? number->round() : std::nullopt;
      if (!whole || !number->is_whole()) {
        query.add_problem(parameter, "Invalid input: expected number, received NaN");
        return std::nullopt;
      }
      return SqlValue(*whole);
    }
    case FieldKind::instant: {
      auto const at = parse_instant(text);
      if (!at) {
        query.add_problem(parameter, "Invalid ISO datetime");
        return std::nullopt;
      }
      return SqlValue(at->ms);
    }
    case FieldKind::boolean:
      if (text == "true" || text == "false") return SqlValue(std::int64_t{text == "true"});
      query.add_problem(parameter, "Invalid input: expected boolean");
      return std::nullopt;
  }
  return std::nullopt;
}

void add_many(Query& query, std::string const& parameter, FilterField const& field, bool inside,
              Condition& condition) {
  SqlParams values;
  for (auto const& text : query.all(parameter)) {
    auto value = typed(query, parameter, field, text);
    if (!value) return;
    values.push_back(*std::move(value));
  }
  if (values.empty()) return;  // an empty list is no filter
  std::string const list = marks(values.size());
  if (inside) {
    condition.add(field.column + " IN (" + list + ")", std::move(values));
  } else {
    condition.add("(" + field.column + " IS NULL OR " + field.column + " NOT IN (" + list + "))",
                  std::move(values));
  }
}

void add_text_match(FilterField const& field, std::string const& op, std::string const& text,
                    Condition& condition) {
  std::string pattern = like_pattern(text);
  if (op != "startsWith") pattern = "%" + pattern;
  if (op == "contains" || op == "startsWith") pattern += "%";
  condition.add("LOWER(" + field.column + ") LIKE LOWER(?) ESCAPE '\\'", {std::move(pattern)});
}

void add_one(Query& query, std::string const& parameter, FilterField const& field,
             std::string const& op, std::string const& text, Condition& condition) {
  if (op == "isNull" || op == "isNotNull") {
    // The vendor parses the value by the field's type whatever the operator, so true is no date.
    if (field.kind == FieldKind::instant && !typed(query, parameter, field, text)) return;
    condition.add(field.column + (op == "isNull" ? " IS NULL" : " IS NOT NULL"));
    return;
  }
  if (op == "in" || op == "notIn") return add_many(query, parameter, field, op == "in", condition);
  if (field.kind == FieldKind::text &&
      (op == "contains" || op == "startsWith" || op == "endWith" || op == "endsWith")) {
    return add_text_match(field, op, text, condition);
  }
  static std::map<std::string, std::string> const comparisons = {{"", " = "},   {"equals", " = "},
                                                                 {"lt", " < "}, {"lte", " <= "},
                                                                 {"gt", " > "}, {"gte", " >= "}};
  auto value = typed(query, parameter, field, text);
  if (!value) return;
  if (op == "not") {
    condition.add("(" + field.column + " IS NULL OR " + field.column + " <> ?)",
                  {*std::move(value)});
  } else {
    condition.add(field.column + comparisons.at(op) + "?", {*std::move(value)});
  }
}

bool takes(FilterField const& field, std::string const& op) {
  if (op.empty() || op == "equals" || op == "not" || op == "isNull" || op == "isNotNull")
    return true;
  if (op == "in" || op == "notIn")
    return field.kind == FieldKind::text || field.kind == FieldKind::choice;
  if (op == "contains" || op == "startsWith" || op == "endWith" || op == "endsWith")
    return field.kind == FieldKind::text;
  if (op == "lt" || op == "lte" || op == "gt" || op == "gte")
    return field.kind == FieldKind::number || field.kind == FieldKind::instant;
  return false;
}

}  // namespace list_detail

void add_filters(Query& query, std::vector<FilterField> const& fields, Condition& condition) {
  auto const items = query.items();
  std::vector<std::string> done;
  for (auto const& [parameter, text] : items) {
    std::string bare =
        parameter.ends_with("[]") ? parameter.substr(0, parameter.size() - 2) : parameter;
    auto const mark = bare.find("__");
    std::string const name = bare.substr(0, mark);
    std::string const op = mark == std::string::npos ? "" : bare.substr(mark + 2);
    for (auto const& field : fields) {
      if (field.name != name || !list_detail::takes(field, op)) continue;
      if (text.empty() && op != "isNull" && op != "isNotNull") continue;  // empty text means absent
      bool const seen = std::find(done.begin(), done.end(), bare) != done.end();
      if (seen && (op == "in" || op == "notIn")) continue;  // all() has read every repetition
      done.push_back(bare);
      list_detail::add_one(query, bare, field, op, text, condition);
    }
  }
}

std::vector<QueryParameter> filter_parameters(std::vector<FilterField> const& fields) {
  std::vector<QueryParameter> parameters;
  static constexpr char const* operators[] = {"",   "equals", "not",      "isNull",     "isNotNull",
                                              "in", "notIn",  "contains", "startsWith", "endWith",
                                              "lt", "lte",    "gt",       "gte"};
  for (auto const& field : fields) {
    for (std::string const op : operators) {
      if (list_detail::takes(field, op))
        parameters.push_back({field.name + (op.empty() ? "" : "__" + op),
                              op.empty() ? "filter: equals" : "filter: " + op});
    }
  }
  return parameters;
}

std::vector<QueryParameter> offset_parameters(std::vector<FilterField> const& fields) {
  std::vector<QueryParameter> parameters = {{"take", "rows per page, 0 to 100, default 50"},
                                            {"skip", "rows to pass over, default 0"}};
  for (auto& parameter : filter_parameters(fields)) parameters.push_back(std::move(parameter));
  return parameters;
}

std::vector<QueryParameter> cursor_parameters(std::vector<FilterField> const& fields,
                                              std::vector<std::string> const& sorts) {
  std::string names;
  for (auto const& sort : sorts) names += (names.empty() ? "" : ", ") + sort;
  std::vector<QueryParameter> parameters = {{"limit", "rows per page, 1 to 100, default 50"},
                                            {"cursor", "next_cursor of the page before"},
                                            {"include_total", "true adds the total; slower"},
                                            {"sort", "one of " + names},
                                            {"order", "asc or desc (default)"}};
  for (auto& parameter : filter_parameters(fields)) parameters.push_back(std::move(parameter));
  return parameters;
}

std::string offset_envelope(std::int64_t total, std::int64_t taken, std::int64_t skipped,
                            std::vector<std::string> const& rows) {
  std::string body = "{\"meta\":{\"total\":" + std::to_string(total) +
                     ",\"taken\":" + std::to_string(taken) +
                     ",\"skipped\":" + std::to_string(skipped) + "},\"data\":[";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i > 0) body += ',';
    body += rows[i];
  }
  return body + "]}";
}

OffsetPage offset_page(Query& query) {
  OffsetPage page;
  page.take = query.number("take", 50, 0, 100);
  page.skip = query.number("skip", 0, 0, 1'000'000'000);
  return page;
}

Result<CursorPage> cursor_page(Query& query, std::vector<std::string> const& sorts) {
  CursorPage page;
  page.limit = query.number("limit", 50, 1, 100);
  page.include_total = query.boolean("include_total", false);
  page.sort = query.option("sort", sorts).value_or(sorts.front());
  page.ascending = query.option("order", {"asc", "desc"}).value_or("desc") == "asc";
  auto const* cursor = query.find("cursor");
  if (cursor == nullptr || cursor->empty()) return page;
  auto const text = list_detail::decode(*cursor);
  auto const value = text ? parse_json(*text) : Result<Value>(fail(errors::invalid("")));
  auto const* id = value && value->find("i") ? value->find("i")->as_string() : nullptr;
  auto const* sort = value && value->find("s") ? value->find("s")->as_string() : nullptr;
  auto const* order = value && value->find("o") ? value->find("o")->as_string() : nullptr;
  if (id == nullptr || sort == nullptr || order == nullptr ||
      std::find(sorts.begin(), sorts.end(), *sort) == sorts.end() ||
      (*order != "asc" && *order != "desc")) {
    return fail(errors::invalid("Invalid cursor"));
  }
  page.after_id = *id;
  page.sort = *sort;
  page.ascending = *order == "asc";
  return page;
}

std::string encode_cursor(std::string const& last_id, std::string const& sort, bool ascending) {
  return list_detail::encode("{\"i\":\"" + last_id + "\",\"s\":\"" + sort + "\",\"o\":\"" +
                             (ascending ? "asc" : "desc") + "\"}");
}

}  // namespace tallybook::api
