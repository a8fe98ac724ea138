// Taxes over the API: what an invoice carries, numbers that are checked, engines of others. Each
// case opens with its arithmetic. The seller is French with a VAT number unless a case says
// otherwise.
#include "adapters/tax_engine/http_tax_engine.hpp"
#include "adapters/vies/vies_register.hpp"
#include "app/tax/external_taxes.hpp"
#include "app/tax/tax_numbers.hpp"
#include "http/server/server.hpp"
#include "jobs/tax_worker.hpp"
#include "support/installation.hpp"

namespace tallybook {

class FakeRegister final : public TaxNumberRegister {
 public:
  RegisterAnswer check(std::string const& prefix, std::string const& number) override {
    asked.push_back(prefix + number);
    return answer;
  }
  RegisterAnswer answer = RegisterAnswer::unavailable;
  std::vector<std::string> asked;
};

class FakeEngine final : public TaxEngine {
 public:
  Result<std::map<std::string, Exact>> rates(TaxEngineQuestion const& question) override {
    asked.push_back(question);
    if (!rate) return fail({ErrorCode::unavailable, "down", {}});
    std::map<std::string, Exact> rates;
    for (auto const& line : question.lines) rates[line.id] = *rate;
    return rates;
  }
  std::optional<Exact> rate;
  std::vector<TaxEngineQuestion> asked;
};

class Taxes : public testing::OnBothDatabases {
 protected:
  void SetUp() override {
    book.set_clock("2026-03-01T00:00:00Z");
    entity = book.get("/v1/invoicing-entities").get("data", "0", "id");
    seller(R"({"tax_id":"FR88100000009"})");
  }
  testing::Answer seller(std::string const& fields) {
    auto answer = book.put("/v1/invoicing-entities/" + entity, fields);
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer;
  }
  std::string buyer(std::string const& country, std::string const& more = "") {
    return book.customer(R"("name":"B","currency":"EUR","country":")" + country + "\"" + more);
  }
  // The invoice of 100.00 sold to that customer today.
  testing::Answer sold(std::string const& customer, std::string product = "") {
    if (product.empty()) product = book.flat_fee("10000");
    book.subscribe(customer, "[{\"id\":\"" + product + "\"}]");
    return newest(customer);
  }
  testing::Answer newest(std::string const& customer) {
    auto const list = book.get("/v2/invoices?status=all&customer_id=" + customer);
    return book.get("/v2/invoices/" + list.get("data", "0", "id"));
  }
  std::string entity;
};
TB_ON_BOTH_DATABASES(Taxes);

// 100.00 at 20 % = 20.00.
TEST_P(Taxes, Domestic_TheSellersRate) {
  auto const invoice = sold(buyer("FR", R"(,"type":"corporate")"));
  EXPECT_EQ(invoice.get("tax_scheme"), "standard");
  EXPECT_EQ(invoice.get("tax_amount"), "2000");
  EXPECT_EQ(invoice.get("total_amount"), "12000");
  EXPECT_EQ(invoice.get("tax_mention"), "null");
  EXPECT_EQ(invoice.get("line_items", "0", "tax_category"), "S");
  EXPECT_EQ(invoice.get("line_items", "0", "tax_reason"), "domestic");
  EXPECT_EQ(invoice.get("tax_recap", "0", "base_amount"), "10000");
  EXPECT_EQ(invoice.get("tax_recap", "0", "tax_amount"), "2000");
}

