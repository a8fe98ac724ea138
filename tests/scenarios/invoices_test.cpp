// Invoices somebody writes, changes, credits, voids, writes off.
#include <future>
#include <set>

#include "app/invoice/conversion.hpp"
#include "support/installation.hpp"

namespace tallybook {

using Shown = std::vector<std::string>;

class Invoices : public testing::OnBothDatabases {
 protected:
  void SetUp() override {
    book.set_clock("2026-01-10T09:00:00Z");
    customer = book.customer(
        R"("name":"Acme","currency":"EUR","external_id":"acme","tax_rate_custom":20)");
  }
  testing::Answer create(std::string const& fields,
                         std::string const& lines = R"([{"name":"Work","unit_amount":10000}])") {
    return book.post("/v1/invoices", "{\"customer_id\":\"" + customer + "\",\"line_items\":" +
                                         lines + (fields.empty() ? "" : "," + fields) + "}");
  }
  std::string made(std::string const& fields,
                   std::string const& lines = R"([{"name":"Work","unit_amount":10000}])") {
    auto const answer = create(fields, lines);
    EXPECT_EQ(answer.status, 201) << answer.text;
    return answer.get("id");
  }
  testing::Answer pay(std::string const& id, std::string const& amount) {
    return book.post("/v1/invoices/" + id + "/transactions",
                     "{\"amount\":" + amount + ",\"process_at\":\"2026-01-10T09:00:00Z\"}");
  }
  testing::Answer credit(std::string const& id, std::string const& body = "{}") {
    return book.post("/v1/invoices/" + id + "/credit-notes", body);
  }
  std::string status(std::string const& id) { return book.get("/v2/invoices/" + id).get("status"); }
  std::string customer;
};
TB_ON_BOTH_DATABASES(Invoices);

TEST_P(Invoices, Paid_IsTheDefault_AndIsOneTransaction) {
  auto const answer = create("");
  EXPECT_EQ(answer.status, 201) << answer.text;
  EXPECT_EQ(answer.get("status"), "paid");
  EXPECT_EQ(answer.get("number"), "INV-1");
  EXPECT_EQ(answer.get("total_amount"), "12000");
  EXPECT_EQ(answer.get("amount_due"), "0");
  EXPECT_EQ(answer.get("transactions", "0", "amount"), "12000");
  EXPECT_EQ(answer.get("transactions", "0", "payment_method_type"), "external");
  EXPECT_EQ(book.ledger()["cash_clearing"], 12000);
  EXPECT_EQ(book.ledger()["receivable"], 0);
}

TEST_P(Invoices, Draft_IsChanged_ThenIssued_ThenOnlyNotesChange) {
  auto const id = made(R"("status":"draft","due_at":"2026-03-01T00:00:00Z")");
  EXPECT_EQ(book.get("/v2/invoices/" + id).get("number"), "null");
  auto const changed =
      book.call("PATCH", "/v1/invoices/" + id,
                R"({"line_items":[{"name":"Work","units_count":3,"unit_amount":3333},
         {"name":"Rebate","unit_amount":-999,"tax_rate":10}],"custom_note":"Thanks",
         "customer":{"name":"Acme Holding","tax_id":"FR00"}})");
  EXPECT_EQ(changed.status, 200) << changed.text;
  // 9999 at 20 % and -999 at 10 %.
  EXPECT_EQ(changed.get("amount_excluding_tax"), "9000");
  EXPECT_EQ(changed.get("tax_amount"), "1900");
  EXPECT_EQ(changed.get("customer", "name"), "Acme Holding");
  // The version before the change is kept.
  EXPECT_EQ(book.get("/v2/invoices?status=archived").get("data", "0", "total_amount"), "12000");
  auto const issued = book.post("/v1/invoices/" + id + "/validate");
  EXPECT_EQ(issued.get("number"), "INV-1");
  EXPECT_EQ(issued.get("due_at"), "2026-03-01T00:00:00.000Z");
  auto const refused =
      book.call("PATCH", "/v1/invoices/" + id, R"({"line_items":[{"name":"x","unit_amount":1}]})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.get("message").find("to_pay; only custom_note"), std::string::npos)
      << refused.text;
  auto const noted = book.call("PATCH", "/v1/invoices/" + id, R"({"custom_note":"Many thanks"})");
  EXPECT_EQ(noted.get("custom_note"), "Many thanks");
  EXPECT_EQ(noted.get("total_amount"), "10900");
  // The proof follows the edit.
  auto const proof = book.get("/v1/invoices/" + id + "/proof");
  EXPECT_EQ(proof.status, 200) << proof.text;
  EXPECT_NE(proof.get("document").find("custom_note=Many thanks"), std::string::npos);
}

