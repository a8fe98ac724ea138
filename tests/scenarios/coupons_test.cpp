// Coupons, promotion codes and minimum fees, from the catalogue to the invoice.
#include <thread>

#include "support/installation.hpp"

namespace tallybook {

using Found = std::vector<std::string>;

class Coupons : public testing::OnBothDatabases {
 protected:
  void SetUp() override {
    book.set_clock("2026-01-01T00:00:00Z");
    customer = book.customer();
  }
  std::string sell(std::string const& products, std::string const& more = "") {
    return book.subscribe(customer, "[" + products + "]", more);
  }
  static std::string item(std::string const& id, std::string const& fields = "") {
    return "{\"id\":\"" + id + "\"" + fields + "}";
  }
  std::string coupon(std::string const& fields) {
    auto const made = book.post("/v1/coupons", "{\"name\":\"Offer\"," + fields + "}");
    EXPECT_EQ(made.status, 201) << made.text;
    return made.get("id");
  }
  std::string percent(std::string const& value, std::string const& more = "") {
    return coupon(R"("type":"percent","discount_percent":)" + value + more);
  }
  std::string amount(std::string const& value, std::string const& more = "") {
    return coupon(R"("type":"amount","currency":"EUR","discount_amount":)" + value + more);
  }
  static std::string on(std::string const& coupon, std::string const& fields = "") {
    return R"(,"coupons":[{"id":")" + coupon + "\"" + fields + "}]";
  }
  // "net discount" of each invoice, oldest first.
  Found discounts() {
    Found found;
    auto const list = book.get("/v1/invoices?take=100");
    auto const* rows = list.at("data").as_array();
    for (std::size_t i = rows->size(); i-- > 0;) {
      std::string const at = std::to_string(i);
      found.push_back(list.get("data", at, "amount_excluding_tax") + " " +
                      list.get("data", at, "discount_amount"));
    }
    return found;
  }
  std::string refusal(std::string const& products, std::string const& more) {
    auto const answer =
        book.post("/v2/subscriptions", R"({"customer_id":")" + customer +
                                           R"(","activation_strategy":"start_date","products":[)" +
                                           products + "]" + more + "}");
    EXPECT_EQ(answer.status, 400) << answer.text;
    return answer.get("message");
  }
  std::string customer;
};
TB_ON_BOTH_DATABASES(Coupons);

TEST_P(Coupons, Catalogue_KeepsWhatACouponTakes) {
  auto const id = percent("15", R"(,"repeat":"duration","duration":{"count":6,"period":"months"})");
  auto const shown = book.get("/v1/coupons/" + id);
  EXPECT_EQ(shown.get("repeat"), "duration");
  EXPECT_EQ(shown.get("duration", "count"), "6");
  EXPECT_EQ(shown.get("discount_percent"), "15");
  auto const renamed =
      book.put("/v1/coupons/" + id, R"({"name":"Autumn","type":"percent","discount_percent":15})");
  EXPECT_EQ(renamed.status, 200) << renamed.text;
  EXPECT_EQ(renamed.get("repeat"), "once");
  auto const changed =
      book.put("/v1/coupons/" + id, R"({"name":"Autumn","type":"percent","discount_percent":20})");
  EXPECT_EQ(changed.status, 400);
  EXPECT_NE(changed.text.find("discount_percent"), std::string::npos);
  EXPECT_EQ(book.post("/v1/coupons", R"({"name":"x","type":"amount","discount_amount":5})").status,
            400);
  EXPECT_EQ(
      book.post("/v1/coupons", R"({"name":"x","type":"percent","discount_percent":101})").status,
      400);
  EXPECT_EQ(book.post("/v1/coupons",
                      R"({"name":"x","type":"percent","discount_percent":5,"repeat":"duration"})")
                .status,
            400);
  EXPECT_EQ(book.call("DELETE", "/v1/coupons/" + id).status, 204);
  EXPECT_EQ(book.get("/v1/coupons/" + id).status, 404);
  EXPECT_EQ(book.get("/v1/coupons").get("meta", "total"), "0");
}

