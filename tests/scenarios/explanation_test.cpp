// Explanations of real documents: every tree is computed again by tools/recompute.py, and the links
// to events page through what was counted.
#include <fstream>

#include "support/installation.hpp"

namespace tallybook {

class Explained : public testing::OnBothDatabases {
 protected:
  void SetUp() override {
    book.set_clock("2026-01-01T00:00:00Z");
    customer = book.customer(
        R"("name":"Acme","currency":"EUR","external_id":"acme","tax_rate_custom":20)");
  }
  static std::string item(std::string const& id, std::string const& fields = "") {
    return "{\"id\":\"" + id + "\"" + fields + "}";
  }
  std::string tokens(std::string const& prices, std::string const& type = "volume") {
    return book.usage_product(prices, R"({"entity":"llm","operation":"sum","property":"tokens"})",
                              type);
  }
  // Recomputes the explanation of every document there is; returns how many there are.
  int recompute_all() {
    TempFile const file;
    int count = 0;
    {
      std::ofstream out(file.path);
      auto const list = book.get("/v1/invoices?take=100&status=all");
      for (auto const& invoice : *list.at("data").as_array()) {
        auto const explained =
            book.get("/v1/invoices/" + *invoice.find("id")->as_string() + "/explanation");
        EXPECT_EQ(explained.status, 200) << explained.text;
        out << explained.text << "\n";
        ++count;
      }
    }
    recompute(file.path);
    return count;
  }
  void recompute(std::string const& path) {
    std::string const command =
        "python3 " TALLYBOOK_SOURCE_DIR "/tools/recompute.py " + path + " >&2";
    EXPECT_EQ(std::system(command.c_str()), 0);
  }
  // Follows the link of every count within: as many events as were counted. Returns how many links.
  int follow_links(Value const& node) {
    int followed = 0;
    if (auto const* link = node.find("link")) {
      auto const page = book.get(*link->as_string());
      EXPECT_EQ(page.get("meta", "total"), *node.find("events")->as_string())
          << *link->as_string() << page.text;
      ++followed;
    }
    if (auto const* parts = node.find("of")) {
      for (auto const& part : *parts->as_array()) followed += follow_links(part);
    }
    return followed;
  }
  int follow_links(std::string const& invoice) {
    auto const explained = book.get("/v1/invoices/" + invoice + "/explanation");
    int followed = 0;
    for (auto const& line : *explained.at("lines").as_array())
      followed += follow_links(*line.find("gross"));
    return followed;
  }
  struct TempFile {
    testing::TempFolder folder;
    std::string path = folder.path() + "/explanations.jsonl";
  };
  std::string customer;
};
TB_ON_BOTH_DATABASES(Explained);

TEST_P(Explained, EveryKindOfDocument_IsRecomputed) {
  auto const coupon =
      book.post("/v1/coupons",
                R"({"name":"Offer","type":"percent","discount_percent":15,"repeat":"forever"})")
          .get("id");
  auto const usage = tokens(
      R"([{"type":"volume","from":0,"to":1000,"amount":0.5},{"type":"volume","from":1000,"to":null,"amount":0.25}])");
  auto const percentage = book.usage_product(
      R"([{"type":"bps","from":0,"to":null,"percentage":1.7,"per_unit_fee":3,"per_unit_floor":5,"amount":0}])",
      R"({"entity":"sale","operation":"sum","property":"value"})", "bps");
  auto const id = book.subscribe(
      customer,
      "[" + item(book.flat_fee("9999")) + "," + item(book.seats("333"), R"(,"count":7)") + "," +
          item(usage, R"(,"min_committed_count":100,"min_amount":300,"max_amount":90000)") + "," +
          item(percentage) + "]",
      R"(,"coupons":[{"id":")" + coupon +
          R"("}],"minimum_invoice_fee":20000,"billing_cycle_alignment":"calendar_period","starts_at":"2026-01-01T00:00:00Z")");
  book.event("a", "2026-01-05T00:00:00Z", R"("tokens":1700.5)");
  book.event("b", "2026-01-06T00:00:00Z", R"("value":12345)", "acme", "sale");
  book.event("c", "2026-01-07T00:00:00Z", R"("value":17)", "acme", "sale");
  EXPECT_EQ(recompute_all(), 2);  // the first fees, and the open invoice
  book.advance("2026-02-02T00:00:00Z");
  book.event("late", "2026-01-08T00:00:00Z", R"("value":100)", "acme", "sale");
  book.advance("2026-02-10T00:00:00Z");
  book.post("/v1/subscriptions/" + id + "/cancel", R"({"pro_rata":true})");
  book.advance("2026-02-12T00:00:00Z");
  book.post(
      "/v1/invoices",
      R"({"customer_id":")" + customer +
          R"(","line_items":[{"name":"Work","unit_amount":3333,"units_count":2.5,"tax_rate":5.5},{"name":"More","unit_amount":101}],"coupons":[{"name":"x","discount_amount":999},{"name":"y","discount_percent":12.5,"line_item_indexes":[0]}]})");
  EXPECT_GE(recompute_all(), 4);
}