TEST_P(Taxes, ReverseCharge_NoTaxAndTheWordsOfTheLaw) {
  auto const customer =
      buyer("DE", R"(,"type":"corporate","tax_ids":[{"value":"DE 100 000 008"}])");
  auto const invoice = sold(customer);
  EXPECT_EQ(invoice.get("tax_scheme"), "reverse_charge");
  EXPECT_EQ(invoice.get("tax_amount"), "0");
  EXPECT_EQ(invoice.get("tax_mention"), "reverse_charge");
  EXPECT_EQ(invoice.get("customer", "tax_id"), "DE100000008");
  EXPECT_EQ(invoice.get("seller", "tax_id"), "FR88100000009");
  EXPECT_EQ(invoice.get("tax_recap", "0", "category"), "AE");
  EXPECT_EQ(invoice.get("tax_recap", "0", "exemption_reason_code"), "VATEX-EU-AE");
  for (auto const* language : {"en", "fr", "de", "lt"}) {
    EXPECT_EQ(book.get("/v2/invoices/" + invoice.get("id") + "/download?lang=" + language).status,
              200);
  }
  EXPECT_EQ(book.get("/v1/customers/" + customer + "/taxes/rates").text,
            R"([{"scheme":"reverse_charge","rate":0}])");
}

// A number with a wrong check digit is kept, marked, and carries no reverse charge: 20 %.
TEST_P(Taxes, AWrongNumberIsKeptAndNotRelied) {
  auto const customer = buyer("DE", R"(,"tax_ids":[{"value":"DE100000007"}])");
  auto const read = book.get("/v1/customers/" + customer);
  EXPECT_EQ(read.get("tax_ids", "0", "status"), "invalid");
  EXPECT_EQ(read.get("vat_number_valid"), "false");
  EXPECT_EQ(sold(customer).get("tax_amount"), "2000");
}

// Consumers in Germany: the seller's 20 % under the threshold, 19 % in the One Stop Shop.
TEST_P(Taxes, Consumers_TheOneStopShop) {
  EXPECT_EQ(sold(buyer("DE", R"(,"type":"person")")).get("tax_amount"), "2000");
  EXPECT_EQ(seller(R"({"is_oss_registered":true})").get("is_oss_registered"), "true");
  auto const invoice = sold(buyer("DE", R"(,"type":"person")"));
  EXPECT_EQ(invoice.get("tax_amount"), "1900");
  EXPECT_EQ(invoice.get("line_items", "0", "tax_reason"), "one_stop_shop");
}

TEST_P(Taxes, OutsideTheUnion_NotEligible) {
  auto const invoice = sold(buyer("US", R"(,"type":"corporate")"));
  EXPECT_EQ(invoice.get("tax_scheme"), "not_eligible");
  EXPECT_EQ(invoice.get("tax_amount"), "0");
  EXPECT_EQ(invoice.get("tax_mention"), "outside_scope");
  EXPECT_EQ(invoice.get("tax_recap", "0", "category"), "O");
  // The Canary Islands are, by postal code, although they are Spain.
  auto const islands = buyer(
      "ES",
      R"(,"type":"person","billing_address":{"country":"ES","zip":"35001","city":"Las Palmas"})");
  EXPECT_EQ(sold(islands).get("tax_scheme"), "not_eligible");
}

// An Estonian seller, monthly from 1 June 2025 on: 22 %, and 24 % from 1 July.
TEST_P(Taxes, ARateChangesBetweenTwoInvoices) {
  book.set_clock("2025-06-01T00:00:00Z");
  auto const made = book.post(
      "/v1/invoicing-entities",
      R"({"name":"Eesti","country":"EE","currency":"EUR","accounting_currency":"EUR","timezone":"Europe/Tallinn","tax_id":"EE100000007"})");
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.get("tax_id_valid"), "true");
  auto const customer = buyer("EE", R"(,"invoicing_entity_id":")" + made.get("id") + "\"");
  EXPECT_EQ(sold(customer).get("tax_amount"), "2200");
  book.advance("2025-07-02T00:00:00Z");
  EXPECT_EQ(newest(customer).get("tax_amount"), "2400");
}

