// What an audit of billing, cancelling, credits and concurrency found: one test per defect.
#include <chrono>
#include <future>
#include <thread>

#include "app/credit/credits.hpp"
#include "app/customer/customers.hpp"
#include "app/subscription/subscriptions.hpp"
#include "jobs/scheduler.hpp"
#include "support/installation.hpp"

namespace tallybook {

using Found = std::vector<std::string>;

class Review : public testing::OnBothDatabases {
 protected:
  void SetUp() override {
    book.set_clock("2026-01-01T00:00:00Z");
    customer = book.customer(
        R"("name":"Acme","currency":"EUR","external_id":"acme","tax_rate_custom":20)");
  }
  std::string sell(std::string const& products, std::string const& more = "") {
    return book.subscribe(customer, "[" + products + "]", more);
  }
  static std::string item(std::string const& id, std::string const& fields = "") {
    return "{\"id\":\"" + id + "\"" + fields + "}";
  }
  std::string tokens(std::string const& amount = "1") {
    return book.usage_product(R"([{"type":"volume","from":0,"to":null,"amount":)" + amount + "}]");
  }
  testing::Answer cancel(std::string const& id, std::string const& body) {
    return book.post("/v1/subscriptions/" + id + "/cancel", body);
  }
  // A credit product drawing `weight` credits per token, opened with `balance`; returns its path.
  std::string credits(std::string const& weight, std::string const& balance) {
    auto const aggregator =
        book.post("/v1/aggregators", R"({"entity":"llm","operation":"sum","property":"tokens"})");
    EXPECT_EQ(aggregator.status, 201) << aggregator.text;
    auto const product = book.post(
        "/v1/products",
        R"({"type":"credit","name":"Credits","price_configurations":[],"credit_aggregators":[{"aggregator_id":")" +
            aggregator.get("id") + R"(","weight":)" + weight + "}]}");
    EXPECT_EQ(product.status, 201) << product.text;
    auto const opened = book.post(
        "/v1/customers/" + customer + "/credits",
        R"({"product_id":")" + product.get("id") + R"(","current_balance":)" + balance + "}");
    EXPECT_EQ(opened.status, 201) << opened.text;
    return "/v1/customers/" + customer + "/credits/" + product.get("id");
  }
  std::string customer;
};
TB_ON_BOTH_DATABASES(Review);

// The fee of February lies on an invoice under review: 1 of 28 days stays, nothing is credited.
TEST_P(Review, RefundOfWhatIsNotIssuedYet_CutsTheInvoice) {
  auto const id = sell(item(book.flat_fee("10000")) + "," + item(tokens()));
  book.event("e", "2026-01-05T00:00:00Z", R"("tokens":300)");
  book.advance("2026-02-01T12:00:00Z");
  EXPECT_EQ(book.invoices()[1], "null grace_period 12360 | Platform 1 10000; Tokens 300 300;");
  EXPECT_EQ(cancel(id, R"({"pro_rata":true})").get("status"), "cancelled");
  EXPECT_EQ(book.invoices()[1], "null grace_period 788 | Platform 1 357; Tokens 300 300;");
  book.advance("2026-02-10T00:00:00Z");
  EXPECT_EQ(book.invoices(), (Found{"INV-1 to_pay 12000 | Platform 1 10000;",
                                    "INV-2 to_pay 788 | Platform 1 357; Tokens 300 300;"}));
}

TEST_P(Review, RefundOfADraft_CutsTheDraft) {
  auto const id = sell(item(book.flat_fee("31000")), R"(,"generate_draft_invoices":true)");
  cancel(id, R"({"pro_rata":true})");
  EXPECT_EQ(book.invoices(), (Found{"null draft 1200 | Platform 1 1000;"}));
}

// Setting the clock runs nothing, as a night without the server does.
TEST_P(Review, Cancel_ChargesFirstWhatTheRunHasNotChargedYet) {
  auto const id = sell(item(book.flat_fee("10000"), R"(,"payment_schedule":"end")"));
  book.set_clock("2026-02-01T06:00:00Z");
  EXPECT_EQ(cancel(id, "{}").get("status"), "cancelled");
  EXPECT_EQ(book.invoices(), (Found{"INV-1 to_pay 12000 | Platform 1 10000;"}));
}

