// The protocol, once for all routes: keys, errors, paging, filters, idempotency.
#include <thread>

#include "support/installation.hpp"

namespace tallybook {

using testing::OnBothDatabases;

class Protocol : public OnBothDatabases {};
TB_ON_BOTH_DATABASES(Protocol);

TEST_P(Protocol, AnUnknownRouteIs404WithTheVendorsMessage) {
  for (auto const* target : {"/v1/nothing", "/v1/subscriptions", "/v1/customers/a/b/c/d"}) {
    auto const answer = book.get(target);
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.get("message"), "Route not found");
    EXPECT_EQ(answer.get("statusCode"), "404");
  }
}

TEST_P(Protocol, Keys_BearerAndBasicOpen_MissingUnknownAndRevokedDoNot) {
  auto const key = book.make_key(Mode::test);
  EXPECT_EQ(book.call("GET", "/v1/customers", "", {"authorization: Bearer " + key}).status, 200);
  EXPECT_EQ(book.call("GET", "/v1/customers", "", {"authorization: bearer " + key}).status, 200);
  // Basic with the key as user: base64 of "key:".
  static constexpr char alphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string const plain = key + ":";
  std::string coded;
  for (std::size_t i = 0; i < plain.size(); i += 3) {
    unsigned const bits =
        static_cast<unsigned char>(plain[i]) << 16 |
        (i + 1 < plain.size() ? static_cast<unsigned char>(plain[i + 1]) << 8 : 0) |
        (i + 2 < plain.size() ? static_cast<unsigned char>(plain[i + 2]) : 0);
    coded += alphabet[bits >> 18 & 63];
    coded += alphabet[bits >> 12 & 63];
    coded += i + 1 < plain.size() ? alphabet[bits >> 6 & 63] : '=';
    coded += i + 2 < plain.size() ? alphabet[bits & 63] : '=';
  }
  EXPECT_EQ(book.call("GET", "/v1/customers", "", {"authorization: Basic " + coded}).status, 200);
  EXPECT_EQ(book.call("GET", "/v1/customers", "", {"authorization: Basic !!!"}).status, 401);
  EXPECT_EQ(book.call("GET", "/v1/customers", "", {"authorization: Bearer test_00"}).status, 401);
  book.database().write([&](SqlSession& sql) {
    return sql.execute("UPDATE api_keys SET revoked_at = 1 WHERE hash = ?", {api::hash_key(key)}) ==
           1;
  });
  EXPECT_EQ(book.call("GET", "/v1/customers", "", {"authorization: Bearer " + key}).status, 401);
  book.use_key("");
  auto const none = book.get("/v1/customers");
  EXPECT_EQ(none.status, 401);
  EXPECT_EQ(none.get("type"), "Unauthorized");
}

TEST_P(Protocol, Keys_AScopeOpensItsResourceOnly) {
  book.use_key(book.make_key(Mode::test, {"customers:read", "products:write"}));
  EXPECT_EQ(book.get("/v1/customers").status, 200);
  auto const refused = book.post("/v1/customers", "{}");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.get("message"), "The API key lacks the scope customers:write");
  EXPECT_EQ(book.get("/v1/products").status, 200);
  EXPECT_EQ(book.get("/v2/invoices").status, 403);
}

TEST_P(Protocol, TestAndLiveAreApart) {
  auto const id = book.customer();
  book.use_key(book.make_key(Mode::live));
  EXPECT_EQ(book.get("/v1/customers/" + id).status, 404);
  EXPECT_EQ(book.get("/v1/customers").get("meta", "total"), "0");
  // The same external id is free here.
  book.customer();
}

TEST_P(Protocol, OffsetLists_TakeAndSkip) {
  for (int i = 0; i < 5; ++i) book.customer("\"name\":\"C" + std::to_string(i) + "\"");
  auto const page = book.get("/v1/customers?take=2&skip=1");
  EXPECT_EQ(page.get("meta"), R"({"total":5,"taken":2,"skipped":1})");
  EXPECT_EQ(page.get("data", "0", "name"), "C3");
  EXPECT_EQ(book.get("/v1/customers?take=0").get("meta", "taken"), "0");
  auto const wide = book.get("/v1/customers?take=101");
  EXPECT_EQ(wide.status, 400);
  EXPECT_EQ(wide.get("message"), "Invalid query params");
  EXPECT_EQ(wide.get("errors", "take", "0"), "Too big: expected number to be <=100");
  EXPECT_EQ(
      book.get("/v1/customers?take=x&skip=-1").get("errors"),
      R"({"skip":["Too small: expected number to be >=0"],"take":["Invalid input: expected number, received NaN"]})");
}

