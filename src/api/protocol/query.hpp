// Query parameters: decoded once, read with the contract's leniency. A known parameter with a bad
// value is collected and answered as one 400; unknown ones are ignored.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "base/result.hpp"

namespace tallybook::api {

// Percent-decodes; '+' is a space when `form`. Empty on a broken escape, bad UTF-8 or a NUL.
std::optional<std::string> percent_decoded(std::string_view text, bool form);

class Query {
 public:
  // Fails with 400 when an escape is broken.
  static Result<Query> parse(std::string_view text);

  [[nodiscard]] std::string const* find(std::string const& name) const;
  [[nodiscard]] std::vector<std::string> all(
      std::string const& name) const;  // name, name[] and comma lists
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> const& items() const {
    return items_;
  }

  std::int64_t number(std::string const& name, std::int64_t fallback, std::int64_t least,
                      std::int64_t most);
  bool boolean(std::string const& name, bool fallback);
  std::optional<Instant> instant(std::string const& name);
  // One of the texts, else a problem.
  std::optional<std::string> option(std::string const& name,
                                    std::vector<std::string> const& options);
  void add_problem(std::string name, std::string reason) {
    problems_.push_back({std::move(name), std::move(reason)});
  }
  // The 400 with all problems, if there are any.
  [[nodiscard]] Result<void> check() const;

 private:
  std::vector<std::pair<std::string, std::string>> items_;
  std::vector<FieldError> problems_;
};

}  // namespace tallybook::api