// The lines of a usual subscription are told to the end: no amount is just "as it was charged".
TEST_P(Explained, Charges_AreToldFromTheirInputs) {
  auto const usage = tokens(R"([{"type":"volume","from":0,"to":null,"amount":0.5}])");
  book.subscribe(customer, "[" + item(book.flat_fee("3100")) + "," + item(usage) + "]",
                 R"(,"starts_at":"2026-01-01T00:00:00Z")");
  book.event("a", "2026-01-05T00:00:00Z", R"("tokens":1001)");
  book.advance("2026-02-05T00:00:00Z");
  auto const list = book.get("/v1/invoices");
  for (auto const& invoice : *list.at("data").as_array()) {
    auto const text =
        book.get("/v1/invoices/" + *invoice.find("id")->as_string() + "/explanation").text;
    EXPECT_EQ(text.find("invoice_line.exact_amount"), std::string::npos) << text;
    EXPECT_EQ(text.find("stored"), std::string::npos) << text;
  }
}

// 31.00 for January, two of three seats from the 11th on, then the end on the 21st: each note is
// told from the days that are left of the line, the second less what the first gave back of them.
TEST_P(Explained, CreditNotes_AreToldFromWhatTheyCredit) {
  auto const seats = book.seats("3100");
  auto const id = book.subscribe(customer, "[" + item(seats, R"(,"count":3)") + "]",
                                 R"(,"starts_at":"2026-01-01T00:00:00Z")");
  book.advance("2026-01-11T00:00:00Z");
  EXPECT_EQ(
      book.post(
              "/v1/subscriptions/" + id + "/update",
              R"({"type":"update_count","application_schedule":"immediately","payment_schedule":"immediately","calculation_method":"pro_rata","payload":{"product_id":")" +
                  seats + R"(","count":2}})")
          .status,
      201);
  book.advance("2026-01-21T00:00:00Z");
  EXPECT_EQ(book.post("/v1/subscriptions/" + id + "/cancel",
                      R"({"cancellation_strategy":"refund_prorata"})")
                .status,
            200);
  auto const notes = book.get("/v2/invoices?type=credit_note&order_by=created_at&order=asc");
  std::vector<std::string> told;
  for (auto const& note : *notes.at("data").as_array()) {
    auto const explained =
        book.get("/v1/invoices/" + *note.find("id")->as_string() + "/explanation");
    told.push_back(explained.get("lines", "0", "gross", "value") + " = " +
                   explained.get("lines", "0", "gross", "of", "0", "of", "0", "value"));
    EXPECT_NE(explained.text.find("days that are left"), std::string::npos) << explained.text;
  }
  // 93.00 x 21/31 x 1/3; 93.00 x 10/31 less 21.00 x 10/21: the 21st counts as used.
  EXPECT_EQ(told, (std::vector<std::string>{"2100 = 2100", "2000 = 2000"}));
  EXPECT_EQ(recompute_all(), 3);
}

