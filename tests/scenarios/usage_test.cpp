// Usage events, credits and the test clock through the API.
#include <thread>

#include "app/credit/credits.hpp"
#include "support/installation.hpp"

namespace tallybook {

class UsageAndCredits : public testing::OnBothDatabases {
 protected:
  std::string aggregator(std::string const& fields) {
    auto const answer = book.post("/v1/aggregators", "{\"entity\":\"llm\"," + fields + "}");
    EXPECT_EQ(answer.status, 201) << answer.text;
    return answer.get("id");
  }
  std::string total(std::string const& customer, std::string const& id,
                    std::string const& more = "") {
    return book
        .get("/v1/customers/" + customer + "/usage/" + id +
             "?start_date=2026-01-01T00:00:00Z&end_date=2026-02-01T00:00:00Z" + more)
        .get("total");
  }
  std::string credit_product() {
    auto const answer = book.post(
        "/v1/products",
        R"({"type":"credit","name":"Credits","price_configurations":[{"currency":"EUR","billing_interval":{"period":"once"},"type":"bundle","prices":[{"type":"bundle","amount":1000,"pack_size":100}]}]})");
    EXPECT_EQ(answer.status, 201) << answer.text;
    price = answer.get("price_configurations", "0", "prices", "0", "id");
    return answer.get("id");
  }
  std::string price;
};
TB_ON_BOTH_DATABASES(UsageAndCredits);

TEST_P(UsageAndCredits, EveryOperation_WithNumbersAsTextAndExactDecimals) {
  auto const customer = book.customer();
  auto const sum = aggregator(R"("operation":"sum","property":"n")"),
             count = aggregator(R"("operation":"count")"),
             most = aggregator(R"("operation":"max","property":"n")");
  auto const last = aggregator(R"("operation":"last","property":"n")"),
             distinct = aggregator(R"("operation":"count_unique","property":"user")");
  auto const least = aggregator(R"("operation":"min","property":"n")"),
             mean = aggregator(R"("operation":"avg","property":"n")");
  book.event("1", "2026-01-01T00:00:00Z", R"("n":0.1,"user":"a")");
  book.event("2", "2026-01-02T00:00:00Z", R"("n":"0.2","user":"b")");
  book.event("3", "2026-01-03T00:00:00Z", R"("n":0.3,"user":"a")");
  book.event("4", "2026-02-01T00:00:00Z", R"("n":100,"user":"z")");
  EXPECT_EQ(total(customer, sum), "0.6");
  EXPECT_EQ(total(customer, count), "3");
  EXPECT_EQ(total(customer, most), "0.3");
  EXPECT_EQ(total(customer, last), "0.3");
  EXPECT_EQ(total(customer, distinct), "2");
  EXPECT_EQ(total(customer, least), "0.1");
  EXPECT_EQ(total(customer, mean), "0.2");
  EXPECT_EQ(book.get("/v1/customers/" + customer +
                     "/usage?start_date=2026-01-01T00:00:00Z&end_date=2026-03-01T00:00:00Z")
                .get("0", "total"),
            "100.6");
}

// A formula everywhere usage is read: totals, groups, quiet ticks, the invoice and its
// verification.
TEST_P(UsageAndCredits, Formula_IsReadAndBilled) {
  book.set_clock("2026-01-01T00:00:00Z");
  auto const customer = book.customer();
  auto const product = book.usage_product(
      R"([{"type":"volume","from":0,"to":null,"amount":1}])",
      R"({"entity":"llm","operation":"count","formula_sql":"Greatest(sum(n) - 100, 10) + count(*) / 4","exposed_event_keys":["model"]})");
  auto const id = book.get("/v1/products/" + product).get("aggregator_id");
  EXPECT_EQ(book.get("/v1/aggregators/" + id).get("formula_sql"),
            "Greatest(sum(n) - 100, 10) + count(*) / 4");
  EXPECT_EQ(total(customer, id), "10");
  book.subscribe(customer, "[{\"id\":\"" + product + "\"}]");
  book.event("1", "2026-01-05T00:00:00Z", R"("n":"90.5","model":"a")");
  book.event("2", "2026-01-06T00:00:00Z", R"("n":59.5,"model":"b")");
  EXPECT_EQ(total(customer, id), "50.5");
  EXPECT_EQ(
      book.get("/v1/customers/" + customer + "/usage/" + id +
               "?start_date=2026-01-01T00:00:00Z&end_date=2026-02-01T00:00:00Z&group_by=model")
          .get("groups"),
      R"([{"key":"a","total":10.25,"count":1},{"key":"b","total":10.25,"count":1}])");
  EXPECT_EQ(
      book.get("/v1/aggregators/" + id +
               "/usage/timeseries?start_date=2026-01-06T00:00:00Z&end_date="
               "2026-01-08T00:00:00Z&group_by=day")
          .get("timeseries"),
      R"([{"tick":"2026-01-06T00:00:00.000Z","count":10.25},{"tick":"2026-01-07T00:00:00.000Z","count":10}])");
  EXPECT_EQ(book.get("/v2/invoices?status=open").get("data", "0", "line_items", "0", "units_count"),
            "50.5");
  book.event("3", "2026-01-31T00:00:00Z", R"("n":10)");
  book.advance("2026-02-04T00:00:00Z");
  EXPECT_EQ(book.invoices(), (std::vector<std::string>{"INV-1 to_pay 61 | Tokens 60.75 61;"}));
  auto const changed = book.put("/v1/aggregators/" + id,
                                R"({"entity":"llm","operation":"count","formula_sql":"sum(n) "})");
  EXPECT_EQ(changed.status, 409) << changed.text;
}

// 10 GB from 21 December on, 20 more for the last 15.5 of 31 days, half of everything gone before
// February: 10 + 20 / 2 = 20; then (10 + 20 - 15) = 15.
TEST_P(UsageAndCredits, WeightedSum_IsTheAverageOverTime) {
  book.set_clock("2026-01-01T00:00:00Z");
  auto const customer = book.customer();
  auto const product =
      book.usage_product(R"([{"type":"volume","from":0,"to":null,"amount":100}])",
                         R"({"entity":"llm","operation":"weighted_sum","property":"gb"})");
  auto const id = book.get("/v1/products/" + product).get("aggregator_id");
  book.subscribe(customer, "[{\"id\":\"" + product + "\"}]");
  book.event("1", "2025-12-21T00:00:00Z", R"("gb":10)");
  book.event("2", "2026-01-16T12:00:00Z", R"("gb":20)");
  book.event("3", "2026-02-01T00:00:00Z", R"("gb":-15)");
  EXPECT_EQ(total(customer, id), "20");
  EXPECT_EQ(
      book.get("/v1/aggregators/" + id +
               "/usage/timeseries?start_date=2026-01-15T00:00:00Z&end_date="
               "2026-01-18T00:00:00Z&group_by=day")
          .get("timeseries"),
      R"([{"tick":"2026-01-15T00:00:00.000Z","count":10},{"tick":"2026-01-16T00:00:00.000Z","count":20},{"tick":"2026-01-17T00:00:00.000Z","count":30}])");
  book.advance("2026-03-04T00:00:00Z");
  EXPECT_EQ(book.invoices(), (std::vector<std::string>{"INV-1 to_pay 2000 | Tokens 20 2000;",
                                                       "INV-2 to_pay 1500 | Tokens 15 1500;"}));
}

TEST_P(UsageAndCredits, Filters_Groups_AndTimeseries) {
  auto const customer = book.customer();
  auto const id = aggregator(
      R"("operation":"sum","property":"n","exposed_event_keys":["model"],"where":{"conditional":"and","fields":[{"property":"model","operator":"not","value":"free"},{"property":"n","operator":"gte","value":2}]})");
  book.event("1", "2026-01-05T00:00:00Z", R"("n":1,"model":"big")");
  book.event("2", "2026-01-05T10:00:00Z", R"("n":2,"model":"big")");
  book.event("3", "2026-01-07T00:00:00Z", R"("n":3,"model":"small")");
  book.event("4", "2026-01-08T00:00:00Z", R"("n":4,"model":"free")");
  auto const grouped =
      book.get("/v1/customers/" + customer + "/usage/" + id +
               "?start_date=2026-01-01T00:00:00Z&end_date=2026-02-01T00:00:00Z&group_by=model");
  EXPECT_EQ(grouped.get("total"), "5");
  EXPECT_EQ(grouped.get("groups"),
            R"([{"key":"big","total":2,"count":1},{"key":"small","total":3,"count":1}])");
  EXPECT_EQ(book.get("/v1/customers/" + customer + "/usage/" + id +
                     "?start_date=2026-01-01T00:00:00Z&end_date=2026-02-01T00:00:00Z&group_by=n")
                .status,
            400);
  auto const series = book.get(
      "/v1/aggregators/" + id +
      "/usage/"
      "timeseries?start_date=2026-01-05T00:00:00Z&end_date=2026-01-08T00:00:00Z&group_by=day");
  EXPECT_EQ(
      series.get("timeseries"),
      R"([{"tick":"2026-01-05T00:00:00.000Z","count":2},{"tick":"2026-01-06T00:00:00.000Z","count":0},{"tick":"2026-01-07T00:00:00.000Z","count":3}])");
  EXPECT_EQ(series.get("total"), "5");
  auto const by_customer =
      book.post("/v1/aggregators/" + id + "/usage/group-by-customer",
                R"({"start_date":"2026-01-01T00:00:00Z","end_date":"2026-02-01T00:00:00Z"})");
  EXPECT_EQ(by_customer.get("data", "0", "customer_id"), customer);
  EXPECT_EQ(by_customer.get("data", "0", "total"), "5");
  auto const events =
      book.get("/v1/aggregators/" + id +
               "/usage/events?start_date=2026-01-01T00:00:00Z&end_date=2026-02-01T00:00:00Z");
  EXPECT_EQ(events.get("meta", "total"), "2");
  EXPECT_EQ(book.get("/v1/aggregators/" + id + "/usage/timeseries?start_date=2026-01-05").status,
            400);
  EXPECT_EQ(
      book.get("/v1/aggregators/" + id +
               "/usage/timeseries?start_date=2026-01-05T00:00:00Z&end_date=2026-01-05T00:00:00Z")
          .status,
      400);
}

TEST_P(UsageAndCredits, TheSameRecordIdReplaces_DeletionReachesEveryType) {
  auto const customer = book.customer();
  auto const id = aggregator(R"("operation":"sum","property":"n")");
  book.event("1", "2026-01-05T00:00:00Z", R"("n":1)");
  book.event("1", "2026-01-06T00:00:00Z", R"("n":10)");
  book.event("1", "2026-01-06T00:00:00Z", R"("n":5)", "acme", "other");
  EXPECT_EQ(total(customer, id), "10");
  EXPECT_EQ(book.get("/v1/events?event_type=llm").get("meta", "total"), "1");
  EXPECT_EQ(book.get("/v1/events").status, 400);
  auto const removed =
      book.call("DELETE", "/v1/events", R"({"matching":"record_ids","record_ids":["1","none"]})");
  EXPECT_EQ(removed.status, 200);
  EXPECT_EQ(removed.text, "2");
  EXPECT_EQ(total(customer, id), "0");
  book.use_key(book.make_key(Mode::live));
  EXPECT_EQ(book.call("DELETE", "/v1/events", R"({"matching":"all"})").status, 403);
}

TEST_P(UsageAndCredits, Batches_GoodItemsAreStored_BadOnesComeBackWithTheReason) {
  book.customer();
  auto const v1 = book.post(
      "/v1/events/batch",
      R"([{"customer_id":"acme","event_type":"llm","timestamp":1767225600000,"record":{"id":"a"}},{"customer_id":"acme","event_type":"llm","timestamp":"soon","record":{"id":"b"}},5])");
  EXPECT_EQ(v1.status, 201) << v1.text;
  EXPECT_EQ(v1.at("events_created").as_array()->size(), 1u);
  EXPECT_EQ(v1.get("events_created", "0", "timestamp"), "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(v1.at("events_failed").as_array()->size(), 2u);
  EXPECT_NE(v1.get("events_failed", "0", "reason").find("[1].timestamp"), std::string::npos);
  EXPECT_EQ(v1.get("events_failed", "1", "event"), "5");
  auto const v2 = book.post(
      "/v2/events/batch",
      R"([{"customer_id":"acme","event_type":"llm","timestamp":"2026-01-01T00:00:00Z","record":{"id":"c"}}])");
  EXPECT_EQ(v2.status, 202);
  EXPECT_EQ(v2.at("events_accepted").as_array()->size(), 1u);
  std::string many = "[";
  for (int i = 0; i < 5001; ++i)
    many +=
        std::string(i ? "," : "") +
        R"({"customer_id":"acme","event_type":"llm","timestamp":"2026-01-01T00:00:00Z","record":{"id":"x"}})";
  EXPECT_EQ(book.post("/v1/events/batch", many + "]").status, 400);
  EXPECT_EQ(
      book.post(
              "/v1/events",
              R"({"customer_id":"nobody","event_type":"llm","timestamp":"2026-01-01T00:00:00Z","record":{"id":"d"}})")
          .status,
      400);
  EXPECT_EQ(
      book.post(
              "/v1/events?with_price_calculation=true",
              R"({"customer_id":"acme","event_type":"llm","timestamp":"2026-01-01T00:00:00Z","record":{"id":"d"}})")
          .status,
      400);
  EXPECT_EQ(
      book.get("/v1/events?event_type=llm&order=asc&record_id__in=a,c,d").get("meta", "total"),
      "2");
}

TEST_P(UsageAndCredits, ACustomerRenamedOutsideIsFoundByItsNewName) {
  auto const id = book.customer();
  book.event("1", "2026-01-05T00:00:00Z", "");
  EXPECT_EQ(book.put("/v1/customers/" + id, R"({"external_id":"acme-2"})").status, 200);
  EXPECT_EQ(
      book.post(
              "/v1/events",
              R"({"customer_id":"acme","event_type":"llm","timestamp":"2026-01-01T00:00:00Z","record":{"id":"2"}})")
          .status,
      400);
  book.event("2", "2026-01-05T00:00:00Z", "", "acme-2");
  book.event("3", "2026-01-05T00:00:00Z", "", id);
}

// 100 credits for 10.00 + 20 %, 40 used: 4.00 of the 10.00 is earned.
TEST_P(UsageAndCredits, Credits_OpenBuyUseAndExpire_TheLedgerFollows) {
  book.set_clock("2026-01-01T00:00:00Z");
  auto const customer =
      book.customer(R"("name":"A","currency":"EUR","external_id":"acme","tax_rate_custom":20)");
  auto const product = credit_product();
  auto const path = "/v1/customers/" + customer + "/credits/" + product;
  EXPECT_EQ(book.get(path).status, 404);
  auto const opened = book.post("/v1/customers/" + customer + "/credits",
                                R"({"product_id":")" + product + R"(","low_count_threshold":20})");
  ASSERT_EQ(opened.status, 201) << opened.text;
  EXPECT_EQ(opened.get("current_balance"), "0");
  EXPECT_EQ(opened.get("auto_topup"), "null");
  EXPECT_EQ(
      book.post("/v1/customers/" + customer + "/credits", R"({"product_id":")" + product + "\"}")
          .status,
      409);
  EXPECT_EQ(
      book.post(path + "/purchase", R"({"credit_count":150,"price_id":")" + price + "\"}").status,
      400);  // no whole packs
  EXPECT_EQ(book.post(path + "/purchase", R"({"credit_count":100})").status, 400);
  auto const bought =
      book.post(path + "/purchase", R"({"credit_count":100,"price_id":")" + price +
                                        R"(","expires_at":"2026-03-01T00:00:00Z"})");
  ASSERT_EQ(bought.status, 201) << bought.text;
  EXPECT_EQ(bought.get("new_credit_balance"), "100");
  EXPECT_EQ(book.get("/v2/invoices/" + bought.get("invoice_id")).get("total_amount"), "1200");
  EXPECT_EQ(book.post(path + "/topup", R"({"credit_count":"0.5"})").get("balance_after"), "100.5");
  EXPECT_EQ(book.post(path + "/usage", R"({"usage_retained":40,"event_id":"evt_1"})")
                .get("balance_after"),
            "60.5");
  using Ledger = std::map<std::string, std::int64_t>;
  EXPECT_EQ(book.ledger(), (Ledger{{"receivable", 1200},
                                   {"output_tax", -200},
                                   {"credits_liability", -600},
                                   {"revenue", -400}}));
  book.advance("2026-03-01T00:00:00Z");
  EXPECT_EQ(book.get(path).get("current_balance"), "0.5");
  EXPECT_EQ(book.ledger(), (Ledger{{"receivable", 1200},
                                   {"output_tax", -200},
                                   {"credits_liability", 0},
                                   {"revenue", -1000}}));
  auto const used = book.post(path + "/usage", R"({"usage_retained":2})");
  EXPECT_EQ(used.get("balance_after"), "0");
  EXPECT_EQ(book.get(path).get("overage"), "1.5");
  auto const movements = book.get(path + "/transactions");
  EXPECT_EQ(movements.get("meta", "total"), "5");
  EXPECT_EQ(movements.get("data", "1", "type"), "expiration");
  EXPECT_EQ(book.get(path + "/transactions?type=usage").get("meta", "total"), "2");
  EXPECT_EQ(book.get("/v1/customers/credits?customer_id=" + customer).get("meta", "total"), "1");
  EXPECT_EQ(book.put(path, R"({"name":"Render minutes","low_count_threshold":null})")
                .get("low_count_threshold"),
            "null");
  EXPECT_EQ(book.put(path, R"({"auto_topup":{"credit_count":5}})").status, 400);
  EXPECT_EQ(book.put(path, R"({"auto_topup":{"credit_count":0,"amount_excluding_tax":5}})").status,
            400);
  EXPECT_EQ(book.put(path, R"({"auto_topup":{"credit_count":5,"price_id":"pri_no"}})").status, 400);
  for (auto const* bad :
       {R"({"usage_retained":0})", R"({"usage_retained":-1})", R"({"usage_retained":"x"})", "{}"})
    EXPECT_EQ(book.post(path + "/usage", bad).status, 400);
}