TEST_P(Protocol, CursorLists_WalkEveryRowOnceInBothDirections) {
  for (int i = 0; i < 7; ++i) book.customer("\"name\":\"C" + std::to_string(i) + "\"");
  for (std::string const order : {"asc", "desc"}) {
    std::string seen, cursor;
    for (int pages = 0; pages < 10; ++pages) {
      auto const page = book.get("/v2/customers?limit=3&include_total=true&order=" + order +
                                 (cursor.empty() ? "" : "&cursor=" + cursor));
      ASSERT_EQ(page.status, 200) << page.text;
      EXPECT_EQ(page.get("total"), "7");
      for (auto const& row : *page.at("data").as_array())
        seen += row.find("name")->as_string()->substr(1);
      if (page.get("has_more") == "false") {
        EXPECT_EQ(page.get("next_cursor"), "null");
        break;
      }
      cursor = page.get("next_cursor");
    }
    EXPECT_EQ(seen, order == "asc" ? "0123456" : "6543210");
  }
  auto const broken = book.get("/v2/customers?cursor=%21%21");
  EXPECT_EQ(broken.status, 400);
  EXPECT_EQ(broken.get("message"), "Invalid cursor");
  EXPECT_EQ(book.get("/v2/customers?limit=101").status, 400);
  EXPECT_EQ(book.get("/v2/customers?limit=0").status, 400);
  EXPECT_EQ(book.get("/v2/customers?sort=name").status, 400);
}

TEST_P(Protocol, Filters_EveryOperatorMeansWhatItSays) {
  book.customer(R"("name":"Alpha","currency":"EUR","country":"FR","external_id":"a_1")");
  book.customer(R"("name":"alphabet","currency":"USD","country":"DE")");
  book.customer(R"("name":"Beta 100%","currency":"EUR","country":"DE","external_id":"b%1")");
  auto const names = [&](std::string const& query) {
    auto const answer = book.get("/v1/customers?" + query);
    EXPECT_EQ(answer.status, 200) << query << " " << answer.text;
    std::string list;
    for (auto const& row : *answer.at("data").as_array())
      list = *row.find("name")->as_string() + "," + list;
    return list;
  };
  EXPECT_EQ(names("name=Alpha"), "Alpha,");
  EXPECT_EQ(names("name__equals=Alpha"), "Alpha,");
  EXPECT_EQ(names("name__not=Alpha"), "alphabet,Beta 100%,");
  EXPECT_EQ(names("name__contains=PHA"), "Alpha,alphabet,");
  EXPECT_EQ(names("name__contains=100%25"), "Beta 100%,");
  EXPECT_EQ(names("external_id__contains=_"), "Alpha,");
  EXPECT_EQ(names("name__startsWith=alp"), "Alpha,alphabet,");
  EXPECT_EQ(names("name__endWith=bet"), "alphabet,");
  EXPECT_EQ(names("name__endsWith=bet"), "alphabet,");
  EXPECT_EQ(names("country__in=FR,XX"), "Alpha,");
  EXPECT_EQ(names("country__in[]=FR&country__in[]=DE"), "Alpha,alphabet,Beta 100%,");
  EXPECT_EQ(names("currency__notIn=USD"), "Alpha,Beta 100%,");
  EXPECT_EQ(names("external_id__isNull=true"), "alphabet,");
  EXPECT_EQ(names("external_id__isNotNull=true"), "Alpha,Beta 100%,");
  EXPECT_EQ(
      names("created_at__gte=2026-01-01T00:00:00.000Z&created_at__lte=2026-01-01T00:00:00.000Z"),
      "Alpha,alphabet,Beta 100%,");
  EXPECT_EQ(names("created_at__gt=2026-01-01T00:00:00.000Z"), "");
  EXPECT_EQ(names("nonsense=1&limit=1"), "Alpha,alphabet,Beta 100%,");
  EXPECT_EQ(names("search=ALPHAB"), "alphabet,");
  EXPECT_EQ(book.get("/v1/customers?currency=XXX").status, 400);
  EXPECT_EQ(
      book.get("/v1/customers?updated_at__gte=2026-01-01").get("errors", "updated_at__gte", "0"),
      "Invalid ISO datetime");
  EXPECT_EQ(book.get("/v1/customers?updated_at__isNull=true").status, 400);
  EXPECT_EQ(book.get("/v1/customers?name=%zz").status, 400);
  EXPECT_EQ(book.get("/v1/customers?name=%ff").status, 400);
}

