#include "scenarios/language/script.hpp"

#include <optional>

namespace tallybook::timeline {
namespace script_detail {

// One text, line by line; JSON may reach over several lines.
struct Reader {
  std::vector<std::string> lines;
  std::size_t at = 0;

  explicit Reader(std::string const& text) {
    std::size_t from = 0;
    while (from < text.size()) {
      auto const end = std::min(text.find('\n', from), text.size());
      lines.push_back(text.substr(from, end - from));
      from = end + 1;
    }
  }
};

std::size_t end_of_quoted(std::string const& text, std::size_t from, int line) {
  for (std::size_t i = from + 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      return i;
    }
  }
  throw Failure(line, "a quote that does not end");
}

// The end of the object or array that starts at `from`; takes more lines while it is open.
std::size_t end_of_json(Reader& reader, std::string& text, std::size_t from, int line) {
  int depth = 0;
  for (std::size_t i = from;; ++i) {
    while (i >= text.size()) {
      if (reader.at + 1 >= reader.lines.size())
        throw Failure(line, "a bracket that does not close");
      std::string const& more = reader.lines[++reader.at];
      text += " " + more.substr(std::min(more.find_first_not_of(' '), more.size()));
    }
    char const c = text[i];
    if (c == '"') {
      i = end_of_quoted(text, i, line);
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return i;
    }
  }
}

Statement read_statement(Reader& reader) {
  Statement statement;
  statement.line = static_cast<int>(reader.at) + 1;
  std::string text = reader.lines[reader.at];
  statement.indent = static_cast<int>(text.find_first_not_of(' '));
  text.erase(0, static_cast<std::size_t>(statement.indent));
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == ' ') {
      ++i;
      continue;
    }
    if (text[i] == '#') {
      text.erase(i);
      break;
    }
    Word word;
    std::size_t end;
    if (text[i] == '"') {
      end = end_of_quoted(text, i, statement.line);
      word.text = text.substr(i + 1, end - i - 1);
      word.quoted = true;
      ++end;
    } else if (text[i] == '{' || text[i] == '[') {
      end = end_of_json(reader, text, i, statement.line) + 1;
      word.text = text.substr(i, end - i);
      word.json = true;
    } else {
      end = std::min(text.find(' ', i), text.size());
      word.text = text.substr(i, end - i);
    }
    statement.words.push_back(std::move(word));
    i = end;
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  statement.text = text;
  return statement;
}

// "rule: A, B" gives A and B; anything else nothing.
std::optional<std::vector<std::string>> rules_of(std::string const& comment) {
  if (!comment.starts_with("rule: ") && !comment.starts_with("rules: ")) return std::nullopt;
  std::vector<std::string> rules;
  std::string one;
  for (char const c : comment.substr(comment.find(": ") + 2) + ",") {
    if (c == ',') {
      if (!one.empty()) rules.push_back(one);
      one.clear();
    } else if (c != ' ') {
      one += c;
    }
  }
  return rules;
}

}  // namespace script_detail

bool Statement::starts(std::string_view first, std::string_view second) const {
  auto const is = [&](std::size_t i, std::string_view keyword) {
    return words.size() > i && !words[i].quoted && words[i].text == keyword;
  };
  return is(0, first) && (second.empty() || is(1, second));
}

Script read_script(std::string file, std::string const& text) {
  Script script;
  script.file = std::move(file);
  script_detail::Reader reader(text);
  bool opening = true;
  for (; reader.at < reader.lines.size(); ++reader.at) {
    std::string const& line = reader.lines[reader.at];
    int const number = static_cast<int>(reader.at) + 1;
    if (line.find('\t') != std::string::npos) throw Failure(number, "a tab: indent with spaces");
    auto const first = line.find_first_not_of(' ');
    if (first == std::string::npos) continue;
    if (line[first] == '#') {
      std::string const comment = line.substr(std::min(line.size(), first + 2));
      if (auto rules = script_detail::rules_of(comment))
        script.rules.insert(script.rules.end(), rules->begin(), rules->end());
      else if (opening)
        script.opening += comment + "\n";
      continue;
    }
    opening = false;
    auto statement = script_detail::read_statement(reader);
    if (statement.indent == 0) {
      script.statements.push_back(std::move(statement));
    } else {
      if (script.statements.empty()) throw Failure(number, "an indented line under nothing");
      script.statements.back().block.push_back(std::move(statement));
    }
  }
  return script;
}

bool Words::take(std::string_view keyword) {
  if (done()) return false;
  auto const& word = statement_.words[at_];
  if (word.quoted || word.json || word.text != keyword) return false;
  ++at_;
  return true;
}

std::string Words::next(std::string_view what) {
  if (done()) throw Failure(statement_.line, "expected " + std::string(what));
  return statement_.words[at_++].text;
}

bool Words::at_json() const { return !done() && statement_.words[at_].json; }

Value Words::json() {
  std::string const text = next("an object");
  auto parsed = parse_json(text);
  if (!parsed) throw Failure(statement_.line, parsed.error().message + ": " + text);
  return *std::move(parsed);
}

void Words::finish() const {
  if (!done())
    throw Failure(statement_.line, "does not understand \"" + statement_.words[at_].text + "\"");
}

}  // namespace tallybook::timeline