// 20 % of 100.00 for the three months from the phase's start; the fourth is whole.
TEST_P(Coupons, Duration_CountsFromTheStartOfThePhase) {
  auto const offer =
      percent("20", R"(,"repeat":"duration","duration":{"count":3,"period":"months"})");
  auto const id = sell(item(book.flat_fee("10000")), on(offer));
  book.advance("2026-04-15T00:00:00Z");
  EXPECT_EQ(discounts(), (Found{"8000 2000", "8000 2000", "8000 2000", "10000 0"}));
  auto const shown = book.get("/v2/subscriptions/" + id);
  EXPECT_EQ(shown.get("coupons", "0", "id"), offer);
  EXPECT_EQ(shown.get("phases", "0", "coupons", "0", "repeat"), "duration");
}

// In arrears the same three months are discounted, although they are invoiced a month later.
TEST_P(Coupons, Duration_MeansThePeriodsNotTheInvoices) {
  auto const offer = percent("20", R"(,"repeat":"forever")");
  sell(item(book.flat_fee("10000"), R"(,"payment_schedule":"end")"),
       on(offer, R"(,"duration_count":3,"duration_period":"months")"));
  book.advance("2026-05-15T00:00:00Z");
  EXPECT_EQ(discounts(), (Found{"8000 2000", "8000 2000", "8000 2000", "10000 0"}));
}

TEST_P(Coupons, ApplyAtAndExpiresAt_AreDaysOfPeriods) {
  sell(
      item(book.flat_fee("10000")),
      on(percent("50", R"(,"repeat":"forever")"),
         R"(,"apply_at":"2026-02-01T00:00:00Z","expires_at":"2026-04-01T00:00:00Z","repeat":"custom")"));
  book.advance("2026-04-15T00:00:00Z");
  EXPECT_EQ(discounts(), (Found{"10000 0", "5000 5000", "5000 5000", "10000 0"}));
}

// 100.00 and 50.00: 30 % of the second alone, then 20.00 over both by what is left (100 : 35).
TEST_P(Coupons, StackInOrder_EachOnWhatIsLeft) {
  auto const a = book.flat_fee("10000");
  auto const b = book.flat_fee("5000");
  auto const some = percent("30", R"(,"repeat":"forever","product_ids":[")" + b + "\"]");
  auto const all = amount("2000", R"(,"repeat":"forever")");
  sell(item(a) + "," + item(b), R"(,"coupons":[{"id":")" + some + R"("},{"id":")" + all + R"("}])");
  auto const list = book.get("/v2/invoices");
  EXPECT_EQ(list.get("data", "0", "amount_excluding_tax"), "11500");
  EXPECT_EQ(list.get("data", "0", "discount_amount"), "3500");
  EXPECT_EQ(list.get("data", "0", "coupons", "0", "discount_amount"), "1500");
  EXPECT_EQ(list.get("data", "0", "coupons", "1", "discount_amount"), "2000");
  // 2000 * 10000 / 13500 = 1481.48, 2000 * 3500 / 13500 = 518.52
  EXPECT_EQ(list.get("data", "0", "line_items", "0", "amount_excluding_tax"), "8519");
  EXPECT_EQ(list.get("data", "0", "line_items", "1", "amount_excluding_tax"), "2981");
  EXPECT_EQ(list.get("data", "0", "coupons", "0", "line_items_ids", "0"),
            list.get("data", "0", "line_items", "1", "id"));
}

TEST_P(Coupons, Amount_NeverBelowZeroAndIsNotCarriedOver) {
  sell(item(book.flat_fee("1500")), on(amount("2000", R"(,"repeat":"forever")")));
  book.advance("2026-02-15T00:00:00Z");
  EXPECT_EQ(discounts(), (Found{"0 1500", "0 1500"}));
}

