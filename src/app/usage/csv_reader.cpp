#include "app/usage/csv_reader.hpp"

namespace tallybook {
namespace csv_detail {

constexpr int end_of_file = std::char_traits<char>::eof();

// Takes the characters of one row and cuts them into fields.
class RowBuilder {
 public:
  RowBuilder(CsvRow& row, std::size_t most) : row_(row), most_(most) {
    row_.fields.assign(1, "");
    row_.raw.clear();
    row_.problem.clear();
  }
  [[nodiscard]] bool in_quotes() const { return state_ == State::quoted; }

  void take(char c) {
    if (row_.raw.size() >= most_) {
      row_.problem = "the row is longer than " + std::to_string(most_) + " bytes";
      // Quotes are still followed, so that the row ends where it ends.
    } else {
      row_.raw += c;
    }
    switch (state_) {
      case State::start:
        if (c == '"') {
          state_ = State::quoted;
          return;
        }
        state_ = State::plain;
        [[fallthrough]];
      case State::plain:
        if (c == ',') return next_field();
        return add(c);
      case State::quoted:
        if (c == '"') {
          state_ = State::after_quote;
          return;
        }
        return add(c);
      case State::after_quote:
        if (trailing_return_) refuse("text follows a closing quote");
        if (c == ',') return next_field();
        if (c == '"') {
          state_ = State::quoted;
          return add(c);
        }
        if (c == '\r') {  // may be the first half of the row's end
          trailing_return_ = true;
          return;
        }
        return refuse("text follows a closing quote");
    }
  }

  void finish(bool at_end_of_file) {
    if (in_quotes() && at_end_of_file) refuse("a quote is not closed");
    if (!row_.raw.empty() && row_.raw.back() == '\r') {
      row_.raw.pop_back();
      auto& last = row_.fields.back();
      if (!trailing_return_ && !last.empty() && last.back() == '\r') last.pop_back();
    } else if (trailing_return_) {
      refuse("text follows a closing quote");
    }
  }

 private:
  enum class State { start, plain, quoted, after_quote };
  void add(char c) {
    if (row_.problem.empty()) row_.fields.back() += c;
  }
  void next_field() {
    if (row_.problem.empty()) row_.fields.emplace_back();
    state_ = State::start;
  }
  void refuse(char const* why) {
    if (row_.problem.empty()) row_.problem = why;
  }

  CsvRow& row_;
  std::size_t most_;
  State state_ = State::start;
  bool trailing_return_ = false;
};

}  // namespace csv_detail

int CsvReader::get() {
  int const c = stream_.rdbuf()->sbumpc();
  if (c != csv_detail::end_of_file) ++bytes_;
  return c;
}

bool CsvReader::next(CsvRow& row) {
  if (!started_) {
    started_ = true;
    constexpr unsigned char mark[] = {0xEF, 0xBB, 0xBF};
    std::string head;
    for (int c = stream_.rdbuf()->sgetc(); head.size() < 3 && c == mark[head.size()];
         c = stream_.rdbuf()->sgetc())
      head += static_cast<char>(get());
    // Part of a mark is no mark.
    if (head.size() < 3) {
      for (; !head.empty(); head.pop_back()) {
        stream_.rdbuf()->sungetc();
        --bytes_;
      }
    }
  }
  while (read_row(row)) {
    if (!row.raw.empty() || !row.problem.empty()) return true;
  }
  return false;
}

// False when the stream has ended and nothing was read.
bool CsvReader::read_row(CsvRow& row) {
  csv_detail::RowBuilder builder(row, most_);
  row.line = line_;
  bool any = false;
  for (;;) {
    int const c = get();
    if (c == csv_detail::end_of_file) {
      builder.finish(true);
      return any;
    }
    any = true;
    if (c == '\n') ++line_;
    if (c == '\n' && !builder.in_quotes()) {
      builder.finish(false);
      return true;
    }
    builder.take(static_cast<char>(c));
  }
}

}  // namespace tallybook
