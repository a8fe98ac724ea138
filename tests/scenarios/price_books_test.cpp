// Price books: copies of default prices that customers carry (PRD-7); plans.
#include "support/installation.hpp"

namespace tallybook {

using Lines = std::vector<std::string>;

class PriceBooks : public testing::OnBothDatabases {
 protected:
  std::string book_with(std::string const& product) {
    auto const made = book.post("/v1/price-books", R"({"name":"Partners","description":"20 %"})");
    EXPECT_EQ(made.status, 201) << made.text;
    auto const filled = book.post("/v1/price-books/" + made.get("id") + "/products",
                                  R"({"product_ids":[")" + product + "\"]}");
    EXPECT_EQ(filled.status, 200) << filled.text;
    EXPECT_EQ(filled.get("message"), "1 product added to the price book");
    return made.get("id");
  }
};
TB_ON_BOTH_DATABASES(PriceBooks);

// The copy is changed to 80.00; who carries the book pays it, everybody else 100.00.
TEST_P(PriceBooks, CarriedByACustomer_ComeBeforeTheDefaultPrices) {
  book.set_clock("2026-01-01T00:00:00Z");
  auto const product = book.flat_fee("10000");
  auto const id = book_with(product);
  auto const shown = book.get("/v1/products/" + product);
  EXPECT_EQ(shown.get("price_configurations", "0", "price_book_id"), "null");
  EXPECT_EQ(shown.get("price_configurations", "1", "price_book_id"), id);
  EXPECT_NE(shown.get("price_configurations", "0", "prices", "0", "id"),
            shown.get("price_configurations", "1", "prices", "0", "id"));
  EXPECT_EQ(book.put("/v1/price-configurations/" + shown.get("price_configurations", "1", "id") +
                         "/prices",
                     R"([{"type":"fee","amount":8000}])")
                .status,
            200);
  auto const partner = book.customer(
      R"("name":"P","currency":"EUR","external_id":"p","price_book_id":")" + id + "\"");
  EXPECT_EQ(book.get("/v1/customers/" + partner).get("price_book_id"), id);
  book.subscribe(partner, "[{\"id\":\"" + product + "\"}]");
  book.subscribe(book.customer(), "[{\"id\":\"" + product + "\"}]");
  EXPECT_EQ(book.invoices(), (Lines{"INV-1 to_pay 8000 | Platform 1 8000;",
                                    "INV-2 to_pay 10000 | Platform 1 10000;"}));
  // What was sold keeps its prices; the book goes once nobody carries it.
  EXPECT_EQ(book.call("DELETE", "/v1/price-books/" + id).status, 409);
  EXPECT_EQ(book.put("/v1/customers/" + partner, R"({"price_book_id":null})").get("price_book_id"),
            "null");
  EXPECT_EQ(book.call("DELETE", "/v1/price-books/" + id).status, 204);
  EXPECT_EQ(book.get("/v1/price-books/" + id).status, 404);
  EXPECT_EQ(book.get("/v1/products/" + product).at("price_configurations").as_array()->size(), 1u);
  book.advance("2026-02-01T00:00:00Z");
  EXPECT_EQ(book.invoices("&customer_id=" + partner).back(),
            "INV-3 to_pay 8000 | Platform 1 8000;");
}

