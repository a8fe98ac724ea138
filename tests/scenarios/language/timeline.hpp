// Runs a scenario against an installation: one account, its clock, the names the scenario gave to
// what it made, and which documents and events it has already looked at. Stops at the first line
// that fails.
#pragma once

#include <map>
#include <optional>
#include <random>
#include <set>

#include "scenarios/language/figures.hpp"
#include "scenarios/language/script.hpp"
#include "support/installation.hpp"

namespace tallybook::timeline {

// How the same scenario may be told differently; the bill must stay the same.
struct Telling {
  std::optional<unsigned> seed;  // of what is shuffled and where advancing is split
  bool split_advances = false;   // reach each instant in random steps instead of one jump
  bool shuffle_usage = false;    // neighbouring usage lines in any order, one of them sent twice
  bool foresees = false;         // what was said to lie ahead must then happen
  bool expects_all = true;       // a document that is not mentioned fails the scenario
};

class Timeline {
 public:
  Timeline(testing::Installation& book, Telling telling);
  explicit Timeline(testing::Installation& book) : Timeline(book, Telling()) {}
  // Empty when everything is as expected, else "file:line: what" with the two columns.
  std::string run(Script const& script);
  // Every document there is but open ones, oldest first, as a scenario would write them.
  std::vector<std::string> bill();

 private:
  struct Document {
    std::string id;
    Value body;
  };
  using Command = void (Timeline::*)(Statement const&);
  static std::map<std::string, Command> const& commands();

  void run_statement(Statement const& statement);
  std::vector<Statement> told(std::vector<Statement> const& statements);

  // The world (world.cpp).
  void clock(Statement const&);
  void advance(Statement const&);
  void zone(Statement const&);
  void entity(Statement const&);
  void customer(Statement const&);
  void currency(Statement const&);
  void aggregator(Statement const&);
  void product(Statement const&);
  void usage(Statement const&);
  void unsend(Statement const&);

  // What is done to it (actions.cpp).
  void subscription(Statement const&);
  void subscription_action(Statement const&);
  void pay(Statement const&);
  void issue(Statement const&);
  void card(Statement const&);
  void call(Statement const&);
  void name(Statement const&);
  Value line_of(Statement const&);
  Value price_of(Statement const&, std::string const& type);

  // What must be true (expectations.cpp).
  void expect(Statement const&);
  void expect_document(Statement const&, Words&, std::string const& type);
  void expect_subscription(Statement const&, Words&);
  void expect_answer(Statement const&, Words&);
  void expect_events(Statement const&, Words&);
  void expect_ledger(Statement const&, Words&);
  void expect_error(Statement const&, Words&);
  void expect_nothing_new(int line);

  // Sends it; a failure is kept when the next statement expects one, else it stops the scenario.
  testing::Answer const& send(int line, std::string const& method, std::string const& target,
                              Value const& body);
  testing::Answer const& send_text(int line, std::string const& method, std::string const& target,
                                   std::string const& body);
  Value look(int line, std::string const& target);  // a GET that must answer 200
  void remember(std::string const& name, testing::Answer const& answer);
  [[nodiscard]] std::string id_of(std::string const& name, int line) const;
  [[nodiscard]] std::string with_ids(std::string const& text, int line) const;
  Value entity_now(int line);
  // Documents that exist and were not expected yet, oldest first; without open ones.
  std::vector<Document> unseen(int line);
  [[nodiscard]] std::vector<std::string> described(std::vector<Document> const& documents) const;
  void fields(Statement const& statement, Value const& body, std::vector<std::string>& expected,
              std::vector<std::string>& actual, int decimals);
  [[nodiscard]] int decimals_of(Value const& body) const;
  [[nodiscard]] Exact money(std::string const& text, int line) const;
  void compare(int line, std::string const& what, std::vector<std::string> const& expected,
               std::vector<std::string> const& actual) const;

  testing::Installation& book_;
  Telling telling_;
  std::mt19937 random_;
  TimeZone zone_;
  int decimals_ = 2;
  std::string currency_ = "EUR";
  std::optional<Instant> now_;
  std::map<std::string, std::string> names_;
  std::map<std::string, std::string> types_;  // of products, by name
  std::set<std::string> seen_;
  std::int64_t events_seen_ = 0;
  int sent_ = 0;  // usage events without an id of their own
  bool error_expected_ = false;
  testing::Answer answer_;  // of the last call
};

}  // namespace tallybook::timeline