TEST_P(Coupons, Attaching_RefusesWhatCannotBe) {
  auto const fee = item(book.flat_fee("1000"));
  EXPECT_EQ(refusal(fee, on("cou_nothing")), "coupons[0].id: no such coupon");
  EXPECT_NE(refusal(fee, on(percent("5", R"(,"expiration_date":"2025-12-31T00:00:00Z")")))
                .find("expired"),
            std::string::npos);
  EXPECT_NE(refusal(fee, on(coupon(R"("type":"amount","discount_amount":5,"currency":"USD")")))
                .find("USD"),
            std::string::npos);
  EXPECT_NE(refusal(fee, on(percent("5", R"(,"product_ids":[")" + book.flat_fee("1") + "\"]")))
                .find("none of the coupon's products"),
            std::string::npos);
  auto const one = percent("5", R"(,"redemption_limit":1)");
  sell(fee, on(one));
  EXPECT_NE(refusal(fee, on(one)).find("redemption_limit"), std::string::npos);
  EXPECT_NE(refusal(fee, R"(,"coupons":[{"id":")" + percent("1") + R"(","duration_count":2}])")
                .find("duration_period"),
            std::string::npos);
  EXPECT_EQ(book.invoices().size(), 1u);
}

// The first invoice uses it up; a second subscription has its own.
TEST_P(Coupons, Once_IsUsedUpByTheFirstInvoice) {
  auto const id = sell(item(book.flat_fee("10000")), on(percent("10")));
  book.advance("2026-02-15T00:00:00Z");
  EXPECT_EQ(discounts(), (Found{"9000 1000", "10000 0"}));
  EXPECT_EQ(book.get("/v2/subscriptions/" + id).get("coupons", "0", "used_by_invoice_id"),
            book.get("/v1/invoices").get("data", "1", "id"));
}

// COU-4: two drafts carry it; the one that is issued first keeps it.
TEST_P(Coupons, Once_LeavesTheOtherDrafts) {
  sell(item(book.flat_fee("10000")), on(percent("10")) + R"(,"generate_draft_invoices":true)");
  book.advance("2026-02-15T00:00:00Z");
  EXPECT_EQ(discounts(), (Found{"9000 1000", "9000 1000"}));
  auto const february = book.get("/v1/invoices").get("data", "0", "id");
  EXPECT_EQ(book.post("/v1/invoices/" + february + "/validate").status, 200);
  EXPECT_EQ(discounts(), (Found{"10000 0", "9000 1000"}));
  auto const january = book.get("/v1/invoices").get("data", "1", "id");
  EXPECT_EQ(book.post("/v1/invoices/" + january + "/validate").status, 200);
  EXPECT_EQ(discounts(), (Found{"10000 0", "9000 1000"}));
}

// The same for six drafts that are issued at the same time, many times over.
TEST_P(Coupons, Once_IsGivenToOneOfManyIssuedAtOnce) {
  for (int round = 0; round < 4; ++round) {
    customer = book.customer(R"("name":"Round )" + std::to_string(round) +
                             R"(","currency":"EUR","country":"FR")");
    sell(item(book.flat_fee("10000")),
         on(percent("10")) +
             R"(,"generate_draft_invoices":true,"starts_at":"2025-08-01T00:00:00Z")");
    auto const drafts = book.get("/v1/invoices?status=draft&customer_id=" + customer);
    auto const count = drafts.at("data").as_array()->size();
    EXPECT_EQ(count, 6u);
    std::vector<std::thread> threads;
    std::vector<int> statuses(count);
    for (std::size_t i = 0; i < count; ++i) {
      auto const id = drafts.get("data", std::to_string(i), "id");
      threads.emplace_back(
          [&, i, id] { statuses[i] = book.post("/v1/invoices/" + id + "/validate").status; });
    }
    for (auto& thread : threads) thread.join();
    for (int const status : statuses) EXPECT_EQ(status, 200);
    auto const issued = book.get("/v1/invoices?customer_id=" + customer);
    int discounted = 0;
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_EQ(issued.get("data", std::to_string(i), "status"), "to_pay");
      if (issued.get("data", std::to_string(i), "discount_amount") == "1000") ++discounted;
    }
    EXPECT_EQ(discounted, 1);
  }
}

