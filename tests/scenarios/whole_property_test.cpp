// Properties of whole installations: a year of random sales, told in different ways. Every case is
// one seed; TALLYBOOK_SEED tries others.
#include <random>

#include "base/sha256.hpp"
#include "scenarios/language/timeline.hpp"

namespace tallybook {
namespace whole_detail {

// A year of a few customers as a scenario without expectations.
std::string sales(unsigned seed) {
  std::mt19937 random(seed);
  auto const one_of = [&](std::vector<std::string> const& list) {
    return list[std::uniform_int_distribution<std::size_t>(0, list.size() - 1)(random)];
  };
  auto const number = [&](int from, int to) {
    return std::to_string(std::uniform_int_distribution<int>(from, to)(random));
  };
  auto const day = [&](int month) {
    std::string const m = std::to_string(month), d = number(1, 28);
    return "2026-" + std::string(2 - m.size(), '0') + m + "-" + std::string(2 - d.size(), '0') + d;
  };
  std::string text = "zone " + one_of({"Europe/Paris", "America/New_York", "Asia/Kathmandu"}) +
                     "\nclock 2026-01-01\naggregator calls sum n of call\n"
                     "product Calls usage of calls volume monthly\n  from 0 to 100 at 0.33\n"
                     "  from 100 at 0.25\n";
  for (int i = 0; i < 6; ++i) {
    text += "product Fee" + std::to_string(i) + " fee " + number(1, 99) + "." + number(10, 99) +
            " " + one_of({"monthly", "quarterly", "weekly", "yearly", "every-10-days"}) + "\n";
  }
  for (int i = 0; i < 3; ++i) {
    std::string const name = "c" + std::to_string(i);
    text += "customer " + name + " tax " + one_of({"0", "5.5", "20"}) + "\nsubscription s" + name +
            " for " + name + " from " + day(1) + (i == 1 ? " calendar" : "") + "\n  Fee" +
            number(0, 2) + " x " + number(1, 9) + "\n  Fee" + number(3, 5) + " in arrears\n" +
            (i == 2 ? "" : "  Calls\n");
  }
  for (int month = 1; month <= 6; ++month) {
    for (int i = 0; i < 4; ++i)
      text += "usage c" + number(0, 1) + " call " + day(month) + " n=" + number(1, 90) + "\n";
    text += "advance to " + day(month + 1) + "\n";
    if (month == 4) text += "cancel sc0 refund_prorata refund external\n";
  }
  return text + "advance to 2026-09-01\n";
}

std::vector<std::string> bill(testing::Installation& book, std::string const& text,
                              timeline::Telling telling) {
  telling.expects_all = false;
  timeline::Timeline timeline(book, telling);
  auto const problem = timeline.run(timeline::read_script("sales", text));
  EXPECT_EQ(problem, "");
  return timeline.bill();
}

// Everything the installation keeps, but keys and the secrets of a run.
std::string state_hash(testing::Installation& book) {
  std::string text;
  book.database().read([&](SqlSession& sql) {
    for (std::string const& table :
         {std::string("customers"), std::string("products"), std::string("subscriptions"),
          std::string("subscription_lines"), std::string("invoices"), std::string("invoice_lines"),
          std::string("charges"), std::string("ledger_entries"), std::string("ledger_postings"),
          std::string("outbox")}) {
      std::vector<std::string> rows;
      std::vector<std::string> columns;
      sql.query("SELECT name FROM pragma_table_info('" + table + "') ORDER BY name", {},
                [&](SqlRow const& row) { columns.emplace_back(row.text(0)); });
      EXPECT_FALSE(columns.empty()) << table;
      std::string list;
      for (auto const& column : columns)
        list += (list.empty() ? "COALESCE(CAST(" : ",'') || '|' || COALESCE(CAST(") + column +
                " AS TEXT)";
      sql.query("SELECT " + list + ",'') FROM " + table, {},
                [&](SqlRow const& row) { rows.emplace_back(row.text(0)); });
      std::ranges::sort(rows);
      text += table + "\n";
      for (auto const& row : rows) text += row + "\n";
    }
  });
  return sha256(text);
}

unsigned first_seed() {
  char const* const given = std::getenv("TALLYBOOK_SEED");
  return given != nullptr ? static_cast<unsigned>(std::stoul(given)) : 1;
}
unsigned seeds() { return std::getenv("TALLYBOOK_LONG") != nullptr ? 60 : 2; }

}  // namespace whole_detail

class WholeProperty : public testing::OnBothDatabases {};
TB_ON_BOTH_DATABASES(WholeProperty);

// One jump of the clock or many steps, events in order or shuffled and sent again: the same bill.
TEST_P(WholeProperty, HowTimeAndEventsArrive_ChangesNoBill) {
  using namespace whole_detail;
  for (unsigned seed = first_seed(); seed < first_seed() + seeds(); ++seed) {
    auto const text = sales(seed);
    book.open_account();
    auto const told = bill(book, text, {});
    EXPECT_GT(told.size(), 60u) << "a year of sales is no empty bill";
    for (unsigned way = 1; way <= 2; ++way) {
      book.open_account();
      auto const retold = bill(book, text, {seed * 10 + way, true, true});
      EXPECT_EQ(timeline::difference(told, retold), "") << "seed " << seed << "\n" << text;
    }
  }
}

// Two runs from one seed leave the same state, id by id and row by row.
TEST(WholeState, TwoRunsFromOneSeedAreTheSame) {
  using namespace whole_detail;
  auto const hash = [&](unsigned seed) {
    testing::Installation book(Dialect::sqlite,
                               std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "");
    bill(book, sales(seed), {});
    return state_hash(book);
  };
  auto const first = hash(first_seed());
  EXPECT_EQ(first, hash(first_seed()));
  EXPECT_NE(first, hash(first_seed() + 1)) << "the hash sees what is different";
}

}  // namespace tallybook