// The tax point is the local day of issue: a draft made on 30 June is taxed at the rate of 1 July.
TEST_P(Taxes, DraftsAreTaxedAsOfTheDayTheyAreIssued) {
  book.set_clock("2025-06-30T12:00:00Z");
  auto const made = book.post(
      "/v1/invoicing-entities",
      R"({"name":"Eesti","country":"EE","currency":"EUR","accounting_currency":"EUR","timezone":"Europe/Tallinn","tax_id":"EE100000007"})");
  auto const customer = buyer("EE", R"(,"invoicing_entity_id":")" + made.get("id") + "\"");
  book.subscribe(customer, "[{\"id\":\"" + book.flat_fee("10000") + "\"}]",
                 R"(,"generate_draft_invoices":true)");
  auto const draft = newest(customer);
  EXPECT_EQ(draft.get("status"), "draft");
  EXPECT_EQ(draft.get("tax_amount"), "2200");
  book.advance("2025-06-30T21:30:00Z");  // half past midnight in Tallinn
  auto const issued = book.post("/v1/invoices/" + draft.get("id") + "/validate");
  EXPECT_EQ(issued.status, 200) << issued.text;
  EXPECT_EQ(issued.get("tax_amount"), "2400");
  EXPECT_EQ(issued.get("total_amount"), "12400");
}

// A draft follows what the customer is when it is issued: the number came later.
TEST_P(Taxes, DraftsFollowTheCustomersNumber) {
  auto const customer = buyer("DE");
  book.subscribe(customer, "[{\"id\":\"" + book.flat_fee("10000") + "\"}]",
                 R"(,"generate_draft_invoices":true)");
  EXPECT_EQ(newest(customer).get("tax_amount"), "2000");
  book.put("/v1/customers/" + customer, R"({"tax_ids":[{"value":"DE100000008"}]})");
  auto const issued = book.post("/v1/invoices/" + newest(customer).get("id") + "/validate");
  EXPECT_EQ(issued.get("tax_scheme"), "reverse_charge");
  EXPECT_EQ(issued.get("total_amount"), "10000");
  EXPECT_EQ(issued.get("customer", "tax_id"), "DE100000008");
}

TEST_P(Taxes, ExemptCustomersAndProducts) {
  auto const invoice = sold(buyer("FR", R"(,"taxability":"exempt")"));
  EXPECT_EQ(invoice.get("tax_scheme"), "exempt");
  EXPECT_EQ(invoice.get("tax_mention"), "exempt");
  auto const course = book.flat_fee("10000"), support = book.flat_fee("10000");
  auto const changed =
      book.put("/v1/products/" + course, R"({"name":"Course","tax_category":"exempt"})");
  EXPECT_EQ(changed.get("tax_category"), "exempt");
  auto const customer = buyer("FR");
  book.subscribe(customer, "[{\"id\":\"" + course + "\"},{\"id\":\"" + support + "\"}]");
  auto const mixed = newest(customer);
  EXPECT_EQ(mixed.get("tax_scheme"), "standard");
  EXPECT_EQ(mixed.get("tax_amount"), "2000");
  EXPECT_EQ(mixed.get("line_items", "0", "tax_category"), "E");
  EXPECT_EQ(mixed.at("tax_recap").as_array()->size(), 2u);
  EXPECT_EQ(mixed.get("tax_recap", "0", "exemption_reason"), "Exempt from VAT.");
  EXPECT_EQ(book.get("/v2/invoices/" + mixed.get("id") + "/download").status, 200);
}

