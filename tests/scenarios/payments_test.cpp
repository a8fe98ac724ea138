// Payments by a provider: what is charged when, what fails how, and that no cent moves twice.
#include <thread>

#include "support/installation.hpp"

namespace tallybook {

class Payments : public testing::OnBothDatabases {
 protected:
  void SetUp() override {
    book.set_clock("2026-01-01T00:00:00Z");
    customer = book.customer(
        R"("name":"Acme","currency":"EUR","external_id":"acme","tax_rate_custom":20)");
    product = book.flat_fee("10000");
  }
  std::string token(std::string const& number) {
    bool const card = number.size() >= 15 && number[0] != 'D';
    auto const made =
        book.post("/v1/sandbox/payment-methods",
                  card ? R"({"card":{"number":")" + number +
                             R"(","expiration_month":6,"expiration_year":2031}})"
                       : R"({"account":{"type":"direct_debit_sepa","number":")" + number + "\"}}");
    EXPECT_EQ(made.status, 201) << made.text;
    return made.get("provider_payment_method_id");
  }
  std::string method(std::string const& number) { return method_of(customer, number); }
  std::string method_of(std::string const& whose, std::string const& number) {
    auto const made = book.post(
        "/v1/customers/" + whose + "/payment-methods",
        R"({"provider_name":"sandbox","provider_payment_method_id":")" + token(number) + "\"}");
    EXPECT_EQ(made.status, 201) << made.text;
    return made.get("id");
  }
  // Owes 120.00.
  std::string subscribe() {
    auto const id = book.subscribe(customer, "[{\"id\":\"" + product + "\"}]");
    invoice = book.get("/v2/invoices?subscription_id=" + id).get("data", "0", "id");
    return id;
  }
  // "status due | type amount status error; ..." of the invoice and its transactions.
  std::string shown(std::string const& id) {
    auto const answer = book.get("/v2/invoices/" + id);
    std::string text = answer.get("status") + " " + answer.get("amount_due") + " |";
    std::vector<std::string> lines;
    for (auto const& each : *answer.at("transactions").as_array()) {
      auto const field = [&](char const* key) {
        Value const& value = *each.find(key);
        return value.as_string() != nullptr ? *value.as_string() : to_json_text(value);
      };
      std::string line = " " + field("type") + " " + field("amount") + " " + field("status");
      if (field("error_type") != "null") line += " " + field("error_type");
      text += line + ";";
    }
    return text;
  }
  std::string shown() { return shown(invoice); }
  testing::Answer charge(std::string const& body = "") {
    return book.post("/v1/invoices/" + invoice + "/charge", body);
  }
  std::string transaction(std::string const& index) {
    return book.get("/v2/invoices/" + invoice).get("transactions", index, "id");
  }
  // What the sandbox moved, net of refunds.
  std::int64_t provider_money() {
    std::int64_t sum = 0;
    for (auto* provider : book.services().providers->all()) {
      auto const statement =
          provider->statement(book.tenant(), *parse_instant("2030-01-01T00:00:00Z"));
      for (auto const& line : *statement)
        if (line.state == MoneyState::settled) sum += line.refund ? -line.amount : line.amount;
    }
    return sum;
  }
  std::int64_t count(std::string const& event) {
    auto const all = book.outbox();
    return std::count(all.begin(), all.end(), event);
  }
  std::string customer, product, invoice;
};
TB_ON_BOTH_DATABASES(Payments);