TEST_P(Protocol, Bodies_EveryProblemIsNamedWithItsPath) {
  auto const answer = book.post(
      "/v1/products",
      R"({"type":"nope","price_configurations":[{"currency":5,"type":"fee","prices":[{"type":"fee","amount":"x"}]}]})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.get("type"), "ValidationError");
  EXPECT_EQ(answer.get("errors", "name", "0"), "required");
  EXPECT_EQ(answer.get("errors", "price_configurations[0].currency", "0"),
            "expected string, received number");
  EXPECT_EQ(answer.get("errors", "price_configurations[0].prices[0].amount", "0"),
            "expected number, received string");
  EXPECT_NE(answer.get("errors", "type", "0").find("expected one of flat_fee"), std::string::npos);
  EXPECT_EQ(answer.get("message"), "name: required (and 3 more)");
}

TEST_P(Protocol, Bodies_TheMessageSaysTheFirstProblem) {
  auto const tiers = book.post(
      "/v1/products",
      R"({"type":"seat","name":"Seats","price_configurations":[{"currency":"EUR","type":"volume",)"
      R"("billing_interval":{"period":"months","count":1},"prices":[)"
      R"({"type":"volume","from":0,"to":100,"amount":1},)"
      R"({"type":"volume","from":150,"to":null,"amount":1}]}]})");
  EXPECT_EQ(tiers.get("message"),
            "price_configurations[0].prices[1].from: must follow the tier before it, without a gap "
            "(expected 100)");
  // A part of a body that is checked on its own.
  auto const filter =
      book.post("/v1/products", R"({"type":"dynamic","name":"U","price_configurations":[],)"
                                R"("aggregator":{"entity":"","operation":"count"}})");
  EXPECT_EQ(filter.status, 400);
  EXPECT_TRUE(filter.get("message").starts_with("aggregator.event_type: ")) << filter.text;
  // Query parameters keep the words of the contract.
  EXPECT_EQ(book.get("/v1/customers?take=x").get("message"), "Invalid query params");
}

TEST_P(Protocol, Bodies_BadJsonIs400AndStoresNothing) {
  std::string const deep(100, '[');
  for (std::string const& body :
       {std::string("{"), std::string("{\"name\":\"a\"} x"),
        std::string("{\"name\":\"a\",\"name\":\"b\"}"), deep, std::string("{\"name\":\"\xff\"}"),
        std::string("{\"name\":\"\\u0000\"}"), std::string("[1,2]"), std::string("\"text\""),
        std::string("{\"tax_rate_custom\":1" + std::string(500, '0') + "}"),
        std::string("{\"created_at\":1e999999999,\"tax_rate_custom\":1e999999999}")}) {
    auto const answer = book.post("/v1/customers", body);
    EXPECT_EQ(answer.status, 400) << body.substr(0, 60) << answer.text;
    EXPECT_FALSE(answer.get("message").empty());
  }
  EXPECT_EQ(book.get("/v1/customers").get("meta", "total"), "0");
}

TEST_P(Protocol, Bodies_TextIsReadWhereABooleanOrNumberIsMeant) {
  auto const id = book.customer(
      R"("name":"A","currency":"EUR","invoice_reminders_enabled":"false","tax_rate_custom":"12.5","custom_payment_delay":"10")");
  auto const customer = book.get("/v1/customers/" + id);
  EXPECT_EQ(customer.get("invoice_reminders_enabled"), "false");
  EXPECT_EQ(customer.get("tax_rate_custom"), "12.5");
  EXPECT_EQ(customer.get("custom_payment_delay"), "10");
}

TEST_P(Protocol, Bodies_AFormTypeWithoutBytesIsNoBody) {
  auto const id = book.customer();
  auto const answer = book.call("PUT", "/v1/customers/" + id + "/archive", "",
                                {"content-type: application/x-www-form-urlencoded"});
  EXPECT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(
      book.call("POST", "/v1/customers", "--x", {"content-type: multipart/form-data; boundary=x"})
          .status,
      400);
}

TEST_P(Protocol, Idempotency_TheSameKeyRepeatsTheAnswerNotTheWork) {
  std::vector<std::string> const key = {"idempotency-key: once"};
  auto const first = book.call("POST", "/v1/customers", R"({"name":"A"})", key);
  auto const second = book.call("POST", "/v1/customers", R"({"name":"A"})", key);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(first.text, second.text);
  EXPECT_EQ(second.header("idempotent-replayed"), "true");
  EXPECT_EQ(book.get("/v1/customers").get("meta", "total"), "1");
  auto const other = book.call("POST", "/v1/customers", R"({"name":"B"})", key);
  EXPECT_EQ(other.status, 417);
  // Without a key the write happens again.
  book.customer("\"name\":\"A\"");
  EXPECT_EQ(book.get("/v1/customers").get("meta", "total"), "2");
}

TEST_P(Protocol, Idempotency_ARefusalIsRepeatedToo_AndTheKeyEndsAfter24Hours) {
  std::vector<std::string> const key = {"idempotency-key: bad"};
  EXPECT_EQ(book.call("POST", "/v1/customers", R"({"currency":"NOPE"})", key).status, 400);
  EXPECT_EQ(book.call("POST", "/v1/customers", R"({"currency":"NOPE"})", key)
                .header("idempotent-replayed"),
            "true");
  book.machine_clock().set(*parse_instant("2026-01-02T00:00:00.001Z"));
  EXPECT_EQ(book.call("POST", "/v1/customers", R"({"name":"now fine"})", key).status, 201);
}

TEST_P(Protocol, Idempotency_ParallelCallersWithOneKeyMakeOneCustomer) {
  std::vector<std::thread> threads;
  std::atomic<int> created{0}, running{0}, other{0};
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&] {
      auto const answer =
          book.call("POST", "/v1/customers", R"({"name":"A"})", {"idempotency-key: race"});
      ++(answer.status == 201 ? created : answer.status == 409 ? running : other);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(other, 0);
  EXPECT_GE(created, 1);
  EXPECT_EQ(book.get("/v1/customers").get("meta", "total"), "1");
}

// Behind a TLS proxy the server hands over what the proxy said; a public URL wins over both.
TEST_P(Protocol, AbsoluteLinks_FollowTheProxyOrThePublicUrl) {
  for (std::string const& public_url :
       {std::string(), std::string("https://billing.example.com")}) {
    api::Api api(book.services(), {public_url, false});
    api.router().add({"GET",
                      "/v1/link",
                      "t",
                      "t",
                      api::RouteKind::read,
                      "customers",
                      200,
                      {},
                      {},
                      {},
                      [](api::Call& call) -> Result<api::Reply> {
                        return api::Reply{200, call.base_url};
                      }});
    Request request;
    request.method = "GET";
    request.path = "/v1/link";
    request.headers = {{"authorization", "Bearer " + book.make_key(Mode::test)},
                       {"host", "proxy.example"}};
    EXPECT_EQ(api.handle(request).body, public_url.empty() ? "http://proxy.example" : public_url);
    request.tls_upstream = true;
    EXPECT_EQ(api.handle(request).body, public_url.empty() ? "https://proxy.example" : public_url);
  }
}

TEST_P(Protocol, RateHeadersAreAlwaysSent) {
  auto const answer = book.get("/v1/customers");
  EXPECT_FALSE(answer.header("x-ratelimit-limit").empty());
  EXPECT_FALSE(answer.header("x-ratelimit-remaining").empty());
  EXPECT_TRUE(parse_instant(answer.header("x-ratelimit-reset")));
}

TEST_P(Protocol, RateLimits_TheVendorsFiguresAnswer429) {
  api::Api api(book.services(), {"", true});
  api.router().add({"GET",
                    "/v1/ping",
                    "t",
                    "t",
                    api::RouteKind::read,
                    "customers",
                    200,
                    {},
                    {},
                    {},
                    [](api::Call&) -> Result<api::Reply> {
                      return api::Reply{200, "{}"};
                    }});
  Request request;
  request.method = "GET";
  request.path = "/v1/ping";
  request.headers = {{"authorization", "Bearer " + book.make_key(Mode::test)}};
  for (int i = 0; i < 200; ++i) ASSERT_EQ(api.handle(request).status, 200);
  auto const limited = api.handle(request);
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.body, "Too many requests");
  bool retry = false;
  for (auto const& header : limited.headers)
    retry = retry || (header.first == "retry-after" && header.second == "10");
  EXPECT_TRUE(retry);
  book.machine_clock().set(*parse_instant("2026-01-01T00:00:10.000Z"));
  EXPECT_EQ(api.handle(request).status, 200);
}

}  // namespace tallybook