// COU-5: 50.00 carried over six drafts of 20.00 that are issued at the same time: 20.00, 20.00 and
// 10.00 in whatever order, never more together.
TEST_P(Coupons, CarryOver_IsGivenOutOnceToManyIssuedAtOnce) {
  auto const entity = book.get("/v1/invoicing-entities").get("data", "0", "id");
  EXPECT_EQ(book.put("/v1/invoicing-entities/" + entity, R"({"coupon_carry_over":true})")
                .get("coupon_carry_over"),
            "true");
  for (int round = 0; round < 3; ++round) {
    customer = book.customer(R"("name":"Round )" + std::to_string(round) +
                             R"(","currency":"EUR","country":"FR")");
    sell(item(book.flat_fee("2000")),
         on(amount("5000")) +
             R"(,"generate_draft_invoices":true,"starts_at":"2025-08-01T00:00:00Z")");
    auto const drafts = book.get("/v1/invoices?status=draft&customer_id=" + customer);
    auto const count = drafts.at("data").as_array()->size();
    EXPECT_EQ(count, 6u);
    std::vector<std::thread> threads;
    std::vector<int> statuses(count);
    for (std::size_t i = 0; i < count; ++i) {
      auto const id = drafts.get("data", std::to_string(i), "id");
      threads.emplace_back(
          [&, i, id] { statuses[i] = book.post("/v1/invoices/" + id + "/validate").status; });
    }
    for (auto& thread : threads) thread.join();
    for (int const status : statuses) EXPECT_EQ(status, 200);
    auto const issued = book.get("/v1/invoices?customer_id=" + customer);
    Found taken;
    for (std::size_t i = 0; i < count; ++i)
      taken.push_back(issued.get("data", std::to_string(i), "discount_amount"));
    std::ranges::sort(taken);
    EXPECT_EQ(taken, (Found{"0", "0", "0", "1000", "2000", "2000"}));
  }
}

// In grace the coupon is used up, and the recount takes it from what was counted last.
TEST_P(Coupons, Grace_CountsTheDiscountAnew) {
  sell(item(book.usage_product(R"([{"type":"volume","from":0,"to":null,"amount":1}])")),
       on(percent("10")));
  book.event("e1", "2026-01-05T00:00:00Z", R"("tokens":1000)");
  book.advance("2026-02-01T12:00:00Z");
  book.event("e2", "2026-01-06T00:00:00Z", R"("tokens":500)");
  book.advance("2026-02-10T00:00:00Z");
  auto const list = book.get("/v1/invoices?status=to_pay");
  EXPECT_EQ(list.get("data", "0", "amount_excluding_tax"), "1350");
  EXPECT_EQ(list.get("data", "0", "discount_amount"), "150");
}

TEST_P(Coupons, OpenInvoice_ShowsTheDiscount) {
  sell(item(book.usage_product(R"([{"type":"volume","from":0,"to":null,"amount":1}])")),
       on(percent("10")));
  book.event("e1", "2026-01-05T00:00:00Z", R"("tokens":1000)");
  auto const list = book.get("/v1/invoices?status=open");
  EXPECT_EQ(book.get("/v1/invoices/" + list.get("data", "0", "id")).get("amount_excluding_tax"),
            "900");
}

// ANA-2: 120.00 a month less 25 %, less 10.00 a month: 80.00 * 12.
TEST_P(Coupons, AnnualValue_CountsThoseThatLast) {
  auto const a = percent("25", R"(,"repeat":"forever")");
  auto const b = amount("1000", R"(,"repeat":"forever")");
  auto const c = percent("50");
  auto const id =
      sell(item(book.flat_fee("12000")),
           R"(,"coupons":[{"id":")" + a + R"("},{"id":")" + b + R"("},{"id":")" + c + R"("}])");
  EXPECT_EQ(book.get("/v2/subscriptions/" + id).get("estimated_arr"), "96000");
}

