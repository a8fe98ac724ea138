// CsvReader: comma-separated rows (RFC 4180) from a stream, one at a time, so that a file of any
// size takes the memory of one row. LF and CRLF end a row, quotes may hold commas, line ends and
// doubled quotes; a byte order mark is skipped and so are empty lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>
#include <vector>

namespace tallybook {

struct CsvRow {
  std::vector<std::string> fields;
  std::string raw;         // the row as it stands in the file, without its line end
  std::uint64_t line = 0;  // of its first character, counted from 1
  std::string problem;     // why it cannot be read; empty when it can
};

class CsvReader {
 public:
  // `stream` must outlive this. Rows beyond `most_bytes` have a problem and are passed over.
  explicit CsvReader(std::istream& stream, std::size_t most_bytes = 1024 * 1024)
      : stream_(stream), most_(most_bytes) {}
  // The next row; false after the last one.
  bool next(CsvRow& row);
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_; }

 private:
  int get();
  bool read_row(CsvRow& row);
  std::istream& stream_;
  std::size_t most_;
  std::uint64_t bytes_ = 0;
  std::uint64_t line_ = 1;
  bool started_ = false;
};

}  // namespace tallybook