// A book at the French reduced rate of 5.5 %, mapped for this seller: 5.50. Abroad reverse charge
// wins.
TEST_P(Taxes, CustomRates_ForProducts) {
  auto const rate = book.post("/v1/taxes/rates", R"({"name":"Books","rate":5.5,"country":"FR"})");
  ASSERT_EQ(rate.status, 201) << rate.text;
  auto const id = rate.get("id");
  EXPECT_EQ(book.get("/v1/taxes/rates/" + id).get("rate"), "5.5");
  EXPECT_EQ(book.get("/v1/taxes/rates?name=Books").get("meta", "total"), "1");
  EXPECT_EQ(book.get("/v1/taxes/rates?name=Other").get("meta", "total"), "0");
  auto const product = book.flat_fee("10000");
  auto const mapped =
      book.put("/v1/products/" + product, R"({"name":"Book","accounting":{")" + entity +
                                              R"(":{"tax_rate_id":")" + id + "\"}}}");
  ASSERT_EQ(mapped.status, 200) << mapped.text;
  EXPECT_EQ(mapped.get("accounting", entity, "tax_rate_id"), id);
  auto const invoice = sold(buyer("FR"), product);
  EXPECT_EQ(invoice.get("tax_amount"), "550");
  EXPECT_EQ(invoice.get("tax_scheme"), "manual");
  EXPECT_EQ(invoice.get("line_items", "0", "tax_rate_id"), id);
  auto const abroad = sold(buyer("DE", R"(,"tax_ids":[{"value":"DE100000008"}])"), product);
  EXPECT_EQ(abroad.get("tax_scheme"), "reverse_charge");
  EXPECT_EQ(sold(buyer("FR", R"(,"tax_rate_custom":2.1)"), product).get("tax_amount"), "210");
}

// Who writes a rate down wants it charged; taking it away and choosing the engine brings VAT back.
TEST_P(Taxes, ManualEngine) {
  auto const manual = seller(R"({"manual_tax_rate":7})");
  EXPECT_EQ(manual.get("tax_engine"), "manual");
  EXPECT_EQ(sold(buyer("DE")).get("tax_amount"), "700");
  EXPECT_EQ(seller(R"({"tax_engine":"automatic"})").get("manual_tax_rate"), "7");
  EXPECT_EQ(sold(buyer("FR")).get("tax_amount"), "2000");
}

TEST_P(Taxes, WithoutANumberTheSellerChargesNoVat) {
  seller(R"({"tax_id":null})");
  auto const customer = buyer("FR");
  EXPECT_EQ(book.get("/v1/customers/" + customer + "/taxes/rates").text,
            R"([{"scheme":"not_eligible","rate":0}])");
  auto const invoice = sold(customer);
  EXPECT_EQ(invoice.get("tax_amount"), "0");
  EXPECT_EQ(invoice.get("line_items", "0", "tax_reason"), "seller_not_registered");
}

TEST_P(Taxes, ImpossibleInputIsRefusedWithItsPath) {
  auto const refused = [&](testing::Answer const& answer, std::string const& path) {
    EXPECT_EQ(answer.status, 400) << answer.text;
    EXPECT_NE(answer.text.find(path), std::string::npos) << answer.text;
  };
  auto const customer = buyer("FR");
  for (auto const& value : {std::string("   "), std::string("A\\u0007B"), std::string(65, '1')}) {
    refused(book.put("/v1/customers/" + customer,
                     R"({"tax_ids":[{"value":"FR88100000009"},{"value":")" + value + "\"}]}"),
            "tax_ids[1].value");
  }
  refused(book.post("/v1/taxes/rates", R"({"name":"","rate":5})"), "name");
  refused(book.post("/v1/taxes/rates", R"({"name":"A","rate":101})"), "rate");
  refused(book.post("/v1/taxes/rates", R"({"name":"A","rate":-1})"), "rate");
  refused(book.post("/v1/taxes/rates", R"({"name":"A","rate":0.00000001})"), "rate");
  refused(book.post("/v1/taxes/rates", R"({"name":"A","rate":5,"country":"France"})"), "country");
  refused(book.post("/v1/taxes/rates", R"({"name":"A","rate":5,"invoicing_entity_id":"ive_none"})"),
          "invoicing_entity_id");
  auto const product = book.flat_fee("100");
  refused(book.put("/v1/products/" + product, R"({"name":"P","accounting":{")" + entity +
                                                  R"(":{"tax_rate_id":"taxr_none"}}})"),
          "tax_rate_id");
  refused(book.put("/v1/products/" + product, R"({"name":"P","tax_category":"odd"})"),
          "tax_category");
  auto const path = "/v1/invoicing-entities/" + entity;
  refused(book.put(path, R"({"tax_engine":"external"})"), "tax_engine");
  refused(book.put(path, R"({"tax_engine":"guess"})"), "tax_engine");
  refused(book.put(path, R"({"tax_id":" "})"), "tax_id");
  refused(
      book.post(
          "/v1/invoicing-entities",
          R"({"name":"UK","country":"GB","currency":"GBP","accounting_currency":"GBP","is_oss_registered":true})"),
      "is_oss_registered");
  EXPECT_EQ(book.get("/v1/taxes/rates/taxr_none").status, 404);
  EXPECT_EQ(book.get("/v1/customers/cus_none/taxes/rates").status, 404);
}

