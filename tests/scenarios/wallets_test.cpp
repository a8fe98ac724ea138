// Wallets: loads, reverts, paying invoices, loads by themselves.
#include <future>
#include <set>

#include "app/payment/settling.hpp"
#include "app/payment/wallet_payment.hpp"
#include "support/installation.hpp"

namespace tallybook {

class Wallets : public testing::OnBothDatabases {
 protected:
  void SetUp() override {
    book.set_clock("2026-01-10T09:00:00Z");
    settings(R"({"enabled":true,"allow_free_credits":true})");
    customer = book.customer(
        R"("name":"Acme","currency":"EUR","external_id":"acme","tax_rate_custom":20)");
    wallet = opened(R"("is_auto_load_enabled":false)");
  }
  void settings(std::string const& body) {
    auto const answer = book.call("PATCH", "/v1/wallets/settings", body);
    ASSERT_EQ(answer.status, 200) << answer.text;
  }
  testing::Answer open(std::string const& fields) {
    return book.post("/v1/wallets", "{\"customer_id\":\"" + customer + "\"," + fields + "}");
  }
  std::string opened(std::string const& fields) {
    auto const answer = open(fields);
    EXPECT_EQ(answer.status, 201) << answer.text;
    return answer.get("id");
  }
  testing::Answer load(std::string const& fields) {
    return book.post("/v1/wallets/" + wallet + "/load", "{" + fields + "}");
  }
  std::string balance() { return book.get("/v1/wallets/" + wallet).get("balance", "amount"); }
  testing::Answer movements(std::string const& query = "") {
    return book.get("/v1/wallets/" + wallet + "/transactions" + query);
  }
  testing::Answer revert(std::string const& movement) {
    return book.post("/v1/wallets/" + wallet + "/transactions/" + movement + "/revert");
  }
  testing::Answer bill(std::string const& lines = R"([{"name":"Work","unit_amount":10000}])",
                       std::string const& more = "") {
    return book.post("/v1/invoices", "{\"customer_id\":\"" + customer +
                                         R"(","status":"to_pay","line_items":)" + lines + more +
                                         "}");
  }
  testing::Answer pay(std::string const& id, std::string const& amount) {
    return book.post("/v1/invoices/" + id + "/transactions",
                     "{\"amount\":" + amount + ",\"process_at\":\"2026-01-10T09:00:00Z\"}");
  }
  template <class Work>
  auto unit(Work&& work) {
    return in_unit(book.services(), book.tenant(), std::forward<Work>(work));
  }
  std::string customer, wallet;
};
TB_ON_BOTH_DATABASES(Wallets);

TEST_P(Wallets, Off_UntilSwitchedOn) {
  settings(R"({"enabled":false})");
  EXPECT_EQ(load(R"("type":"paid","amount":100)").status, 409);
  EXPECT_EQ(book.get("/v1/wallets/settings").get("enabled"), "false");
  EXPECT_EQ(book.put("/v1/wallets/settings", R"({"enabled":true})").status, 400);
  EXPECT_EQ(book.call("PATCH", "/v1/wallets/settings", R"({"product_ids":["itm_no"]})").status,
            400);
  EXPECT_EQ(open(R"("is_auto_load_enabled":false)").status, 409);
}

