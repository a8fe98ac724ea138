// Importing usage events from a table: each row becomes an event of one customer and type, whose
// id is the same on every run, so that running again after an interruption changes nothing.
#pragma once

#include <functional>
#include <unordered_set>

#include "app/usage/csv_reader.hpp"
#include "base/instant.hpp"
#include "base/result.hpp"

namespace tallybook {

// A zone-less or UTC date and time with any number of decimals, a space or T between them, or
// milliseconds since 1970. Empty on anything else.
std::optional<Instant> parse_import_time(std::string_view text);

// Counts how often a hash was seen, 12 bytes an entry. Equal hashes of different rows only share a
// number, which keeps both ids distinct.
class OccurrenceCounts {
 public:
  OccurrenceCounts() : keys_(1024), counts_(1024) {}
  // How often it was counted before this call.
  std::uint32_t count(std::uint64_t hash);

 private:
  void grow();
  std::size_t slot(std::uint64_t hash) const;
  std::vector<std::uint64_t> keys_;
  std::vector<std::uint32_t> counts_;  // 0: free
  std::size_t used_ = 0;
};

struct ImportTerms {
  std::string customer;  // as events name it
  std::string event_type;
  std::string timestamp_column;
  std::optional<std::string> record_id_column;
};

// Where events go.
class ImportSink {
 public:
  struct Refused {
    std::size_t index = 0;  // within the batch
    std::string reason;
  };
  virtual ~ImportSink() = default;
  // The body of a batch call: a JSON array. Durable when this returns; refused events are not.
  // Throws std::runtime_error when the batch could not be stored.
  virtual std::vector<Refused> store(std::string const& body) = 0;
  // Those of the ids that have a live event of this type now.
  virtual std::unordered_set<std::string> existing(std::vector<std::string> const& record_ids) = 0;
};

struct ImportReport {
  std::uint64_t accepted = 0;
  std::uint64_t replaced = 0;  // of the accepted: their id had a live event before this run
  std::uint64_t refused = 0;
  struct Row {
    std::uint64_t line = 0;
    std::string reason;
  };
  std::vector<Row> first_refused;  // at most 20
};

// Reads everything and stores it in batches of 5,000 rows or 4 MB. `progress` is told the bytes
// read. An invalid_request error says why the header cannot be used; nothing is stored then.
Result<ImportReport> import_events(std::istream& stream, ImportTerms const& terms, ImportSink& sink,
                                   std::function<void(std::uint64_t)> const& progress = {});

}  // namespace tallybook