TEST_P(Payments, Methods_AreImportedChosenAndDeleted) {
  auto const first = method("4970 0000 0000 4240");
  auto const got = book.get("/v1/customers/" + customer + "/payment-methods/" + first);
  EXPECT_EQ(got.get("type"), "card");
  EXPECT_EQ(got.get("last_4_digits"), "4240");
  EXPECT_EQ(got.get("expiration_date"), "2031-06");
  EXPECT_EQ(got.get("brand"), "visa");
  EXPECT_EQ(got.get("integration", "provider_name"), "sandbox");
  auto const second = method("DE79100100100000000003");
  auto const owner = book.get("/v1/customers/" + customer);
  EXPECT_EQ(owner.get("current_payment_method_id"), first);
  EXPECT_EQ(owner.get("current_payment_method", "id"), first);
  EXPECT_EQ(owner.get("current_payment_method_type"), "card");
  EXPECT_EQ(book.put("/v1/customers/" + customer, R"({"payment_method_id":")" + second + "\"}")
                .get("current_payment_method_type"),
            "direct_debit_sepa");
  EXPECT_EQ(book.put("/v1/customers/" + customer, R"({"payment_method_type":"transfer"})")
                .get("current_payment_method_id"),
            "null");
  EXPECT_EQ(book.get("/v1/customers/" + customer + "/payment-methods").get("meta", "total"), "2");
  EXPECT_EQ(book.call("DELETE", "/v1/customers/" + customer + "/payment-methods/" + first).status,
            204);
  EXPECT_EQ(book.get("/v1/customers/" + customer + "/payment-methods/" + first).status, 404);
  EXPECT_EQ(count("payment_method.created"), 2);
  EXPECT_EQ(count("payment_method.activated"), 2);
  EXPECT_EQ(count("payment_method.deleted"), 1);
}

TEST_P(Payments, Methods_BadOnesAreRefused) {
  auto const path = "/v1/customers/" + customer + "/payment-methods";
  auto const wrong = [&](std::string const& target, std::string const& body) {
    auto const answer = book.post(target, body);
    return std::to_string(answer.status) + " " + answer.get("message");
  };
  EXPECT_EQ(wrong(path, R"({"provider_name":"stripe","provider_payment_method_id":"x"})"),
            "400 provider_name: no such provider is connected");
  EXPECT_EQ(wrong(path, R"({"provider_name":"sandbox","provider_payment_method_id":"x"})"),
            "400 provider_payment_method_id: the provider holds no such payment method");
  EXPECT_EQ(book.post("/v1/customers/cus_none/payment-methods",
                      R"({"provider_name":"sandbox","provider_payment_method_id":"x"})")
                .status,
            404);
  EXPECT_EQ(
      wrong("/v1/sandbox/payment-methods",
            R"({"card":{"number":"4111111111111111","expiration_month":1,"expiration_year":2030}})")
          .substr(0, 4),
      "400 ");
  auto const body = R"({"provider_name":"sandbox","provider_payment_method_id":")" +
                    token("4970000000004240") + "\"}";
  EXPECT_EQ(book.post(path, body).status, 201);
  EXPECT_EQ(wrong(path, body), "409 The customer has this payment method already");
  auto const other = book.customer(R"("name":"B","currency":"EUR","external_id":"b")");
  auto const theirs = method_of(other, "4970000000004240");
  EXPECT_EQ(
      book.put("/v1/customers/" + customer, R"({"payment_method_id":")" + theirs + "\"}").status,
      400);
  EXPECT_EQ(book.put("/v1/customers/" + customer, R"({"currency":"USD"})").status, 400);
  auto const live = book.make_key(Mode::live);
  EXPECT_EQ(
      book.call("POST", "/v1/sandbox/payment-methods", "{}", {"authorization: Bearer " + live})
          .status,
      403);
}

TEST_P(Payments, ACardIsChargedWhenTheInvoiceIsIssued) {
  method("4970000000004240");
  subscribe();
  EXPECT_EQ(shown(), "to_pay 12000 |");
  book.advance("2026-01-01T00:00:00Z");
  EXPECT_EQ(shown(), "paid 0 | subscription 12000 settled;");
  auto const paid = book.get("/v1/transactions/" + transaction("0"));
  EXPECT_EQ(paid.get("payment_method", "last_4_digits"), "4240");
  EXPECT_EQ(paid.get("integrations", "0", "provider_name"), "sandbox");
  EXPECT_EQ(count("subscription.charged"), 1);
  book.advance("2026-03-15T00:00:00Z");
  EXPECT_EQ(book.invoices().size(), 3u);
  EXPECT_EQ(provider_money(), 36000);
  EXPECT_EQ(book.ledger()["cash_clearing"], 36000);
}

