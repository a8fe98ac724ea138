// ?dry_run=true: every call that changes something can be asked what it would do, and leaves the
// state as it was, to the byte.
#include <set>

#include "app/verify/state_hash.hpp"
#include "main/api_routes.hpp"
#include "support/installation.hpp"

namespace tallybook {

class DryRun : public testing::OnBothDatabases {
 protected:
  void SetUp() override {
    book.set_clock("2026-01-01T00:00:00Z");
    customer = book.customer();
    fee = book.flat_fee("10000");
  }
  std::string hash() {
    std::string text;
    book.database().read([&](SqlSession& sql) {
      text = state_hash(sql, book.tenant()) + state_hash(sql, book.tenant(Mode::live));
    });
    return text;
  }
  // The call leaves nothing behind, whatever it answers. `before`: the hash, where it is known.
  testing::Answer dry(std::string const& method, std::string const& target,
                      std::string const& body = "", std::string before = "") {
    if (before.empty()) before = hash();
    std::string const mark = target.find('?') == std::string::npos ? "?" : "&";
    auto answer = book.call(method, target + mark + "dry_run=true", body,
                            {"idempotency-key: key-" + std::to_string(++calls)});
    EXPECT_EQ(hash(), before) << method << " " << target;
    return answer;
  }
  testing::Answer would(std::string const& method, std::string const& target,
                        std::string const& body = "") {
    auto answer = dry(method, target, body);
    EXPECT_EQ(answer.status, 200) << method << " " << target << " " << answer.text;
    EXPECT_EQ(answer.get("dry_run"), "true");
    return answer;
  }
  std::string sold(std::string const& more = "") {
    return R"({"customer_id":")" + customer +
           R"(","activation_strategy":"start_date","products":[{"id":")" + fee + "\"}]" + more +
           "}";
  }
  std::string customer;
  std::string fee;
  int calls = 0;
};
TB_ON_BOTH_DATABASES(DryRun);

TEST_P(DryRun, Subscription_ShowsItsInvoiceAndEvents) {
  auto const told = book.outbox();
  auto const answer = would("POST", "/v2/subscriptions", sold());
  EXPECT_EQ(answer.get("status"), "201");
  EXPECT_EQ(answer.get("result", "status"), "active");
  EXPECT_EQ(answer.get("invoices", "0", "number"), "INV-1");
  EXPECT_EQ(answer.get("invoices", "0", "total_amount"), "10000");
  std::set<std::string> events;
  for (auto const& event : *answer.at("events").as_array()) events.insert(*event.as_string());
  EXPECT_TRUE(events.contains("subscription.created"));
  EXPECT_TRUE(events.contains("invoice.ready"));
  EXPECT_EQ(book.outbox(), told);
  // The number it would have taken is still free.
  auto const real = book.post("/v2/subscriptions", sold());
  EXPECT_EQ(real.status, 201);
  EXPECT_EQ(book.invoices(), (std::vector<std::string>{"INV-1 to_pay 10000 | Platform 1 10000;"}));
}

// What a dry run answers is what the call answers then, but for ids.
TEST_P(DryRun, Result_IsThatOfTheCall) {
  auto const dry_answer =
      would("POST", "/v2/subscriptions", sold(R"(,"minimum_invoice_fee":12000)"));
  auto const real = book.post("/v2/subscriptions", sold(R"(,"minimum_invoice_fee":12000)"));
  for (char const* field :
       {"status", "next_payment_amount", "estimated_arr", "starts_at", "minimum_invoice_fee"})
    EXPECT_EQ(dry_answer.get("result", field), real.get(field)) << field;
  auto const made = book.get("/v1/invoices").at("data").as_array()->front();
  EXPECT_EQ(dry_answer.get("invoices", "0", "total_amount"),
            to_json_text(*made.find("total_amount")));
}

TEST_P(DryRun, Key_IsNotKept) {
  auto const dry_answer =
      book.call("POST", "/v2/subscriptions?dry_run=true", sold(), {"idempotency-key: k"});
  EXPECT_EQ(dry_answer.status, 200);
  auto const real = book.call("POST", "/v2/subscriptions", sold(), {"idempotency-key: k"});
  EXPECT_EQ(real.status, 201);
  EXPECT_EQ(real.header("idempotent-replayed"), "");
}

TEST_P(DryRun, Advance_ShowsWhatWouldFallDue) {
  book.post("/v2/subscriptions", sold());
  auto const answer = would("POST", "/v1/test-clock/advance", R"({"to":"2026-04-01T00:00:00Z"})");
  EXPECT_EQ(answer.get("result", "invoices_issued"), "3");
  EXPECT_EQ(answer.at("invoices").as_array()->size(), 3u);
  EXPECT_EQ(answer.get("invoices", "2", "number"), "INV-4");
  EXPECT_EQ(book.get("/v1/test-clock").get("now"), "2026-01-01T00:00:00.000Z");
  EXPECT_EQ(book.invoices().size(), 1u);
}

TEST_P(DryRun, Errors_AreThoseOfTheCall) {
  EXPECT_EQ(dry("POST", "/v2/subscriptions", "{}").status, 400);
  EXPECT_EQ(dry("POST", "/v1/invoices/inv_nothing/validate").status, 404);
  EXPECT_EQ(dry("POST", "/v2/subscriptions", sold(R"(,"promotion_code":"NO")")).get("message"),
            "promotion_code: no such code");
}

TEST_P(DryRun, Refused_WhereItCannotBeTakenBack) {
  for (auto const& [method, target] : {std::pair<std::string, std::string>{"POST", "/v1/events"},
                                       {"POST", "/v1/sandbox/payment-methods"},
                                       {"GET", "/v1/invoices"}}) {
    auto const answer = dry(method, target, "{}");
    EXPECT_EQ(answer.status, 400) << target;
    EXPECT_EQ(answer.at("errors").find("dry_run") != nullptr, true) << answer.text;
  }
  EXPECT_EQ(book.call("POST", "/v2/subscriptions?dry_run=perhaps", sold()).status, 400);
  EXPECT_EQ(book.call("POST", "/v2/subscriptions?dry_run=false", sold()).status, 201);
}

// Every route that can be rehearsed, with something real behind its ids: the state stays as it is.
TEST_P(DryRun, EveryMutation_LeavesTheStateAsItWas) {
  auto const coupon =
      book.post("/v1/coupons", R"({"name":"Offer","type":"percent","discount_percent":10})")
          .get("id");
  auto const code =
      book.post("/v1/promotion-codes", R"({"code":"C","coupon_id":")" + coupon + "\"}").get("id");
  auto const running = book.post("/v2/subscriptions", sold()).get("id");
  auto const waiting =
      book.post("/v2/subscriptions", sold(R"(,"starts_at":"2026-03-01T00:00:00Z")")).get("id");
  book.post("/v2/subscriptions", sold(R"(,"generate_draft_invoices":true)"));
  auto const by_hand =
      book.post("/v2/subscriptions",
                R"({"customer_id":")" + customer +
                    R"(","activation_strategy":"manually","products":[{"id":")" + fee + "\"}]}")
          .get("id");
  auto const draft = book.get("/v1/invoices?status=draft").get("data", "0", "id");
  auto const issued = book.get("/v1/invoices?status=to_pay").get("data", "0", "id");
  std::string const line = R"({"name":"Work","unit_amount":1000})";
  struct Mutation {
    std::string method, target, body;
  };
  std::vector<Mutation> const mutations = {
      {"POST", "/v1/customers", R"({"name":"New"})"},
      {"PUT", "/v1/customers/" + customer, R"({"name":"Other"})"},
      {"POST", "/v1/products", R"({"type":"flat_fee","name":"P","price_configurations":[]})"},
      {"POST", "/v1/aggregators", R"({"entity":"x","operation":"count"})"},
      {"POST", "/v1/coupons", R"({"name":"x","type":"percent","discount_percent":5})"},
      {"PUT", "/v1/coupons/" + coupon,
       R"({"name":"Renamed","type":"percent","discount_percent":10})"},
      {"DELETE", "/v1/coupons/" + coupon, ""},
      {"POST", "/v1/promotion-codes", R"({"code":"D","coupon_id":")" + coupon + "\"}"},
      {"PUT", "/v1/promotion-codes/" + code, R"({"code":"E"})"},
      {"PATCH", "/v1/promotion-codes/" + code, R"({"max_redemptions":3})"},
      {"DELETE", "/v1/promotion-codes/" + code, ""},
      {"POST", "/v2/subscriptions", sold(R"(,"promotion_code":"C")")},
      {"POST", "/v1/subscriptions/" + by_hand + "/activate", ""},
      {"POST", "/v1/subscriptions/" + running + "/cancel", R"({"pro_rata":true})"},
      {"POST", "/v1/subscriptions/" + waiting + "/cancel", ""},
      {"POST", "/v1/invoices",
       R"({"customer_id":")" + customer + R"(","line_items":[)" + line + "]}"},
      {"POST", "/v1/invoices",
       R"({"customer_id":")" + customer + R"(","status":"draft","line_items":[)" + line + "]}"},
      {"PATCH", "/v1/invoices/" + draft, R"({"coupons":[{"name":"x","discount_amount":5}]})"},
      {"POST", "/v1/invoices/" + draft + "/validate", ""},
      {"DELETE", "/v1/invoices/" + draft, ""},
      {"POST", "/v1/invoices/" + issued + "/duplicate", ""},
      {"POST", "/v1/invoices/" + issued + "/void", R"({"reason":"x"})"},
      {"POST", "/v1/invoices/" + issued + "/transactions",
       R"({"amount":100,"process_at":"2026-01-01T00:00:00Z"})"},
      {"PUT", "/v1/test-clock", R"({"now":"2026-02-01T00:00:00Z"})"},
      {"POST", "/v1/test-clock/advance", R"({"to":"2026-06-01T00:00:00Z"})"},
  };
  int answered = 0;
  auto const before = hash();
  for (auto const& [method, target, body] : mutations) {
    auto const answer = dry(method, target, body, before);
    if (answer.status == 200) ++answered;
    EXPECT_EQ(answer.status, 200) << method << " " << target << " " << answer.text;
  }
  EXPECT_EQ(answered, static_cast<int>(mutations.size()));
  // The rest of the routes, with their documented example and the ids there are.
  api::Router router;
  CustomerDirectory directory;
  add_all_routes(router, directory);
  int tried = 0;
  for (auto const& route : router.routes()) {
    if (route->kind != api::RouteKind::write && !route->rehearsable) continue;
    ++tried;
    for (auto const& id : {customer, running, draft, issued, fee, coupon}) {
      std::string target = route->pattern;
      for (auto open = target.find('{'); open != std::string::npos; open = target.find('{'))
        target.replace(open, target.find('}') - open + 1, id);
      auto const answer = dry(route->method, target, route->example, before);
      bool const ok = answer.status != 200 || answer.get("dry_run") == "true";
      EXPECT_TRUE(ok && answer.status < 500)
          << route->method << " " << target << " " << answer.text;
      if (route->pattern.find('{') == std::string::npos) break;
    }
  }
  EXPECT_GT(tried, 40);
}

// What changes a subscription, each from a state that allows it: all of them answer.
TEST_P(DryRun, EveryChangeOfASubscription_LeavesTheStateAsItWas) {
  auto const seats =
      book.post(
              "/v1/products",
              R"({"type":"seat","name":"Seats","price_configurations":[{"currency":"EUR","billing_interval":{"period":"months","count":1},"type":"volume","prices":[{"type":"volume","from":0,"to":null,"amount":1000}]}]})")
          .get("id");
  auto const coupon =
      book.post("/v1/coupons", R"({"name":"Offer","type":"percent","discount_percent":10})")
          .get("id");
  auto const running = book.post("/v2/subscriptions", sold()).get("id");
  auto const paused = book.post("/v2/subscriptions", sold()).get("id");
  EXPECT_EQ(book.post("/v1/subscriptions/" + paused + "/pause", "{}").status, 200);
  auto const ending = book.post("/v2/subscriptions", sold()).get("id");
  EXPECT_EQ(book.post("/v1/subscriptions/" + ending + "/cancel",
                      R"({"cancel_at":"2026-05-01T00:00:00Z"})")
                .status,
            200);
  auto const gone = book.post("/v2/subscriptions", sold()).get("id");
  EXPECT_EQ(book.post("/v1/subscriptions/" + gone + "/cancel", "{}").status, 200);
  std::string const phase =
      R"({"type":"standard","activation_strategy":"immediately","end_strategy":"manual","products":[{"id":")" +
      fee + R"("}]})";
  std::string const later =
      R"({"type":"standard","activation_strategy":"previous_phase_end","end_strategy":"forever","products":[{"id":")" +
      fee + R"("}]})";
  auto const phased =
      book.post("/v2/subscriptions",
                R"({"customer_id":")" + customer + R"(","phases":[)" + phase + "," + later + "]}")
          .get("id");
  std::string const at_once =
      R"("application_schedule":"immediately","payment_schedule":"immediately","calculation_method":"pro_rata")";
  std::string const add =
      R"("type":"add_product","payload":{"product_id":")" + seats + R"(","count":2})";
  auto const planned =
      book.post(
              "/v1/subscriptions/" + running + "/update",
              R"({"application_schedule":"scheduled","apply_at":"2026-01-20T00:00:00Z","payment_schedule":"immediately","calculation_method":"pro_rata",)" +
                  add + "}")
          .get("id");
  auto const transition =
      book.post(
              "/v2/subscriptions/transitions",
              R"({"source_subscription_id":")" + ending +
                  R"(","application_schedule":"next_renewal","target_subscription":{"products":[{"id":")" +
                  fee + R"("}]}})")
          .get("id");
  auto const plan = book.post("/v1/plans", R"({"name":"Team"})").get("id");
  std::string const of = "/v1/subscriptions/";
  struct Mutation {
    std::string method, target, body;
  };
  std::vector<Mutation> const mutations = {
      {"POST", of + phased + "/update", "{" + at_once + "," + add + "}"},
      {"POST", of + phased + "/update-many", "{" + at_once + R"(,"updates":[{)" + add + "}]}"},
      {"POST", of + phased + "/update",
       "{" + at_once + R"(,"type":"add_coupon","payload":{"coupon_id":")" + coupon +
           R"(","repeat":"forever"}})"},
      {"POST", of + running + "/updates/" + planned + "/cancel", ""},
      {"POST", of + running + "/pause", R"({"reactivate_at":"2026-02-10T00:00:00Z"})"},
      {"POST", of + paused + "/reactivate", ""},
      {"POST", of + ending + "/reinstate", ""},
      {"POST", of + gone + "/reinstate", ""},
      {"POST", of + phased + "/renew", R"({"up_to":"2026-03-10T00:00:00Z"})"},
      {"POST", "/v2/subscriptions/" + phased + "/next-phase", "{}"},
      {"PUT", "/v2/subscriptions/" + running, R"({"phases":[)" + phase + "]}"},
      {"POST", "/v2/subscriptions/transitions",
       R"({"source_subscription_id":")" + phased +
           R"(","application_schedule":"immediately","target_subscription":{"products":[{"id":")" +
           seats + R"(","count":3}]}})"},
      {"POST", "/v2/subscriptions/transitions/" + transition + "/cancel", ""},
      {"POST", of + "refresh", R"({"customer_id":")" + customer + "\"}"},
      {"PUT", "/v1/plans/" + plan + "/archive", ""},
      {"DELETE", "/v1/plans/" + plan, ""},
  };
  auto const before = hash();
  for (auto const& [method, target, body] : mutations) {
    auto const answer = dry(method, target, body, before);
    EXPECT_EQ(answer.status, 200) << method << " " << target << " " << answer.text;
    EXPECT_EQ(answer.get("dry_run"), "true") << target;
  }
}