// The day of the cancellation counts as used to its end; the last invoice waits for late events.
TEST_P(Review, FinalUsageInvoice_PassesThroughGrace) {
  auto const id = sell(item(tokens()));
  book.event("e1", "2026-01-05T00:00:00Z", R"("tokens":300)");
  book.advance("2026-01-10T12:00:00Z");
  cancel(id, R"({"cancellation_strategy":"charge_prorata"})");
  EXPECT_EQ(book.invoices(), (Found{"null grace_period 360 | Tokens 300 300;"}));
  book.event("e2", "2026-01-10T20:00:00Z", R"("tokens":50)");
  book.event("e3", "2026-01-11T00:00:00Z", R"("tokens":9000)");
  book.advance("2026-01-20T00:00:00Z");
  EXPECT_EQ(book.invoices(), (Found{"INV-1 to_pay 420 | Tokens 350 350;"}));
}

TEST_P(Review, TheEntitysNewTimeZone_DoesNotMoveAPeriodThatIsCounted) {
  sell(item(tokens()));
  book.event("in", "2026-01-31T23:00:00Z", R"("tokens":10)");
  book.event("out", "2026-02-01T02:00:00Z", R"("tokens":700)");
  book.advance("2026-01-15T00:00:00Z");
  auto const entity = book.get("/v1/invoicing-entities").get("data", "0", "id");
  auto const changed =
      book.put("/v1/invoicing-entities/" + entity, R"({"timezone":"America/New_York"})");
  ASSERT_EQ(changed.status, 200) << changed.text;
  book.advance("2026-02-01T12:00:00Z");
  EXPECT_EQ(book.invoices(), (Found{"null grace_period 12 | Tokens 10 10;"}));
  book.advance("2026-02-10T00:00:00Z");
  EXPECT_EQ(book.invoices(), (Found{"INV-1 to_pay 12 | Tokens 10 10;"}));
}

TEST_P(Review, AnAmountBeyondAllBounds_StopsItsSubscriptionOnly) {
  auto const bad = sell(item(tokens("1000000")));
  book.event("huge", "2026-01-05T00:00:00Z", R"("tokens":99999999999999999999)");
  auto const good = book.customer(R"("name":"B","currency":"EUR","external_id":"b")");
  book.subscribe(good, "[" + item(book.flat_fee("100")) + "]");
  EXPECT_EQ(book.advance("2026-03-01T00:00:00Z").status, 200);
  EXPECT_EQ(book.invoices("&customer_id=" + good).size(), 3u);
  EXPECT_EQ(book.get("/v2/subscriptions/" + bad).get("status"), "errored");
  auto const too_much =
      book.post("/v2/subscriptions",
                R"({"customer_id":")" + good + R"(","products":[)" +
                    item(book.seats("1000000000000"), R"(,"count":1000000000000)") + "]}");
  EXPECT_EQ(too_much.status, 400) << too_much.text;
  auto const committed = book.post(
      "/v2/subscriptions",
      R"({"customer_id":")" + good + R"(","products":[)" +
          item(tokens("1000000000000"), R"(,"min_committed_count":1000000000000)") + "]}");
  EXPECT_EQ(committed.status, 400) << committed.text;
}

TEST_P(Review, AGraceThatCannotBeCounted_LeavesADraft) {
  sell(item(tokens("1000000")));
  book.advance("2026-02-01T00:00:00Z");
  book.event("huge", "2026-01-05T00:00:00Z", R"("tokens":99999999999999999999)");
  auto const good = book.customer(R"("name":"B","currency":"EUR","external_id":"b")");
  book.subscribe(good, "[" + item(book.flat_fee("100")) + "]");
  EXPECT_EQ(book.advance("2026-02-20T00:00:00Z").status, 200);
  EXPECT_EQ(book.invoices("&customer_id=" + customer), (Found{"null draft 0 | Tokens 0 0;"}));
}

TEST_P(Review, NegativeUsage_MakesACreditNote) {
  sell(item(book.usage_product(
      R"([{"type":"volume","from":0,"to":null,"amount":1}])",
      R"({"entity":"llm","operation":"sum","property":"tokens","allow_negative_values":true})")));
  book.event("back", "2026-01-05T00:00:00Z", R"("tokens":-300)");
  book.advance("2026-02-10T00:00:00Z");
  EXPECT_EQ(book.invoices(), (Found{"CN-1 to_pay 360 | Tokens 300 300;"}));
  std::map<std::string, std::int64_t> const expected = {
      {"revenue", 300}, {"output_tax", 60}, {"refunds_payable", -360}};
  EXPECT_EQ(book.ledger(), expected);
}

