// Subscriptions and the billing run. Each case opens with its arithmetic.
#include <thread>

#include "app/billing/billing_run.hpp"
#include "support/installation.hpp"

namespace tallybook {

using Lines = std::vector<std::string>;

class Billing : public testing::OnBothDatabases {
 protected:
  // One customer and one product on a subscription.
  std::string sell(std::string const& product, std::string const& fields = "",
                   std::string const& more = "") {
    if (customer.empty()) customer = book.customer();
    return book.subscribe(customer, "[{\"id\":\"" + product + "\"" + fields + "}]", more);
  }
  std::string customer;
};
TB_ON_BOTH_DATABASES(Billing);

// 100.00 a month in advance from 31 January: 31 Jan, 28 Feb, 31 Mar, 30 Apr (CYC-8).
TEST_P(Billing, AnniversaryOnThe31st_ClampsAndReturns) {
  book.set_clock("2026-01-31T00:00:00Z");
  auto const id = sell(book.flat_fee("10000"));
  book.advance("2026-05-01T00:00:00Z");
  auto const invoices = book.get("/v2/invoices?order=asc");
  Lines starts;
  for (auto const& invoice : *invoices.at("data").as_array())
    starts.push_back(*invoice.find("issued_at")->as_string());
  EXPECT_EQ(starts, (Lines{"2026-01-31T00:00:00.000Z", "2026-02-28T00:00:00.000Z",
                           "2026-03-31T00:00:00.000Z", "2026-04-30T00:00:00.000Z"}));
  EXPECT_EQ(invoices.get("data", "1", "period_starts_at"), "2026-02-28T00:00:00.000Z");
  EXPECT_EQ(invoices.get("data", "1", "period_ends_at"), "2026-03-30T23:59:59.999Z");
  EXPECT_EQ(book.get("/v2/subscriptions/" + id).get("next_payment_at"), "2026-05-31T00:00:00.000Z");
}

// Calendar alignment from 14 January: 18 of 31 days of 100.00 = 58.06, then whole months (CYC-5).
TEST_P(Billing, CalendarAlignment_TheFirstPeriodIsPartialAndProrated) {
  book.set_clock("2026-01-14T09:30:00Z");
  sell(book.flat_fee("10000"), "", R"(,"billing_cycle_alignment":"calendar_period")");
  book.advance("2026-02-01T00:00:00Z");
  EXPECT_EQ(book.invoices(), (Lines{"INV-1 to_pay 5806 | Platform 1 5806;",
                                    "INV-2 to_pay 10000 | Platform 1 10000;"}));
  auto const first = book.get("/v2/invoices?order=asc");
  EXPECT_EQ(first.get("data", "0", "period_starts_at"), "2026-01-14T00:00:00.000Z");
  EXPECT_EQ(first.get("data", "0", "period_ends_at"), "2026-01-31T23:59:59.999Z");
  EXPECT_EQ(first.get("data", "0", "issued_at"), "2026-01-14T09:30:00.000Z");
}

// Started 3 months ago, monthly in advance: periods 1 to 4 are due at once (SUB-5).
TEST_P(Billing, AStartInThePast_BillsEveryPeriodThatIsDue) {
  book.set_clock("2026-04-01T12:00:00Z");
  sell(book.flat_fee("10000"), "", R"(,"starts_at":"2026-01-01T00:00:00Z")");
  EXPECT_EQ(book.invoices().size(), 4u);
  EXPECT_EQ(book.get("/v2/invoices").get("data", "0", "issued_at"), "2026-04-01T12:00:00.000Z");
}

TEST_P(Billing, AFutureStart_WaitsAndThenBills) {
  auto const id = sell(book.flat_fee("10000"), "", R"(,"starts_at":"2026-02-01T00:00:00Z")");
  EXPECT_EQ(book.get("/v2/subscriptions/" + id).get("status"), "pending");
  EXPECT_TRUE(book.invoices().empty());
  book.set_clock("2026-01-01T00:00:00Z");
  auto const counts = book.advance("2026-02-01T00:00:00Z");
  EXPECT_EQ(counts.get("subscriptions_activated"), "1");
  EXPECT_EQ(counts.get("invoices_issued"), "1");
  EXPECT_EQ(book.get("/v2/subscriptions/" + id).get("status"), "active");
}

// Monthly 100.00 in advance, quarterly seats 3 x 50.00 in arrears, once 500.00.
TEST_P(Billing, ProductsOfDifferentIntervals_MeetOnOneInvoiceWhenDueTogether) {
  customer = book.customer();
  book.set_clock("2026-01-01T00:00:00Z");
  auto const fee = book.flat_fee("10000");
  auto const seats = book.seats("5000", R"({"period":"months","count":3})");
  auto const setup = book.flat_fee("50000", R"({"period":"once"})");
  book.subscribe(customer, "[{\"id\":\"" + fee + "\"},{\"id\":\"" + seats +
                               "\",\"count\":3,\"payment_schedule\":\"end\"},{\"id\":\"" + setup +
                               "\"}]");
  book.advance("2026-04-01T00:00:00Z");
  EXPECT_EQ(book.invoices(), (Lines{"INV-1 to_pay 60000 | Platform 1 10000; Platform 1 50000;",
                                    "INV-2 to_pay 10000 | Platform 1 10000;",
                                    "INV-3 to_pay 10000 | Platform 1 10000;",
                                    "INV-4 to_pay 25000 | Platform 1 10000; Seats 3 15000;"}));
}

// Local midnight in Paris: 1 April 00:00 there is 31 March 22:00 UTC, summer time included.
TEST_P(Billing, PeriodsAreCutAtLocalMidnight_AcrossSummerTime) {
  auto const entity = book.get("/v1/invoicing-entities").get("data", "0", "id");
  EXPECT_EQ(book.put("/v1/invoicing-entities/" + entity, R"({"timezone":"Europe/Paris"})").status,
            200);
  book.set_clock("2026-02-28T23:00:00Z");
  sell(book.flat_fee("10000"));
  book.advance("2026-04-01T00:00:00Z");
  auto const invoices = book.get("/v2/invoices?order=asc");
  EXPECT_EQ(invoices.get("data", "0", "period_starts_at"), "2026-02-28T23:00:00.000Z");
  EXPECT_EQ(invoices.get("data", "0", "period_ends_at"), "2026-03-31T21:59:59.999Z");
  EXPECT_EQ(invoices.get("data", "1", "issued_at"), "2026-03-31T22:00:00.000Z");
}

// 21540 at 6.4 % is 1378.56, rounded once: 1379.
TEST_P(Billing, Tax_TheCustomersRateElseTheEntitysElseZero) {
  customer = book.customer(R"("name":"T","currency":"EUR","tax_rate_custom":6.4)");
  sell(book.flat_fee("21540"));
  EXPECT_EQ(book.get("/v2/invoices").get("data", "0", "tax_amount"), "1379");
  EXPECT_EQ(book.get("/v2/invoices").get("data", "0", "total_amount"), "22919");
  auto const entity = book.get("/v1/invoicing-entities").get("data", "0", "id");
  book.put("/v1/invoicing-entities/" + entity, R"({"manual_tax_rate":20})");
  customer = book.customer(R"("name":"U","currency":"EUR")");
  sell(book.flat_fee("1000"));
  EXPECT_EQ(book.get("/v2/invoices?customer_id=" + customer).get("data", "0", "tax_amount"), "200");
  customer = book.customer(R"("name":"V","currency":"EUR","taxability":"exempt")");
  sell(book.flat_fee("1000"));
  EXPECT_EQ(book.get("/v2/invoices?customer_id=" + customer).get("data", "0", "tax_amount"), "0");
  EXPECT_EQ(book.get("/v2/invoices?customer_id=" + customer).get("data", "0", "tax_scheme"),
            "exempt");
}

// Three lines of 0.33 at 20 %: 0.99 x 20 % = 0.198 -> 0.20 over the invoice, shared 0.07 0.07 0.06.
TEST_P(Billing, Tax_IsRoundedPerRateAndSharedWithoutLosingACent) {
  customer = book.customer(R"("name":"T","currency":"EUR","tax_rate_custom":20)");
  auto const a = book.flat_fee("33"), b = book.flat_fee("33"), c = book.flat_fee("33");
  book.subscribe(customer,
                 "[{\"id\":\"" + a + "\"},{\"id\":\"" + b + "\"},{\"id\":\"" + c + "\"}]");
  auto const invoice = book.get("/v2/invoices");
  EXPECT_EQ(invoice.get("data", "0", "tax_amount"), "20");
  EXPECT_EQ(invoice.get("data", "0", "line_items", "0", "tax_amount"), "7");
  EXPECT_EQ(invoice.get("data", "0", "line_items", "1", "tax_amount"), "7");
  EXPECT_EQ(invoice.get("data", "0", "line_items", "2", "tax_amount"), "6");
}

TEST_P(Billing, Currencies_WithoutAndWithThreeDecimals) {
  customer = book.customer(R"("name":"J","currency":"JPY","tax_rate_custom":10)");
  sell(book.flat_fee("999", R"({"period":"months","count":1})", "JPY"));
  EXPECT_EQ(book.invoices("&customer_id=" + customer),
            (Lines{"INV-1 to_pay 1099 | Platform 1 999;"}));
  auto const pdf =
      book.get("/v2/invoices/" + book.get("/v2/invoices").get("data", "0", "id") + "/download");
  EXPECT_EQ(pdf.status, 200);
  EXPECT_TRUE(pdf.text.starts_with("%PDF"));
}

TEST_P(Billing, AZeroInvoice_IsIssuedAndSettledAtOnce) {
  sell(book.flat_fee("0"));
  EXPECT_EQ(book.invoices(), (Lines{"INV-1 paid 0 | Platform 1 0;"}));
  EXPECT_TRUE(book.ledger().empty());
}

// 1,500 tokens: 1,000 x 0.05 + 500 x 0.02 = 60; the late event of 500 in grace makes 70.
TEST_P(Billing, Usage_PassesThroughGrace_LateEventsStillCount) {
  book.set_clock("2026-01-01T00:00:00Z");
  sell(book.usage_product(
      R"([{"type":"volume","from":0,"to":1000,"amount":0.05},{"type":"volume","from":1000,"to":null,"amount":0.02}])"));
  book.event("e1", "2026-01-31T23:59:59.999Z", R"("tokens":1500)");
  book.event("out", "2026-02-01T00:00:00.000Z", R"("tokens":77)");
  book.advance("2026-02-01T00:00:00Z");
  EXPECT_EQ(book.invoices(), (Lines{"null grace_period 60 | Tokens 1500 60;"}));
  EXPECT_TRUE(book.ledger().empty());
  book.event("late", "2026-01-20T00:00:00Z", R"("tokens":500)");
  book.advance("2026-02-04T00:00:00Z");
  EXPECT_EQ(book.invoices(), (Lines{"INV-1 to_pay 70 | Tokens 2000 70;"}));
  auto const invoice = book.get("/v2/invoices");
  EXPECT_EQ(invoice.get("data", "0", "grace_period_ended_at"), "2026-02-04T00:00:00.000Z");
  EXPECT_EQ(invoice.get("data", "0", "due_at"), "2026-03-06T00:00:00.000Z");
  // After issue nothing changes any more.
  book.event("too-late", "2026-01-21T00:00:00Z", R"("tokens":9999)");
  EXPECT_EQ(book.invoices(), (Lines{"INV-1 to_pay 70 | Tokens 2000 70;"}));
}

// 700 of 1,000 committed at 0.10 = 100.00, floor 150.00: charged 150.00, shown 700.
TEST_P(Billing, Usage_CommittedCountThenFloorThenCap) {
  book.set_clock("2026-01-01T00:00:00Z");
  auto const product = book.usage_product(R"([{"type":"volume","from":0,"to":null,"amount":10}])");
  sell(product, R"(,"min_committed_count":1000,"min_amount":15000)");
  book.event("e1", "2026-01-10T00:00:00Z", R"("tokens":"700")");
  auto const other = book.customer(R"("name":"B","currency":"EUR","external_id":"b")");
  book.subscribe(other, "[{\"id\":\"" + product + "\",\"max_amount\":500}]");
  book.event("e2", "2026-01-10T00:00:00Z", R"("tokens":700)", "b");
  book.advance("2026-02-04T00:00:00Z");
  EXPECT_EQ(book.invoices("&customer_id=" + customer),
            (Lines{"INV-1 to_pay 15000 | Tokens 700 15000;"}));
  EXPECT_EQ(book.invoices("&customer_id=" + other), (Lines{"INV-2 to_pay 500 | Tokens 700 500;"}));
}

// bps 1.5 %, floor 0.20, cap 5.00, fee 0.10 on 10, 100, 1000: 0.30 + 1.60 + 5.10 = 7.00 (PRI-8).
TEST_P(Billing, Usage_BpsIsPerEvent) {
  book.set_clock("2026-01-01T00:00:00Z");
  sell(book.usage_product(
      R"([{"type":"bps","from":0,"to":null,"percentage":1.5,"per_unit_floor":20,"per_unit_cap":500,"per_unit_fee":10}])",
      R"({"entity":"pay","operation":"sum","property":"value"})", "bps"));
  book.event("p1", "2026-01-02T00:00:00Z", R"("value":1000)", "acme", "pay");
  book.event("p2", "2026-01-03T00:00:00Z", R"("value":10000)", "acme", "pay");
  book.event("p3", "2026-01-04T00:00:00Z", R"("value":100000)", "acme", "pay");
  book.advance("2026-02-04T00:00:00Z");
  EXPECT_EQ(book.invoices(), (Lines{"INV-1 to_pay 700 | Tokens 111000 700;"}));
}

// 100 used and 250 given back at 1 cent: -1.50, and 20 % of it.
TEST_P(Billing, Usage_GivenBackBeyondWhatWasUsed_BecomesACreditNote) {
  book.set_clock("2026-01-01T00:00:00Z");
  customer =
      book.customer(R"("name":"A","currency":"EUR","external_id":"acme","tax_rate_custom":20)");
  sell(book.usage_product(
      R"([{"type":"volume","from":0,"to":null,"amount":1}])",
      R"({"entity":"llm","operation":"sum","property":"tokens","allow_negative_values":true})"));
  book.event("e1", "2026-01-10T00:00:00Z", R"("tokens":100)");
  book.event("e2", "2026-01-11T00:00:00Z", R"("tokens":-250)");
  book.advance("2026-02-04T00:00:00Z");
  EXPECT_EQ(book.invoices(), (Lines{"CN-1 to_pay 180 | Tokens 150 150;"}));
  using Ledger = std::map<std::string, std::int64_t>;
  EXPECT_EQ(book.ledger(),
            (Ledger{{"revenue", 150}, {"output_tax", 30}, {"refunds_payable", -180}}));
}

TEST_P(Billing, Validate_IssuesAnInvoiceUnderReview_OnlyOnce) {
  book.set_clock("2026-01-01T00:00:00Z");
  sell(book.usage_product(R"([{"type":"volume","from":0,"to":null,"amount":1}])"));
  book.event("e1", "2026-01-10T00:00:00Z", R"("tokens":5)");
  book.advance("2026-02-01T00:00:00Z");
  auto const id = book.get("/v2/invoices").get("data", "0", "id");
  EXPECT_EQ(book.post("/v1/invoices/" + id + "/validate").get("status"), "to_pay");
  auto const again = book.post("/v1/invoices/" + id + "/validate");
  EXPECT_EQ(again.status, 409);
  EXPECT_NE(again.get("message").find("to_pay"), std::string::npos);
  book.advance("2026-02-10T00:00:00Z");
  EXPECT_EQ(book.invoices(), (Lines{"INV-1 to_pay 5 | Tokens 5 5;"}));
}

TEST_P(Billing, Drafts_WaitForValidation) {
  sell(book.flat_fee("100"), "", R"(,"generate_draft_invoices":"true")");
  EXPECT_EQ(book.invoices(), (Lines{"null draft 100 | Platform 1 100;"}));
  auto const id = book.get("/v2/invoices").get("data", "0", "id");
  EXPECT_EQ(book.post("/v1/invoices/" + id + "/transactions",
                      R"({"amount":100,"process_at":"2026-01-01T00:00:00Z"})")
                .status,
            409);
  EXPECT_EQ(book.post("/v1/invoices/" + id + "/validate").get("number"), "INV-1");
}

TEST_P(Billing, Manually_IsChargedWhenActivated) {
  customer = book.customer();
  auto const made = book.post("/v2/subscriptions",
                              R"({"customer_id":")" + customer +
                                  R"(","activation_strategy":"manually","products":[{"id":")" +
                                  book.flat_fee("100") + "\"}]}");
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.get("status"), "pending");
  book.set_clock("2026-01-10T00:00:00Z");
  book.advance("2026-01-20T00:00:00Z");
  EXPECT_TRUE(book.invoices().empty());
  auto const activated = book.post("/v1/subscriptions/" + made.get("id") + "/activate");
  EXPECT_EQ(activated.get("status"), "active");
  EXPECT_EQ(book.invoices(), (Lines{"INV-1 to_pay 100 | Platform 1 100;"}));
  EXPECT_EQ(book.post("/v1/subscriptions/" + made.get("id") + "/activate").status, 409);
}

TEST_P(Billing, Numbers_FollowTheEntitysPatternWithoutGaps) {
  auto const entity = book.get("/v1/invoicing-entities").get("data", "0", "id");
  book.put("/v1/invoicing-entities/" + entity,
           R"({"invoice_number_pattern":"{YYYY}{MM}{DD}/{number}"})");
  book.set_clock("2026-03-09T00:00:00Z");
  sell(book.flat_fee("100"));
  auto const failed =
      book.post("/v2/subscriptions",
                R"({"customer_id":")" + customer +
                    R"(","activation_strategy":"start_date","products":[{"id":"itm_none"}]})");
  EXPECT_EQ(failed.status, 400);
  sell(book.flat_fee("200"));
  EXPECT_EQ(book.invoices(), (Lines{"20260309/1 to_pay 100 | Platform 1 100;",
                                    "20260309/2 to_pay 200 | Platform 1 200;"}));
}