// Written by hand: the rules decide, a line may say its own rate, a scheme without tax takes them
// all.
TEST_P(Taxes, InvoicesWrittenByHand) {
  auto const customer = buyer("FR");
  auto const write = [&](std::string const& more) {
    return book.post("/v1/invoices",
                     "{\"customer_id\":\"" + customer + "\",\"status\":\"draft\"" + more + "}");
  };
  std::string const lines =
      R"(,"line_items":[{"name":"A","unit_amount":10000},{"name":"B","unit_amount":10000,"tax_rate":5.5}])";
  auto const made = write(lines);
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.get("tax_scheme"), "standard");
  EXPECT_EQ(made.get("tax_amount"), "2550");
  EXPECT_EQ(made.get("line_items", "1", "tax_reason"), "line_rate");
  auto const outside = write(lines + R"(,"tax_scheme":"not_eligible")");
  EXPECT_EQ(outside.get("tax_amount"), "0");
  auto const issued = book.post("/v1/invoices/" + outside.get("id") + "/validate");
  EXPECT_EQ(issued.status, 200) << issued.text;
  EXPECT_EQ(issued.get("tax_scheme"), "not_eligible");
  EXPECT_EQ(issued.get("tax_amount"), "0");
  EXPECT_EQ(issued.get("line_items", "0", "tax_reason"), "document_scheme");
  auto const path = "/v1/invoices/" + made.get("id");
  EXPECT_EQ(book.call("PATCH", path, R"({"tax_scheme":"reverse_charge"})").get("tax_mention"),
            "reverse_charge");
  EXPECT_EQ(book.call("PATCH", path, R"({"tax_scheme":"auto"})").get("tax_amount"), "4000");
}

// ---- the register -----------------------------------------------------------------------------

TEST_P(Taxes, Register_IsAskedInTheBackground) {
  FakeRegister vies;
  book.services().tax_numbers = &vies;
  TaxWorker worker(book.services());
  auto const customer = buyer("DE", R"(,"tax_ids":[{"value":"DE100000008"}])");
  auto const status = [&] {
    return book.get("/v1/customers/" + customer).get("tax_ids", "0", "status");
  };
  EXPECT_EQ(status(), "pending");
  EXPECT_TRUE(vies.asked.empty());
  // Down: nothing waits for it, and it is asked again after a minute, not before.
  EXPECT_EQ(worker.run_once(), 1);
  EXPECT_EQ(status(), "pending");
  EXPECT_EQ(sold(customer).get("tax_scheme"), "reverse_charge");
  EXPECT_EQ(worker.run_once(), 0);
  book.machine_clock().set(*parse_instant("2026-01-01T00:01:00Z"));
  vies.answer = RegisterAnswer::valid;
  EXPECT_EQ(worker.run_once(), 1);
  EXPECT_EQ(status(), "valid");
  auto const events = book.outbox();
  EXPECT_EQ(std::count(events.begin(), events.end(), "customer.updated"), 1);
  // Believed for 30 days, then asked again: it was given up meanwhile.
  EXPECT_EQ(worker.run_once(), 0);
  book.machine_clock().set(*parse_instant("2026-01-31T00:01:00Z"));
  vies.answer = RegisterAnswer::invalid;
  EXPECT_EQ(worker.run_once(), 1);
  EXPECT_EQ(status(), "invalid");
  EXPECT_EQ(vies.asked, (std::vector<std::string>(3, "DE100000008")));
  EXPECT_EQ(sold(customer).get("tax_scheme"), "standard");
}