TEST_P(Review, InvoicesSortedByEmission_AreAllWalked) {
  for (int i = 0; i < 3; ++i)
    sell(item(book.flat_fee("100")), R"(,"generate_draft_invoices":true)");
  for (int i = 0; i < 2; ++i) sell(item(book.flat_fee("100")));
  for (auto const* order : {"asc", "desc"}) {
    std::set<std::string> seen;
    std::string cursor;
    for (int page = 0; page < 10; ++page) {
      auto const answer = book.get(std::string("/v2/invoices?limit=1&sort=emitted_at&order=") +
                                   order + (cursor.empty() ? "" : "&cursor=" + cursor));
      ASSERT_EQ(answer.status, 200) << answer.text;
      for (auto const& row : *answer.at("data").as_array()) seen.insert(to_json_text(row));
      if (answer.get("has_more") != "true") break;
      cursor = answer.get("next_cursor");
    }
    EXPECT_EQ(seen.size(), 5u) << order;
  }
}

TEST_P(Review, Credits_UsageIsDeductedOnce_ReSentAndDeletedComeOutRight) {
  auto const path = credits("0.004", "10");
  book.event("e1", "2026-01-01T01:00:00Z", R"("tokens":1500)");
  EXPECT_EQ(book.get(path).get("current_balance"), "4");
  EXPECT_EQ(book.get(path).get("current_balance"), "4");
  book.event("e1", "2026-01-01T01:00:00Z", R"("tokens":1500)");
  EXPECT_EQ(book.get("/v1/customers/" + customer + "/credits").get("data", "0", "current_balance"),
            "4");
  book.event("e1", "2026-01-01T01:00:00Z", R"("tokens":3000)");  // replaced by more than there is
  EXPECT_EQ(book.get(path).get("current_balance"), "0");
  EXPECT_EQ(book.get(path).get("overage"), "2");
  EXPECT_EQ(
      book.call("DELETE", "/v1/events", R"({"matching":"record_ids","record_ids":["e1"]})").text,
      "1");
  EXPECT_EQ(book.get(path).get("current_balance"), "10");
  EXPECT_EQ(book.get(path).get("overage"), "0");
  book.event("e2", "2026-01-01T02:00:00Z", R"("tokens":250)");
  EXPECT_EQ(book.post(path + "/usage", R"({"usage_retained":1})").get("balance_after"), "8");
  book.event("other", "2026-01-01T02:00:00Z", R"("tokens":250)", "acme", "unrelated");
  auto const before = book.outbox().size();
  EXPECT_EQ(book.get(path).get("current_balance"), "8");
  EXPECT_EQ(book.outbox().size(), before);  // nothing happened: nothing is told
}

TEST_P(Review, Credits_ParallelReadersAndEvents_CountEachEventOnce) {
  auto const path = credits("1", "1000");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 6; ++i) {
        book.event("e" + std::to_string(t) + "-" + std::to_string(i), "2026-01-01T01:00:00Z",
                   R"("tokens":5)");
        EXPECT_EQ(book.get(path).status, 200);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(book.get(path).get("current_balance"), "880");
}

// 60 used before the expiry come out of the grant that expires; the scheduler deducts unasked.
TEST_P(Review, Credits_UsageBeforeAnExpiry_ComesOutOfTheExpiringGrant) {
  auto const path = credits("1", "10");
  EXPECT_EQ(
      book.post(path + "/topup", R"({"credit_count":100,"expires_at":"2026-02-01T00:00:00Z"})")
          .status,
      201);
  book.event("e1", "2026-01-20T00:00:00Z", R"("tokens":60)");
  EXPECT_EQ(book.advance("2026-02-01T00:00:00Z").get("credits_expired"), "1");
  EXPECT_EQ(book.get(path).get("current_balance"), "10");
  EXPECT_EQ(book.get(path + "/transactions?type=expiration").get("data", "0", "credit_count"),
            "40");
  book.event("e2", "2026-02-01T00:00:00Z", R"("tokens":4)");
  Scheduler(book.services()).run_once();
  EXPECT_EQ(book.get("/v1/customers/credits").get("data", "0", "current_balance"), "6");
}

