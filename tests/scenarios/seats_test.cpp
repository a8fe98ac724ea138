// Connected seats: counted by an aggregator, read at the start and at every refresh (SEA-2 to
// SEA-7).
#include "app/subscription/seats.hpp"

#include "support/installation.hpp"

namespace tallybook {

using Lines = std::vector<std::string>;

class ConnectedSeats : public testing::OnBothDatabases {
 protected:
  std::string product(std::string const& interval = "months") {
    auto const made = book.post(
        "/v1/products",
        R"({"type":"seat","name":"Seats","is_connected_seat_item":true,"aggregator":{"entity":"seat","operation":"count","type":"licensed"},"price_configurations":[{"currency":"EUR","billing_interval":{"period":")" +
            interval +
            R"(","count":1},"type":"volume","prices":[{"type":"volume","from":0,"to":null,"amount":12000}]}]})");
    EXPECT_EQ(made.status, 201) << made.text;
    return made.get("id");
  }
  void seats(int from, int to) {
    for (int i = from; i <= to; ++i)
      book.event("seat" + std::to_string(i), "2025-12-01T00:00:00Z", "", "acme", "seat");
  }
};
TB_ON_BOTH_DATABASES(ConnectedSeats);

// 120.00 a seat and year, 5 seats in advance: 600.00. 7 by 1 March: 2 x 120 x 306 / 365 = 201.21
// (SEA-6). Back to 6 on 1 April: 1 x 120 x 275 / 365 = 90.41 credited (SEA-7).
TEST_P(ConnectedSeats, ARefresh_ChargesAndCreditsTheChange) {
  book.set_clock("2026-01-01T00:00:00Z");
  auto const customer = book.customer();
  auto const sold = product("years");
  seats(1, 5);
  auto const id = book.subscribe(customer, "[{\"id\":\"" + sold + "\"}]");
  EXPECT_EQ(book.get("/v2/subscriptions/" + id).get("products", "0", "count"), "5");
  auto const path = "/v2/subscriptions/" + id + "/refresh-seat-products";
  EXPECT_EQ(book.post(path).text, "[]");
  book.advance("2026-03-01T00:00:00Z");
  seats(6, 7);
  auto const grown = book.post(path);
  EXPECT_EQ(grown.status, 201) << grown.text;
  EXPECT_EQ(grown.get("0", "previous_count"), "5");
  EXPECT_EQ(grown.get("0", "new_count"), "7");
  EXPECT_EQ(grown.get("0", "product_id"), sold);
  EXPECT_EQ(grown.get("0", "adjustment_amount"), "20121");
  EXPECT_EQ(book.post(path).text, "[]");
  book.advance("2026-04-01T00:00:00Z");
  book.call("DELETE", "/v1/events", R"({"matching":"record_ids","record_ids":["seat2"]})");
  EXPECT_EQ(book.post("/v1/subscriptions/refresh").status, 200);
  // What was charged is given back where it was charged: 64.58 and 25.83 of the two invoices.
  EXPECT_EQ(book.invoices(),
            (Lines{"INV-1 to_pay 60000 | Seats 5 60000;", "INV-2 to_pay 20121 | Seats 2 20121;",
                   "CN-1 paid 6458 | Seats 1 6458;", "CN-2 paid 2583 | Seats 1 2583;"}));
  EXPECT_EQ(book.get("/v2/subscriptions/" + id).get("products", "0", "count"), "6");
}

// Sold ahead: the count is that of the day it starts.
TEST_P(ConnectedSeats, AreCountedWhenTheSubscriptionStarts) {
  book.set_clock("2026-01-01T00:00:00Z");
  auto const customer = book.customer();
  seats(1, 2);
  book.subscribe(customer, "[{\"id\":\"" + product() + "\"}]",
                 R"(,"starts_at":"2026-02-01T00:00:00Z")");
  seats(3, 3);
  book.advance("2026-02-01T00:00:00Z");
  EXPECT_EQ(book.invoices(), (Lines{"INV-1 to_pay 36000 | Seats 3 36000;"}));
}