TEST_P(Coupons, PromotionCode_HasItsOwnLimits) {
  auto const offer = percent("20", R"(,"repeat":"forever")");
  auto const made =
      book.post("/v1/promotion-codes",
                R"({"code":"SPRING20","coupon_id":")" + offer +
                    R"(","max_redemptions":1,"duration_count":2,"duration_period":"months"})");
  EXPECT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(book.post("/v1/promotion-codes", R"({"code":"SPRING20","coupon_id":")" + offer + "\"}")
                .status,
            409);
  auto const fee = item(book.flat_fee("10000"));
  auto const id = sell(fee, R"(,"promotion_code":"SPRING20")");
  book.advance("2026-03-15T00:00:00Z");
  EXPECT_EQ(discounts(), (Found{"8000 2000", "8000 2000", "10000 0"}));
  EXPECT_EQ(book.get("/v2/subscriptions/" + id).get("coupons", "0", "promotion_code_id"),
            made.get("id"));
  EXPECT_EQ(book.get("/v1/promotion-codes/" + made.get("id")).get("current_redemptions"), "1");
  EXPECT_NE(refusal(fee, R"(,"promotion_code":"SPRING20")").find("as often"), std::string::npos);
  EXPECT_NE(refusal(fee, R"(,"promotion_code":"spring20")").find("no such code"),
            std::string::npos);
  auto const first = book.post("/v1/promotion-codes", R"({"code":"FIRST","coupon_id":")" + offer +
                                                          R"(","only_for_first_time_order":true})");
  EXPECT_NE(refusal(fee, R"(,"promotion_code":"FIRST")").find("first order"), std::string::npos);
  EXPECT_EQ(book.call("PATCH", "/v1/promotion-codes/" + first.get("id"),
                      R"({"only_for_first_time_order":false,"expires_at":"2026-02-01T00:00:00Z"})")
                .status,
            200);
  EXPECT_NE(refusal(fee, R"(,"promotion_code":"FIRST")").find("expired"), std::string::npos);
  EXPECT_EQ(book.call("DELETE", "/v1/promotion-codes/" + first.get("id")).status, 204);
  EXPECT_NE(refusal(fee, R"(,"promotion_code":"FIRST")").find("no such code"), std::string::npos);
}

TEST_P(Coupons, PromotionCode_MaxRedemptions_AreExact) {
  auto const offer = percent("20");
  book.post("/v1/promotion-codes",
            R"({"code":"THREE","max_redemptions":3,"coupon_id":")" + offer + "\"}");
  auto const fee = item(book.flat_fee("10000"));
  std::vector<int> statuses(8);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < statuses.size(); ++i) {
    threads.emplace_back([&, i] {
      statuses[i] =
          book.post(
                  "/v2/subscriptions",
                  R"({"customer_id":")" + customer +
                      R"(","activation_strategy":"start_date","promotion_code":"THREE","products":[)" +
                      fee + "]}")
              .status;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(std::ranges::count(statuses, 201), 3);
  EXPECT_EQ(std::ranges::count(statuses, 400), 5);
}

TEST_P(Coupons, ManualInvoice_TakesFromTheCatalogue) {
  auto const product = book.flat_fee("5000");
  auto const offer = percent("10", R"(,"product_ids":[")" + product + "\"]");
  auto const body = [&](std::string const& more) {
    return R"({"customer_id":")" + customer +
           R"(","status":"to_pay","line_items":[{"product_id":")" + product +
           R"("},{"name":"Work","unit_amount":1000}],"coupons":[{"coupon_id":")" + offer + "\"" +
           more + "}]}";
  };
  auto const made = book.post("/v1/invoices", body(""));
  EXPECT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.get("discount_amount"), "500");
  EXPECT_EQ(made.get("coupons", "0", "name"), "Offer");
  EXPECT_EQ(made.get("coupons", "0", "id"), offer);
  EXPECT_EQ(book.post("/v1/invoices", body(R"(,"discount_percent":20)")).get("discount_amount"),
            "1000");
  book.call("DELETE", "/v1/coupons/" + offer);
  EXPECT_EQ(book.post("/v1/invoices", body("")).status, 400);
}

// A draft of a subscription keeps its coupon beside the discount somebody adds.
TEST_P(Coupons, Draft_TakesAnotherDiscountAfterItsOwn) {
  sell(item(book.flat_fee("10000")), on(percent("10")) + R"(,"generate_draft_invoices":true)");
  auto const id = book.get("/v1/invoices").get("data", "0", "id");
  auto const changed = book.call("PATCH", "/v1/invoices/" + id,
                                 R"({"coupons":[{"name":"Sorry","discount_amount":500}]})");
  EXPECT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.get("discount_amount"), "1500");
  EXPECT_EQ(book.post("/v1/invoices/" + id + "/validate").get("discount_amount"), "1500");
}