// Nothing of another mode is reached by its id, and a text in a filter is only ever a value.
TEST_P(Review, IdsOfAnotherMode_AndHostileFilters_ReachNothing) {
  auto const id = sell(item(book.flat_fee("10000")));
  auto const invoice = book.get("/v2/invoices").get("data", "0", "id");
  sell(item(book.flat_fee("100")));
  auto const cursor = book.get("/v2/invoices?limit=1").get("next_cursor");
  for (auto const* text :
       {"%27%20OR%201=1--", "x%22;DROP%20TABLE%20invoices", "%25", "_", "%F0%9F%92%B6", "%5C"}) {
    for (auto const* field : {"customer_id", "number", "customer_external_id", "line_item_id",
                              "number__contains", "id__in", "customer_external_id__startsWith"}) {
      auto const answer = book.get(std::string("/v2/invoices?") + field + "=" + text);
      EXPECT_EQ(answer.status, 200) << field << text << answer.text;
      EXPECT_EQ(answer.get("data"), "[]") << field << text;
    }
  }
  book.use_key(book.make_key(Mode::live));
  EXPECT_EQ(book.get("/v2/invoices/" + invoice).status, 404);
  EXPECT_EQ(book.get("/v2/invoices?line_item_id=" + invoice).get("data"), "[]");
  EXPECT_EQ(book.get("/v2/invoices?limit=1&cursor=" + cursor).status, 400);
  EXPECT_EQ(book.get("/v2/subscriptions/" + id).status, 404);
  EXPECT_EQ(cancel(id, "{}").status, 404);
  EXPECT_EQ(book.put("/v1/customers/" + customer, R"({"name":"Mine"})").status, 404);
  EXPECT_EQ(book.put("/v1/customers/" + customer + "/archive").status, 404);
  EXPECT_EQ(book.post("/v1/invoices/" + invoice + "/transactions",
                      R"({"amount":1,"process_at":"2026-01-01T00:00:00Z"})")
                .status,
            404);
  EXPECT_EQ(book.post("/v2/subscriptions",
                      R"({"customer_id":")" + customer + R"(","products":[{"id":"x"}]})")
                .status,
            400);
  EXPECT_EQ(book.get("/v1/customers/a%2F..%2Fb").status, 404);
}

// Two payments, two cancellations and two validations at once: each happens once.
TEST_P(Review, TwoAtOnce_HappenOnce) {
  auto const id = sell(item(book.flat_fee("10000")) + "," + item(tokens()));
  book.event("e", "2026-01-05T00:00:00Z", R"("tokens":300)");
  book.advance("2026-02-01T12:00:00Z");
  auto const first = book.get("/v2/invoices?status=to_pay").get("data", "0", "id"),
             second = book.get("/v2/invoices?status=grace_period").get("data", "0", "id");
  auto const twice = [](auto work) {
    auto other = std::async(std::launch::async, work);
    std::vector<int> both = {work().status, other.get().status};
    std::sort(both.begin(), both.end());
    return both;
  };
  EXPECT_EQ(twice([&] {
              return book.post("/v1/invoices/" + first + "/transactions",
                               R"({"amount":7000,"process_at":"2026-02-01T00:00:00Z"})");
            }),
            (std::vector{201, 400}));
  EXPECT_EQ(twice([&] { return book.post("/v1/invoices/" + second + "/validate"); }),
            (std::vector{200, 409}));
  EXPECT_EQ(twice([&] { return cancel(id, R"({"pro_rata":true})"); }), (std::vector{200, 409}));
  EXPECT_EQ(book.invoices(), (Found{"INV-1 partially_paid 12000 | Platform 1 10000;",
                                    "INV-2 to_pay 12360 | Platform 1 10000; Tokens 300 300;",
                                    "CN-1 paid 11572 | Platform 1 9643;"}));
  EXPECT_EQ(book.ledger()["cash_clearing"], 7000);
}