TEST_P(Invoices, Discounts_OfALineAndOfTheRest) {
  auto const answer = create(
      R"("status":"to_pay","coupons":[{"name":"Half","discount_percent":50,"line_item_indexes":[1]},
         {"name":"Ten","discount_amount":1000}])",
      R"([{"name":"A","unit_amount":10000},{"name":"B","unit_amount":3333}])");
  EXPECT_EQ(answer.status, 201) << answer.text;
  // Half of 33.33 is 16.67 (half away from zero); 10.00 over 100.00 and 16.66.
  EXPECT_EQ(answer.get("discount_amount"), "2667");
  EXPECT_EQ(answer.get("amount_excluding_tax"), "10666");
  EXPECT_EQ(answer.get("coupons", "0", "discount_amount"), "1667");
  EXPECT_EQ(answer.get("coupons", "1", "discount_amount"), "1000");
}

TEST_P(Invoices, Imported_KeepsItsNumber_AndIsOutsideOurSequence) {
  auto const id = made(
      R"("status":"to_pay","number":"OLD-77","emitted_at":"2025-06-01T00:00:00Z","tax_rate":19)");
  auto const shown = book.get("/v2/invoices/" + id);
  EXPECT_EQ(shown.get("number"), "OLD-77");
  EXPECT_EQ(shown.get("issued_at"), "2025-06-01T00:00:00.000Z");
  EXPECT_EQ(shown.get("due_at"), "2025-07-01T00:00:00.000Z");
  EXPECT_EQ(shown.get("tax_amount"), "1900");
  EXPECT_EQ(create(R"("status":"to_pay","number":"OLD-77")").status, 409);
  EXPECT_EQ(credit(id).status, 409);
  EXPECT_EQ(create("").get("number"), "INV-1");
  EXPECT_EQ(book.call("DELETE", "/v1/invoices/" + id).status, 204);
  EXPECT_EQ(book.get("/v2/invoices/" + id).status, 404);
  EXPECT_EQ(book.ledger()["receivable"], 0);
  EXPECT_EQ(book.ledger()["revenue"], -10000);
}

TEST_P(Invoices, Document_HasItsOwnNumbers) {
  auto const answer = create(R"("status":"to_pay","type":"document","document_name":"Order")");
  EXPECT_EQ(answer.status, 201) << answer.text;
  EXPECT_EQ(answer.get("number"), "DOC-1");
  EXPECT_EQ(answer.get("document_name"), "Order");
  EXPECT_EQ(create(R"("status":"to_pay")").get("number"), "INV-1");
}

TEST_P(Invoices, CreditNotes_AnySplitSumsToTheInvoice) {
  auto const id = made(
      R"("status":"to_pay")",
      R"([{"name":"A","unit_amount":3333},{"name":"B","unit_amount":3333},{"name":"C","unit_amount":-101,"tax_rate":7}])");
  EXPECT_EQ(pay(id, book.get("/v2/invoices/" + id).get("total_amount")).status, 201);
  auto const total = std::stoll(book.get("/v2/invoices/" + id).get("total_amount"));
  std::int64_t credited = 0, tax = 0;
  for (int const amount : {1, 777, 2500, 33}) {
    auto const note = credit(id, "{\"amount_including_tax\":" + std::to_string(amount) + "}");
    ASSERT_EQ(note.status, 201) << note.text;
    EXPECT_EQ(note.get("total_amount"), std::to_string(amount));
    credited += amount;
    tax += std::stoll(note.get("tax_amount"));
  }
  EXPECT_EQ(credit(id, "{\"amount_including_tax\":" + std::to_string(total) + "}").status, 400);
  auto const rest = credit(id);
  ASSERT_EQ(rest.status, 201) << rest.text;
  EXPECT_EQ(std::stoll(rest.get("total_amount")), total - credited);
  tax += std::stoll(rest.get("tax_amount"));
  EXPECT_EQ(tax, std::stoll(book.get("/v2/invoices/" + id).get("tax_amount")));
  EXPECT_EQ(credit(id).status, 409);
  EXPECT_EQ(book.ledger()["revenue"], 0);
  EXPECT_EQ(book.ledger()["output_tax"], 0);
  EXPECT_EQ(book.ledger()["refunds_payable"], -total);
}