TEST_P(Wallets, PaidLoad_ThenPaysAsMuchAsItCan_TheRestByOtherMeans) {
  auto const loaded = load(R"("type":"paid","amount":5000,"comment":"January")");
  ASSERT_EQ(loaded.status, 200) << loaded.text;
  EXPECT_EQ(loaded.get("balance", "amount"), "5000");
  EXPECT_EQ(book.invoices(), (std::vector<std::string>{"DOC-1 paid 5000 | Wallet top-up 1 5000;"}));
  EXPECT_EQ(book.ledger()["wallet_liability"], -5000);
  EXPECT_EQ(book.ledger()["revenue"], 0);
  auto const invoice = bill();
  ASSERT_EQ(invoice.status, 201) << invoice.text;
  EXPECT_EQ(invoice.get("status"), "partially_paid");
  EXPECT_EQ(invoice.get("amount_due"), "7000");
  EXPECT_EQ(invoice.get("transactions", "0", "payment_method_type"), "wallet");
  EXPECT_EQ(invoice.get("transactions", "0", "wallet_id"), wallet);
  EXPECT_EQ(pay(invoice.get("id"), "7000").get("status"), "paid");
  EXPECT_EQ(balance(), "0");
  auto const list = movements();
  EXPECT_EQ(list.get("meta", "total"), "2");
  EXPECT_EQ(list.get("data", "0", "type"), "debit");
  EXPECT_EQ(list.get("data", "0", "invoice_id"), invoice.get("id"));
  EXPECT_EQ(list.get("data", "1", "comment"), "January");
  EXPECT_EQ(movements("?comment=JANU").get("meta", "total"), "1");
  EXPECT_EQ(movements("?type=debit&amount=5000").get("meta", "total"), "1");
  EXPECT_EQ(movements("?invoice_id=" + invoice.get("id")).get("meta", "total"), "1");
  auto const told = book.outbox();
  EXPECT_EQ(std::ranges::count(told, "wallet.credited"), 1);
  EXPECT_EQ(std::ranges::count(told, "wallet.debited"), 1);
}

TEST_P(Wallets, Refund_OfAMixedPayment_GoesBackToEach) {
  load(R"("type":"paid","amount":5000)");
  auto const id = bill().get("id");
  pay(id, "7000");
  auto const note = book.post("/v1/invoices/" + id + "/credit-notes", R"({"trigger_refund":true})");
  ASSERT_EQ(note.status, 201) << note.text;
  EXPECT_EQ(note.get("status"), "paid");
  EXPECT_EQ(balance(), "5000");
  EXPECT_EQ(book.ledger()["cash_clearing"], 5000);
  EXPECT_EQ(book.ledger()["revenue"], 0);
}

TEST_P(Wallets, FreeLoad_IsACreditNote_AndIsReverted) {
  ASSERT_EQ(load(R"("type":"free","amount":3000,"comment":"sorry")").get("balance", "amount"),
            "3000");
  EXPECT_EQ(book.invoices(),
            (std::vector<std::string>{"CN-1 paid 3000 | Free wallet credit 1 3000;"}));
  EXPECT_EQ(book.ledger()["revenue"], 3000);
  auto const gift = movements().get("data", "0", "id");
  EXPECT_EQ(movements().get("data", "0", "invoice_id"), "null");
  auto const debit = revert(gift);
  ASSERT_EQ(debit.status, 200) << debit.text;
  EXPECT_EQ(debit.get("type"), "debit");
  EXPECT_EQ(debit.get("original_transaction_id"), gift);
  EXPECT_EQ(movements().get("data", "1", "reverted_by"), debit.get("id"));
  EXPECT_EQ(revert(gift).status, 409);
  EXPECT_EQ(revert(debit.get("id")).status, 409);
  EXPECT_EQ(revert("walt_no").status, 404);
  EXPECT_EQ(book.ledger()["revenue"], 0);
  EXPECT_EQ(book.invoices(),
            (std::vector<std::string>{"CN-1 voided 3000 | Free wallet credit 1 3000;"}));
  // Drafted: the wallet waits for the issue.
  EXPECT_EQ(
      load(R"("type":"free","amount":700,"document_status":"draft")").get("balance", "amount"),
      "0");
  auto const draft = book.get("/v2/invoices?status=draft").get("data", "0", "id");
  EXPECT_EQ(book.post("/v1/invoices/" + draft + "/validate").get("status"), "paid");
  EXPECT_EQ(balance(), "700");
  settings(R"({"allow_free_credits":false})");
  EXPECT_EQ(load(R"("type":"free","amount":1)").status, 409);
}

