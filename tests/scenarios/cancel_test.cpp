// Cancelling: every strategy, now and planned.
#include "support/installation.hpp"

namespace tallybook {

using Lines = std::vector<std::string>;

class Cancelling : public testing::OnBothDatabases {
 protected:
  void SetUp() override {
    book.set_clock("2026-01-01T00:00:00Z");
    customer = book.customer(
        R"("name":"Acme","currency":"EUR","external_id":"acme","tax_rate_custom":20)");
  }
  std::string sell(std::string const& product, std::string const& fields = "") {
    return book.subscribe(customer, "[{\"id\":\"" + product + "\"" + fields + "}]");
  }
  testing::Answer cancel(std::string const& id, std::string const& body = "") {
    return book.post("/v1/subscriptions/" + id + "/cancel", body);
  }
  // Settles the newest unpaid invoice.
  void pay(std::string const& amount) {
    auto const id = book.get("/v2/invoices?status=to_pay&type=invoice").get("data", "0", "id");
    auto const paid =
        book.post("/v1/invoices/" + id + "/transactions",
                  "{\"amount\":" + amount + ",\"process_at\":\"2026-01-01T00:00:00Z\"}");
    EXPECT_EQ(paid.status, 201) << paid.text;
  }
  std::string customer;
};
TB_ON_BOTH_DATABASES(Cancelling);

TEST_P(Cancelling, Now_WithoutMoney) {
  auto const id = sell(book.flat_fee("10000"));
  auto const answer = cancel(id, R"({"reason":"too dear"})");
  EXPECT_EQ(answer.get("status"), "cancelled");
  EXPECT_EQ(answer.get("cancellation_strategy"), "do_nothing");
  EXPECT_EQ(answer.get("cancellation_reason"), "too dear");
  book.advance("2026-03-01T00:00:00Z");
  EXPECT_EQ(book.invoices().size(), 1u);
  auto const again = cancel(id);
  EXPECT_EQ(again.status, 409);
  EXPECT_NE(again.get("message").find("cancelled"), std::string::npos);
}

// 31 days at 100.00; cancelled on the 15th, which counts as used: 16 of 31 unused = 51.61,
// tax 10.32.
TEST_P(Cancelling, ProRata_CreditsTheUnusedDays_TheDayItselfIsUsed) {
  auto const id = sell(book.flat_fee("10000"));
  pay("12000");
  book.advance("2026-01-15T10:00:00Z");
  EXPECT_EQ(
      cancel(id, R"({"pro_rata":true,"refund_method":"external"})").get("cancellation_strategy"),
      "refund_prorata");
  EXPECT_EQ(book.invoices(),
            (Lines{"INV-1 paid 12000 | Platform 1 10000;", "CN-1 paid 6193 | Platform 1 5161;"}));
  auto const note = book.get("/v2/invoices?type=credit_note");
  EXPECT_EQ(note.get("data", "0", "original_invoice_number"), "INV-1");
  EXPECT_EQ(note.get("data", "0", "line_items", "0", "entry_type"), "credit");
  EXPECT_EQ(note.get("data", "0", "period_starts_at"), "2026-01-16T00:00:00.000Z");
  EXPECT_EQ(note.get("data", "0", "tax_amount"), "1032");
  EXPECT_EQ(note.get("data", "0", "transactions", "0", "type"), "refund");
  std::map<std::string, std::int64_t> const expected = {{"receivable", 0},
                                                        {"revenue", -10000 + 5161},
                                                        {"output_tax", -2000 + 1032},
                                                        {"refunds_payable", 0},
                                                        {"cash_clearing", 12000 - 6193}};
  EXPECT_EQ(book.ledger(), expected);
}

TEST_P(Cancelling, ProRata_NobodyIsPaidBackWhatNeverCame) {
  auto const unpaid = sell(book.flat_fee("10000"));
  EXPECT_EQ(cancel(unpaid, R"({"pro_rata":true,"refund_method":"external"})").status, 200);
  // The note lowers what is owed; there is nothing to pay back.
  EXPECT_EQ(book.invoices()[1], "CN-1 paid 11612 | Platform 1 9677;");
  EXPECT_EQ(book.ledger()["receivable"], 388);
  EXPECT_EQ(book.ledger().count("refunds_payable"), 0u);
  EXPECT_EQ(book.ledger().count("cash_clearing"), 0u);
  auto const partly = sell(book.flat_fee("10000"));
  auto const invoice = book.get("/v2/invoices?subscription_id=" + partly).get("data", "0", "id");
  EXPECT_EQ(book.post("/v1/invoices/" + invoice + "/transactions",
                      R"({"amount":5000,"process_at":"2026-01-01T00:00:00Z"})")
                .status,
            201);
  EXPECT_EQ(cancel(partly, R"({"pro_rata":true,"refund_method":"external"})").status, 200);
  // 7,000 were owed; of the 5,000 that were paid the rest of the note comes back.
  EXPECT_EQ(book.invoices()[3], "CN-2 paid 11612 | Platform 1 9677;");
  EXPECT_EQ(book.ledger()["cash_clearing"], 5000 - 4612);
  EXPECT_EQ(book.ledger()["receivable"], 388);
  EXPECT_EQ(book.ledger()["refunds_payable"], 0);
}

TEST_P(Cancelling, ProRata_WithoutARefundMethodLeavesTheNoteToPay) {
  auto const id = sell(book.flat_fee("10000"));
  pay("12000");
  EXPECT_EQ(cancel(id, R"({"pro_rata":true})").status, 200);
  // 30 of 31 days: 96.77.
  EXPECT_EQ(book.invoices()[1], "CN-1 to_pay 11612 | Platform 1 9677;");
}

TEST_P(Cancelling, Planned_StaysActiveUntilThen) {
  auto const id = sell(book.flat_fee("10000"));
  auto const planned = cancel(id, R"({"cancel_at":"2026-02-15T12:00:00Z"})");
  EXPECT_EQ(planned.get("status"), "active");
  EXPECT_EQ(planned.get("cancel_at"), "2026-02-15T12:00:00.000Z");
  book.advance("2026-02-15T23:00:00Z");
  EXPECT_EQ(book.get("/v2/subscriptions/" + id).get("status"), "active");
  book.advance("2026-02-16T00:00:00Z");
  EXPECT_EQ(book.get("/v2/subscriptions/" + id).get("status"), "cancelled");
  book.advance("2026-04-01T00:00:00Z");
  EXPECT_EQ(book.invoices().size(), 2u);
}

TEST_P(Cancelling, AtTheMidnightANewPeriodWouldStart_NoNewPeriodIsCharged) {
  auto const id = sell(book.flat_fee("10000"));
  cancel(id, R"({"cancel_at":"2026-02-01T00:00:00Z"})");
  book.advance("2026-03-01T00:00:00Z");
  EXPECT_EQ(book.invoices().size(), 1u);
  EXPECT_EQ(book.get("/v2/subscriptions/" + id).get("status"), "cancelled");
}

TEST_P(Cancelling, EndOfPeriod_FinishesWhatRuns) {
  auto const id = sell(book.flat_fee("10000"));
  book.advance("2026-01-10T00:00:00Z");
  auto const planned = cancel(id, R"({"cancellation_strategy":"end_of_period"})");
  EXPECT_EQ(planned.get("status"), "active");
  EXPECT_EQ(planned.get("cancel_at"), "2026-02-01T00:00:00.000Z");
  book.advance("2026-03-01T00:00:00Z");
  EXPECT_EQ(book.get("/v2/subscriptions/" + id).get("status"), "cancelled");
  EXPECT_EQ(book.invoices().size(), 1u);
}

// Usage in arrears: 300 tokens until the 10th at 1 cent = 3.00 + 20 %.
TEST_P(Cancelling, ChargeProrata_BillsTheUsedPartInArrears) {
  auto const id = sell(book.usage_product(R"([{"type":"volume","from":0,"to":null,"amount":1}])"));
  book.event("e1", "2026-01-05T00:00:00Z", R"("tokens":300)");
  book.event("e2", "2026-01-20T00:00:00Z", R"("tokens":999)");
  book.advance("2026-01-10T12:00:00Z");
  EXPECT_EQ(cancel(id, R"({"cancellation_strategy":"charge_prorata"})").get("status"), "cancelled");
  EXPECT_EQ(book.invoices(), (Lines{"null grace_period 360 | Tokens 300 300;"}));
  book.advance("2026-02-01T00:00:00Z");
  EXPECT_EQ(book.invoices(), (Lines{"INV-1 to_pay 360 | Tokens 300 300;"}));
}

// Arrears for the whole period that ends with the service is billed in full whatever the strategy.
TEST_P(Cancelling, APeriodThatEndsWithTheService_IsBilled) {
  auto const id = sell(book.flat_fee("10000"), R"(,"payment_schedule":"end")");
  cancel(id, R"({"cancel_at":"2026-01-31T12:00:00Z"})");
  book.advance("2026-03-01T00:00:00Z");
  EXPECT_EQ(book.invoices(), (Lines{"INV-1 to_pay 12000 | Platform 1 10000;"}));
}

TEST_P(Cancelling, CustomAmounts) {
  auto const id = sell(book.flat_fee("10000"));
  EXPECT_EQ(cancel(id, R"({"cancellation_strategy":"charge_custom"})").status, 400);
  EXPECT_EQ(cancel(id, R"({"cancellation_amount":100})").status, 400);
  EXPECT_EQ(
      cancel(id, R"({"cancellation_strategy":"charge_custom","cancellation_amount":2500})").status,
      200);
  EXPECT_EQ(book.invoices()[1], "INV-2 to_pay 3000 | Cancellation fee 1 2500;");
  auto const other = sell(book.flat_fee("10000"));
  pay("12000");
  EXPECT_EQ(
      cancel(
          other,
          R"({"cancellation_strategy":"refund_custom","cancellation_amount":2500,"refund_method":"external"})")
          .status,
      200);
  EXPECT_EQ(book.invoices()[3], "CN-1 paid 3000 | Refund on cancellation 1 2500;");
}

TEST_P(Cancelling, APendingOneIsVoided) {
  auto const id = book.subscribe(customer, "[{\"id\":\"" + book.flat_fee("10000") + "\"}]",
                                 R"(,"starts_at":"2026-05-01T00:00:00Z")");
  EXPECT_EQ(cancel(id).get("status"), "voided");
  book.advance("2026-06-01T00:00:00Z");
  EXPECT_TRUE(book.invoices().empty());
  EXPECT_EQ(book.get("/v2/subscriptions").get("meta", "total"), "0");
  EXPECT_EQ(book.get("/v2/subscriptions?status=any").get("meta", "total"), "1");
  EXPECT_EQ(book.get("/v2/subscriptions?status=all").get("meta", "total"), "0");
  EXPECT_EQ(book.get("/v2/subscriptions?status__in=voided").get("meta", "total"), "1");
}

TEST_P(Cancelling, BadTermsAreRefused) {
  auto const id = sell(book.flat_fee("10000"));
  EXPECT_EQ(cancel(id, R"({"refund_method":"wallet","pro_rata":true})").status, 409);
  EXPECT_EQ(cancel(id, R"({"cancellation_strategy":"vanish"})").status, 400);
  EXPECT_EQ(cancel(id, R"({"cancel_at":"2026-02-30T00:00:00Z"})").status, 400);
  EXPECT_EQ(cancel(id, R"({"pro_rata":true,"cancellation_strategy":"do_nothing"})").status, 400);
  EXPECT_EQ(cancel(id, R"({"cancel_at":"2025-02-01T00:00:00Z"})").status, 400);
  EXPECT_EQ(cancel("sub_none").status, 404);
  EXPECT_EQ(book.get("/v2/subscriptions/" + id).get("status"), "active");
}

}  // namespace tallybook