TEST_P(Taxes, Register_AnswersAreSharedAndForgotten) {
  FakeRegister vies;
  vies.answer = RegisterAnswer::valid;
  book.services().tax_numbers = &vies;
  TaxWorker worker(book.services());
  auto const first = buyer("DE", R"(,"tax_ids":[{"value":"DE100000008"}])");
  EXPECT_EQ(worker.run_once(), 1);
  auto const second = buyer("DE", R"(,"tax_ids":[{"value":"de 100000008"}])");
  EXPECT_EQ(book.get("/v1/customers/" + second).get("tax_ids", "0", "status"), "valid");
  EXPECT_EQ(worker.run_once(), 0);
  // The same number sent again keeps its status; another one is asked about; none is none.
  auto const path = "/v1/customers/" + first;
  EXPECT_EQ(
      book.put(path, R"({"tax_ids":[{"value":"DE100000008"}]})").get("tax_ids", "0", "status"),
      "valid");
  EXPECT_EQ(
      book.put(path, R"({"tax_ids":[{"value":"DE100234570"}]})").get("tax_ids", "0", "status"),
      "pending");
  EXPECT_EQ(book.put(path, R"({"tax_ids":[]})").status, 200);
  EXPECT_EQ(worker.run_once(), 0);
  // States it does not keep are judged by their digits, wrong ones are not asked about.
  EXPECT_EQ(book.put(path, R"({"tax_ids":[{"value":"GB100000034"},{"value":"DE1"}]})")
                .get("tax_ids", "1", "status"),
            "invalid");
  EXPECT_EQ(book.get(path).get("tax_ids", "0", "status"), "valid");
  auto const american = buyer("US", R"(,"tax_ids":[{"value":"12-3456789"}])");
  EXPECT_EQ(book.get("/v1/customers/" + american).get("tax_ids", "0", "status"), "unknown");
  EXPECT_EQ(worker.run_once(), 0);
}

// A server of our own on the loopback address, answering what it is told to.
class Loopback {
 public:
  Loopback() : server_(options(), [this](Request const& request) { return answer(request); }) {
    server_.start();
  }
  ~Loopback() { server_.stop(); }
  [[nodiscard]] std::string url() { return "http://127.0.0.1:" + std::to_string(server_.port()); }
  void say(int status, std::string body) {
    status_ = status;
    body_ = std::move(body);
  }
  std::string path, body, authorization;

 private:
  static ServerOptions options() {
    ServerOptions options;
    options.host = "127.0.0.1";
    options.port = 0;
    options.worker_threads = 1;
    return options;
  }
  Response answer(Request const& request) {
    path = request.path;
    body = request.body;
    authorization = std::string(request.header("authorization"));
    return {status_, {{"content-type", "application/json"}}, body_};
  }
  int status_ = 200;
  std::string body_;
  Server server_;
};

TEST(Vies, OnlyAClearAnswerIsOne) {
  Loopback fake;
  ViesRegister vies(fake.url() + "/rest/");
  fake.say(200, R"({"countryCode":"FR","vatNumber":"88100000009","valid":true})");
  EXPECT_EQ(vies.check("FR", "88100000009"), RegisterAnswer::valid);
  EXPECT_EQ(fake.path, "/rest/check-vat-number");
  EXPECT_EQ(fake.body, R"({"countryCode":"FR","vatNumber":"88100000009"})");
  fake.say(200, R"({"valid":false,"userError":"INVALID"})");
  EXPECT_EQ(vies.check("FR", "1"), RegisterAnswer::invalid);
  for (auto const* doubt :
       {R"({"actionSucceed":false,"errorWrappers":[{"error":"MS_UNAVAILABLE"}]})",
        R"({"valid":false,"userError":"MS_MAX_CONCURRENT_REQ"})", R"({"valid":"no"})", "{}", "[]",
        "", "<html>"}) {
    fake.say(200, doubt);
    EXPECT_EQ(vies.check("FR", "1"), RegisterAnswer::unavailable) << doubt;
  }
  fake.say(500, R"({"valid":true})");
  EXPECT_EQ(vies.check("FR", "1"), RegisterAnswer::unavailable);
  ViesRegister nobody("http://127.0.0.1:1");
  EXPECT_EQ(nobody.check("FR", "1"), RegisterAnswer::unavailable);
}