TEST_P(Wallets, PaidLoad_Reverted_StandsOnAccount_AndLoadsAgain) {
  load(R"("type":"paid","amount":5000,"date":"2026-01-09T00:00:00Z","reference":"wire 7")");
  auto const loaded = movements().get("data", "0", "id");
  ASSERT_EQ(revert(loaded).status, 200);
  EXPECT_EQ(book.ledger()["unapplied_payments"], -5000);
  EXPECT_EQ(book.ledger()["wallet_liability"], 0);
  EXPECT_EQ(book.invoices().front().substr(0, 12), "DOC-1 voided");
  std::string account;
  auto const list = book.get("/v1/transactions");
  for (auto const& row : *list.at("data").as_array())
    if (*row.find("payment_method_type")->as_string() == "wallet")
      account = *row.find("id")->as_string();
  auto const again = load("\"transaction_id\":\"" + account + "\"");
  ASSERT_EQ(again.status, 200) << again.text;
  EXPECT_EQ(again.get("balance", "amount"), "5000");
  EXPECT_EQ(book.ledger()["unapplied_payments"], 0);
  EXPECT_EQ(load("\"transaction_id\":\"" + account + "\"").status, 409);
  // Spent in part: the balance no longer covers the load.
  bill(R"([{"name":"W","unit_amount":100}])");
  auto const second = movements("?type=credit_paid").get("data", "0", "id");
  auto const refused = revert(second);
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.text.find("4880"), std::string::npos) << refused.text;
}

TEST_P(Wallets, PaidInvoice_IsCreditedToTheWallet) {
  auto const id =
      bill(R"([{"name":"A","unit_amount":6000},{"name":"B","unit_amount":4000}])").get("id");
  EXPECT_EQ(load("\"invoice_id\":\"" + id + "\"").status, 409);
  pay(id, "12000");
  auto const line = book.get("/v2/invoices/" + id).get("line_items", "1", "id");
  auto const loaded = load("\"invoice_id\":\"" + id + R"(","invoice_line_item_ids":[")" + line +
                           R"("],"comment":"kept")");
  ASSERT_EQ(loaded.status, 200) << loaded.text;
  EXPECT_EQ(loaded.get("balance", "amount"), "4800");
  EXPECT_EQ(movements().get("data", "0", "comment"), "kept");
  EXPECT_EQ(movements().get("data", "0", "type"), "credit_paid");
  EXPECT_EQ(book.ledger()["revenue"], -6000);
}

TEST_P(Wallets, CreditNote_RefundedToTheWallet_MakesOne) {
  customer = book.customer(R"("name":"Bolt","currency":"EUR","external_id":"b")");
  auto const id = bill().get("id");
  pay(id, "10000");
  auto const refund =
      R"({"trigger_refund":true,"refund_method":"wallet","amount_including_tax":1000})";
  settings(R"({"enabled":false})");
  EXPECT_EQ(book.post("/v1/invoices/" + id + "/credit-notes", refund).status, 409);
  settings(R"({"enabled":true})");
  EXPECT_EQ(book.post("/v1/invoices/" + id + "/credit-notes", refund).get("status"), "paid");
  auto const made = book.get("/v1/wallets?customer_id=" + customer);
  EXPECT_EQ(made.get("0", "balance", "amount"), "1000");
  EXPECT_EQ(book.get("/v2/wallets?customer_id=" + customer).get("meta", "total"), "1");
  // By default, where the entity says so.
  auto const entity = book.get("/v1/invoicing-entities").get("data", "0", "id");
  auto const changed =
      book.put("/v1/invoicing-entities/" + entity, R"({"credit_note_wallet_refund_enabled":true})");
  ASSERT_EQ(changed.status, 200) << changed.text;
  book.post("/v1/invoices/" + id + "/credit-notes",
            R"({"trigger_refund":true,"amount_including_tax":500})");
  EXPECT_EQ(book.get("/v1/wallets?customer_id=" + customer).get("0", "balance", "amount"), "1500");
}

TEST_P(Wallets, Undone_ThePaymentIsOwedAgain) {
  load(R"("type":"paid","amount":12000)");
  auto const id = bill().get("id");
  auto const shown = book.get("/v2/invoices/" + id);
  EXPECT_EQ(shown.get("status"), "paid");
  TransactionId const payment(shown.get("transactions", "0", "id"));
  auto const undo = [&] {
    return unit(
        [&](UnitOfWork& work) { return undo_wallet_payment(work, InvoiceId(id), payment); });
  };
  ASSERT_TRUE(undo().has_value());
  EXPECT_FALSE(undo().has_value());
  EXPECT_EQ(balance(), "12000");
  EXPECT_EQ(book.get("/v2/invoices/" + id).get("amount_due"), "12000");
  EXPECT_EQ(revert(movements().get("data", "0", "id")).status, 409);
}