TEST_P(Billing, Ledger_FollowsEveryIssueAndPayment) {
  customer = book.customer(R"("name":"T","currency":"EUR","tax_rate_custom":20)");
  sell(book.flat_fee("10000"));
  using Ledger = std::map<std::string, std::int64_t>;
  EXPECT_EQ(book.ledger(),
            (Ledger{{"receivable", 12000}, {"revenue", -10000}, {"output_tax", -2000}}));
  auto const id = book.get("/v2/invoices").get("data", "0", "id");
  auto const part = book.post(
      "/v1/invoices/" + id + "/transactions",
      R"({"amount":5000,"process_at":"2026-01-01T00:00:00Z","payment_method_type":"transfer"})");
  EXPECT_EQ(part.status, 201);
  EXPECT_EQ(part.get("status"), "partially_paid");
  EXPECT_EQ(part.get("amount_due"), "7000");
  auto const over = book.post("/v1/invoices/" + id + "/transactions",
                              R"({"amount":7001,"process_at":"2026-01-01T00:00:00Z"})");
  EXPECT_EQ(over.status, 400);
  EXPECT_NE(over.get("errors", "amount", "0").find("7000"), std::string::npos);
  EXPECT_EQ(book.post("/v1/invoices/" + id + "/transactions",
                      R"({"amount":0,"process_at":"2026-01-01T00:00:00Z"})")
                .status,
            400);
  EXPECT_EQ(book.post("/v1/invoices/" + id + "/transactions",
                      R"({"amount":7000,"process_at":"2026-01-01T00:00:00Z"})")
                .get("status"),
            "paid");
  EXPECT_EQ(book.post("/v1/invoices/" + id + "/transactions",
                      R"({"amount":1,"process_at":"2026-01-01T00:00:00Z"})")
                .status,
            409);
  EXPECT_EQ(book.ledger(), (Ledger{{"receivable", 0},
                                   {"revenue", -10000},
                                   {"output_tax", -2000},
                                   {"cash_clearing", 12000}}));
  EXPECT_EQ(book.get("/v1/transactions").get("meta", "total"), "2");
}