// Seats that follow their events, and a transition whose credits lower what begins, with a coupon
// on it: one document of charges and credits is told and computed again.
TEST_P(Explained, CountedSeatsAndNettedTransitions_AreRecomputed) {
  auto const coupon =
      book.post("/v1/coupons",
                R"({"name":"Offer","type":"percent","discount_percent":15,"repeat":"forever"})")
          .get("id");
  auto const seats =
      book.post(
              "/v1/products",
              R"({"type":"seat","name":"Seats","aggregator":{"entity":"seat","operation":"last","property":"n","type":"licensed"},"price_configurations":[{"currency":"EUR","billing_interval":{"period":"months","count":1},"type":"volume","prices":[{"type":"volume","from":0,"to":3,"amount":3100},{"type":"volume","from":3,"to":null,"amount":2100}]}]})")
          .get("id");
  std::string const with_coupon = R"(,"coupons":[{"id":")" + coupon + R"("}])";
  auto const id = book.subscribe(
      customer, "[" + item(seats, R"(,"seat_refresh":{"mode":"realtime"})") + "]", with_coupon);
  for (auto const& [record, day, n] :
       {std::tuple{"a", "05", "2"}, {"b", "11", "5"}, {"c", "21", "4"}})
    book.event(record, std::string("2026-01-") + day + "T00:00:00Z", std::string("\"n\":") + n,
               "acme", "seat");
  book.advance("2026-01-25T00:00:00Z");
  auto const moved =
      book.post("/v2/subscriptions/transitions",
                R"({"application_schedule":"last_renewal","source_subscription_id":")" + id +
                    R"(","target_subscription":{"products":[)" + item(book.flat_fee("99999")) +
                    "]" + with_coupon + "}}");
  EXPECT_EQ(moved.status, 201) << moved.text;
  EXPECT_EQ(book.invoices().back().substr(0, 12), "INV-4 to_pay");
  EXPECT_GE(recompute_all(), 5);
}

// 3 to 5 seats on 16 January: the difference for 16 of 31 days, told from both prices.
TEST_P(Explained, Change_IsToldFromBothPrices) {
  auto const seats = book.seats("3100");
  auto const id = book.subscribe(customer, "[" + item(seats, R"(,"count":3)") + "]");
  book.advance("2026-01-16T00:00:00Z");
  auto const changed = book.post(
      "/v1/subscriptions/" + id + "/update",
      R"({"type":"update_count","application_schedule":"immediately","payment_schedule":"immediately","calculation_method":"pro_rata","payload":{"product_id":")" +
          seats + R"(","count":5}})");
  EXPECT_EQ(changed.status, 201) << changed.text;
  EXPECT_EQ(recompute_all(), 2);
  auto const list = book.get("/v1/invoices");
  EXPECT_EQ(list.get("data", "0", "amount_excluding_tax"), "3200");
  auto const text = book.get("/v1/invoices/" + list.get("data", "0", "id") + "/explanation").text;
  EXPECT_EQ(text.find("invoice_line.exact_amount"), std::string::npos) << text;
}