TEST_P(Invoices, CreditNote_ByLine_RefundedOutside) {
  auto const id = made(R"("status":"to_pay")",
                       R"([{"name":"A","unit_amount":6000},{"name":"B","unit_amount":4000}])");
  EXPECT_EQ(pay(id, "12000").status, 201);
  auto const line = book.get("/v2/invoices/" + id).get("line_items", "1", "id");
  auto const over = credit(
      id, "{\"line_items\":[{\"line_item_id\":\"" + line + "\",\"amount_excluding_tax\":4001}]}");
  EXPECT_EQ(over.status, 400) << over.text;
  auto const note =
      credit(id, "{\"line_items\":[{\"line_item_id\":\"" + line +
                     "\",\"amount_excluding_tax\":1500}],\"trigger_refund\":true,\"refund_method\":"
                     "\"external\"}");
  EXPECT_EQ(note.status, 201) << note.text;
  EXPECT_EQ(note.get("status"), "paid");
  EXPECT_EQ(note.get("total_amount"), "1800");
  EXPECT_EQ(note.get("line_items", "0", "original_line_item_id"), line);
  EXPECT_EQ(note.get("original_invoice_number"), "INV-1");
  EXPECT_EQ(status(id), "paid");
  EXPECT_NE(book.get("/v2/invoices/" + id).get("refunded_at"), "null");
  EXPECT_EQ(book.ledger()["cash_clearing"], 12000 - 1800);
}

TEST_P(Invoices, CreditNote_Drafted_IsCheckedAgainWhenIssued) {
  auto const id = made(R"("status":"to_pay")");
  auto const first = credit(id, R"({"amount_including_tax":9000,"status":"draft"})");
  EXPECT_EQ(first.get("status"), "draft");
  EXPECT_EQ(book.get("/v2/invoices/" + id).get("amount_due"), "12000");
  EXPECT_EQ(credit(id, R"({"amount_including_tax":6000})").status, 201);
  EXPECT_EQ(book.post("/v1/invoices/" + first.get("id") + "/validate").status, 409);
  auto const second = credit(id, R"({"amount_including_tax":6000,"status":"draft"})");
  EXPECT_EQ(book.post("/v1/invoices/" + second.get("id") + "/validate").get("status"), "paid");
  EXPECT_EQ(status(id), "voided");
}

TEST_P(Invoices, Void_OnlyWhenNothingWasPaid) {
  auto const id = made(R"("status":"to_pay")");
  auto const voided = book.post("/v1/invoices/" + id + "/void", R"({"send_email":false})");
  EXPECT_EQ(voided.get("status"), "voided") << voided.text;
  EXPECT_EQ(book.invoices(),
            (Shown{"INV-1 voided 12000 | Work 1 10000;", "CN-1 paid 12000 | Work 1 10000;"}));
  auto const again = book.post("/v1/invoices/" + id + "/void");
  EXPECT_EQ(again.status, 409);
  EXPECT_NE(again.get("message").find("voided"), std::string::npos);
  EXPECT_EQ(pay(id, "1").status, 409);
  for (auto const& [account, balance] : book.ledger()) EXPECT_EQ(balance, 0) << account;
}

TEST_P(Invoices, Uncollectible_IsALoss_UntilItIsPaidAfterAll) {
  auto const id = made(R"("status":"to_pay")");
  EXPECT_EQ(pay(id, "2000").status, 201);
  EXPECT_EQ(book.post("/v1/invoices/" + id + "/uncollectible").get("status"), "uncollectible");
  EXPECT_EQ(book.ledger()["bad_debt"], 10000);
  EXPECT_EQ(book.ledger()["receivable"], 0);
  EXPECT_EQ(credit(id).status, 409);
  EXPECT_EQ(pay(id, "4000").get("status"), "uncollectible");
  EXPECT_EQ(pay(id, "6000").get("status"), "paid");
  EXPECT_EQ(book.ledger()["bad_debt"], 0);
  EXPECT_EQ(book.post("/v1/invoices/" + id + "/uncollectible").status, 409);
}

