#include "reflect/json.hpp"

#include <charconv>

namespace tallybook::reflect {
namespace json_detail {

thread_local int stored_numbers = 0;

// A number, or text that spells one; stored ones may be fractions.
std::optional<Exact> number_of(Value const& value) {
  if (auto const* number = value.as_number()) return Exact::parse(number->text);
  if (auto const* text = value.as_string()) {
    bool const fraction = stored_numbers > 0 && text->find('/') != std::string::npos;
    return fraction ? Exact::parse_fraction(*text) : Exact::parse(*text);
  }
  return std::nullopt;
}

}  // namespace json_detail

void read(Value const& value, std::string& out, std::string const& path, Problems& problems) {
  if (auto const* text = value.as_string()) {
    out = *text;
  } else {
    mismatch(problems, path, "string", value);
  }
}

void read(Value const& value, bool& out, std::string const& path, Problems& problems) {
  if (auto const* boolean = value.as_bool()) {
    out = *boolean;
  } else if (auto const* text = value.as_string();
             text != nullptr && (*text == "true" || *text == "false")) {
    out = *text == "true";
  } else {
    mismatch(problems, path, "boolean", value);
  }
}

void read(Value const& value, std::int64_t& out, std::string const& path, Problems& problems) {
  auto const number = json_detail::number_of(value);
  if (!number) return mismatch(problems, path, "number", value);
  if (!number->is_whole()) return problems.add(path, "expected a whole number");
  auto const whole = number->round();
  if (!whole) return problems.add(path, "number out of range");
  out = *whole;
}

void read(Value const& value, int& out, std::string const& path, Problems& problems) {
  std::int64_t wide = 0;
  std::size_t const before = problems.list().size();
  read(value, wide, path, problems);
  if (problems.list().size() != before) return;
  if (wide < INT32_MIN || wide > INT32_MAX) return problems.add(path, "number out of range");
  out = static_cast<int>(wide);
}

void read(Value const& value, Exact& out, std::string const& path, Problems& problems) {
  auto const number = json_detail::number_of(value);
  if (!number) return mismatch(problems, path, "number", value);
  out = *number;
}

void read(Value const& value, Instant& out, std::string const& path, Problems& problems) {
  auto const* text = value.as_string();
  if (text == nullptr) return mismatch(problems, path, "date-time", value);
  if (auto const at = parse_instant(*text)) {
    if (json_detail::stored_numbers == 0 && !may_be_given(*at))
      return problems.add(path, may_not_be_given);
    out = *at;
  } else {
    problems.add(path, "expected an ISO 8601 date-time in UTC such as 2026-01-31T00:00:00.000Z");
  }
}

void read(Value const& value, Date& out, std::string const& path, Problems& problems) {
  auto const* text = value.as_string();
  if (text == nullptr) return mismatch(problems, path, "date", value);
  if (auto const date = parse_date(*text)) {
    if (json_detail::stored_numbers == 0 && !may_be_given(Instant{date->days * 86'400'000LL}))
      return problems.add(path, may_not_be_given);
    out = *date;
  } else {
    problems.add(path, "expected a date such as 2026-01-31");
  }
}

void write(std::string& out, std::string const& text) { append_json_string(out, text); }
void write(std::string& out, bool boolean) { out += boolean ? "true" : "false"; }
void write(std::string& out, std::int64_t whole) {
  char buffer[24];
  auto const end = std::to_chars(buffer, buffer + sizeof buffer, whole).ptr;
  out.append(buffer, end);
}
void write(std::string& out, int whole) { write(out, static_cast<std::int64_t>(whole)); }
void write(std::string& out, Exact const& number) {
  std::string decimal = number.decimal();
  if (json_detail::stored_numbers > 0 && Exact::parse(decimal) != number)
    decimal = '"' + number.str() + '"';
  out += decimal;
}

StoredNumbers::StoredNumbers() { ++json_detail::stored_numbers; }
StoredNumbers::~StoredNumbers() { --json_detail::stored_numbers; }
void write(std::string& out, Instant at) { append_json_string(out, format_instant(at)); }
void write(std::string& out, Date date) { append_json_string(out, format_date(date)); }

}  // namespace tallybook::reflect