// Used down to the threshold: bought again, once each time, on an invoice the wallet may pay.
TEST_P(UsageAndCredits, Credits_TopUpThemselvesAtTheThreshold) {
  auto const customer = book.customer();
  book.call("PATCH", "/v1/wallets/settings", R"({"enabled":true})");
  auto const wallet = book.post("/v1/wallets", R"({"customer_id":")" + customer + "\"}").get("id");
  book.post("/v1/wallets/" + wallet + "/load", R"({"type":"paid","amount":700})");
  auto const path = "/v1/customers/" + customer + "/credits/" + credit_product();
  ASSERT_EQ(book.post("/v1/customers/" + customer + "/credits",
                      R"({"product_id":")" + path.substr(path.rfind('/') + 1) +
                          R"(","current_balance":30,"low_count_threshold":10,
                          "auto_topup":{"credit_count":20,"amount_excluding_tax":500}})")
                .status,
            201);
  EXPECT_EQ(book.get(path).get("auto_topup", "amount_excluding_tax"), "500");
  book.post(path + "/usage", R"({"usage_retained":5})");
  EXPECT_EQ(book.get(path).get("current_balance"), "25");
  book.post(path + "/usage", R"({"usage_retained":15})");
  EXPECT_EQ(book.get(path).get("current_balance"), "30");
  book.post(path + "/usage", R"({"usage_retained":40})");
  EXPECT_EQ(book.get(path).get("current_balance"), "20");
  EXPECT_EQ(book.invoices("&type=invoice").size(), 2U);
  EXPECT_EQ(book.get("/v1/wallets/" + wallet).get("balance", "amount"), "0");
  EXPECT_EQ(book.put(path, R"({"auto_topup":null})").get("auto_topup"), "null");
  book.post(path + "/usage", R"({"usage_retained":20})");
  EXPECT_EQ(book.get(path).get("current_balance"), "0");
  auto const told = book.outbox();
  EXPECT_EQ(std::ranges::count(told, "credit.low_balance"), 3);
  EXPECT_EQ(std::ranges::count(told, "credit.balance_at_zero"), 2);
}