// A yearly line and a one-time one beside a monthly one: each unused part by its own cycle; what is
// bought once is not given back. 28 of 31 and 362 of 365 days of 31.00 and 365.00.
TEST_P(Review, Refund_OfLinesWithDifferentIntervals) {
  auto const monthly = book.flat_fee("3100"),
             yearly = book.flat_fee("36500", R"({"period":"years","count":1})"),
             once = book.flat_fee("700", R"({"period":"once"})");
  auto const id = sell(item(monthly) + "," + item(yearly) + "," + item(once));
  book.advance("2026-01-03T10:00:00Z");
  cancel(id, R"({"pro_rata":true})");
  EXPECT_EQ(book.invoices()[1], "CN-1 paid 46800 | Platform 1 2800; Platform 1 36200;");
}

// Setting the clock runs nothing: the expiry is late, the usage before it was not.
TEST_P(Review, Credits_AGrantWhoseExpiryIsLate_StillPaysForWhatCameBefore) {
  auto const path = credits("1", "10");
  EXPECT_EQ(
      book.post(path + "/topup", R"({"credit_count":100,"expires_at":"2026-02-01T00:00:00Z"})")
          .status,
      201);
  book.event("e1", "2026-01-20T00:00:00Z", R"("tokens":60)");
  book.set_clock("2026-02-05T00:00:00Z");
  EXPECT_EQ(book.get(path).get("current_balance"), "50");
  EXPECT_EQ(book.get(path).get("overage"), "0");
  book.advance("2026-02-06T00:00:00Z");
  EXPECT_EQ(book.get(path).get("current_balance"), "10");
}

// The rest holds a transaction open beside the API's: SQLite has one writer, so PostgreSQL only.
class ReviewTwoWriters : public Review {
 protected:
  // Runs `first` in a transaction that stays open while `second` runs elsewhere.
  template <class First, class Second>
  auto beside(First&& first, Second&& second) {
    std::promise<void> begun;
    std::thread holder([&] {
      auto const done =
          in_unit(book.services(), book.tenant(), [&](UnitOfWork& work) -> Result<void> {
            first(work);
            begun.set_value();
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
            return {};
          });
      EXPECT_TRUE(done.has_value());
    });
    begun.get_future().wait();
    auto result = second();
    holder.join();
    return result;
  }
};
INSTANTIATE_TEST_SUITE_P(, ReviewTwoWriters, ::testing::Values(Dialect::postgres),
                         testing::dialect_name);

TEST_P(ReviewTwoWriters, TwoChangesOfOneCustomer_BothStay) {
  auto const answer = beside(
      [&](UnitOfWork& work) {
        auto found = *find_customer(work, CustomerId(customer));
        found.name = "Renamed";
        EXPECT_TRUE(update_customer(work, found).has_value());
      },
      [&] { return book.put("/v1/customers/" + customer, R"({"local_tax_number":"77"})"); });
  EXPECT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(book.get("/v1/customers/" + customer).get("name"), "Renamed");
}

TEST_P(ReviewTwoWriters, ACustomerBeingSoldTo_IsNotArchived) {
  auto const fee = book.flat_fee("100");
  auto const answer = beside(
      [&](UnitOfWork& work) {
        NewSubscription wanted;
        wanted.subscription.customer_id = CustomerId(customer);
        NewLine line;
        line.product_id = ProductId(fee);
        NewPhase phase;
        phase.lines.push_back(line);
        wanted.phases.push_back(phase);
        EXPECT_TRUE(create_subscription(work, std::move(wanted)).has_value());
      },
      [&] { return book.put("/v1/customers/" + customer + "/archive"); });
  EXPECT_EQ(answer.status, 400) << answer.text;
}

// The older transaction commits after a newer one was seen: the directory must notice.
TEST_P(ReviewTwoWriters, ARenamedCustomer_IsNoticedWhateverTheOrderOfCommits) {
  beside(
      [&](UnitOfWork& work) {
        auto found = *find_customer(work, CustomerId(customer));
        found.external_id = "renamed";
        EXPECT_TRUE(update_customer(work, found).has_value());
      },
      [&] {
        book.customer(R"("name":"Newer","currency":"EUR","external_id":"newer")");
        return book.event("e1", "2026-01-01T00:00:00Z", R"("tokens":1)", "acme");
      });
  auto const late = book.post(
      "/v1/events",
      R"({"customer_id":"acme","event_type":"llm","timestamp":"2026-01-01T00:00:00Z","record":{"id":"e2"}})");
  EXPECT_EQ(late.status, 400) << late.text;
}

}  // namespace tallybook
