#include "app/usage/event_import.hpp"

#include <sodium.h>

#include <algorithm>
#include <charconv>

#include "reflect/value.hpp"

namespace tallybook {
namespace import_detail {

constexpr std::size_t batch_rows = 5'000;
constexpr std::size_t batch_bytes = 4 * 1024 * 1024;
constexpr std::size_t shown_refusals = 20;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What JSON writes as a number, without exponent: "-0.50", "7"; not "007", "+1", "1.".
bool is_plain_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  std::size_t at = 0;
  while (at < text.size() && is_digit(text[at])) ++at;
  if (at == 0 || (at > 1 && text[0] == '0') || text.size() > 100) return false;
  if (at == text.size()) return true;
  if (text[at] != '.' || at + 1 == text.size()) return false;
  return std::ranges::all_of(text.substr(at + 1), is_digit);
}

std::string_view trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0;
  unsigned char bytes[16];
  crypto_generichash(bytes, sizeof bytes, reinterpret_cast<unsigned char const*>(text.data()),
                     text.size(), nullptr, 0);
  for (int i = 0; i < 8; ++i) hash = hash << 8 | bytes[i];
  return hash;
}

std::string row_id(std::string_view raw, std::uint32_t occurrence) {
  std::string text(raw);
  text += '\n' + std::to_string(occurrence);
  unsigned char bytes[16];
  crypto_generichash(bytes, sizeof bytes, reinterpret_cast<unsigned char const*>(text.data()),
                     text.size(), nullptr, 0);
  char hex[33];
  sodium_bin2hex(hex, sizeof hex, bytes, sizeof bytes);
  return hex;
}

// Text that is no UTF-8 would make the whole batch unreadable; NUL is refused by the server.
bool is_storable(std::string_view text) {
  std::string quoted;
  append_json_string(quoted, text);
  return parse_json(quoted).has_value();
}

class Import {
 public:
  Import(CsvReader& reader, ImportTerms const& terms, ImportSink& sink)
      : reader_(reader), terms_(terms), sink_(sink) {}

  Result<void> read_header();
  ImportReport run(std::function<void(std::uint64_t)> const& progress);

 private:
  void take(CsvRow const& row);
  void append_event(CsvRow const& row, Instant at, std::string const& id);
  void refuse(std::uint64_t line, std::string reason);
  void flush();

  CsvReader& reader_;
  ImportTerms const& terms_;
  ImportSink& sink_;
  std::vector<std::string> names_;
  std::size_t timestamp_ = 0;
  std::optional<std::size_t> record_id_;
  OccurrenceCounts seen_;  // hashes of rows, or of given ids
  ImportReport report_;
  std::string body_;
  std::vector<std::string> ids_;  // of the batch
  std::vector<std::uint64_t> lines_;
  std::vector<bool> first_time_;  // the id did not occur earlier in this file
};

Result<void> Import::read_header() {
  CsvRow header;
  if (!reader_.next(header)) return fail(errors::invalid("the file is empty"));
  if (!header.problem.empty()) return fail(errors::invalid("the header line: " + header.problem));
  if (!is_storable(header.raw))
    return fail(errors::invalid("the header line is not valid UTF-8 text"));
  names_ = header.fields;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (names_[i].empty())
      return fail(errors::invalid("column " + std::to_string(i + 1) + " has no name"));
    if (std::count(names_.begin(), names_.end(), names_[i]) > 1)
      return fail(errors::invalid("the column " + names_[i] + " is there twice"));
  }
  auto const find = [&](std::string const& name) -> Result<std::size_t> {
    auto const at = std::ranges::find(names_, name);
    if (at == names_.end()) return fail(errors::invalid("the file has no column " + name));
    return static_cast<std::size_t>(at - names_.begin());
  };
  TB_TRY(timestamp, find(terms_.timestamp_column));
  timestamp_ = timestamp;
  if (terms_.record_id_column) {
    TB_TRY(record_id, find(*terms_.record_id_column));
    record_id_ = record_id;
  }
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == "id" && i != timestamp_ && record_id_ != i) {
      return fail(
          errors::invalid("the column id would be the record id of its event: name it with "
                          "--record-id-column id, or rename it"));
    }
  }
  return {};
}

void Import::refuse(std::uint64_t line, std::string reason) {
  ++report_.refused;
  if (report_.first_refused.size() < shown_refusals)
    report_.first_refused.push_back({line, std::move(reason)});
}

void Import::append_event(CsvRow const& row, Instant at, std::string const& id) {
  body_ += body_.empty() ? "[{\"customer_id\":" : ",{\"customer_id\":";
  append_json_string(body_, terms_.customer);
  body_ += ",\"event_type\":";
  append_json_string(body_, terms_.event_type);
  body_ += ",\"timestamp\":\"" + format_instant(at) + "\",\"record\":{\"id\":";
  append_json_string(body_, id);
  for (std::size_t i = 0; i < names_.size(); ++i) {
    if (i == timestamp_ || record_id_ == i) continue;
    body_ += ',';
    append_json_string(body_, names_[i]);
    body_ += ':';
    if (is_plain_number(row.fields[i])) {
      body_ += row.fields[i];
    } else {
      append_json_string(body_, row.fields[i]);
    }
  }
  body_ += "}}";
}