TEST_P(Invoices, Duplicated_IsANewDraft) {
  auto const id = made(R"("status":"to_pay","coupons":[{"discount_percent":10}])");
  auto const copy = book.post("/v1/invoices/" + id + "/duplicate");
  EXPECT_EQ(copy.status, 201) << copy.text;
  EXPECT_EQ(copy.get("status"), "draft");
  EXPECT_EQ(copy.get("total_amount"), "10800");
  EXPECT_EQ(copy.get("number"), "null");
  EXPECT_EQ(book.call("DELETE", "/v1/invoices/" + copy.get("id")).status, 204);
  EXPECT_EQ(book.call("DELETE", "/v1/invoices/" + id).status, 409);
}

TEST_P(Invoices, Batches_OneBadOneDoesNotSpoilTheOthers) {
  auto const item = [&](std::string const& key, std::string const& amount) {
    return "{\"batch_invoice_id\":\"" + key + "\",\"customer_id\":\"" + customer +
           "\",\"status\":\"to_pay\",\"line_items\":[{\"name\":\"W\",\"unit_amount\":" + amount +
           "}]}";
  };
  auto const both = item("a", "100") + "," + item("b", "-5") + "," + item("c", "300");
  auto const answer = book.post("/v1/invoices/batch", "[" + both + "]");
  EXPECT_EQ(answer.status, 201) << answer.text;
  EXPECT_EQ(answer.get("successes", "1", "number"), "INV-2");
  EXPECT_EQ(answer.get("failures", "0", "batch_invoice_id"), "b");
  EXPECT_NE(answer.get("failures", "0", "message").find("not below 0"), std::string::npos);
  for (int i = 0; i < 2; ++i) {
    auto const later =
        book.post("/v2/invoices/batch", "{\"batch_id\":\"8c1f\",\"invoices\":[" + both + "]}");
    EXPECT_EQ(later.status, 202) << later.text;
    EXPECT_EQ(later.get("batch_id"), "8c1f");
  }
  EXPECT_EQ(book.invoices().size(), 4u);
  auto const told = book.outbox();
  EXPECT_EQ(std::count(told.begin(), told.end(), "invoice.batch.creation_succeeded"), 2);
  EXPECT_EQ(std::count(told.begin(), told.end(), "invoice.batch.creation_failed"), 1);
}

// 1 EUR is 1.25 USD on Friday the 9th; the 10th is a Saturday, whose rate is Friday's.
TEST_P(Invoices, OtherCurrencies_AreConvertedAtTheRateOfTheDay) {
  auto const rates = [&](std::string const& text) {
    std::optional<Result<std::int64_t>> stored;
    book.database().write([&](SqlSession& sql) {
      stored.emplace(import_rates(sql, text));
      return stored->has_value();
    });
    return *std::move(stored);
  };
  EXPECT_EQ(create(R"("currency":"USD")").get("conversion_rate"), "null");
  EXPECT_EQ(
      *rates("Date, USD, JPY, CYP,\n2026-01-09, 1.2500, 160.5, N/A,\n2026-01-02,1.2,160,N/A,\n"),
      4);
  auto const dollars = create(R"("currency":"USD")");
  EXPECT_EQ(dollars.get("conversion_rate"), "0.8");
  EXPECT_EQ(dollars.get("converted_amount"), "9600");
  EXPECT_EQ(dollars.get("converted_at"), "2026-01-09T00:00:00.000Z");
  // 12000 JPY at 160.5 are 74.766 EUR.
  EXPECT_EQ(create(R"("currency":"JPY")").get("converted_amount"), "7477");
  EXPECT_EQ(create("").get("conversion_rate"), "1");
  EXPECT_EQ(
      *rates("<Envelope><Cube><Cube time='2026-01-10'><Cube currency='USD' rate='1.6'/></Cube>"
             "</Cube></Envelope>"),
      1);
  EXPECT_EQ(create(R"("currency":"USD")").get("converted_amount"), "7500");
  for (auto const* bad : {"", "Day,USD\n", "Date,USD\n2026-13-01,1\n", "Date,USD\n2026-01-01,0\n",
                          "Date,usd\n2026-01-01,1\n", "Date,USD\n2026-01-01,1,2\n",
                          "<Cube time='2026-01-01'><Cube currency='USD' rate='x'/>", "<Cube"})
    EXPECT_FALSE(rates(bad).has_value()) << bad;
}

