// Properties of whole installations: a year of random sales, told in different ways. Every case is
// one seed; TALLYBOOK_SEED tries others.
#include <random>

#include "app/verify/state_hash.hpp"
#include "scenarios/language/timeline.hpp"

namespace tallybook {
namespace whole_detail {

std::string change(std::string const& subscription, std::string const& type,
                   std::string const& payload) {
  return "POST /v1/subscriptions/$" + subscription + R"(/update {"type": ")" + type +
         R"(", "application_schedule": "immediately", "payment_schedule": "immediately", )"
         R"("calculation_method": "pro_rata", "precision": "milliseconds", "payload": )" +
         payload + "}\n";
}

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
  std::string const in_advance = number(0, 2);
  std::string text = "zone " + one_of({"Europe/Paris", "America/New_York", "Asia/Kathmandu"}) +
                     "\nclock 2026-01-01\naggregator calls sum n of call\n"
                     "product Calls usage of calls volume monthly\n  from 0 to 100 at 0.33\n"
                     "  from 100 at 0.25\n";
  text +=
      "product Credits credits 10.00 for 100 beyond 0.15 monthly {\"credit_aggregators\": "
      "[{\"aggregator_id\": \"$calls\", \"weight\": 1}]}\n";
  for (int i = 0; i < 6; ++i) {
    text += "product Fee" + std::to_string(i) + " fee " + number(1, 99) + "." + number(10, 99) +
            " " + one_of({"monthly", "quarterly", "weekly", "yearly", "every-10-days"}) + "\n";
  }
  for (int i = 0; i < 3; ++i) {
    std::string const name = "c" + std::to_string(i);
    text += "customer " + name + " tax " + one_of({"0", "5.5", "20"}) + "\nsubscription s" + name +
            " for " + name + " from " + day(1) + (i == 1 ? " calendar" : "") + "\n  Fee" +
            (i == 1 ? in_advance : number(0, 2)) + " x " + number(1, 9) + "\n  Fee" + number(3, 5) +
            " in arrears\n" + (i == 2 ? "  Credits\n" : "  Calls\n");
  }
  for (int month = 1; month <= 6; ++month) {
    for (int i = 0; i < 4; ++i)
      text += "usage c" + number(0, 1) + " call " + day(month) + " n=" + number(1, 90) + "\n";
    text += "advance to " + day(month + 1) + "\n";
    text += "usage c2 call " + day(month) + " n=" + number(1, 90) + "\n";
    if (month == 2)
      text +=
          change("sc1", "update_count",
                 R"({"product_id": "$Fee)" + in_advance + R"(", "count": )" + number(1, 9) + "}");
    if (month == 3)
      text += R"(POST /v2/subscriptions/transitions {"source_subscription_id": "$sc1", )"
              R"("application_schedule": "next_renewal", "target_subscription": {"products": )"
              R"([{"id": "$Fee)" +
              number(0, 2) +
              R"("}, {"id": "$Calls"}]}})"
              "\n";
    if (month == 4) text += "cancel sc0 refund_prorata refund external\n";
    if (month == 5) text += "POST /v1/subscriptions/$sc2/pause {}\n";
    if (month == 6) text += "POST /v1/subscriptions/$sc2/reactivate\n";
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

// Two runs from one seed leave the same state, id by id and row by row of every table.
TEST(WholeState, TwoRunsFromOneSeedAreTheSame) {
  using namespace whole_detail;
  for (Dialect const dialect : {Dialect::sqlite, Dialect::postgres}) {
    auto const hash = [&](unsigned seed) {
      testing::Installation book(dialect,
                                 std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "");
      bill(book, sales(seed), {});
      std::string text;
      book.database().write([&](SqlSession& sql) {
        sql.execute("DELETE FROM api_keys");  // their secrets are those of a run
        text = state_hash(sql, book.tenant());
        return true;
      });
      return text;
    };
    auto const first = hash(first_seed());
    EXPECT_EQ(first, hash(first_seed()));
    EXPECT_NE(first, hash(first_seed() + 1)) << "the hash sees what is different";
  }
}

}  // namespace tallybook
