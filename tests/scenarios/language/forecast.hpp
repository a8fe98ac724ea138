// What was said to lie ahead must then happen: the next payment of every subscription and the
// documents of its preview-timeline, asked for before the clock moves, against the documents there
// are afterwards.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "support/installation.hpp"

namespace tallybook::timeline {

class Forecast {
 public:
  // Asks for all that lies ahead until `to`.
  Forecast(testing::Installation& book, Instant now, Instant to);
  // Empty, or how what happened differs from it.
  [[nodiscard]] std::string differences() const;

 private:
  struct Payment {
    std::optional<Instant> at;
    std::string amount;
  };
  void ask_timeline(std::string const& id);

  testing::Installation& book_;
  Instant now_;
  Instant to_;
  std::map<std::string, Payment> payments_;  // by subscription
  std::vector<std::pair<Instant, std::string>> documents_;
  bool unforeseen_ = false;  // what events will do is not foreseen
};

}  // namespace tallybook::timeline