TEST_P(Payments, TheInitiationDelayIsTheCustomersElseTheEntitys) {
  method("4970000000004240");
  auto const entity = book.get("/v1/invoicing-entities").get("data", "0", "id");
  book.put("/v1/invoicing-entities/" + entity, R"({"invoice_payment_initiation_delay":5})");
  subscribe();
  book.advance("2026-01-05T23:59:59Z");
  EXPECT_EQ(shown(), "to_pay 12000 |");
  book.advance("2026-01-06T00:00:00Z");
  EXPECT_EQ(shown(), "paid 0 | subscription 12000 settled;");
  book.put("/v1/customers/" + customer, R"({"custom_payment_initiation_delay":2})");
  book.advance("2026-02-03T00:00:00Z");
  EXPECT_EQ(book.get("/v2/invoices?status=paid").at("data").as_array()->size(), 2u);
}

// PAY-3: +2 h, +12 h, +24 h after each failure.
TEST_P(Payments, Declined_IsRetriedAtItsTimesAndPaid) {
  method("4970000000001204");
  subscribe();
  book.advance("2026-01-01T01:59:59Z");
  EXPECT_EQ(shown(), "to_pay 12000 | subscription 12000 failed declined;");
  book.advance("2026-01-01T02:00:00Z");
  EXPECT_EQ(
      shown(),
      "to_pay 12000 | subscription 12000 failed declined; subscription 12000 failed declined;");
  book.advance("2026-01-01T13:59:59Z");
  EXPECT_EQ(
      shown(),
      "to_pay 12000 | subscription 12000 failed declined; subscription 12000 failed declined;");
  book.advance("2026-01-01T14:00:00Z");
  EXPECT_EQ(shown(),
            "paid 0 | subscription 12000 failed declined; subscription 12000 failed declined; "
            "subscription 12000 settled;");
  EXPECT_EQ(provider_money(), 12000);
  EXPECT_EQ(count("invoice.errored"), 0);
}

TEST_P(Payments, FourFailures_PutInvoiceAndSubscriptionInError_PayingRecoversThem) {
  method("4970000000000107");
  auto const subscription = subscribe();
  book.advance("2026-01-02T13:59:59Z");
  EXPECT_EQ(book.get("/v2/invoices/" + invoice).at("transactions").as_array()->size(), 3u);
  book.advance("2026-01-02T14:00:00Z");
  EXPECT_EQ(book.get("/v2/invoices/" + invoice).at("transactions").as_array()->size(), 4u);
  EXPECT_EQ(book.get("/v2/invoices/" + invoice).get("status"), "error");
  EXPECT_EQ(book.get("/v2/subscriptions/" + subscription).get("status"), "errored");
  EXPECT_EQ(count("invoice.errored"), 1);
  EXPECT_EQ(count("subscription.errored"), 1);
  book.advance("2026-01-20T00:00:00Z");
  EXPECT_EQ(book.get("/v2/invoices/" + invoice).at("transactions").as_array()->size(), 4u);
  auto const good = method("4970000000004240");
  auto const answer = charge(R"({"payment_method_id":")" + good + "\"}");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.get("status"), "paid");
  EXPECT_EQ(book.get("/v2/subscriptions/" + subscription).get("status"), "active");
  EXPECT_EQ(provider_money(), 12000);
}

TEST_P(Payments, HardErrors_GoToErrorAtOnce) {
  for (auto const& [number, error, state] :
       {std::tuple{"4970000000000305", "payment_method_expired", "expired"},
        std::tuple{"4970000000000404", "payment_method_invalid", "errored"},
        std::tuple{"4970000000000503", "payment_method_not_supported", "errored"},
        std::tuple{"4970000000001105", "payment_method_authorization_error", "errored"},
        std::tuple{"4970000000000602", "fraud", "active"},
        std::tuple{"4970000000001006", "authentication_required", "active"}}) {
    auto const id = method(number);
    book.put("/v1/customers/" + customer, R"({"payment_method_id":")" + id + "\"}");
    subscribe();
    auto const now = book.get("/v1/test-clock").get("now");
    book.advance(now);
    EXPECT_EQ(shown(), "error 12000 | subscription 12000 failed " + std::string(error) + ";");
    EXPECT_EQ(book.get("/v1/customers/" + customer + "/payment-methods/" + id).get("status"),
              state);
  }
  EXPECT_EQ(count("payment_method.errored"), 4);
  EXPECT_EQ(provider_money(), 0);
}