// What every event changes is charged once, whoever's events made the store go on.
TEST_P(ConnectedSeats, Realtime_FollowTheEventsOnce) {
  book.set_clock("2026-01-01T00:00:00Z");
  auto const customer = book.customer();
  seats(1, 1);
  auto const id = book.subscribe(
      customer, "[{\"id\":\"" + product() + R"(","seat_refresh":{"mode":"realtime"}}])");
  auto& services = book.services();
  auto const tenant = book.tenant(Mode::test);
  EXPECT_EQ(follow_seats(services, tenant, 50), 1);
  EXPECT_EQ(follow_seats(services, tenant, 50), 0);
  book.advance("2026-01-11T00:00:00Z");
  seats(2, 2);
  EXPECT_EQ(follow_seats(services, tenant, 50), 1);
  EXPECT_EQ(follow_seats(services, tenant, 50), 0);
  Lines const both = {"INV-1 to_pay 12000 | Seats 1 12000;", "INV-2 to_pay 8129 | Seats 1 8129;"};
  EXPECT_EQ(book.invoices(), both);
  auto const updated = book.get("/v2/subscriptions/" + id).get("updated_at");
  book.advance("2026-01-12T00:00:00Z");
  book.customer(R"("name":"B","currency":"EUR","external_id":"b")");
  book.event("other", "2026-01-11T00:00:00Z", "", "b", "seat");
  EXPECT_EQ(follow_seats(services, tenant, 50), 1);
  EXPECT_EQ(book.invoices(), both);
  EXPECT_EQ(book.get("/v2/subscriptions/" + id).get("updated_at"), updated);
}

TEST_P(ConnectedSeats, RefreshTermsThatDoNotFit_AreRefused) {
  auto const customer = book.customer();
  auto const connected = product();
  auto const refused = [&](std::string const& item, char const* field) {
    auto const answer =
        book.post("/v2/subscriptions", R"({"customer_id":")" + customer +
                                           R"(","activation_strategy":"start_date","products":[)" +
                                           item + "]}");
    EXPECT_EQ(answer.status, 400) << answer.text;
    EXPECT_NE(answer.at("errors").find(field), nullptr) << answer.text;
  };
  auto const with = [](std::string const& id, std::string const& refresh) {
    return "{\"id\":\"" + id + "\",\"seat_refresh\":" + refresh + "}";
  };
  refused(with(connected, R"({"mode":"periodic"})"), "products[0].seat_refresh.interval");
  refused(with(connected, R"({"mode":"periodic","interval":{"period":"once"}})"),
          "products[0].seat_refresh.interval.period");
  refused(with(connected, R"({"mode":"realtime","count":"peak"})"),
          "products[0].seat_refresh.count");
  refused(with(connected, R"({"mode":"manual","payment_schedule":"custom"})"),
          "products[0].seat_refresh.payment_schedule");
  refused(with(book.flat_fee("1000"), R"({"mode":"manual"})"), "products[0].seat_refresh");
  EXPECT_EQ(book.invoices(), Lines{});
}

// One a time while events go on and on: each gets its turn.
TEST_P(ConnectedSeats, Realtime_EventsThatNeverStopLeaveNobodyOut) {
  std::vector<std::string> ids;
  std::string const seats_of = product();
  for (char const* name : {"one", "two", "three"}) {
    auto const customer =
        book.customer(R"("name":"C","currency":"EUR","external_id":")" + std::string(name) + "\"");
    ids.push_back(book.subscribe(
        customer, "[{\"id\":\"" + seats_of + R"(","seat_refresh":{"mode":"realtime"}}])"));
    book.event(std::string("seat of ") + name, "2026-01-01T00:00:00Z", "", name, "seat");
  }
  for (int i = 0; i < 3; ++i) {
    book.event("more " + std::to_string(i), "2026-01-01T00:00:00Z", "", "one", "seat");
    EXPECT_EQ(follow_seats(book.services(), book.tenant(Mode::test), 1), 1);
  }
  for (std::size_t i = 1; i < ids.size(); ++i)
    EXPECT_EQ(book.get("/v2/subscriptions/" + ids[i]).get("products", "0", "count"), "1") << i;
}