// Fifty people finalise fifty drafts at once: fifty numbers without a gap, on both databases.
TEST_P(Invoices, FiftyFinaliseAtOnce_NoNumberIsMissing) {
  std::vector<std::string> drafts;
  for (int i = 0; i < 50; ++i) drafts.push_back(made(R"("status":"draft")"));
  std::vector<std::future<int>> answers;
  for (auto const& id : drafts) {
    answers.push_back(std::async(std::launch::async, [this, id] {
      return book.post("/v1/invoices/" + id + "/validate").status;
    }));
  }
  for (auto& answer : answers) EXPECT_EQ(answer.get(), 200);
  std::set<std::int64_t> numbers;
  for (auto const& id : drafts) {
    auto const number = book.get("/v2/invoices/" + id).get("number");
    numbers.insert(std::stoll(number.substr(4)));
  }
  EXPECT_EQ(numbers.size(), 50u);
  EXPECT_EQ(*numbers.begin(), 1);
  EXPECT_EQ(*numbers.rbegin(), 50);
}

// Twenty people credit the same invoice at once: never more than it is worth.
TEST_P(Invoices, TwentyCreditAtOnce_NeverMoreThanTheInvoice) {
  auto const id = made(R"("status":"to_pay")");
  EXPECT_EQ(pay(id, "12000").status, 201);
  std::vector<std::future<int>> answers;
  for (int i = 0; i < 20; ++i) {
    answers.push_back(std::async(std::launch::async, [this, id] {
      return credit(id, R"({"amount_including_tax":1999})").status;
    }));
  }
  int made_count = 0;
  for (auto& answer : answers) made_count += answer.get() == 201 ? 1 : 0;
  EXPECT_EQ(made_count, 6);
  EXPECT_EQ(book.ledger()["refunds_payable"], -6 * 1999);
}

// A credit note of its own: only where the entity allows it; paid, the default, means paid back
// outside. A refused one in a batch leaves nothing of itself.
TEST_P(Invoices, StandaloneCreditNotes) {
  EXPECT_EQ(create(R"("type":"credit_note")").status, 409);
  auto const entity = book.get("/v1/invoicing-entities").get("data", "0", "id");
  EXPECT_EQ(book.put("/v1/invoicing-entities/" + entity,
                     R"({"standalone_credit_note_creation_enabled":true})")
                .status,
            200);
  auto const note = create(R"("type":"credit_note")");
  EXPECT_EQ(note.status, 201) << note.text;
  EXPECT_EQ(note.get("number"), "CN-1");
  EXPECT_EQ(note.get("status"), "paid");
  EXPECT_EQ(note.get("transactions", "0", "type"), "refund");
  EXPECT_EQ(book.ledger()["cash_clearing"], -12000);
  EXPECT_EQ(create(R"("type":"credit_note","status":"to_pay")").get("status"), "to_pay");
}

TEST_P(Invoices, PaymentMethodsOfABodyMustBeTheCustomers) {
  EXPECT_EQ(create(R"("status":"to_pay","payment_method_id":"pm_no")").status, 400);
  for (char const* at : {"2026-01-10T09:00:00Z", "2026-03-01T00:00:00Z"})
    EXPECT_EQ(
        create(std::string(R"("status":"to_pay","transactions":[{"amount":1,"process_at":")") + at +
               R"(","payment_method_id":"pm_no"}])")
            .status,
        400);
  auto const id = made(R"("status":"to_pay")");
  EXPECT_EQ(book.call("PATCH", "/v1/invoices/" + id, R"({"payment_method_id":"pm_no"})").status,
            400);
  EXPECT_EQ(book.post("/v1/invoices/" + id + "/void", R"({"send_email":true})").status, 400);
  EXPECT_EQ(book.invoices().size(), 1u);
}

// A note in draft mirrors its invoice to the cent; changing its words must not tax it anew.
TEST_P(Invoices, CreditNote_Drafted_KeepsWhatItMirrors) {
  auto const id = made(R"("status":"to_pay")",
                       R"([{"name":"A","unit_amount":3333},{"name":"B","unit_amount":3333}])");
  auto const note = credit(id, R"({"amount_including_tax":3001,"status":"draft"})");
  EXPECT_EQ(book.put("/v1/customers/" + customer, R"({"tax_rate_custom":7})").status, 200);
  auto const changed =
      book.call("PATCH", "/v1/invoices/" + note.get("id"), R"({"custom_note":"Sorry"})");
  EXPECT_EQ(changed.get("total_amount"), "3001") << changed.text;
  EXPECT_EQ(changed.get("tax_amount"), note.get("tax_amount"));
  EXPECT_EQ(book.call("PATCH", "/v1/invoices/" + note.get("id"),
                      R"({"line_items":[{"name":"x","unit_amount":1}]})")
                .status,
            409);
  auto const issued = book.post("/v1/invoices/" + note.get("id") + "/validate");
  EXPECT_EQ(issued.get("total_amount"), "3001") << issued.text;
}