TEST_P(Payments, RetryableKinds_AreTriedFourTimes) {
  for (auto const* number :
       {"4970000000000206", "4970000000000701", "4970000000000800", "4970000000000909"}) {
    auto const id = method(number);
    book.put("/v1/customers/" + customer, R"({"payment_method_id":")" + id + "\"}");
    subscribe();
    auto const now = *parse_instant(book.get("/v1/test-clock").get("now"));
    book.advance(format_instant(now + 38 * 3'600'000LL));
    EXPECT_EQ(book.get("/v2/invoices/" + invoice).at("transactions").as_array()->size(), 4u)
        << number;
    EXPECT_EQ(book.get("/v2/invoices/" + invoice).get("status"), "error");
  }
}

TEST_P(Payments, LateSettlement) {
  method("4970000000001303");
  subscribe();
  book.advance("2026-01-02T23:00:00Z");
  EXPECT_EQ(shown(), "to_pay 12000 | subscription 12000 pending;");
  EXPECT_EQ(charge().status, 409);
  EXPECT_EQ(book.post("/v1/invoices/" + invoice + "/transactions",
                      R"({"amount":1,"process_at":"2026-01-01T00:00:00Z"})")
                .status,
            400);
  EXPECT_EQ(book.call("DELETE",
                      "/v1/customers/" + customer + "/payment-methods/" +
                          book.get("/v1/customers/" + customer).get("current_payment_method_id"))
                .status,
            409);
  book.advance("2026-01-03T00:00:00Z");
  EXPECT_EQ(shown(), "paid 0 | subscription 12000 settled;");
  EXPECT_EQ(book.get("/v2/invoices/" + invoice).get("settled_at"), "2026-01-03T00:00:00.000Z");
}

TEST_P(Payments, Sepa_FailsAfterFiveDaysAndIsRetried) {
  method("DE25100100100000000005");
  subscribe();
  book.advance("2026-01-05T23:00:00Z");
  EXPECT_EQ(shown(), "to_pay 12000 | subscription 12000 pending;");
  book.advance("2026-01-06T00:00:00Z");
  EXPECT_EQ(shown(), "to_pay 12000 | subscription 12000 failed declined;");
  book.advance("2026-01-06T02:00:00Z");
  EXPECT_EQ(shown(),
            "to_pay 12000 | subscription 12000 failed declined; subscription 12000 pending;");
  book.advance("2026-01-30T00:00:00Z");
  EXPECT_EQ(book.get("/v2/invoices/" + invoice).get("status"), "error");
  EXPECT_EQ(book.get("/v2/invoices/" + invoice).at("transactions").as_array()->size(), 4u);
}

TEST_P(Payments, Sepa_WithdrawnMandateIsAnErrorAtOnce) {
  method("DE68100100100000000007");
  subscribe();
  book.advance("2026-01-06T00:00:00Z");
  EXPECT_EQ(shown(), "error 12000 | subscription 12000 failed payment_method_authorization_error;");
}

TEST_P(Payments, Chargeback_TheInvoiceIsOwedAgainAndNotChargedAgain) {
  method("4970000000001402");
  auto const subscription = subscribe();
  book.advance("2026-01-05T00:00:00Z");
  EXPECT_EQ(shown(), "paid 0 | subscription 12000 settled;");
  book.advance("2026-01-06T00:00:00Z");
  EXPECT_EQ(shown(), "to_pay 12000 | subscription 12000 settled; chargeback 12000 settled;");
  auto const paid = book.get("/v1/transactions/" + transaction("0"));
  EXPECT_EQ(paid.get("chargeback", "status"), "lost");
  EXPECT_EQ(paid.get("chargeback", "fee"), "1500");
  EXPECT_EQ(book.ledger()["cash_clearing"], -1500);
  EXPECT_EQ(book.ledger()["provider_fees"], 1500);
  EXPECT_EQ(book.ledger()["receivable"], 12000);
  book.advance("2026-01-31T00:00:00Z");
  EXPECT_EQ(shown(), "to_pay 12000 | subscription 12000 settled; chargeback 12000 settled;");
  EXPECT_EQ(book.post("/v1/transactions/" + transaction("0") + "/refund").status, 409);
}