// Events of another account make nobody look; the account's own do.
TEST_P(ConnectedSeats, Realtime_LookAgainWhenTheirAccountHasNewEvents) {
  book.set_clock("2026-01-01T00:00:00Z");
  book.subscribe(book.customer(),
                 "[{\"id\":\"" + product() + R"(","seat_refresh":{"mode":"realtime"}}])");
  auto& services = book.services();
  auto const tenant = book.tenant(Mode::test);
  seats(1, 1);
  EXPECT_EQ(follow_seats(services, tenant, 50), 1);
  book.open_account();
  book.customer();
  seats(1, 3);
  EXPECT_EQ(follow_seats(services, tenant, 50), 0);
  EXPECT_EQ(services.events.remove({tenant, {"seat1"}, {}, {}, false}), 1u);
  EXPECT_EQ(follow_seats(services, tenant, 50), 1);
  EXPECT_EQ(follow_seats(services, tenant, 50), 0);
}

// Two seats at 6 x 10^14 each are beyond all bounds. They wait with the count they have, said once;
// the others are counted, and they are as well once their price allows it.
TEST_P(ConnectedSeats, Realtime_WhatCannotBeCountedStepsAside) {
  auto const first = book.customer();
  std::string const dear = product();
  std::string const item = "[{\"id\":\"" + dear + R"(","seat_refresh":{"mode":"realtime"}}])";
  auto const id = book.subscribe(first, item);
  auto const priced = [&](std::string const& amount) {
    return book.post(
        "/v1/subscriptions/" + id + "/update",
        R"({"type":"update_prices","application_schedule":"immediately","payment_schedule":"immediately","calculation_method":"pro_rata","payload":{"product_id":")" +
            dear + R"(","prices":[{"type":"volume","from":0,"to":null,"amount":)" + amount +
            "}]}}");
  };
  EXPECT_EQ(priced("600000000000000").status, 201);
  auto const second = book.customer(R"("name":"B","currency":"EUR","external_id":"b")");
  auto const other = book.subscribe(second, item);
  seats(1, 2);
  book.event("of b", "2025-12-01T00:00:00Z", "", "b", "seat");
  auto& services = book.services();
  auto const tenant = book.tenant(Mode::test);
  auto const count = [&](std::string const& of) {
    return book.get("/v2/subscriptions/" + of).get("products", "0", "count");
  };
  ::testing::internal::CaptureStderr();
  for (int i = 0; i < 2; ++i) EXPECT_EQ(follow_seats(services, tenant, 1), 1);
  EXPECT_EQ(follow_seats(services, tenant, 1), 0);
  EXPECT_EQ(count(id), "0");
  EXPECT_EQ(count(other), "1");
  book.event("more of b", "2025-12-01T00:00:00Z", "", "b", "seat");
  EXPECT_EQ(follow_seats(services, tenant, 50), 2);
  EXPECT_EQ(count(other), "2");
  std::string const said = ::testing::internal::GetCapturedStderr();
  auto const at = said.find("are not counted: products[0].count: the price of a period");
  EXPECT_NE(at, std::string::npos) << said;
  EXPECT_EQ(said.find("are not counted", at + 1), std::string::npos) << said;
  EXPECT_EQ(priced("100").status, 201);
  EXPECT_EQ(follow_seats(services, tenant, 50), 1);
  EXPECT_EQ(count(id), "2");
}

