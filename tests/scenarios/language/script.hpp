// A scenario as read: statements with their line, words and indented block. Knows nothing of
// billing; docs/scenarios.md is the language as people learn it.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "reflect/value.hpp"

namespace tallybook::timeline {

// Stops a scenario: what is wrong, and where.
struct Failure : std::runtime_error {
  Failure(int at, std::string const& text) : std::runtime_error(text), line(at) {}
  int line;
};

struct Word {
  std::string text;     // without its quotes
  bool quoted = false;  // a quoted word is never a keyword
  bool json = false;    // an object or array, as written
};

struct Statement {
  int line = 0;
  int indent = 0;
  std::string text;  // as written, without comment and indentation
  std::vector<Word> words;
  std::vector<Statement> block;  // the more indented lines below it

  [[nodiscard]] bool starts(std::string_view first, std::string_view second = "") const;
};

struct Script {
  std::string file;
  std::string opening;             // the comment the file opens with, without its rule lines
  std::vector<std::string> rules;  // of every "# rule: ID, ID"
  std::vector<Statement> statements;
};

// Fails on a tab, an open quote or bracket, and a block under nothing.
Script read_script(std::string file, std::string const& text);

// Takes words one by one from a statement.
class Words {
 public:
  explicit Words(Statement const& statement, std::size_t from = 0)
      : statement_(statement), at_(from) {}
  [[nodiscard]] bool done() const { return at_ >= statement_.words.size(); }
  // True and past it when the next word is this keyword.
  bool take(std::string_view keyword);
  // The next word, whatever it is; `what` is for the message when there is none.
  std::string next(std::string_view what);
  // The object or array that comes next.
  Value json();
  [[nodiscard]] bool at_json() const;
  // Fails when words are left over.
  void finish() const;
  [[nodiscard]] int line() const { return statement_.line; }

 private:
  Statement const& statement_;
  std::size_t at_;
};

}  // namespace tallybook::timeline