TEST_P(Billing, PlannedPayments_SettleWhenTheirMomentComes_NeverMoreThanIsDue) {
  book.set_clock("2026-01-01T00:00:00Z");
  sell(book.flat_fee("10000", R"({"period":"once"})"));
  auto const id = book.get("/v2/invoices").get("data", "0", "id");
  auto const planned = book.post("/v1/invoices/" + id + "/transactions",
                                 R"({"amount":6000,"process_at":"2026-01-10T00:00:00Z"})");
  EXPECT_EQ(planned.get("status"), "to_pay");
  EXPECT_EQ(planned.get("transactions", "0", "status"), "scheduled");
  EXPECT_EQ(book.post("/v1/invoices/" + id + "/transactions",
                      R"({"amount":4001,"process_at":"2026-01-11T00:00:00Z"})")
                .status,
            400);
  book.advance("2026-01-10T00:00:00Z");
  EXPECT_EQ(book.get("/v2/invoices/" + id).get("status"), "partially_paid");
  EXPECT_EQ(book.get("/v2/invoices/" + id).get("transactions", "0", "settled_at"),
            "2026-01-10T00:00:00.000Z");
}

TEST_P(Billing, Late_IsWhatIsOwedPastItsDueDate) {
  book.set_clock("2026-01-01T00:00:00Z");
  sell(book.flat_fee("10000", R"({"period":"once"})"));
  book.advance("2026-01-31T00:00:00Z");
  EXPECT_EQ(book.get("/v1/invoices?status=late").get("meta", "total"), "0");
  book.advance("2026-01-31T00:00:00.001Z");
  EXPECT_EQ(book.get("/v1/invoices?status=late").get("meta", "total"), "1");
}