TEST_P(PriceBooks, AreChangedListedAndChecked) {
  auto const product = book.flat_fee("10000");
  auto const id = book_with(product);
  auto const path = "/v1/price-books/" + id;
  EXPECT_EQ(book.put(path, R"({"name":"Friends"})").get("description"), "null");
  EXPECT_EQ(book.get("/v1/price-books").get("data", "0", "name"), "Friends");
  EXPECT_EQ(book.get(path).get("user_role_ids"), "[]");
  auto const refused = [&](testing::Answer const& answer, char const* field) {
    EXPECT_EQ(answer.status, 400) << answer.text;
    EXPECT_NE(answer.at("errors").find(field), nullptr) << answer.text;
  };
  refused(book.post("/v1/price-books", R"({"name":""})"), "name");
  refused(book.post("/v1/price-books", R"({"name":"A","user_role_ids":["r"]})"),
          "user_role_ids[0]");
  refused(book.post(path + "/products", R"({"product_ids":["itm_none"]})"), "product_ids[0]");
  refused(book.post(path + "/products", R"({"product_ids":[")" + product + "\"]}"),
          "product_ids[0]");
  refused(book.post(path + "/products", R"({"product_ids":[]})"), "product_ids");
  auto const customer = book.customer();
  refused(book.put("/v1/customers/" + customer, R"({"price_book_id":"prib_none"})"),
          "price_book_id");
  EXPECT_EQ(book.call("DELETE", path + "/products/" + product).status, 204);
  EXPECT_EQ(book.call("DELETE", path + "/products/" + product).status, 404);
  // A configuration written for the book by hand.
  auto const own = book.post(
      "/v1/price-configurations",
      R"({"product_id":")" + product + R"(","price_book_id":")" + id +
          R"(","currency":"EUR","billing_interval":{"period":"months","count":1},"type":"fee","prices":[{"type":"fee","amount":1}]})");
  EXPECT_EQ(own.status, 201) << own.text;
  EXPECT_EQ(own.get("price_book_id"), id);
}

TEST_P(PriceBooks, Plans_AreListedWrittenAndDeletedWithTheirPrices) {
  EXPECT_EQ(book.get("/v1/plans/plan_1").status, 404);
  auto const made = book.post(
      "/v1/plans",
      R"({"name":"Team","description":"For teams","trial_interval":{"period":"weeks","count":2}})");
  ASSERT_EQ(made.status, 201) << made.text;
  std::string const id(made.get("id"));
  EXPECT_TRUE(id.starts_with("plan_"));
  EXPECT_EQ(made.get("commitment_interval"), "null");
  EXPECT_EQ(book.get("/v1/plans?name=Team").get("meta", "total"), "1");
  EXPECT_EQ(book.get("/v1/plans?name=Other").get("meta", "total"), "0");
  auto const cleared =
      book.put("/v1/plans/" + id, R"({"name":"Crew","description":null,"trial_interval":null})");
  EXPECT_EQ(cleared.get("name"), "Crew");
  EXPECT_EQ(cleared.get("description"), "null");
  EXPECT_EQ(cleared.get("trial_interval"), "null");
  std::string const product = book.flat_fee("500");
  auto const price = book.post(
      "/v1/price-configurations",
      R"({"product_id":")" + product + R"(","plan_id":")" + id +
          R"(","currency":"EUR","billing_interval":{"period":"months","count":1},"type":"fee","prices":[{"type":"fee","amount":1}]})");
  ASSERT_EQ(price.status, 201) << price.text;
  EXPECT_EQ(price.get("plan_id"), id);
  auto const apart = book.post(
      "/v1/products",
      R"({"type":"flat_fee","name":"Apart","is_available_on_subscription":false,"price_configurations":[]})");
  ASSERT_EQ(apart.status, 201) << apart.text;
  auto const refused = book.put("/v1/plans/" + id, R"({"name":"Crew","products":[{"id":")" +
                                                       std::string(apart.get("id")) + "\"}]}");
  EXPECT_EQ(refused.get("message"), "products[0].id: the product is not sold in subscriptions");
  EXPECT_EQ(book.put("/v1/plans/" + id + "/archive", "").get("archived_at").empty(), false);
  EXPECT_EQ(book.put("/v1/plans/" + id + "/unarchive", "").get("archived_at"), "null");
  EXPECT_EQ(book.call("DELETE", "/v1/plans/" + id).status, 204);
  EXPECT_EQ(book.get("/v1/price-configurations/" + std::string(price.get("id"))).status, 404);
}

}  // namespace tallybook