// ---- an engine of somebody else ---------------------------------------------------------------

// 100.00 at 8.875 % = 8.875 -> 8.88. The invoice waits for the answer and is issued with it.
TEST_P(Taxes, ExternalEngine_TheInvoiceWaitsForItsTax) {
  FakeEngine engine;
  book.services().tax_engine = &engine;
  TaxWorker worker(book.services());
  EXPECT_EQ(seller(R"({"tax_engine":"external"})").get("tax_engine"), "external");
  auto const customer = buyer("US");
  auto const waiting = sold(customer);
  EXPECT_EQ(waiting.get("status"), "missing_info");
  EXPECT_EQ(waiting.get("number"), "null");
  EXPECT_EQ(worker.run_once(), 1);  // down
  EXPECT_EQ(newest(customer).get("status"), "missing_info");
  EXPECT_EQ(book.post("/v1/invoices/" + waiting.get("id") + "/validate").status, 409);
  EXPECT_EQ(worker.run_once(), 0);
  book.machine_clock().set(*parse_instant("2026-01-01T00:01:00Z"));
  engine.rate = Exact::fraction(8875, 1000);
  EXPECT_EQ(worker.run_once(), 1);
  auto const issued = newest(customer);
  EXPECT_EQ(issued.get("status"), "to_pay");
  EXPECT_EQ(issued.get("tax_amount"), "888");
  EXPECT_EQ(issued.get("tax_scheme"), "standard");
  EXPECT_EQ(issued.get("line_items", "0", "tax_reason"), "external");
  EXPECT_EQ(worker.run_once(), 0);
  EXPECT_EQ(engine.asked.back().buyer.country, "US");
  EXPECT_EQ(engine.asked.back().lines.front().amount_excluding_tax, 10000);
  // What a person decided needs no engine.
  EXPECT_EQ(sold(buyer("US", R"(,"taxability":"exempt")")).get("status"), "to_pay");
  // And what is written by hand is issued with its own rate, or waits as a draft.
  auto const by_hand = [&](char const* more) {
    return book.post("/v1/invoices", "{\"customer_id\":\"" + customer + "\"," + more);
  };
  EXPECT_EQ(
      by_hand(R"("line_items":[{"name":"A","unit_amount":10000,"tax_rate":5}]})").get("tax_amount"),
      "500");
  EXPECT_EQ(by_hand(R"("line_items":[{"name":"A","unit_amount":10000}]})").status, 409);
  EXPECT_EQ(by_hand(R"("status":"draft","line_items":[{"name":"A","unit_amount":10000}]})").status,
            201);
}