// Money that would move is ordered and taken back; nobody is asked for it.
TEST_P(DryRun, Money_IsNotMoved) {
  auto const sell = [&](std::string const& more = "") {
    return R"({"type":"one_time","customer_id":")" + customer +
           R"(","charging_method":"immediately",)" + more + R"("products":[{"id":")" + fee +
           R"(","amount":2500}]})";
  };
  // Without a method: an invoice that is owed.
  auto answer = would("POST", "/v1/payments", sell());
  EXPECT_EQ(answer.get("invoices", "0", "number"), "INV-1");
  EXPECT_EQ(answer.get("invoices", "0", "total_amount"), "2500");
  EXPECT_EQ(answer.get("result", "invoice_id"), answer.get("invoices", "0", "id"));
  // With a card: the charge is ordered.
  auto const token = book.post("/v1/sandbox/payment-methods",
                               R"({"card":{"number":"4970000000004240","expiration_month":6,)"
                               R"("expiration_year":2031}})");
  auto const owed = book.post("/v1/payments", sell(R"("payment_method_type":"transfer",)"));
  ASSERT_EQ(owed.status, 200) << owed.text;
  auto const method = book.post("/v1/customers/" + customer + "/payment-methods",
                                R"({"provider_name":"sandbox","provider_payment_method_id":")" +
                                    token.get("provider_payment_method_id") + "\"}");
  ASSERT_EQ(method.status, 201) << method.text;
  answer = would("POST", "/v1/payments", sell());
  EXPECT_EQ(answer.get("invoices", "0", "number"), "INV-2");
  EXPECT_EQ(answer.get("invoices", "0", "status"), "to_pay");
  std::string const invoice = "/v1/invoices/" + owed.get("invoice_id");
  answer = would("POST", invoice + "/charge", "{}");
  EXPECT_EQ(answer.get("result", "transactions", "0", "status"), "to_process");
  EXPECT_EQ(answer.get("result", "transactions", "0", "amount"), "2500");
  EXPECT_EQ(answer.get("result", "status"), "to_pay");
  EXPECT_EQ(answer.get("invoices"), "[]");
  // What is refused is refused as it would be.
  EXPECT_EQ(dry("POST", invoice + "/charge", R"({"amount":2501})").status, 400);
  EXPECT_EQ(dry("POST", "/v1/payments", sell(R"("payment_method_id":"pm_none",)")).status,
            book.post("/v1/payments", sell(R"("payment_method_id":"pm_none",)")).status);
  auto const charged = book.post(invoice + "/charge", "{}");
  EXPECT_EQ(charged.get("status"), "paid") << charged.text;
  auto const payment = charged.get("transactions", "0", "id");
  answer = would("POST", "/v1/transactions/" + payment + "/refund");
  EXPECT_EQ(answer.get("result", "type"), "refund");
  EXPECT_EQ(answer.get("result", "status"), "to_process");
  EXPECT_EQ(book.get(invoice).get("amount_due"), "0");
  // What is on account, and notes.
  EXPECT_EQ(would("POST", "/v1/transactions",
                  R"({"customer_id":")" + customer +
                      R"(","amount":500,"currency":"EUR","payment_method_type":"transfer"})")
                .get("result", "amount"),
            "500");
  EXPECT_EQ(would("POST", invoice + "/credit-notes", "{}").get("invoices", "0", "number"), "CN-1");
}

