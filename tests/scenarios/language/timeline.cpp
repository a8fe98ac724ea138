#include "scenarios/language/timeline.hpp"

#include <algorithm>

#include "money/currency.hpp"

namespace tallybook::timeline {

Timeline::Timeline(testing::Installation& book, Telling telling)
    : book_(book), telling_(telling), random_(telling.seed.value_or(0)) {}

std::map<std::string, Timeline::Command> const& Timeline::commands() {
  static std::map<std::string, Command> const list = {
      {"clock", &Timeline::clock},
      {"advance", &Timeline::advance},
      {"zone", &Timeline::zone},
      {"entity", &Timeline::entity},
      {"customer", &Timeline::customer},
      {"currency", &Timeline::currency},
      {"aggregator", &Timeline::aggregator},
      {"product", &Timeline::product},
      {"usage", &Timeline::usage},
      {"unsend", &Timeline::unsend},
      {"subscription", &Timeline::subscription},
      {"activate", &Timeline::subscription_action},
      {"cancel", &Timeline::subscription_action},
      {"pause", &Timeline::subscription_action},
      {"reactivate", &Timeline::subscription_action},
      {"pay", &Timeline::pay},
      {"issue", &Timeline::issue},
      {"card", &Timeline::card},
      {"GET", &Timeline::call},
      {"POST", &Timeline::call},
      {"PUT", &Timeline::call},
      {"PATCH", &Timeline::call},
      {"DELETE", &Timeline::call},
      {"name", &Timeline::name},
      {"expect", &Timeline::expect},
  };
  return list;
}

std::string Timeline::run(Script const& script) {
  auto const statements = told(script.statements);
  int line = 0;
  try {
    for (std::size_t i = 0; i < statements.size(); ++i) {
      line = statements[i].line;
      error_expected_ = i + 1 < statements.size() && statements[i + 1].starts("expect", "error");
      run_statement(statements[i]);
    }
    // Nothing may be billed that the scenario does not mention.
    if (telling_.expects_all) expect_nothing_new(line);
  } catch (Failure const& failure) {
    return script.file + ":" + std::to_string(failure.line) + ": " + failure.what();
  }
  return "";
}

void Timeline::run_statement(Statement const& statement) {
  auto const& first = statement.words.front();
  auto const found = commands().find(first.text);
  if (found == commands().end() || first.quoted || first.json)
    throw Failure(statement.line, "does not know \"" + first.text + "\"");
  (this->*found->second)(statement);
}

namespace timeline_detail {

// An event with an id of its own may replace another one: its place matters.
bool anonymous_usage(Statement const& statement) {
  return statement.starts("usage") &&
         std::ranges::none_of(statement.words, [](Word const& word) { return word.text == "id"; });
}

}  // namespace timeline_detail

// The statements, with neighbouring usage lines shuffled and one of each group sent twice when the
// telling asks for it.
std::vector<Statement> Timeline::told(std::vector<Statement> const& statements) {
  std::vector<Statement> list = statements;
  if (!telling_.shuffle_usage) return list;
  std::vector<Statement> out;
  for (std::size_t i = 0; i < list.size();) {
    std::size_t end = i;
    while (end < list.size() && timeline_detail::anonymous_usage(list[end])) ++end;
    if (end == i) {
      out.push_back(list[i++]);
      continue;
    }
    std::vector<Statement> group(list.begin() + static_cast<std::ptrdiff_t>(i),
                                 list.begin() + static_cast<std::ptrdiff_t>(end));
    std::shuffle(group.begin(), group.end(), random_);
    out.insert(out.end(), group.begin(), group.end());
    out.push_back(group.front());
    i = end;
  }
  return out;
}

testing::Answer const& Timeline::send_text(int line, std::string const& method,
                                           std::string const& target, std::string const& body) {
  answer_ = book_.call(method, target, body);
  bool const success = answer_.status >= 200 && answer_.status < 300;
  if (!success && !error_expected_) {
    throw Failure(line, method + " " + target + " " + body + "\n    answered " +
                            std::to_string(answer_.status) + " " + answer_.text);
  }
  return answer_;
}

testing::Answer const& Timeline::send(int line, std::string const& method,
                                      std::string const& target, Value const& body) {
  return send_text(line, method, target, body.is_null() ? "" : to_json_text(body));
}

Value Timeline::look(int line, std::string const& target) {
  auto const answer = book_.get(target);
  if (answer.status != 200)
    throw Failure(
        line, "GET " + target + " answered " + std::to_string(answer.status) + " " + answer.text);
  return answer.body;
}

void Timeline::remember(std::string const& name, testing::Answer const& answer) {
  if (auto const* id = answer.body.find("id"); id != nullptr && id->as_string() != nullptr)
    names_[name] = *id->as_string();
}

std::string Timeline::id_of(std::string const& name, int line) const {
  auto const found = names_.find(name);
  if (found == names_.end()) throw Failure(line, "nothing is named \"" + name + "\"");
  return found->second;
}

std::string Timeline::with_ids(std::string const& text, int line) const {
  std::string out;
  auto const of_name = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '$') {
      out += text[i];
      continue;
    }
    std::size_t end = i + 1;
    while (end < text.size() && of_name(text[end])) ++end;
    out += id_of(text.substr(i + 1, end - i - 1), line);
    i = end - 1;
  }
  return out;
}

int Timeline::decimals_of(Value const& body) const {
  auto const* code = body.find("currency");
  auto const currency = code != nullptr && code->as_string() != nullptr
                            ? Currency::parse(*code->as_string())
                            : std::nullopt;
  return currency ? currency->decimals() : decimals_;
}

Exact Timeline::money(std::string const& text, int line) const {
  return read_amount(text, decimals_, line);
}

void Timeline::compare(int line, std::string const& what, std::vector<std::string> const& expected,
                       std::vector<std::string> const& actual) const {
  auto const text = difference(expected, actual);
  if (!text.empty()) throw Failure(line, what + "\n" + text);
}

}  // namespace tallybook::timeline