TEST_P(Payments, Chargeback_Won) {
  method("4970000000001501");
  subscribe();
  book.advance("2026-01-16T00:00:00Z");
  EXPECT_EQ(
      shown(),
      "paid 0 | subscription 12000 settled; chargeback 12000 settled; subscription 12000 settled;");
  EXPECT_EQ(book.get("/v1/transactions/" + transaction("0")).get("chargeback", "status"), "won");
  EXPECT_EQ(book.ledger()["cash_clearing"], 10500);
}

TEST_P(Payments, AnswerLostAfterCharging_IsFoundAndNotChargedAgain) {
  method("4970000000001600");
  subscribe();
  book.advance("2026-01-01T00:00:00Z");
  EXPECT_EQ(shown(), "to_pay 12000 | subscription 12000 to_process;");
  EXPECT_EQ(charge().status, 409);
  EXPECT_EQ(provider_money(), 12000);
  book.advance("2026-01-01T00:01:00Z");
  EXPECT_EQ(shown(), "paid 0 | subscription 12000 settled;");
  EXPECT_EQ(provider_money(), 12000);
}

TEST_P(Payments, RequestLost_IsSentAgainUnderTheSameKey) {
  method("4970000000001709");
  subscribe();
  book.advance("2026-01-01T00:00:00Z");
  EXPECT_EQ(shown(), "to_pay 12000 | subscription 12000 to_process;");
  EXPECT_EQ(provider_money(), 0);
  book.advance("2026-01-01T00:01:00Z");
  EXPECT_EQ(shown(), "paid 0 | subscription 12000 settled;");
  EXPECT_EQ(provider_money(), 12000);
}

TEST_P(Payments, Fallback_TheNextProviderTakesOver) {
  method("4970000000001808");
  auto const path = "/v1/invoicing-entities/" +
                    book.get("/v1/invoicing-entities").get("data", "0", "id") +
                    "/payment-providers";
  EXPECT_EQ(book.put(path, R"({"card":["sandbox","nobody"]})").get("message"),
            "card[1]: no such provider is connected");
  auto const set = book.put(path, R"({"card":["sandbox","sandbox_backup"]})");
  EXPECT_EQ(set.status, 200) << set.text;
  EXPECT_EQ(book.get(path).get("card"), R"(["sandbox","sandbox_backup"])");
  subscribe();
  book.advance("2026-01-01T00:00:00Z");
  auto const text = shown();
  EXPECT_TRUE(
      text == "paid 0 | subscription 12000 failed provider_error; subscription 12000 settled;" ||
      text == "paid 0 | subscription 12000 settled; subscription 12000 failed provider_error;")
      << text;
  EXPECT_EQ(provider_money(), 12000);
  EXPECT_EQ(book.put(path, R"({"card":["sandbox_backup"]})").status, 200);
  book.advance("2026-02-01T00:00:00Z");
  EXPECT_EQ(book.get("/v2/invoices?status=paid").at("data").as_array()->size(), 2u);
  EXPECT_EQ(book.get("/v1/transactions").get("meta", "total"), "3");
}

TEST_P(Payments, Fallback_WithoutAnotherProviderItIsRetried) {
  method("4970000000001808");
  subscribe();
  book.advance("2026-01-01T00:00:00Z");
  EXPECT_EQ(shown(), "to_pay 12000 | subscription 12000 failed provider_error;");
  book.advance("2026-01-01T02:00:00Z");
  EXPECT_EQ(book.get("/v2/invoices/" + invoice).at("transactions").as_array()->size(), 2u);
}

