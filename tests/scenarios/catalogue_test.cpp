// The catalogue: what is sold, and the mistakes that are refused when they are made.
#include "support/installation.hpp"

namespace tallybook {

class Catalogue : public testing::OnBothDatabases {
 protected:
  testing::Answer product(std::string const& prices, std::string const& type = "dynamic",
                          std::string const& price_type = "volume", std::string const& more = "") {
    std::string const aggregator =
        type == "dynamic"
            ? R"("aggregator":{"entity":"llm","operation":"sum","property":"tokens"},)"
            : "";
    return book.post(
        "/v1/products",
        R"({"type":")" + type + R"(","name":"P",)" + aggregator + more +
            R"("price_configurations":[{"currency":"EUR","billing_interval":{"period":"months","count":1},"type":")" +
            price_type + R"(","prices":)" + prices + "}]}");
  }
};
TB_ON_BOTH_DATABASES(Catalogue);

TEST_P(Catalogue, AProductComesBackWithItsPrices_BothTierSpellingsAlike) {
  auto const old_spelling = product(
      R"([{"type":"volume","from":0,"to":20,"amount":2},{"type":"volume","from":21,"to":null,"amount":1.5}])");
  auto const new_spelling = product(
      R"([{"type":"volume","from":0,"to":20,"amount":2},{"type":"volume","from":20,"to":null,"amount":1.5}])");
  ASSERT_EQ(old_spelling.status, 201) << old_spelling.text;
  ASSERT_EQ(new_spelling.status, 201) << new_spelling.text;
  for (auto const& answer : {old_spelling, new_spelling}) {
    EXPECT_EQ(answer.get("price_configurations", "0", "prices", "1", "from"), "20");
    EXPECT_EQ(answer.get("price_configurations", "0", "prices", "1", "to"), "null");
    EXPECT_EQ(answer.get("price_configurations", "0", "prices", "1", "amount"), "1.5");
    EXPECT_TRUE(answer.get("price_configurations", "0", "prices", "0", "id").starts_with("pri_"));
    EXPECT_TRUE(answer.get("aggregator_id").starts_with("agg_"));
  }
  EXPECT_EQ(book.get("/v1/products/" + new_spelling.get("id")).text, new_spelling.text);
}

TEST_P(Catalogue, Mistakes_AreRefusedWithTheirPlace) {
  struct Case {
    char const* type;
    char const* price_type;
    char const* prices;
    char const* field;
  };
  for (
      auto const& [type, price_type, prices, field] : std::initializer_list<Case>{
          {"dynamic", "volume", "[]", "price_configurations[0].prices"},
          {"dynamic", "volume",
           R"([{"type":"volume","from":0,"to":10,"amount":1},{"type":"volume","from":12,"to":null,"amount":1}])",
           "price_configurations[0].prices[1].from"},
          {"dynamic", "volume",
           R"([{"type":"volume","from":0,"to":10,"amount":1},{"type":"volume","from":8,"to":null,"amount":1}])",
           "price_configurations[0].prices[1].from"},
          {"dynamic", "volume",
           R"([{"type":"volume","from":0,"to":null,"amount":1},{"type":"bulk","to":null,"amount":1}])",
           "price_configurations[0].prices[1].type"},
          {"dynamic", "volume", R"([{"type":"volume","from":0,"to":null}])",
           "price_configurations[0].prices[0].amount"},
          {"dynamic", "volume",
           R"([{"type":"volume","from":0,"to":null,"amount":1,"unit_count":0}])",
           "price_configurations[0].prices[0].unit_count"},
          {"dynamic", "volume",
           R"([{"type":"volume","from":0,"to":null,"amount":2000000000000000}])",
           "price_configurations[0].prices[0].amount"},
          {"dynamic", "volume",
           R"([{"type":"volume","from":0,"to":null,"amount":0.0000000000001}])",
           "price_configurations[0].prices[0]"},
          {"dynamic", "fee", R"([{"type":"fee","amount":1}])", "price_configurations[0].type"},
          {"flat_fee", "volume", R"([{"type":"volume","from":0,"to":null,"amount":1}])",
           "price_configurations[0].type"},
          {"flat_fee", "fee", R"([{"type":"fee","amount":1},{"type":"fee","amount":2}])",
           "price_configurations[0].prices"},
          {"seat", "bps", R"([{"type":"bps","from":0,"to":null,"percentage":1}])",
           "price_configurations[0].type"},
          {"bundle", "fee", R"([{"type":"fee","amount":1}])", "bundle_items"},
      }) {
    auto const answer = product(prices, type, price_type);
    EXPECT_EQ(answer.status, 400) << prices;
    bool named = false;
    for (auto const& [path, reasons] : *answer.at("errors").as_object())
      named = named || path.starts_with(field);
    EXPECT_TRUE(named) << prices << answer.text;
  }
  EXPECT_EQ(book.get("/v1/products?status=all").get("meta", "total"), "0");
  EXPECT_EQ(book.get("/v1/aggregators").get("meta", "total"), "0");
}