// The running period of a usage subscription is an open invoice, counted at every look; it becomes
// the invoice of the period, under the same id.
TEST_P(Invoices, Open_FollowsTheUsage_AndBecomesTheInvoice) {
  auto const tokens = book.usage_product(R"([{"type":"volume","from":0,"to":null,"amount":1}])");
  auto const sold = book.subscribe(customer, "[{\"id\":\"" + tokens + "\"}]");
  EXPECT_TRUE(book.invoices().empty());
  auto const open = [&] { return book.get("/v2/invoices?status=open"); };
  ASSERT_EQ(open().get("data", "0", "status"), "open");
  auto const id = open().get("data", "0", "id");
  EXPECT_EQ(open().get("data", "0", "total_amount"), "0");
  book.event("a", "2026-01-11T00:00:00Z", R"("tokens":300)");
  auto const seen = book.get("/v2/invoices/" + id);
  EXPECT_EQ(seen.get("amount_excluding_tax"), "300");
  EXPECT_EQ(seen.get("total_amount"), "360");
  EXPECT_EQ(seen.get("line_items", "0", "units_count"), "300");
  EXPECT_EQ(seen.get("period_starts_at"), "2026-01-10T00:00:00.000Z");
  EXPECT_EQ(seen.get("number"), "null");
  EXPECT_EQ(book.post("/v1/invoices/" + id + "/validate").status, 409);
  EXPECT_EQ(book.call("PATCH", "/v1/invoices/" + id, R"({"custom_note":"x"})").status, 409);
  EXPECT_EQ(book.call("DELETE", "/v1/invoices/" + id).status, 409);
  book.advance("2026-02-10T01:00:00Z");
  EXPECT_EQ(status(id), "grace_period");
  EXPECT_EQ(book.get("/v2/invoices/" + id).get("total_amount"), "360");
  EXPECT_NE(open().get("data", "0", "id"), id);
  EXPECT_EQ(book.post("/v1/subscriptions/" + sold + "/cancel").status, 200);
  EXPECT_EQ(open().at("data").as_array()->size(), 0u);
}

// 31 + 28 + 31 days at 9,000 from the 10th: 22 days in January, 28 in February, 31 in March and 9
// in April are earned at month ends; cancelling takes the unused days back.
TEST_P(Invoices, Deferred_BecomesRevenueDayByDay) {
  auto const entity = book.get("/v1/invoicing-entities").get("data", "0", "id");
  EXPECT_EQ(book.put("/v1/invoicing-entities/" + entity, R"({"revenue_recognition":"deferred"})")
                .get("revenue_recognition"),
            "deferred");
  auto const sold = book.subscribe(
      customer, "[{\"id\":\"" + book.flat_fee("9000", R"({"period":"months","count":3})") + "\"}]");
  EXPECT_EQ(book.ledger()["deferred_revenue"], -9000);
  EXPECT_EQ(book.ledger().count("revenue"), 0u);
  book.advance("2026-02-01T00:00:01Z");
  EXPECT_EQ(book.ledger()["revenue"], -2200);
  book.advance("2026-03-02T00:00:00Z");
  EXPECT_EQ(book.ledger()["revenue"], -5000);
  // Cancelled on 10 March: 10 January to 10 March are 60 of 90 days, 30 are unused: 3,000.
  EXPECT_EQ(book.advance("2026-03-10T12:00:00Z").status, 200);
  EXPECT_EQ(book.post("/v1/subscriptions/" + sold + "/cancel", R"({"pro_rata":true})").status, 200);
  auto ledger = book.ledger();
  EXPECT_EQ(ledger["revenue"] + ledger["deferred_revenue"], -6000);
  book.advance("2026-05-01T00:00:00Z");
  ledger = book.ledger();
  EXPECT_EQ(ledger["deferred_revenue"], 0);
  EXPECT_EQ(ledger["revenue"], -6000);
}