TEST_P(Payments, PartialCharges) {
  subscribe();
  EXPECT_EQ(
      charge().get("message"),
      "The customer has no payment method that can be charged; add one or record the payment");
  method("4970000000004240");
  EXPECT_EQ(charge(R"({"amount":5000})").get("status"), "partially_paid");
  EXPECT_EQ(charge(R"({"amount":7001})").get("message"),
            "amount: more than what is due: 7000 minor units are left");
  EXPECT_EQ(charge(R"({"amount":0})").status, 400);
  EXPECT_EQ(charge().get("status"), "paid");
  EXPECT_EQ(shown(), "paid 0 | subscription 5000 settled; subscription 7000 settled;");
  auto const again = charge();
  EXPECT_EQ(again.status, 409);
  EXPECT_NE(again.get("message").find("The invoice is paid"), std::string::npos);
}

TEST_P(Payments, Charge_BadInput) {
  subscribe();
  auto const bad = method("4970000000000404");
  EXPECT_EQ(charge(R"({"payment_method_id":"pm_none"})").get("message"),
            "payment_method_id: the customer has no such payment method");
  auto const other = book.customer(R"("name":"B","currency":"EUR","external_id":"b")");
  auto const theirs = method_of(other, "4970000000004240");
  EXPECT_EQ(charge(R"({"payment_method_id":")" + theirs + "\"}").status, 400);
  EXPECT_EQ(charge(R"({"payment_method_id":")" + bad + "\"}").get("status"), "error");
  auto const again = charge(R"({"payment_method_id":")" + bad + "\"}");
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.get("message"),
            "The payment method is errored; only an active one can be charged");
  EXPECT_EQ(book.post("/v1/invoices/inv_none/charge").status, 404);
}