void Import::take(CsvRow const& row) {
  // Counted for refused rows as well: mending one row must not change the ids of its equals.
  std::uint32_t const earlier = record_id_ ? 0 : seen_.count(hash_of(row.raw));
  if (!row.problem.empty()) return refuse(row.line, row.problem);
  if (row.fields.size() != names_.size()) {
    return refuse(row.line, "has " + std::to_string(row.fields.size()) + " fields, the header " +
                                std::to_string(names_.size()));
  }
  auto const at = parse_import_time(row.fields[timestamp_]);
  if (!at)
    return refuse(row.line,
                  terms_.timestamp_column + ": \"" + row.fields[timestamp_] + "\" is no time");
  if (!is_storable(row.raw)) return refuse(row.line, "is not valid UTF-8 text");
  std::string id = record_id_ ? row.fields[*record_id_] : row_id(row.raw, earlier);
  if (id.empty()) return refuse(row.line, *terms_.record_id_column + ": is empty");
  first_time_.push_back(!record_id_ || seen_.count(hash_of(id)) == 0);
  append_event(row, *at, id);
  ids_.push_back(std::move(id));
  lines_.push_back(row.line);
}

void Import::flush() {
  if (ids_.empty()) return;
  std::vector<std::string> asked;
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    if (first_time_[i]) asked.push_back(ids_[i]);
  }
  auto const existing = sink_.existing(asked);
  std::vector<bool> refused(ids_.size());
  for (auto& refusal : sink_.store(body_ + "]")) {
    if (refusal.index >= ids_.size()) continue;
    refused[refusal.index] = true;
    refuse(lines_[refusal.index], std::move(refusal.reason));
  }
  for (std::size_t i = 0; i < ids_.size(); ++i) {
    if (refused[i]) continue;
    ++report_.accepted;
    if (first_time_[i] && existing.contains(ids_[i])) ++report_.replaced;
  }
  body_.clear();
  ids_.clear();
  lines_.clear();
  first_time_.clear();
}

ImportReport Import::run(std::function<void(std::uint64_t)> const& progress) {
  CsvRow row;
  while (reader_.next(row)) {
    take(row);
    if (ids_.size() < batch_rows && body_.size() < batch_bytes) continue;
    flush();
    if (progress) progress(reader_.bytes_read());
  }
  flush();
  if (progress) progress(reader_.bytes_read());
  return std::move(report_);
}

}  // namespace import_detail

std::optional<Instant> parse_import_time(std::string_view text) {
  text = import_detail::trimmed(text);
  std::string_view const digits = text.starts_with('-') ? text.substr(1) : text;
  if (!digits.empty() && std::ranges::all_of(digits, import_detail::is_digit)) {
    std::int64_t ms = 0;
    auto const [end, problem] = std::from_chars(text.data(), text.data() + text.size(), ms);
    if (problem != std::errc() || end != text.data() + text.size() || ms < min_instant_ms ||
        ms > max_instant_ms)
      return std::nullopt;
    return Instant{ms};
  }
  std::string iso(text);
  if (iso.size() > 10 && iso[10] == ' ') iso[10] = 'T';
  if (!iso.ends_with('Z')) iso += 'Z';
  return parse_instant(iso);
}

std::size_t OccurrenceCounts::slot(std::uint64_t hash) const {
  std::size_t at = hash & (keys_.size() - 1);
  while (counts_[at] != 0 && keys_[at] != hash) at = (at + 1) & (keys_.size() - 1);
  return at;
}

std::uint32_t OccurrenceCounts::count(std::uint64_t hash) {
  if (used_ * 10 >= keys_.size() * 7) grow();
  std::size_t const at = slot(hash);
  if (counts_[at] == 0) {
    keys_[at] = hash;
    ++used_;
  }
  return counts_[at]++;
}

void OccurrenceCounts::grow() {
  auto const keys = std::move(keys_);
  auto const counts = std::move(counts_);
  keys_.assign(keys.size() * 2, 0);
  counts_.assign(keys.size() * 2, 0);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (counts[i] == 0) continue;
    std::size_t const at = slot(keys[i]);
    keys_[at] = keys[i];
    counts_[at] = counts[i];
  }
}

Result<ImportReport> import_events(std::istream& stream, ImportTerms const& terms, ImportSink& sink,
                                   std::function<void(std::uint64_t)> const& progress) {
  CsvReader reader(stream);
  import_detail::Import import(reader, terms, sink);
  TB_CHECK(import.read_header());
  return import.run(progress);
}

}  // namespace tallybook