// Balances are brought up to date when their own account has new events.
TEST_P(UsageAndCredits, Credits_AreFoldedForTheEventsOfTheirAccount) {
  auto const customer = book.customer();
  auto const meter = aggregator(R"("operation":"count")");
  auto const product = book.post(
      "/v1/products",
      R"({"type":"credit","name":"Credits","credit_aggregators":[{"aggregator_id":")" + meter +
          R"(","weight":2}],"price_configurations":[{"currency":"EUR","billing_interval":{"period":"once"},"type":"bundle","prices":[{"type":"bundle","amount":1000,"pack_size":100}]}]})");
  ASSERT_EQ(book.post("/v1/customers/" + customer + "/credits",
                      R"({"product_id":")" + product.get("id") + R"(","current_balance":30})")
                .status,
            201);
  auto& services = book.services();
  auto const tenant = book.tenant(Mode::test);
  EXPECT_EQ(fold_usage(services, tenant, {}, 50), 0);
  book.event("1", "2026-01-05T00:00:00Z", "");
  EXPECT_EQ(fold_usage(services, tenant, {}, 50), 1);
  EXPECT_EQ(fold_usage(services, tenant, {}, 50), 0);
  book.open_account();
  book.customer();
  book.event("2", "2026-01-05T00:00:00Z", "");
  EXPECT_EQ(fold_usage(services, tenant, {}, 50), 0);
  book.database().read([&](SqlSession& sql) {
    sql.query("SELECT current_balance FROM customer_credits", {},
              [](SqlRow const& row) { EXPECT_EQ(row.text(0), "28"); });
  });
}