TEST_P(Billing, Outbox_TellsTheStoryInOrder) {
  customer = book.customer();
  auto const id = sell(book.flat_fee("100"));
  auto const invoice = book.get("/v2/invoices").get("data", "0", "id");
  book.post("/v1/invoices/" + invoice + "/transactions",
            R"({"amount":100,"process_at":"2026-01-01T00:00:00Z"})");
  book.post("/v1/subscriptions/" + id + "/cancel");
  EXPECT_EQ(book.outbox(),
            (Lines{"customer.created", "subscription.created", "subscription.activated",
                   "subscription.phase_activated", "invoice.created", "invoice.ready",
                   "subscription.charged", "invoice.settled", "subscription.cancelled"}));
}

// The unique row per line and period: billing the same state twice charges once.
TEST_P(Billing, RunningTheSamePeriodTwice_ChargesOnce) {
  book.set_clock("2026-01-01T00:00:00Z");
  auto const id = sell(book.flat_fee("100"));
  book.database().write([&](SqlSession& sql) {
    // As if the run had died after the charge and before it moved on, and another node repeated it.
    sql.execute(
        "UPDATE subscription_lines SET period_start_on = anchor_on, period_end_on = anchor_on + "
        "31, next_charge_at = ? WHERE subscription_id = ?",
        {parse_instant("2026-01-01T00:00:00Z")->ms, id});
    sql.execute("UPDATE subscriptions SET next_due_at = ? WHERE id = ?",
                {parse_instant("2026-01-01T00:00:00Z")->ms, id});
    return true;
  });
  book.advance("2026-01-15T00:00:00Z");
  EXPECT_EQ(book.invoices(), (Lines{"INV-1 to_pay 100 | Platform 1 100;"}));
  EXPECT_EQ(book.get("/v2/subscriptions/" + id).get("next_payment_at"), "2026-02-01T00:00:00.000Z");
}