TEST_P(Catalogue, ArchivedProductsAreHiddenAndNotSold) {
  auto const id = book.flat_fee("100");
  EXPECT_EQ(book.put("/v1/products/" + id + "/archive").get("status"), "archived");
  EXPECT_EQ(book.post("/v1/products/" + id + "/archive").status, 404);
  EXPECT_EQ(book.get("/v1/products").get("meta", "total"), "0");
  EXPECT_EQ(book.get("/v1/products?status=archived").get("meta", "total"), "1");
  auto const customer = book.customer();
  auto const answer =
      book.post("/v2/subscriptions",
                R"({"customer_id":")" + customer +
                    R"(","activation_strategy":"start_date","products":[{"id":")" + id + "\"}]}");
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.at("errors").find("products[0].id"), nullptr);
  EXPECT_EQ(book.call("DELETE", "/v1/products/" + id).status, 204);
  EXPECT_EQ(book.get("/v1/products/" + id).status, 404);
}

TEST_P(Catalogue, PriceConfigurations_OnTheirOwn_ArePickedByCurrencyCountryAndInterval) {
  auto const made =
      book.post("/v1/products", R"({"type":"flat_fee","name":"P","price_configurations":[]})");
  ASSERT_EQ(made.status, 201) << made.text;
  auto const id = made.get("id");
  auto const add = [&](std::string const& country, std::string const& period,
                       std::string const& amount) {
    auto const answer = book.post(
        "/v1/price-configurations",
        R"({"product_id":")" + id + R"(","currency":"EUR",)" +
            (country.empty() ? "" : "\"country\":\"" + country + "\",") +
            R"("billing_interval":{"period":")" + period +
            R"(","count":1},"type":"fee","prices":[{"type":"fee","amount":)" + amount + "}]}");
    EXPECT_EQ(answer.status, 201) << answer.text;
    return answer.get("id");
  };
  add("", "months", "100");
  auto const german = add("DE", "months", "90");
  add("", "years", "1000");
  auto const french = book.customer(R"("name":"F","currency":"EUR","country":"FR")");
  auto const other = book.customer(R"("name":"D","currency":"EUR","country":"DE")");
  auto const monthly =
      "[{\"id\":\"" + id + R"(","payment_interval":{"period":"months","count":1}}])";
  book.subscribe(french, monthly);
  book.subscribe(other, monthly);
  book.subscribe(french,
                 "[{\"id\":\"" + id + R"(","payment_interval":{"period":"years","count":1}}])");
  EXPECT_EQ(book.invoices(),
            (std::vector<std::string>{"INV-1 to_pay 100 | P 1 100;", "INV-2 to_pay 90 | P 1 90;",
                                      "INV-3 to_pay 1000 | P 1 1000;"}));
  // Later edits do not reach sold copies (PRD-5).
  EXPECT_EQ(
      book.put("/v1/price-configurations/" + german + "/prices", R"([{"type":"fee","amount":500}])")
          .status,
      200);
  EXPECT_EQ(book.get("/v2/subscriptions?customer_id=" + other)
                .get("data", "0", "products", "0", "prices", "0", "amount"),
            "90");
  EXPECT_EQ(book.put("/v1/price-configurations/" + german + "/archive").get("status"), "archived");
  EXPECT_EQ(book.put("/v1/price-configurations/" + german + "/archive").status, 409);
  EXPECT_EQ(book.put("/v1/price-configurations/" + german + "/unarchive").get("archived_at"),
            "null");
  EXPECT_EQ(book.call("DELETE", "/v1/price-configurations/" + german).status, 204);
  EXPECT_EQ(book.get("/v1/price-configurations?product_id=" + id).get("meta", "total"), "2");
}