TEST_P(UsageAndCredits, Credits_ParallelUseNeverSpendsMoreThanThereIs) {
  auto const customer = book.customer();
  auto const product = credit_product();
  auto const path = "/v1/customers/" + customer + "/credits/" + product;
  ASSERT_EQ(book.post("/v1/customers/" + customer + "/credits",
                      R"({"product_id":")" + product + R"(","current_balance":30})")
                .status,
            201);
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i)
        EXPECT_EQ(book.post(path + "/usage", R"({"usage_retained":1})").status, 201);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(book.get(path).get("current_balance"), "0");
  EXPECT_EQ(book.get(path).get("overage"), "10");
  EXPECT_EQ(book.get(path + "/transactions").get("meta", "total"), "41");
}

TEST_P(UsageAndCredits, TestClock_Rules) {
  EXPECT_EQ(book.get("/v1/test-clock").get("frozen"), "false");
  book.set_clock("2026-06-01T00:00:00Z");
  book.set_clock("2026-05-01T00:00:00Z");  // back, while there are no invoices
  EXPECT_EQ(book.get("/v1/test-clock").text, R"({"now":"2026-05-01T00:00:00.000Z","frozen":true})");
  EXPECT_EQ(book.post("/v1/test-clock/advance", R"({"to":"2026-04-01T00:00:00Z"})").status, 400);
  book.subscribe(book.customer(), "[{\"id\":\"" + book.flat_fee("100") + "\"}]");
  EXPECT_EQ(book.put("/v1/test-clock", R"({"now":"2026-04-30T00:00:00Z"})").status, 409);
  // Setting runs nothing; advancing does.
  book.set_clock("2026-07-15T00:00:00Z");
  EXPECT_EQ(book.invoices().size(), 1u);
  EXPECT_EQ(book.advance("2026-07-15T00:00:00Z").get("invoices_issued"), "2");
  EXPECT_EQ(book.put("/v1/test-clock", R"({"now":null})").get("frozen"), "false");
  EXPECT_EQ(book.put("/v1/test-clock", "{}").status, 400);
  EXPECT_EQ(book.put("/v1/test-clock", R"({"now":"9999-01-01T00:00:00Z"})").status, 400);
}