TEST_P(Wallets, Cancelled_TheUnusedTimeGoesToTheWallet) {
  load(R"("type":"paid","amount":12000)");
  auto const id = book.subscribe(customer, "[{\"id\":\"" + book.flat_fee("10000") + "\"}]",
                                 R"(,"starts_at":"2026-01-10T00:00:00Z")");
  EXPECT_EQ(balance(), "0");
  book.advance("2026-01-25T09:00:00Z");
  auto const answer = book.post("/v1/subscriptions/" + id + "/cancel",
                                R"({"pro_rata":true,"refund_method":"wallet"})");
  ASSERT_EQ(answer.status, 200) << answer.text;
  // 15 of 31 days are unused.
  EXPECT_EQ(balance(), "5807");
}

// A load whose payment is charged back: what the wallet no longer holds is a loss.
TEST_P(Wallets, LoadChargedBack_TakesWhatIsLeft) {
  load(R"("type":"paid","amount":5000)");
  bill(R"([{"name":"W","unit_amount":1000}])");
  auto const taken = unit([&](UnitOfWork& work) -> Result<bool> {
    auto document =
        *work.records<Invoice>().first("type = 'document'" + std::string(work.sql().for_update()));
    auto payment = *work.records<Transaction>().first("invoice_id = ?", {document.id.value});
    auto const refused = may_refund_load(work, document, payment.amount);
    Transaction back = payment;
    back.id = work.new_id<TransactionTag>();
    back.type = TransactionType::chargeback;
    back.original_transaction_id = payment.id;
    payment.refunded_amount = payment.amount;
    settle_taken_back(work, back, payment, &document);
    work.records<Transaction>().insert(back);
    return !refused.has_value();
  });
  ASSERT_TRUE(taken.has_value());
  EXPECT_TRUE(*taken);
  EXPECT_EQ(balance(), "0");
  EXPECT_EQ(book.ledger()["bad_debt"], 1200);
  EXPECT_EQ(book.ledger()["wallet_liability"], 0);
}

TEST_P(Wallets, Restricted_PaysOnlyItsProducts) {
  auto const product = book.flat_fee("3000");
  settings("{\"product_ids\":[\"" + product + "\"]}");
  load(R"("type":"paid","amount":50000)");
  auto const invoice = bill("[{\"product_id\":\"" + product +
                            R"(","unit_amount":3000},{"name":"Other","unit_amount":5000}])");
  ASSERT_EQ(invoice.status, 201) << invoice.text;
  EXPECT_EQ(invoice.get("amount_due"), "6000");
  EXPECT_EQ(balance(), "46400");
  settings(R"({"product_ids":[]})");
  EXPECT_EQ(bill().get("status"), "paid");
  // Paused, or collected outside: not touched.
  EXPECT_EQ(bill(R"([{"name":"W","unit_amount":1}])", R"(,"payment_method_strategy":"external")")
                .get("status"),
            "to_pay");
  book.put("/v1/wallets/" + wallet, R"({"is_auto_load_enabled":"false","state":"paused"})");
  EXPECT_EQ(bill().get("status"), "to_pay");
}

TEST_P(Wallets, Subscription_IsPaid_AndProjected) {
  load(R"("type":"paid","amount":30000)");
  auto const platform = book.flat_fee("10000");
  book.subscribe(customer, "[{\"id\":\"" + platform + "\"}]");
  EXPECT_EQ(balance(), "18000");
  auto const shown = book.get("/v1/wallets/" + wallet);
  EXPECT_EQ(shown.get("projected_balance", "amount"), "6000");
  EXPECT_EQ(shown.body.find("auto_load_type"), nullptr);
  book.advance("2026-03-20T00:00:00Z");
  EXPECT_EQ(balance(), "0");
  EXPECT_EQ(book.get("/v1/wallets/" + wallet).get("projected_balance", "amount"), "-18000");
}