// Two seats at 6 x 10^14 each are beyond all bounds: they keep their count, those beside them on
// the subscription are charged; asked for alone, the subscription is refused and nothing changes.
TEST_P(ConnectedSeats, ARefreshOfAll_ChargesWhatCanBeCounted) {
  book.set_clock("2026-01-01T00:00:00Z");
  auto const customer = book.customer();
  auto const cheap = product();
  auto const dear = product();
  auto const id =
      book.subscribe(customer, "[{\"id\":\"" + cheap + "\"},{\"id\":\"" + dear + "\"}]");
  EXPECT_EQ(
      book.post(
              "/v1/subscriptions/" + id + "/update",
              R"({"type":"update_prices","application_schedule":"immediately","payment_schedule":"immediately","calculation_method":"pro_rata","payload":{"product_id":")" +
                  dear +
                  R"(","prices":[{"type":"volume","from":0,"to":null,"amount":600000000000000}]}})")
          .status,
      201);
  seats(1, 2);
  EXPECT_EQ(book.post("/v2/subscriptions/" + id + "/refresh-seat-products").status, 400);
  Lines const none = {"INV-1 paid 0 | Seats 0 0; Seats 0 0;"};
  EXPECT_EQ(book.invoices(), none);
  EXPECT_EQ(book.post("/v1/subscriptions/refresh").status, 200);
  auto const shown = book.get("/v2/subscriptions/" + id);
  EXPECT_EQ(shown.get("products", "0", "count") + shown.get("products", "1", "count"), "20");
  EXPECT_EQ(book.invoices(), (Lines{none.front(), "INV-2 to_pay 24000 | Seats 2 24000;"}));
}

// A broken record of one subscription stops neither the others nor the run.
TEST_P(ConnectedSeats, Realtime_ABrokenRecordStepsAside) {
  std::vector<std::string> ids;
  for (char const* name : {"one", "two"}) {
    auto const customer =
        book.customer(R"("name":"C","currency":"EUR","external_id":")" + std::string(name) + "\"");
    ids.push_back(book.subscribe(
        customer, "[{\"id\":\"" + product() + R"(","seat_refresh":{"mode":"realtime"}}])"));
    book.event(std::string("seat of ") + name, "2026-01-01T00:00:00Z", "", name, "seat");
  }
  auto const tenant = book.tenant(Mode::test);
  book.database().write([&](SqlSession& sql) {
    return sql.execute(
               "DELETE FROM aggregators WHERE account_id = ? AND id = (SELECT aggregator_id FROM "
               "subscription_lines WHERE subscription_id = ?)",
               {tenant.account_id, ids.front()}) == 1;
  });
  for (int i = 0; i < 2; ++i) EXPECT_EQ(follow_seats(book.services(), tenant, 1), 1);
  EXPECT_EQ(follow_seats(book.services(), tenant, 1), 0);
  EXPECT_EQ(book.get("/v2/subscriptions/" + ids.back()).get("products", "0", "count"), "1");
}

TEST_P(ConnectedSeats, WhatDoesNotFit_IsRefused) {
  auto const customer = book.customer();
  auto const refused = [&](testing::Answer const& answer, char const* field) {
    EXPECT_EQ(answer.status, 400) << answer.text;
    EXPECT_NE(answer.at("errors").find(field), nullptr) << answer.text;
  };
  refused(book.post("/v2/subscriptions",
                    R"({"customer_id":")" + customer +
                        R"(","activation_strategy":"start_date","products":[{"id":")" + product() +
                        R"(","count":3}]})"),
          "products[0].count");
  refused(
      book.post(
          "/v1/products",
          R"({"type":"flat_fee","name":"A","is_connected_seat_item":true,"price_configurations":[]})"),
      "is_connected_seat_item");
  refused(
      book.post(
          "/v1/products",
          R"({"type":"seat","name":"A","is_connected_seat_item":true,"price_configurations":[]})"),
      "aggregator_id");
  refused(
      book.post(
          "/v1/products",
          R"({"type":"seat","name":"A","aggregator":{"entity":"e","operation":"sum","property":"n"},"price_configurations":[]})"),
      "aggregator_id");
  EXPECT_EQ(book.post("/v2/subscriptions/sub_none/refresh-seat-products").status, 404);
}

}  // namespace tallybook