TEST_P(Invoices, BadOnesLeaveNothingBehind) {
  struct Bad {
    std::string fields, lines, path;
  };
  std::string const line = R"([{"name":"W","unit_amount":100}])";
  for (
      auto const& bad : std::vector<Bad>{
          {R"("status":"voided")", line, "status"},
          {R"("currency":"XXQ")", line, "currency"},
          {R"("emitted_at":"2026-02-01T00:00:00Z")", line, "emitted_at"},
          {R"("due_at":"2025-02-01T00:00:00Z","status":"to_pay")", line, "due_at"},
          {R"("tax_rate":101)", line, "tax_rate"},
          {R"("tax_scheme":"none")", line, "tax_scheme"},
          {R"("transactions":[{"amount":1,"process_at":"2026-01-01T00:00:00Z"}])", line,
           "transactions"},
          {R"("coupons":[{"discount_percent":0}])", line, "coupons[0].discount_percent"},
          {R"("coupons":[{"coupon_id":"cou_1"}])", line, "coupons[0].coupon_id"},
          {R"("subscription_id":"sub_no")", line, "subscription_id"},
          {R"("status":"draft","payment_method_strategy":"current")", line,
           "payment_method_strategy"},
          {"", "[]", "line_items"},
          {"", R"([{"name":"W","unit_amount":-1}])", "line_items"},
          {"", R"([{"unit_amount":1}])", "line_items[0].name"},
          {"", R"([{"name":"W"}])", "line_items[0].unit_amount"},
          {"", R"([{"name":"W","unit_amount":1e15,"units_count":2}])", "line_items[0].unit_amount"},
          {"", R"([{"name":"W","unit_amount":1,"units_count":-1}])", "line_items[0].units_count"},
          {"", R"([{"product_id":"itm_no"}])", "line_items[0].product_id"},
          {"",
           R"([{"name":"W","unit_amount":1,"period_start":"2026-02-01T00:00:00Z","period_end":"2026-01-01T00:00:00Z"}])",
           "line_items[0].period_end"},
      }) {
    auto const answer = create(bad.fields, bad.lines);
    EXPECT_EQ(answer.status, 400) << answer.text;
    EXPECT_NE(answer.text.find(bad.path), std::string::npos) << bad.path << ": " << answer.text;
  }
  EXPECT_TRUE(book.invoices().empty());
  EXPECT_TRUE(book.ledger().empty());
  EXPECT_EQ(create("").get("number"), "INV-1");
}

// By number, however they came to be written: ids are of no order anybody knows.
TEST_P(Invoices, OfOneInstant_AreListedByNumber_EachOnce) {
  std::vector<std::string> drafts;
  for (int i = 0; i < 6; ++i) drafts.push_back(made(R"("status":"draft")"));
  for (int const i : {4, 0, 3, 1}) {
    auto const id = drafts[static_cast<std::size_t>(i)];
    EXPECT_EQ(book.post("/v1/invoices/" + id + "/validate").status, 200);
    bool const credited = i == 0 || i == 3;
    EXPECT_EQ(credited ? credit(id).status : 201, 201);
  }
  std::string const ordered = "INV-1 INV-2 INV-3 INV-4 null null CN-1 CN-2 ";
  std::string const reversed = "CN-2 CN-1 null null INV-4 INV-3 INV-2 INV-1 ";
  for (std::string const sort : {"created_at", "emitted_at"}) {
    for (int const limit : {1, 2, 3, 100}) {
      for (std::string const order : {"asc", "desc"}) {
        std::string seen, cursor;
        std::set<std::string> ids;
        do {
          auto const page = book.get("/v2/invoices?limit=" + std::to_string(limit) +
                                     "&sort=" + sort + "&order=" + order + "&cursor=" + cursor);
          for (auto const& row : *page.at("data").as_array()) {
            EXPECT_TRUE(ids.insert(*row.find("id")->as_string()).second) << page.text;
            auto const* number = row.find("number")->as_string();
            seen += (number == nullptr ? "null" : *number) + " ";
          }
          cursor = page.get("next_cursor");
        } while (cursor != "null");
        EXPECT_EQ(seen, order == "asc" ? ordered : reversed) << sort << " " << limit;
      }
    }
  }
  std::string seen;
  for (int skip = 0; skip < 8; ++skip)
    seen +=
        book.get("/v1/invoices?take=1&skip=" + std::to_string(skip)).get("data", "0", "number") +
        " ";
  EXPECT_EQ(seen, reversed);
}

}  // namespace tallybook