TEST_P(Wallets, LoadsItself_AtTheThreshold_AndByInterval) {
  auto const at_threshold =
      R"({"is_auto_load_enabled":true,"auto_load_type":"free","auto_load_amount":5000,
          "auto_load_reset":false,"auto_load_threshold":2000})";
  load(R"("type":"paid","amount":10000)");
  EXPECT_EQ(book.put("/v1/wallets/" + wallet, at_threshold).status, 200);
  book.advance("2026-01-11T00:00:00Z");
  EXPECT_EQ(balance(), "10000");
  bill(R"([{"name":"W","unit_amount":7000}])");
  EXPECT_EQ(balance(), "1600");
  book.advance("2026-01-12T00:00:00Z");
  EXPECT_EQ(balance(), "6600");
  auto const by_interval = book.put(
      "/v1/wallets/" + wallet,
      R"({"is_auto_load_enabled":true,"auto_load_type":"free","auto_load_amount":1000,"auto_load_reset":true,
          "auto_load_threshold":null,"auto_load_interval":{"period":"months","count":1},"auto_load_next_date":"2026-01-31T08:00:00Z"})");
  ASSERT_EQ(by_interval.status, 200) << by_interval.text;
  book.advance("2026-02-01T00:00:00Z");
  EXPECT_EQ(balance(), "1000");
  auto const shown = book.get("/v1/wallets/" + wallet);
  EXPECT_EQ(shown.get("auto_load_next_date"), "2026-02-28T08:00:00.000Z");
  book.advance("2026-03-31T09:00:00Z");
  EXPECT_EQ(book.get("/v1/wallets/" + wallet).get("auto_load_next_date"),
            "2026-04-30T08:00:00.000Z");
  EXPECT_EQ(balance(), "1000");
}

TEST_P(Wallets, LoadsItselfPaid_WaitsForTheMoney) {
  auto const terms =
      R"({"is_auto_load_enabled":true,"auto_load_type":"paid","auto_load_amount":5000,"auto_load_reset":true,"auto_load_threshold":2000})";
  load(R"("type":"paid","amount":3000)");
  EXPECT_EQ(book.put("/v1/wallets/" + wallet, terms).status, 200);
  bill(R"([{"name":"W","unit_amount":1000}])");
  book.advance("2026-01-12T00:00:00Z");
  EXPECT_EQ(balance(), "1800");
  // Given up unpaid: nothing was posted, so nothing is credited.
  auto const first = book.get("/v2/invoices?type=document&status=to_pay").get("data", "0", "id");
  EXPECT_EQ(book.post("/v1/invoices/" + first + "/void").get("status"), "voided");
  EXPECT_EQ(pay(first, "5000").status, 409);
  bill(R"([{"name":"W","unit_amount":100}])");
  book.advance("2026-01-12T10:00:00Z");
  auto const waiting = book.get("/v2/invoices?type=document&status=to_pay");
  ASSERT_EQ(waiting.at("data").as_array()->size(), 1U) << waiting.text;
  bill(R"([{"name":"W","unit_amount":500}])");
  book.advance("2026-01-13T00:00:00Z");
  EXPECT_EQ(book.get("/v2/invoices?type=document&status=to_pay").at("data").as_array()->size(), 1U);
  pay(waiting.get("data", "0", "id"), "5000");
  EXPECT_EQ(balance(), "5000");
}