// Of the documents a call touches, those are named whose content would be another one.
TEST_P(DryRun, Invoices_AreThoseThatChange) {
  auto const usage = book.usage_product(R"([{"type":"volume","from":0,"to":null,"amount":2}])");
  std::string const both = R"([{"id":")" + fee + R"("},{"id":")" + usage + "\"}]";
  // A period that begins to run has nothing on it yet.
  auto answer = would("POST", "/v2/subscriptions",
                      R"({"customer_id":")" + customer +
                          R"(","activation_strategy":"start_date","products":)" + both + "}");
  EXPECT_EQ(answer.at("invoices").as_array()->size(), 1u);
  EXPECT_EQ(answer.get("invoices", "0", "number"), "INV-1");
  auto const id = book.subscribe(customer, both);
  book.event("e1", "2026-01-01T00:00:00Z", R"("tokens":50)");
  // Renamed: nothing of what is invoiced changes.
  answer = would("PUT", "/v2/subscriptions/" + id, R"({"name":"Other"})");
  EXPECT_EQ(answer.get("invoices"), "[]");
  answer = would("POST", "/v1/subscriptions/" + id + "/pause", "{}");
  EXPECT_EQ(answer.get("invoices"), "[]");
  // Another price of the running usage: the running period is counted again.
  std::string const update =
      R"({"type":"update_prices","application_schedule":"immediately",)"
      R"("payment_schedule":"immediately","calculation_method":"do_not_charge","payload":)"
      R"({"product_id":")" +
      usage + R"(","prices":[{"type":"volume","from":0,"to":null,"amount":3}]}})";
  answer = would("POST", "/v1/subscriptions/" + id + "/update", update);
  ASSERT_EQ(answer.at("invoices").as_array()->size(), 1u) << answer.text;
  EXPECT_EQ(answer.get("invoices", "0", "status"), "open");
  EXPECT_EQ(answer.get("invoices", "0", "total_amount"), "150");
  // A payment changes the invoice; the explanations are of the same documents.
  auto const issued = book.get("/v1/invoices?status=to_pay").get("data", "0", "id");
  answer = would("POST", "/v1/invoices/" + issued + "/transactions?explain=true",
                 R"({"amount":100,"process_at":"2026-01-01T00:00:00Z"})");
  ASSERT_EQ(answer.at("invoices").as_array()->size(), 1u);
  EXPECT_EQ(answer.at("explanations").as_array()->size(), 1u);
  EXPECT_EQ(answer.get("invoices", "0", "amount_paid"), "100");
}

// The hash sees what a dry run must not leave: every kind of row.
TEST_P(DryRun, StateHash_SeesEveryRow) {
  std::set<std::string> seen = {hash()};
  EXPECT_EQ(hash(), *seen.begin());
  auto const changed = [&](char const* what) { EXPECT_TRUE(seen.insert(hash()).second) << what; };
  book.post("/v1/coupons", R"({"name":"Offer","type":"percent","discount_percent":10})");
  changed("a coupon");
  book.call("POST", "/v1/coupons", "{}", {"idempotency-key: k"});
  changed("a kept answer");
  book.post("/v2/subscriptions", sold());
  changed("a subscription");
  book.set_clock("2026-01-02T00:00:00Z");
  changed("the clock");
  book.database().write([](SqlSession& sql) {
    sql.execute("UPDATE ledger_postings SET amount = amount + 1 WHERE position = 0");
    return true;
  });
  changed("a posting");
  book.database().write([](SqlSession& sql) {
    sql.execute("UPDATE ledger_postings SET amount = amount - 1 WHERE position = 0");
    return true;
  });
}

}  // namespace tallybook