// Later events, and another version of one, are not what the invoice counted; the link stays with
// what it did.
TEST_P(Explained, Link_PagesThroughWhatWasCounted) {
  auto const other = book.customer(R"("name":"Other","currency":"EUR","external_id":"other")");
  book.subscribe(customer,
                 "[" + item(tokens(R"([{"type":"volume","from":0,"to":null,"amount":1}])")) + "]");
  for (int i = 0; i < 5; ++i)
    book.event("e" + std::to_string(i), "2026-01-05T00:00:00Z", R"("tokens":10)");
  book.event("theirs", "2026-01-05T00:00:00Z", R"("tokens":10)", "other");
  book.advance("2026-02-10T00:00:00Z");
  book.event("e0", "2026-01-05T00:00:00Z", R"("tokens":999)");
  book.event("after", "2026-01-06T00:00:00Z", R"("tokens":999)");
  auto const id = book.get("/v1/invoices?status=to_pay").get("data", "0", "id");
  auto const explained = book.get("/v1/invoices/" + id + "/explanation");
  // round / tiers / aggregate
  auto const& line = explained.at("lines", "0");
  auto const* step = line.find("gross");
  std::string link, events;
  while (step != nullptr && link.empty()) {
    if (auto const* found = step->find("link")) {
      link = *found->as_string();
      events = *step->find("events")->as_string();
    }
    step = step->find("of") != nullptr && !step->find("of")->as_array()->empty()
               ? &step->find("of")->as_array()->front()
               : nullptr;
  }
  ASSERT_FALSE(link.empty()) << explained.text;
  EXPECT_EQ(events, "5");
  auto const all = book.get(link);
  EXPECT_EQ(all.get("meta", "total"), "5") << link << all.text;
  EXPECT_EQ(all.text.find("999"), std::string::npos);
  auto const page = book.get(link + "&take=2&skip=4");
  EXPECT_EQ(page.at("data").as_array()->size(), 1u);
  EXPECT_EQ(book.get(link.substr(0, link.find("&as_of"))).get("meta", "total"), "6");
}

// Price groups part the events of a customer; each line's link has its own, and none that does not
// take part.
TEST_P(Explained, Links_OfPriceGroupsPageThroughTheirOwn) {
  std::string const each = R"([{"type":"volume","from":0,"to":null,"amount":1}])";
  auto const groups = tokens(each);
  auto const values = tokens(each);
  auto const equals = [](char const* value) {
    return std::string(
               R"("filter":{"conditional":"and","fields":[{"property":"model","operator":"equals","value":")") +
           value + "\"}]}";
  };
  book.subscribe(
      customer,
      "[" +
          item(groups, R"(,"payment_interval":{"period":"months"},"prices":)" + each +
                           R"(,"price_groups":[{"name":"Big & bold",)" + equals("big") +
                           R"(,"prices":[{"type":"volume","from":0,"to":null,"amount":3}]}])") +
          "," +
          item(values, R"(,"payment_interval":{"period":"months"},"prices":)" + each +
                           R"(,"group_by":"model")") +
          "]");
  book.event("1", "2026-01-05T00:00:00Z", R"("tokens":10,"model":"big")");
  book.event("2", "2026-01-05T00:00:00Z", R"("tokens":10,"model":"big")");
  book.event("3", "2026-01-06T00:00:00Z", R"("tokens":10,"model":"a=b&c")");
  book.event("4", "2026-01-06T00:00:00Z", R"("tokens":10)");
  book.event("5", "2026-01-06T00:00:00Z", R"("model":"big")");
  book.event("6", "2026-01-06T00:00:00Z", R"("tokens":"none","model":"a=b&c")");
  book.advance("2026-02-10T00:00:00Z");
  auto const id = book.get("/v1/invoices?status=to_pay").get("data", "0", "id");
  EXPECT_EQ(follow_links(id), 5);
  EXPECT_GE(recompute_all(), 1);
}

// Models of one product share a cap of 25.00 or a floor of 50.00: 10, 10 and 10 units at 1.00 are
// charged 10.00, 10.00 and 5.00, or 10.00, 10.00 and 30.00, and each is told from its prices.
TEST_P(Explained, Groups_ThatShareLimitsAreTold) {
  std::string const each = R"([{"type":"volume","from":0,"to":null,"amount":100}])";
  std::string const by_model = R"(,"payment_interval":{"period":"months"},"group_by":"model",)";
  auto const with = [&](std::string const& limits) {
    return item(tokens(each), by_model + limits + R"(,"prices":)" + each);
  };
  book.subscribe(customer,
                 "[" + with(R"("max_amount":2500)") + "," + with(R"("min_amount":5000)") + "]");
  for (char const* model : {"a", "b", "c"}) {
    book.event(model, "2026-01-05T00:00:00Z",
               std::string(R"("tokens":10,"model":")") + model + "\"");
  }
  book.advance("2026-02-10T00:00:00Z");
  auto const id = book.get("/v1/invoices?status=to_pay").get("data", "0", "id");
  auto const explained = book.get("/v1/invoices/" + id + "/explanation");
  std::vector<std::string> amounts;
  for (auto const& line : *explained.at("lines").as_array())
    amounts.push_back(*line.find("net")->as_string());
  std::vector<std::string> const expected = {"1000", "1000", "500", "1000", "1000", "3000"};
  EXPECT_EQ(amounts, expected);
  EXPECT_EQ(explained.text.find("exact_amount"), std::string::npos)
      << "an amount that is not derived: " << explained.text;
  EXPECT_GE(recompute_all(), 1);
}