TEST_P(Payments, ManyChargesAtOnce_ChargeOnce) {
  subscribe();
  method("4970000000004240");
  std::vector<std::thread> threads;
  std::atomic<int> done{0}, refused{0};
  for (int i = 0; i < 32; ++i) {
    threads.emplace_back([&] {
      auto const status = charge().status;
      if (status == 200) ++done;
      if (status == 409) ++refused;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(done, 1);
  EXPECT_EQ(refused, 31);
  EXPECT_EQ(shown(), "paid 0 | subscription 12000 settled;");
  EXPECT_EQ(provider_money(), 12000);
}

TEST_P(Payments, ScheduledOnes_AreChargedAtTheirTime) {
  auto const later = subscribe();
  auto const id = method("4970000000004240");
  auto const path = "/v1/invoices/" + invoice + "/transactions";
  auto const plan = [&](std::string const& amount, std::string const& when) {
    return book.post(path, R"({"amount":)" + amount + R"(,"process_at":")" + when +
                               R"(","payment_method_id":")" + id + "\"}");
  };
  EXPECT_EQ(plan("4000", "2026-01-01T00:00:00Z").status, 400);
  EXPECT_EQ(plan("4000", "2026-01-10T00:00:00Z").status, 201);
  EXPECT_EQ(plan("8000", "2026-01-20T00:00:00Z").status, 201);
  EXPECT_EQ(plan("1", "2026-01-21T00:00:00Z").status, 400);
  EXPECT_EQ(charge().status, 409);
  book.advance("2026-01-10T00:00:00Z");
  EXPECT_EQ(book.get("/v2/invoices/" + invoice).get("amount_due"), "8000");
  std::string second, first;
  auto const listed = book.get("/v2/invoices/" + invoice);
  for (auto const& each : *listed.at("transactions").as_array())
    (*each.find("status")->as_string() == "scheduled" ? second : first) =
        *each.find("id")->as_string();
  EXPECT_EQ(
      book.call("DELETE", path + "/" + first).get("message"),
      "The transaction is settled; only a scheduled payment or a wallet's settled payment can be "
      "deleted");
  EXPECT_EQ(book.call("DELETE", "/v1/customers/" + customer + "/payment-methods/" + id).status,
            409);
  EXPECT_EQ(book.call("DELETE", path + "/" + second).status, 200);
  EXPECT_EQ(book.call("DELETE", path + "/" + second).status, 409);
  EXPECT_EQ(book.call("DELETE", path + "/tra_none").status, 404);
  book.advance("2026-01-25T00:00:00Z");
  EXPECT_EQ(book.get("/v2/invoices/" + invoice).get("amount_due"), "8000");
  EXPECT_EQ(charge().get("status"), "paid");
  EXPECT_EQ(provider_money(), 12000);
}

TEST_P(Payments, DirectRefund_TheInvoiceIsOwedAgain) {
  method("4970000000004240");
  subscribe();
  book.advance("2026-01-01T00:00:00Z");
  auto const refund = book.post("/v1/transactions/" + transaction("0") + "/refund");
  EXPECT_EQ(refund.status, 200) << refund.text;
  EXPECT_EQ(refund.get("type"), "refund");
  EXPECT_EQ(refund.get("status"), "settled");
  EXPECT_EQ(refund.get("amount"), "12000");
  EXPECT_EQ(book.get("/v2/invoices/" + invoice).get("status"), "to_pay");
  EXPECT_EQ(provider_money(), 0);
  EXPECT_EQ(book.ledger()["cash_clearing"], 0);
  EXPECT_EQ(book.ledger()["receivable"], 12000);
  EXPECT_EQ(book.post("/v1/transactions/" + transaction("0") + "/refund").status, 409);
  EXPECT_EQ(book.post("/v1/transactions/" + refund.get("id") + "/refund").status, 409);
  EXPECT_EQ(book.post("/v1/transactions/tra_none/refund").status, 404);
}

TEST_P(Payments, DirectRefund_ThatFailsGivesTheAmountBack) {
  method("4970000000002004");
  subscribe();
  book.advance("2026-01-01T00:00:00Z");
  auto const id = transaction("0");
  EXPECT_EQ(book.post("/v1/transactions/" + id + "/refund").get("status"), "failed");
  EXPECT_EQ(book.get("/v2/invoices/" + invoice).get("status"), "paid");
  EXPECT_EQ(book.post("/v1/transactions/" + id + "/refund").get("status"), "failed");
  EXPECT_EQ(provider_money(), 12000);
}

TEST_P(Payments, DirectRefund_OfARecordedPayment) {
  subscribe();
  book.post("/v1/invoices/" + invoice + "/transactions",
            R"({"amount":12000,"process_at":"2026-01-01T00:00:00Z"})");
  EXPECT_EQ(book.post("/v1/transactions/" + transaction("0") + "/refund").get("status"), "settled");
  EXPECT_EQ(book.get("/v2/invoices/" + invoice).get("amount_due"), "12000");
}

TEST_P(Payments, CreditNotes_GoBackByTheProvider) {
  method("4970000000002103");
  auto const subscription = subscribe();
  book.advance("2026-01-01T00:00:00Z");
  book.advance("2026-01-15T10:00:00Z");
  EXPECT_EQ(book.post("/v1/subscriptions/" + subscription + "/cancel",
                      R"({"pro_rata":true,"refund_method":"original_payment_method"})")
                .status,
            200);
  EXPECT_EQ(book.invoices()[1], "CN-1 to_pay 6193 | Platform 1 5161;");
  book.advance("2026-01-15T10:00:00Z");
  auto const note = book.get("/v2/invoices?type=credit_note").get("data", "0", "id");
  EXPECT_EQ(shown(note), "to_pay 6193 | refund 6193 pending;");
  book.advance("2026-01-16T10:00:00Z");
  EXPECT_EQ(shown(note), "paid 0 | refund 6193 settled;");
  EXPECT_EQ(provider_money(), 12000 - 6193);
  EXPECT_EQ(book.ledger()["refunds_payable"], 0);
  EXPECT_EQ(book.post("/v1/transactions/" + transaction("0") + "/refund").get("amount"), "5807");
}

TEST_P(Payments, CreditNotes_WhoseRefundFailsStayToPay) {
  method("4970000000002004");
  auto const subscription = subscribe();
  book.advance("2026-01-15T10:00:00Z");
  book.post("/v1/subscriptions/" + subscription + "/cancel",
            R"({"pro_rata":true,"refund_method":"original_payment_method"})");
  book.advance("2026-01-15T10:00:00Z");
  auto const note = book.get("/v2/invoices?type=credit_note").get("data", "0", "id");
  EXPECT_EQ(shown(note), "to_pay 6193 | refund 6193 failed provider_error;");
  EXPECT_EQ(provider_money(), 12000);
}

TEST_P(Payments, OneTransferPaysThreeInvoices) {
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    subscribe();
    ids.push_back(invoice);
  }
  auto const path = "/v1/transactions";
  auto const body = [&](std::string const& last) {
    return R"({"customer_id":")" + customer +
           R"(","amount":30000,"currency":"EUR","reference":"ACME 7","allocations":[{"invoice_id":")" +
           ids[0] + R"(","amount":12000},{"invoice_id":")" + ids[1] +
           R"(","amount":12000},{"invoice_id":")" + ids[2] + R"(","amount":)" + last + "}]}";
  };
  EXPECT_EQ(book.post(path, body("6001")).get("message"),
            "allocations[2].amount: more than what is left of the payment: 6000 minor units");
  EXPECT_EQ(shown(ids[0]), "to_pay 12000 |");
  auto const made = book.post(path, body("5000"));
  EXPECT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.at("allocations").as_array()->size(), 3u);
  EXPECT_EQ(shown(ids[1]), "paid 0 | one_time 30000 settled;");
  EXPECT_EQ(shown(ids[2]), "partially_paid 7000 | one_time 30000 settled;");
  auto const more = path + ("/" + made.get("id")) + "/allocations";
  auto const part = [&](std::string const& amount) {
    return R"({"allocations":[{"invoice_id":")" + ids[2] + R"(","amount":)" + amount + "}]}";
  };
  EXPECT_EQ(book.post(more, part("1001")).status, 400);
  EXPECT_EQ(book.post(more, part("400")).status, 201);
  EXPECT_EQ(book.ledger()["unapplied_payments"], -600);
  EXPECT_EQ(book.post("/v1/transactions/" + made.get("id") + "/refund").get("amount"), "600");
  EXPECT_EQ(book.ledger()["unapplied_payments"], 0);
  EXPECT_EQ(book.ledger()["receivable"], 6600);
  EXPECT_EQ(book.post(more, part("1")).status, 400);
}