TEST_P(Wallets, BadOnesLeaveNothingBehind) {
  for (auto const& [fields, path] : std::vector<std::pair<std::string, std::string>>{
           {R"("type":"paid")", "amount"},
           {R"("type":"paid","amount":0)", "amount"},
           {R"("type":"paid","amount":-5)", "amount"},
           {R"("type":"paid","amount":1000000000000001)", "amount"},
           {R"("type":"paid","amount":5,"document_status":"draft")", "document_status"},
           {R"("type":"free","amount":5,"date":"2026-01-01T00:00:00Z")", "date"},
           {R"("type":"free","amount":5,"document_status":"open")", "document_status"},
           {R"("type":"paid","amount":5,"date":"2027-01-01T00:00:00Z")", "date"},
           {R"("amount":5,"free_credits":5)", "free_credits"},
           {R"("transaction_id":"tra_no")", "transaction_id"},
           {R"("transaction_id":"tra_no","amount":5)", "amount"},
           {R"("invoice_id":"inv_no")", "invoice_id"},
           {R"("amount":5,"type":"paid","invoice_line_item_ids":["x"])",
            "invoice_line_item_ids"}}) {
    auto const answer = load(fields);
    EXPECT_EQ(answer.status, 400) << fields << answer.text;
    EXPECT_NE(answer.text.find(path), std::string::npos) << answer.text;
  }
  for (
      std::string const fields :
      {R"({"is_auto_load_enabled":true})",
       R"({"is_auto_load_enabled":true,"auto_load_type":"paid","auto_load_amount":5})",
       R"({"is_auto_load_enabled":true,"auto_load_type":"paid","auto_load_amount":0,"auto_load_threshold":5})",
       R"({"is_auto_load_enabled":true,"auto_load_type":"paid","auto_load_amount":5,"auto_load_interval":{"period":"months","count":1}})",
       R"({"is_auto_load_enabled":true,"auto_load_type":"paid","auto_load_amount":5,"auto_load_interval":{"period":"once"},"auto_load_next_date":"2026-05-01T00:00:00Z"})",
       R"({"state":"active"})"})
    EXPECT_EQ(book.put("/v1/wallets/" + wallet, fields).status, 400) << fields;
  EXPECT_TRUE(book.invoices().empty());
  EXPECT_TRUE(book.ledger().empty());
}

// Two hundred clients spend, refund, give, revert at once: never more than there is.
TEST_P(Wallets, TwoHundredAtOnce) {
  load(R"("type":"paid","amount":60000)");
  std::vector<std::string> loads, paid;
  for (int i = 0; i < 20; ++i) {
    load(R"("type":"free","amount":500)");
    loads.push_back(movements().get("data", "0", "id"));
  }
  settings(R"({"enabled":false})");
  for (int i = 0; i < 10; ++i) {
    paid.push_back(bill(R"([{"name":"Old","unit_amount":1000}])").get("id"));
    pay(paid.back(), "1200");
  }
  settings(R"({"enabled":true})");
  std::vector<std::future<int>> answers;
  for (int i = 0; i < 200; ++i) {
    answers.push_back(std::async(std::launch::async, [&, i] {
      auto const n = static_cast<std::size_t>(i);
      switch (i % 4) {
        case 0:
          return revert(loads[n % loads.size()]).status;
        case 1:
          return book
              .post(
                  "/v1/invoices/" + paid[n % paid.size()] + "/credit-notes",
                  R"({"trigger_refund":true,"refund_method":"wallet","amount_including_tax":500})")
              .status;
        case 2:
          return load(R"("type":"free","amount":100)").status;
        default:
          return bill(R"([{"name":"W","unit_amount":2000}])").status;
      }
    }));
  }
  std::map<int, int> seen;
  for (auto& answer : answers) ++seen[answer.get()];
  for (auto const& [status, count] : seen)
    EXPECT_TRUE(status == 200 || status == 201 || status == 400 || status == 409)
        << status << " x" << count;
  std::int64_t sum = 0;
  for (int skip = 0;; skip += 100) {
    auto const page = movements("?take=100&skip=" + std::to_string(skip));
    auto const& rows = *page.at("data").as_array();
    for (auto const& row : rows) {
      auto const amount = std::stoll(to_json_text(*row.find("amount")));
      sum += *row.find("type")->as_string() == "debit" ? -amount : amount;
    }
    if (rows.size() < 100) break;
  }
  EXPECT_EQ(std::to_string(sum), balance());
  EXPECT_EQ(book.ledger()["wallet_liability"], -sum);
}

// Two hundred spend the same money: what it covers is paid, to the cent.
TEST_P(Wallets, TwoHundredSpendTheSameMoney) {
  load(R"("type":"paid","amount":10000)");
  std::vector<std::future<std::string>> answers;
  for (int i = 0; i < 200; ++i)
    answers.push_back(std::async(std::launch::async, [&] {
      return bill(R"([{"name":"W","unit_amount":100}])").get("amount_due");
    }));
  std::int64_t paid = 0;
  for (auto& answer : answers) paid += 120 - std::stoll(answer.get());
  EXPECT_EQ(paid, 10000);
  EXPECT_EQ(balance(), "0");
  EXPECT_EQ(book.ledger()["wallet_liability"], 0);
}

}  // namespace tallybook