// Months billed by each method, unused amounts carried over: every document is computed again by
// what it says, whatever the entity has chosen since.
TEST_P(Explained, Coupons_ByEveryMethodAndCarriedOver) {
  auto const entity = book.get("/v1/invoicing-entities").get("data", "0", "id");
  auto const offer = [&](std::string const& fields) {
    auto const made = book.post("/v1/coupons", R"({"name":"Offer",)" + fields + "}");
    EXPECT_EQ(made.status, 201) << made.text;
    return "{\"id\":\"" + made.get("id") + "\"}";
  };
  auto const usage = tokens(R"([{"type":"volume","from":0,"to":null,"amount":7}])");
  auto const coupons =
      offer(R"("type":"amount","currency":"EUR","discount_amount":5000,"repeat":"forever")") + "," +
      offer(R"("type":"percent","discount_percent":33.3,"repeat":"forever")") + "," +
      offer(R"("type":"percent","discount_percent":12.5,"repeat":"forever","product_ids":[")" +
            usage + "\"]") +
      "," + offer(R"("type":"amount","currency":"EUR","discount_amount":9999)");
  book.put("/v1/invoicing-entities/" + entity, R"({"coupon_carry_over":true})");
  book.subscribe(customer, "[" + item(book.flat_fee("3333")) + "," + item(usage) + "]",
                 R"(,"coupons":[)" + coupons + "]");
  int month = 1;
  for (std::string const method : {"percentages_first", "narrowest_first", "in_order"}) {
    auto const changed =
        book.put("/v1/invoicing-entities/" + entity, R"({"coupon_stacking":")" + method + "\"}");
    EXPECT_EQ(changed.status, 200) << changed.text;
    std::string const from = "2026-0" + std::to_string(month++);
    book.event("e" + from, from + "-05T00:00:00Z", R"("tokens":)" + std::to_string(month * 401));
    book.advance("2026-0" + std::to_string(month) + "-02T00:00:00Z");
    EXPECT_GE(recompute_all(), month) << "in grace too";
  }
  book.advance("2026-05-10T00:00:00Z");
  EXPECT_GE(recompute_all(), 5);
}

TEST_P(Explained, Timeline_ExplainsWhatLiesAhead) {
  auto const id = book.subscribe(customer, "[" + item(book.flat_fee("1000")) + "]");
  auto const path = "/v1/subscriptions/" + id + "/preview-timeline?max_events=2";
  auto const ahead = book.get(path + "&explain=true");
  EXPECT_EQ(ahead.get("events", "1", "explanations", "0", "totals", "total"), "1200") << ahead.text;
  EXPECT_EQ(ahead.get("events", "1", "explanations", "0", "invoice_id"),
            ahead.get("events", "1", "invoices", "0", "id"));
  EXPECT_EQ(book.get(path).text.find("explanations"), std::string::npos);
}

TEST_P(Explained, TransitionPreview_ExplainsItsDocuments) {
  auto const fee = book.flat_fee("3100");
  auto const id = book.subscribe(customer, "[" + item(fee) + "]");
  auto const planned = book.post(
      "/v2/subscriptions/transitions",
      R"({"source_subscription_id":")" + id +
          R"(","application_schedule":"scheduled","transition_date":"2026-01-16T00:00:00Z","target_subscription":{"products":[)" +
          item(book.flat_fee("6200")) + "]}}");
  ASSERT_EQ(planned.status, 201) << planned.text;
  auto const preview = book.post("/v2/subscriptions/transitions/preview?explain=true",
                                 R"({"transition_id":")" + planned.get("id") + R"("})");
  ASSERT_EQ(preview.status, 200) << preview.text;
  EXPECT_EQ(preview.get("explanations", "0", "invoice_id"), preview.get("invoices", "0", "id"));
  EXPECT_NE(preview.get("explanations", "0", "totals", "total"), "0");
}