// Net 180.00 after the coupon, fee 250.00: a line of 70.00.
TEST_P(Coupons, MinimumFee_IsReachedAfterTheDiscount) {
  sell(item(book.flat_fee("20000")),
       on(percent("10", R"(,"repeat":"forever")")) + R"(,"minimum_invoice_fee":25000)");
  EXPECT_EQ(book.invoices()[0], "INV-1 to_pay 25000 | Platform 1 18000; Minimum fee 1 7000;");
  EXPECT_EQ(book.get("/v2/subscriptions").get("data", "0", "minimum_invoice_fee"), "25000");
}

// From 17 January to the calendar's end of month: 15 of 31 days of 310.00 are 150.00; the fee
// 100.00 of 15 days is below.
TEST_P(Coupons, MinimumFee_ShrinksWithAPartialPeriod) {
  book.set_clock("2026-01-17T00:00:00Z");
  sell(item(book.flat_fee("3100")),
       R"(,"minimum_invoice_fee":31000,"billing_cycle_alignment":"calendar_period")");
  EXPECT_EQ(book.invoices()[0], "INV-1 to_pay 15000 | Platform 1 1500; Minimum fee 1 13500;");
}

TEST_P(Coupons, MinimumFee_FollowsUsageInGrace) {
  sell(item(book.usage_product(R"([{"type":"volume","from":0,"to":null,"amount":1}])")),
       R"(,"minimum_invoice_fee":1200)");
  book.event("e1", "2026-01-05T00:00:00Z", R"("tokens":1000)");
  book.advance("2026-02-01T12:00:00Z");
  EXPECT_EQ(book.invoices()[0], "null grace_period 1200 | Tokens 1000 1000; Minimum fee 1 200;");
  book.event("e2", "2026-01-06T00:00:00Z", R"("tokens":500)");
  book.advance("2026-02-10T00:00:00Z");
  EXPECT_EQ(book.invoices()[0], "INV-1 to_pay 1500 | Tokens 1500 1500;");
}

TEST_P(Coupons, MinimumFee_NotOnWhatIsChargedOnce) {
  sell(item(book.flat_fee("500", R"({"period":"once"})")), R"(,"minimum_invoice_fee":1200)");
  EXPECT_EQ(book.invoices()[0], "INV-1 to_pay 500 | Platform 1 500;");
}

TEST_P(Coupons, Documents_HaveTheirOwnNumbersAndNoTax) {
  customer =
      book.customer(R"("name":"Taxed","currency":"EUR","country":"FR","tax_rate_custom":20)");
  auto const fee = item(book.flat_fee("1000"));
  sell(fee, R"(,"generate_document":true,"document_name":"Pro forma","add_tax_to_document":false)");
  sell(fee, R"(,"generate_document":true)");
  sell(fee);
  auto const list = book.get("/v1/invoices?customer_id=" + customer);
  EXPECT_EQ(list.get("data", "1", "type"), "document");
  EXPECT_EQ(list.get("data", "1", "document_name"), "Pro forma");
  EXPECT_EQ(list.get("data", "1", "total_amount"), "1000");
  EXPECT_EQ(list.get("data", "0", "total_amount"), "1200");
  EXPECT_EQ(list.get("data", "2", "number"), "INV-1");
  EXPECT_NE(list.get("data", "0", "number"), list.get("data", "1", "number"));
  EXPECT_NE(list.get("data", "1", "number").substr(0, 3), "INV");
}

TEST_P(Coupons, DoNotCharge_InvoicesWithoutCollecting) {
  auto const card = book.post(
      "/v1/sandbox/payment-methods",
      R"({"card":{"number":"4970000000004240","expiration_month":6,"expiration_year":2031}})");
  auto const method = book.post("/v1/customers/" + customer + "/payment-methods",
                                R"({"provider_name":"sandbox","provider_payment_method_id":")" +
                                    card.get("provider_payment_method_id") + "\"}");
  EXPECT_EQ(method.status, 201) << method.text;
  sell(item(book.flat_fee("1000")), R"(,"do_not_charge_subscription":true)");
  book.advance("2026-01-20T00:00:00Z");
  EXPECT_EQ(book.invoices(), (Found{"INV-1 to_pay 1000 | Platform 1 1000;"}));
  EXPECT_EQ(book.get("/v1/invoices").get("data", "0", "transactions"), "[]");
}

}  // namespace tallybook