TEST_P(UsageAndCredits, OneJumpOrManySteps_GiveTheSameInvoices) {
  std::vector<std::string> jumped;
  for (bool const steps : {false, true}) {
    testing::Installation other(GetParam());
    other.set_clock("2026-01-10T00:00:00Z");
    auto const customer = other.customer();
    auto const fee = other.flat_fee("1000"),
               tokens = other.usage_product(R"([{"type":"volume","from":0,"to":null,"amount":3}])");
    other.subscribe(customer, "[{\"id\":\"" + fee + "\"},{\"id\":\"" + tokens + "\"}]",
                    R"(,"billing_cycle_alignment":"calendar_period")");
    other.event("1", "2026-01-20T00:00:00Z", R"("tokens":5)");
    other.event("2", "2026-02-20T00:00:00Z", R"("tokens":7)");
    if (steps) {
      for (auto const* at : {"2026-01-31T23:59:59Z", "2026-02-01T00:00:00Z", "2026-02-03T00:00:00Z",
                             "2026-02-28T00:00:00Z", "2026-03-02T11:00:00Z"})
        other.advance(at);
    }
    other.advance("2026-04-10T00:00:00Z");
    if (!steps)
      jumped = other.invoices();
    else
      EXPECT_EQ(other.invoices(), jumped);
  }
  EXPECT_EQ(jumped.size(), 4u);
}

}  // namespace tallybook