TEST_P(Explained, DryRun_ExplainsWhatItWouldMake) {
  auto const answer = book.post("/v2/subscriptions?dry_run=true&explain=true",
                                R"({"customer_id":")" + customer +
                                    R"(","activation_strategy":"start_date","products":[)" +
                                    item(book.flat_fee("1000")) + "]}");
  EXPECT_EQ(answer.get("explanations", "0", "totals", "total"), "1200") << answer.text;
}

// 10 % off 31.00 and 1,000 tokens so far.
TEST_P(Explained, LiveBilling_CountsUpToNow) {
  auto const coupon =
      book.post("/v1/coupons",
                R"({"name":"Offer","type":"percent","discount_percent":10,"repeat":"forever"})")
          .get("id");
  auto const fee = book.flat_fee("3100");
  auto const usage = tokens(
      R"([{"type":"volume","from":0,"to":400,"amount":2},{"type":"volume","from":400,"to":null,"amount":1}])");
  auto const id = book.subscribe(customer, "[" + item(fee) + "," + item(usage) + "]",
                                 R"(,"coupons":[{"id":")" + coupon + R"("}])");
  book.event("a", "2026-01-05T00:00:00Z", R"("tokens":1000)");
  book.advance("2026-01-10T00:00:00Z");
  EXPECT_EQ(book.get("/v2/subscriptions/" + id).get("live_billing"), "null");
  auto const live = book.get("/v2/subscriptions/" + id + "?include_live_billing=true");
  EXPECT_EQ(live.get("live_billing", "total_amount"), "4050");  // (3100 + 1400) less 10 %
  EXPECT_EQ(live.get("live_billing", "total_discount"), "450");
  EXPECT_EQ(live.get("live_billing", "fixed_amount"), "2790");
  EXPECT_EQ(live.get("live_billing", "billing_items", "1", "id"), usage);
  EXPECT_EQ(live.get("live_billing", "billing_items", "1", "original_amount"), "1400");
  EXPECT_EQ(live.get("live_billing", "billing_items", "1", "tiers", "0", "amount"), "800");
  EXPECT_EQ(live.get("live_billing", "billing_items", "1", "tiers", "1", "quantity"), "600");
  EXPECT_EQ(live.get("live_billing", "coupons", "0", "item_ids", "0"), fee);
  EXPECT_EQ(live.get("live_billing", "explanation"), "null");
  // The same, explained; the events it counted are those its link pages through.
  auto const told = book.get("/v2/subscriptions/" + id + "?include_live_billing=true&explain=true");
  EXPECT_EQ(told.get("live_billing", "explanation", "totals", "net"), "4050");
  auto const& explanation = *told.at("live_billing").find("explanation");
  EXPECT_EQ(follow_links((*explanation.find("lines")->as_array())[1].find("gross")[0]), 1);
  TempFile const file;
  std::ofstream(file.path) << to_json_text(explanation) << "\n";
  recompute(file.path);
}