TEST_P(Catalogue, Subscriptions_BadBodiesAreNamed) {
  auto const customer = book.customer();
  auto const fee = book.flat_fee("100");
  auto const seats = book.seats("100");
  struct Case {
    std::string body;
    char const* field;
  };
  std::string const head =
      R"({"customer_id":")" + customer + R"(","activation_strategy":"start_date",)";
  for (
      auto const& [body, field] : std::vector<Case>{
          {"{}", "customer_id"},
          {R"({"customer_id":"cus_none","activation_strategy":"start_date","products":[{"id":")" +
               fee + "\"}]}",
           "customer_id"},
          {head + R"("products":[]})", "products"},
          {head + R"("products":[{"id":"itm_none"}]})", "products[0].id"},
          {head + R"("products":[{"id":")" + seats + "\"}]}", "products[0].count"},
          {head + R"("products":[{"id":")" + fee + R"("},{"id":")" + fee + "\"}]}",
           "products[1].id"},
          {head + R"("products":[{"id":")" + fee +
               R"(","payment_interval":{"period":"weeks","count":1}}]})",
           "products[0]"},
          {head + R"("products":[{"id":")" + fee +
               R"(","payment_interval":{"period":"months","count":0}}]})",
           "products[0].payment_interval.count"},
          {head + R"("products":[{"id":")" + fee + R"(","min_amount":5}]})",
           "products[0].min_amount"},
          {head + R"("products":[{"id":")" + fee + R"(","count":-1}]})", "products[0].count"},
          {head + R"("coupons":[{"id":"cou_1"}],"products":[{"id":")" + fee + "\"}]}",
           "coupons[0].id"},
          {head + R"("add_tax_to_document":false,"products":[{"id":")" + fee + "\"}]}",
           "add_tax_to_document"},
          {head + R"("template_id":"subt_1","products":[{"id":")" + fee + "\"}]}", "template_id"},
          {head + R"("starts_at":"1999-01-01T00:00:00Z","products":[{"id":")" + fee + "\"}]}",
           "starts_at"},
          {head +
               R"("starts_at":"2026-02-01T00:00:00Z","cancel_at":"2026-01-01T00:00:00Z","products":[{"id":")" +
               fee + "\"}]}",
           "cancel_at"},
          {head + R"("minimum_invoice_fee":-100,"products":[{"id":")" + fee + "\"}]}",
           "minimum_invoice_fee"},
      }) {
    auto const answer = book.post("/v2/subscriptions", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_NE(answer.at("errors").find(field), nullptr) << body << answer.text;
  }
  EXPECT_EQ(book.get("/v2/subscriptions?status=any").get("meta", "total"), "0");
}

