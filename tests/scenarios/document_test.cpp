// The OpenAPI document tells the truth: it is the one committed, its examples are accepted, its
// routes answer.
#include <fstream>
#include <sstream>

#include "api/protocol/openapi.hpp"
#include "main/api_routes.hpp"
#include "main/node.hpp"
#include "store/postgres/postgres_database.hpp"
#include "support/installation.hpp"

namespace tallybook {

TEST(Document, TheCommittedOneIsWhatTheRoutesSay) {
  api::Router router;
  CustomerDirectory directory;
  add_all_routes(router, directory);
  std::ifstream file(std::string(TALLYBOOK_SOURCE_DIR) + "/docs/api/openapi.json");
  std::stringstream committed;
  committed << file.rdbuf();
  EXPECT_TRUE(committed.str() == to_pretty_json_text(api::openapi_document(router)))
      << "docs/api/openapi.json is out of date: run make openapi";
}

class Examples : public testing::OnBothDatabases {};
TB_ON_BOTH_DATABASES(Examples);

// The story of the examples, in the order of the table, with real ids where they name one.
TEST_P(Examples, AreAccepted) {
  std::string customer, entity, dynamic, subscription, invoice, credit, token, wallet;
  auto const made =
      book.post("/v1/products", R"({"type":"credit","name":"Credits","price_configurations":[]})");
  for (auto const& example : api_examples()) {
    std::string path = example.pattern, body = example.body;
    auto const put_in = [](std::string& text, std::string const& what, std::string const& with) {
      if (auto const at = text.find(what); at != std::string::npos)
        text.replace(at, what.size(), with);
    };
    if (path.starts_with("/v1/subscriptions")) put_in(path, "{id}", subscription);
    if (path.starts_with("/v1/invoices")) {
      invoice = book.get("/v2/invoices?status=to_pay&order=asc").get("data", "0", "id");
      put_in(path, "{id}", invoice);
      put_in(body, "12072", book.get("/v2/invoices/" + invoice).get("amount_due"));
    }
    if (path.starts_with("/v1/wallets")) put_in(path, "{id}", wallet);
    put_in(path, "{id}", customer);
    put_in(path, "{product_id}", made.get("id"));
    put_in(body, "cus_9bXk2LmQ7ZtR4a", customer);
    put_in(body, "itm_5Rt7Gh20WqZx3C", dynamic);
    put_in(body, "itm_5rTgB8vNq2WsXe", made.get("id"));
    put_in(body, "tok_4Kd9mVx2QpLw7s", token);
    auto const answer = book.call(example.method, path, body);
    EXPECT_TRUE(answer.status == 200 || answer.status == 201)
        << example.method << " " << path << " " << answer.text;
    if (path == "/v1/customers") customer = answer.get("id");
    if (path == "/v1/wallets") wallet = answer.get("id");
    if (path == "/v1/products") dynamic = answer.get("id");
    if (path == "/v1/sandbox/payment-methods") token = answer.get("provider_payment_method_id");
    if (path == "/v2/subscriptions") {
      subscription = answer.get("id");
      book.advance("2026-03-10T00:00:00.000Z");
    }
  }
}

TEST_P(Examples, EveryRouteWantsAKeyUnlessItSaysOtherwise) {
  api::Router router;
  CustomerDirectory directory;
  add_all_routes(router, directory);
  book.use_key("");
  for (auto const& route : router.routes()) {
    auto const answer = book.call(route->method, route->pattern, "{}");
    EXPECT_EQ(answer.status, route->resource.empty() ? 200 : 401)
        << route->method << " " << route->pattern;
  }
}

TEST(Locks, ASecondProcessOrNodeIsRefused) {
  testing::TempFolder folder;
  FolderLock const first(folder.path());
  EXPECT_THROW(FolderLock second(folder.path()), StoreUnavailable);
  char const* url = std::getenv("TALLYBOOK_TEST_POSTGRES");
  ASSERT_NE(url, nullptr);
  auto const node = take_node_lock(url);
  EXPECT_THROW(take_node_lock(url), StoreUnavailable);
}

}  // namespace tallybook