TEST_P(Explained, Timeline_IsWhatTheRunThenDoes) {
  auto const id = book.subscribe(customer, "[" + item(book.flat_fee("1000")) + "]",
                                 R"(,"cancel_at":"2026-04-10T00:00:00Z")");
  auto const ahead = book.get("/v1/subscriptions/" + id + "/preview-timeline");
  EXPECT_EQ(ahead.status, 200) << ahead.text;
  EXPECT_EQ(ahead.get("stop_reason"), "ended");
  ASSERT_EQ(ahead.at("events").as_array()->size(), 4u) << ahead.text;
  EXPECT_EQ(ahead.get("events", "0", "type"), "renewal");
  EXPECT_EQ(ahead.get("events", "0", "date"), "2026-02-01T00:00:00.000Z");
  EXPECT_EQ(ahead.get("events", "0", "invoices", "0", "total_amount"), "1200");
  EXPECT_EQ(ahead.get("events", "2", "invoices", "0", "number"), "INV-4");
  EXPECT_EQ(ahead.get("events", "3", "type"), "cancellation");
  EXPECT_EQ(book.invoices().size(), 1u);
  EXPECT_EQ(
      book.get("/v1/subscriptions/" + id + "/preview-timeline?max_events=2").get("stop_reason"),
      "max_events");
  EXPECT_EQ(book.get("/v1/subscriptions/sub_no/preview-timeline").status, 404);
  book.advance("2026-05-01T00:00:00Z");
  auto const made = book.invoices();
  ASSERT_EQ(made.size(), 4u);
  EXPECT_EQ(made[3], "INV-4 to_pay 1200 | Platform 1 1000;");
}

// A trial without an invoice, then 10.00 a month: events know it as the answers do.
TEST_P(Explained, NextPayment_BehindAPhaseIsToldInEventsToo) {
  auto const fee = item(book.flat_fee("1000"));
  auto const made = book.post(
      "/v2/subscriptions",
      R"({"customer_id":")" + customer +
          R"(","phases":[{"type":"trial","activation_strategy":"start_date","end_strategy":"duration","duration":{"count":14,"period":"days"},"do_not_invoice_phase":true,"products":[)" +
          fee +
          R"(]},{"type":"standard","activation_strategy":"previous_phase_end","end_strategy":"forever","products":[)" +
          fee + "]}]}");
  EXPECT_EQ(made.get("next_payment_amount"), "1000") << made.text;
  EXPECT_EQ(made.get("next_payment_at"), "2026-01-15T00:00:00.000Z");
  int told = 0;
  book.database().read([&](SqlSession& sql) {
    sql.query(
        "SELECT payload FROM outbox WHERE event_type = 'subscription.phase_activated'", {},
        [&](SqlRow const& row) {
          ++told;
          EXPECT_NE(
              row.text(0).find(
                  R"("next_payment_at":"2026-01-15T00:00:00.000Z","next_payment_amount":1000)"),
              std::string::npos)
              << row.text(0);
        });
  });
  EXPECT_EQ(told, 1);
}

// A planned version of twice the price: the timeline goes on with it.
TEST_P(Explained, Timeline_GoesOnWithThePlannedVersion) {
  auto const id = book.subscribe(customer, "[" + item(book.flat_fee("1000")) + "]");
  auto const planned = book.post(
      "/v2/subscriptions/transitions",
      R"({"source_subscription_id":")" + id +
          R"(","application_schedule":"next_renewal","target_subscription":{"products":[)" +
          item(book.flat_fee("2000")) + "]}}");
  EXPECT_EQ(planned.status, 201) << planned.text;
  auto const ahead = book.get("/v1/subscriptions/" + id + "/preview-timeline?max_events=3");
  ASSERT_EQ(ahead.at("events").as_array()->size(), 3u) << ahead.text;
  EXPECT_EQ(ahead.get("events", "0", "invoices", "0", "amount_excluding_tax"), "2000");
  EXPECT_EQ(ahead.get("events", "2", "date"), "2026-04-01T00:00:00.000Z");
  EXPECT_EQ(ahead.get("events", "2", "invoices", "0", "amount_excluding_tax"), "2000");
}

TEST_P(Explained, Timeline_AssumesAStart) {
  auto const made =
      book.post("/v2/subscriptions", R"({"customer_id":")" + customer +
                                         R"(","activation_strategy":"manually","products":[)" +
                                         item(book.flat_fee("1000")) + "]}");
  std::string const path = "/v1/subscriptions/" + made.get("id") + "/preview-timeline";
  EXPECT_EQ(book.get(path).get("stop_reason"), "nothing_due");
  auto const ahead = book.get(path + "?starts_at=2026-03-01T00:00:00Z&max_events=3");
  EXPECT_EQ(ahead.get("events", "0", "type"), "activation");
  EXPECT_EQ(ahead.get("events", "0", "date"), "2026-03-01T00:00:00.000Z");
  EXPECT_EQ(book.get("/v2/subscriptions/" + made.get("id")).get("status"), "pending");
}