TEST_P(Catalogue, Phases_OneStandardPhaseCanBeGivenAndRead) {
  auto const customer = book.customer();
  auto const made = book.post(
      "/v2/subscriptions",
      R"({"customer_id":")" + customer +
          R"(","contract_terms":{"activation_strategy":"start_date","end_strategy":"duration","duration":{"count":1,"period":"years"},"renew_automatically":true},"phases":[{"activation_strategy":"start_date","end_strategy":"forever","billing_date_setting":"phase_start","billing_cycle_alignment":"calendar_period","products":[{"id":")" +
          book.flat_fee("3100") + "\"}]}]}");
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.get("contract_terms", "renew_automatically"), "true");
  auto const phases = book.get("/v2/subscriptions/" + made.get("id") + "/phases");
  EXPECT_EQ(phases.get("meta", "total"), "1");
  EXPECT_EQ(phases.get("data", "0", "status"), "active");
  EXPECT_EQ(phases.get("data", "0", "billing_cycle_alignment"), "calendar_period");
  auto const phase = phases.get("data", "0", "id");
  EXPECT_EQ(made.get("current_phase_id"), phase);
  EXPECT_EQ(book.get("/v2/subscriptions/" + made.get("id") + "/phases/" + phase)
                .get("products", "0", "name"),
            "Platform");
  EXPECT_EQ(book.get("/v2/subscriptions/" + made.get("id") + "/phases/sup_none").status, 404);
}

TEST_P(Catalogue, Aggregators_AreCheckedAndKeptWhileUsed) {
  auto const bad = [&](std::string const& body, char const* field) {
    auto const answer = book.post("/v1/aggregators", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_NE(answer.at("errors").find(field), nullptr) << answer.text;
  };
  bad(R"({"entity":"x","operation":"sum"})", "property");
  bad(R"({"entity":"x","operation":"median","property":"a"})", "operation");
  bad(R"({"entity":"x","operation":"count","formula_sql":"1 +"})", "formula_sql");
  bad(R"({"entity":"x","operation":"count","where":{"conditional":"and","fields":[{"property":"a","operator":"like","value":1}]}})",
      "where.fields[0].operator");
  auto const made = book.post(
      "/v1/aggregators",
      R"({"entity":"x","operation":"sum","property":"a","name":"Sum","where":{"conditional":"or","fields":[{"property":"m","operator":"in","value":["a","b"]},{"property":"n","operator":"isNull"}]},"thresholds":[{"name":"80%","threshold_value":80}]})");
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(
      made.get("where"),
      R"({"conditional":"or","fields":[{"property":"m","operator":"in","value":["a","b"]},{"property":"n","operator":"isNull","value":null}]})");
  auto const product =
      book.post("/v1/products", R"({"type":"dynamic","name":"P","aggregator_id":")" +
                                    made.get("id") + R"(","price_configurations":[]})");
  EXPECT_EQ(product.status, 201) << product.text;
  EXPECT_EQ(book.call("DELETE", "/v1/aggregators/" + made.get("id")).status, 400);
  EXPECT_EQ(book.put("/v1/products/" + product.get("id") + "/archive").status, 200);
  EXPECT_EQ(book.call("DELETE", "/v1/products/" + product.get("id")).status, 204);
  EXPECT_EQ(book.call("DELETE", "/v1/aggregators/" + made.get("id")).status, 204);
}

TEST_P(Catalogue, Aggregators_KeepTheirMeaningOnceTheyAreSold) {
  auto const product = book.usage_product(R"([{"type":"volume","from":0,"to":null,"amount":1}])");
  auto const id = book.get("/v1/products/" + product).get("aggregator_id");
  EXPECT_EQ(
      book.put("/v1/aggregators/" + id, R"({"entity":"llm","operation":"max","property":"tokens"})")
          .status,
      200);
  EXPECT_EQ(
      book.put("/v1/aggregators/" + id, R"({"entity":"llm","operation":"sum","property":"tokens"})")
          .status,
      200);
  book.subscribe(book.customer(), "[{\"id\":\"" + product + "\"}]");
  EXPECT_EQ(
      book.put("/v1/aggregators/" + id,
               R"({"entity":"llm","operation":"sum","property":"tokens","name":"Tokens used"})")
          .get("name"),
      "Tokens used");
  auto const refused = book.put("/v1/aggregators/" + id,
                                R"({"entity":"llm","operation":"max","property":"tokens"})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(book.get("/v1/aggregators/" + id).get("operation"), "sum");
}

}  // namespace tallybook