TEST_P(Billing, AThousandPeriodsAtOnceAreRefusedAndNothingIsStored) {
  customer = book.customer();
  auto const product = book.flat_fee("100", R"({"period":"days","count":1})");
  auto const answer = book.post(
      "/v2/subscriptions",
      R"({"customer_id":")" + customer +
          R"(","activation_strategy":"start_date","starts_at":"2020-01-01T00:00:00Z","products":[{"id":")" +
          product + "\"}]}");
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(book.get("/v2/subscriptions?status=any").get("meta", "total"), "0");
  EXPECT_TRUE(book.invoices().empty());
}

TEST_P(Billing, Scheduler_RunsLiveModeOnTheMachinesClock_AndLeavesAFrozenModeAlone) {
  book.use_key(book.make_key(Mode::live));
  auto const live_customer = book.customer();
  book.subscribe(live_customer, "[{\"id\":\"" + book.flat_fee("100") + "\"}]");
  EXPECT_EQ(book.get("/v1/test-clock").status, 403);
  EXPECT_EQ(book.post("/v1/test-clock/advance", R"({"to":"2026-02-01T00:00:00Z"})").status, 403);
  book.machine_clock().set(*parse_instant("2026-02-01T00:00:05Z"));
  auto const counts =
      run_due(book.services(), book.tenant(Mode::live), book.machine_clock().now(), false);
  EXPECT_EQ(counts.invoices_issued, 1);
  EXPECT_EQ(book.get("/v2/invoices").get("data", "0", "issued_at"), "2026-02-01T00:00:05.000Z");
  EXPECT_EQ(run_due(book.services(), book.tenant(Mode::live), book.machine_clock().now(), false)
                .invoices_issued,
            0);
}

TEST_P(Billing, TwoRunnersAtOnce_BillEachSubscriptionOnce) {
  customer = book.customer();
  auto const product = book.flat_fee("100");
  for (int i = 0; i < 12; ++i) sell(product, "", R"(,"starts_at":"2026-01-02T00:00:00Z")");
  book.machine_clock().set(*parse_instant("2026-01-02T00:00:00Z"));
  std::vector<std::thread> runners;
  for (int t = 0; t < 3; ++t) {
    runners.emplace_back(
        [&] { run_due(book.services(), book.tenant(), book.machine_clock().now(), false, {}, 2); });
  }
  for (auto& runner : runners) runner.join();
  EXPECT_EQ(book.invoices().size(), 12u);
}

}  // namespace tallybook