// 10.00 a month for six months of contract, two of them invoiced, and a set-up fee of 5.00.
TEST_P(Explained, Valuation_IsInvoicedPlusWhatIsStillToCome) {
  auto const fee = book.flat_fee("1000");
  auto const once = book.flat_fee("500", R"({"period":"once"})");
  auto const id = book.subscribe(
      customer, "[" + item(fee) + "," + item(once) + "]",
      R"(,"contract_terms":{"activation_strategy":"start_date","end_strategy":"end_date","starts_at":"2026-01-01T00:00:00Z","ends_at":"2026-07-01T00:00:00Z"})");
  book.advance("2026-02-15T00:00:00Z");
  auto const value = book.get("/v1/subscriptions/" + id + "/valuation?granularity=quarter");
  EXPECT_EQ(value.status, 200) << value.text;
  EXPECT_EQ(value.get("contract_value", "total"), "6500");
  EXPECT_EQ(value.get("contract_value", "invoiced"), "2500");
  EXPECT_EQ(value.get("contract_value", "remaining"), "4000");
  EXPECT_EQ(value.get("recurring_contract_value"), "6000");
  EXPECT_EQ(value.get("arr", "fixed"), "12000");
  EXPECT_EQ(value.get("contract_value_by_period", "0", "period"), "2026-Q1");
  EXPECT_EQ(value.get("contract_value_by_period", "0", "value"), "3500");
  EXPECT_EQ(value.get("recurring_contract_value_by_period", "1", "value"), "3000");
  EXPECT_EQ(book.invoices().size(), 2u);
  book.subscribe(customer, "[" + item(fee) + "]");
  auto const all = book.get("/v1/customers/" + customer + "/valuation");
  EXPECT_EQ(all.get("totals", "EUR", "contract_value", "total"), "18500");
  EXPECT_EQ(all.get("subscriptions", "0", "contract_value_by_period"), "null");
  EXPECT_EQ(book.get("/v1/subscriptions/sub_no/valuation").status, 404);
  EXPECT_EQ(book.get("/v1/subscriptions/" + id + "/valuation?granularity=week").status, 400);
}

// 10 tokens at 0.50 were billed for January, 4 more are told of late: 7.00 less 5.00 on February's
// invoice, from the events and their price and not as it was charged.
TEST_P(Explained, LateUsage_IsItsPriceLessWhatWasBilled) {
  auto const entity = book.get("/v1/invoicing-entities").get("data", "0", "id");
  book.put("/v1/invoicing-entities/" + entity, R"({"invoice_grace_period_duration":0})");
  book.subscribe(customer,
                 "[" + item(tokens(R"([{"type":"volume","from":0,"to":null,"amount":50}])")) + "]");
  book.event("1", "2026-01-05T00:00:00Z", R"("tokens":10)");
  book.advance("2026-02-02T00:00:00Z");
  book.event("2", "2026-01-06T00:00:00Z", R"("tokens":4)");
  book.advance("2026-03-01T00:00:00Z");
  auto const explained =
      book.get("/v1/invoices/" + book.get("/v1/invoices?number=INV-2").get("data", "0", "id") +
               "/explanation");
  auto const gross = [&](auto const&... keys) {
    return explained.get("lines", "1", "gross", "of", "0", keys...);
  };
  EXPECT_EQ(gross("op"), "sum") << explained.text;
  EXPECT_EQ(gross("value"), "200");
  EXPECT_EQ(gross("of", "0", "op"), "tiers");
  EXPECT_EQ(gross("of", "0", "value"), "700");
  EXPECT_EQ(gross("of", "1", "value"), "-500");
  EXPECT_EQ(recompute_all(), 3);
}

}  // namespace tallybook