TEST_P(Payments, OneTimePayments) {
  auto const body = [&](std::string const& more) {
    return R"({"type":"one_time","customer_id":")" + customer + R"(","products":[{"id":")" +
           product + R"(","name":"Setup","amount":5000}])" + more + "}";
  };
  EXPECT_EQ(book.post("/v1/payments", body(R"(,"charging_method":"checkout")")).status, 422);
  auto const open = book.post(
      "/v1/payments", body(R"(,"charging_method":"immediately","payment_method_type":"transfer")"));
  EXPECT_EQ(open.status, 200) << open.text;
  EXPECT_EQ(shown(open.get("invoice_id")), "to_pay 6000 |");
  method("4970000000004240");
  auto const paid = book.post("/v1/payments",
                              body(R"(,"charging_method":"immediately","purchase_order":"PO-7")"));
  EXPECT_EQ(shown(paid.get("invoice_id")), "paid 0 | one_time 6000 settled;");
  EXPECT_EQ(book.get("/v2/invoices/" + paid.get("invoice_id")).get("purchase_order"), "PO-7");
  book.advance("2026-01-31T00:00:00Z");
  EXPECT_EQ(shown(open.get("invoice_id")), "to_pay 6000 |");
}

TEST_P(Payments, AFeeIsKept) {
  method("4970000000001907");
  subscribe();
  book.advance("2026-01-01T00:00:00Z");
  EXPECT_EQ(book.get("/v1/transactions/" + transaction("0")).get("provider_fee"), "240");
  EXPECT_EQ(book.ledger()["cash_clearing"], 11760);
  EXPECT_EQ(book.ledger()["provider_fees"], 240);
}

}  // namespace tallybook