// A draft is answered for its own parties only: the customer moved, so it is asked again.
TEST_P(Taxes, ExternalEngine_DraftsNeedAnAnswerToTheirOwnQuestion) {
  FakeEngine engine;
  book.services().tax_engine = &engine;
  TaxWorker worker(book.services());
  seller(R"({"tax_engine":"external"})");
  auto const customer = buyer("US");
  book.subscribe(customer, "[{\"id\":\"" + book.flat_fee("10000") + "\"}]",
                 R"(,"generate_draft_invoices":true)");
  auto const path = "/v1/invoices/" + newest(customer).get("id") + "/validate";
  auto const refused = book.post(path);
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.text.find("tax engine"), std::string::npos) << refused.text;
  engine.rate = Exact(5);
  EXPECT_EQ(worker.run_once(), 1);
  EXPECT_EQ(newest(customer).get("status"), "draft");
  book.put("/v1/customers/" + customer, R"({"country":"CA"})");
  EXPECT_EQ(book.post(path).status, 409);
  engine.rate = Exact(13);
  EXPECT_EQ(worker.run_once(), 1);
  auto const issued = book.post(path);
  EXPECT_EQ(issued.status, 200) << issued.text;
  EXPECT_EQ(issued.get("tax_amount"), "1300");
}

// Usage in grace: the answer is there when grace ends, or the invoice waits for it.
TEST_P(Taxes, ExternalEngine_AfterGrace) {
  FakeEngine engine;
  book.services().tax_engine = &engine;
  TaxWorker worker(book.services());
  seller(R"({"tax_engine":"external"})");
  auto const customer =
      book.customer(R"("name":"U","currency":"EUR","country":"US","external_id":"acme")");
  auto const product = book.usage_product(R"([{"type":"volume","from":0,"to":null,"amount":10}])");
  book.subscribe(customer, "[{\"id\":\"" + product + "\"}]");
  book.event("e1", "2026-03-02T00:00:00Z", R"("tokens":100)");
  book.advance("2026-04-01T00:00:00Z");
  // The newest is the open one of April.
  auto const list = book.get("/v2/invoices?status=grace_period&customer_id=" + customer);
  auto const path = "/v2/invoices/" + list.get("data", "0", "id");
  book.advance("2026-04-05T00:00:00Z");
  EXPECT_EQ(book.get(path).get("status"), "missing_info");
  engine.rate = Exact(10);
  EXPECT_EQ(worker.run_once(), 1);
  EXPECT_EQ(book.get(path).get("status"), "to_pay");
  EXPECT_EQ(book.get(path).get("total_amount"), "1100");
}

TEST(HttpTaxEngine, AsksAndReadsOurJson) {
  Loopback fake;
  HttpTaxEngine engine(fake.url(), "secret");
  TaxEngineQuestion question;
  question.document_id = "inv_1";
  question.document_type = "invoice";
  question.date = make_date(2026, 3, 1);
  question.currency = "USD";
  question.lines = {{"ili_1", "Seats", "itm_1", Exact::fraction(5, 2), 15000}};
  fake.say(200, R"({"lines":[{"id":"ili_1","rate":8.875}]})");
  auto const rates = engine.rates(question);
  ASSERT_TRUE(rates.has_value()) << rates.error().message;
  EXPECT_EQ(rates->at("ili_1"), Exact::fraction(71, 8));
  EXPECT_EQ(fake.path, "/taxes");
  EXPECT_EQ(fake.authorization, "Bearer secret");
  EXPECT_NE(fake.body.find(R"("quantity":2.5,"amount_excluding_tax":15000)"), std::string::npos)
      << fake.body;
  for (auto const* bad :
       {R"({"lines":[]})", R"({"lines":[{"id":"ili_2","rate":1}]})", "[]", "no json",
        R"({"lines":[{"id":"ili_1","rate":101}]})", R"({"lines":[{"id":"ili_1","rate":-1}]})",
        R"({"lines":[{"id":"ili_1","rate":"8"}]})",
        R"({"lines":[{"id":"ili_1","rate":1},{"id":"ili_1","rate":2}]})"}) {
    fake.say(200, bad);
    EXPECT_FALSE(engine.rates(question)) << bad;
  }
  fake.say(503, R"({"lines":[{"id":"ili_1","rate":8.875}]})");
  EXPECT_FALSE(engine.rates(question));
  HttpTaxEngine nobody("http://127.0.0.1:1", "");
  EXPECT_EQ(nobody.rates(question).error().code, ErrorCode::unavailable);
}

}  // namespace tallybook
