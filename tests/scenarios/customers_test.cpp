// Customers and invoicing entities through the API.
#include "support/installation.hpp"

namespace tallybook {

class Customers : public testing::OnBothDatabases {};
TB_ON_BOTH_DATABASES(Customers);

TEST_P(Customers, Create_FillsWhatIsAbsentFromTheEntity) {
  auto const id = book.customer(R"("billing_email":"ap@Example.COM","unknown_key":1)");
  auto const v1 = book.get("/v1/customers/" + id);
  EXPECT_EQ(v1.get("country"), "FR");
  EXPECT_EQ(v1.get("language"), "fr");
  EXPECT_EQ(v1.get("timezone"), "Etc/UTC");
  EXPECT_EQ(v1.get("domain"), "example.com");
  EXPECT_EQ(v1.get("status"), "active");
  EXPECT_EQ(v1.get("created_at"), "2026-01-01T00:00:00.000Z");
  EXPECT_TRUE(v1.get("invoicing_entity_id").starts_with("ive_"));
  auto const v2 = book.get("/v2/customers/" + id);
  EXPECT_EQ(v2.get("id"), id);
  EXPECT_EQ(v2.body.find("vat_number"), nullptr);
  EXPECT_NE(v2.body.find("payment_terms"), nullptr);
  EXPECT_EQ(book.outbox(), std::vector<std::string>{"customer.created"});
}

TEST_P(Customers, Update_ChangesWhatIsNamed_NullClears) {
  auto const id = book.customer(
      R"("name":"A","currency":"EUR","registration_number":"1","properties":{"a":1},"tax_ids":[{"value":"FR1"}])");
  auto const answer = book.put("/v1/customers/" + id, R"({"registration_number":null,"name":"B"})");
  EXPECT_EQ(answer.status, 200) << answer.text;
  EXPECT_EQ(answer.get("name"), "B");
  EXPECT_EQ(answer.get("registration_number"), "null");
  EXPECT_EQ(answer.get("currency"), "EUR");
  EXPECT_EQ(answer.get("properties"), R"({"a":1})");
  EXPECT_EQ(answer.get("vat_number"), "FR1");
  EXPECT_EQ(answer.get("tax_ids", "0", "status"), "invalid");
}

TEST_P(Customers, ExternalIds_AreUniqueUntilDeletion) {
  auto const id = book.customer();
  EXPECT_EQ(book.post("/v1/customers", R"({"external_id":"acme"})").status, 409);
  auto const other = book.customer("\"name\":\"B\"");
  EXPECT_EQ(book.put("/v1/customers/" + other, R"({"external_id":"acme"})").status, 409);
  EXPECT_EQ(book.put("/v1/customers/" + id, R"({"external_id":"acme"})").status, 200);
  EXPECT_EQ(book.call("DELETE", "/v1/customers/" + id).status, 400);  // archive first
  EXPECT_EQ(book.put("/v1/customers/" + id + "/archive").status, 200);
  EXPECT_EQ(book.call("DELETE", "/v1/customers/" + id).status, 204);
  EXPECT_EQ(book.get("/v1/customers/" + id).status, 404);
  EXPECT_EQ(book.get("/v1/customers?status=all").get("meta", "total"), "1");
  book.customer();
}

TEST_P(Customers, Archive_HidesFromListsUntilUnarchived) {
  auto const id = book.customer();
  EXPECT_EQ(book.put("/v1/customers/" + id + "/archive").get("status"), "archived");
  EXPECT_EQ(book.put("/v1/customers/" + id + "/archive").status, 409);
  EXPECT_EQ(book.get("/v1/customers").get("meta", "total"), "0");
  EXPECT_EQ(book.get("/v2/customers?status=archived").get("data", "0", "id"), id);
  EXPECT_EQ(book.get("/v1/customers?status=all").get("meta", "total"), "1");
  EXPECT_EQ(book.get("/v1/customers?status__in=archived,active").get("meta", "total"), "1");
  EXPECT_EQ(book.get("/v1/customers?status=lost").status, 400);
  EXPECT_EQ(book.put("/v1/customers/" + id + "/unarchive").get("status"), "active");
  EXPECT_EQ(book.put("/v1/customers/" + id + "/unarchive").status, 409);
  EXPECT_EQ(book.outbox(), (std::vector<std::string>{"customer.created", "customer.archived",
                                                     "customer.recovered"}));
}

TEST_P(Customers, BadInput_IsNamedAndStoresNothing) {
  struct Case {
    char const* body;
    char const* field;
  };
  for (auto const& [body, field] : std::initializer_list<Case>{
           {R"({"currency":"EURO"})", "currency"},
           {R"({"timezone":"Mars/Olympus"})", "timezone"},
           {R"({"tax_rate_custom":101})", "tax_rate_custom"},
           {R"({"tax_rate_custom":-1})", "tax_rate_custom"},
           {R"({"billing_email":"nobody"})", "billing_email"},
           {R"({"invoice_emails":["a@b.example","x"]})", "invoice_emails[1]"},
           {R"({"billing_address":{"country":"France"}})", "billing_address.country"},
           {R"({"billing_address":{"name":"x"}})", "billing_address.country"},
           {R"({"custom_payment_delay":-1})", "custom_payment_delay"},
           {R"({"custom_payment_delay":1.5})", "custom_payment_delay"},
           {R"({"invoicing_entity_id":"ive_none"})", "invoicing_entity_id"},
           {R"({"type":"automatically_created"})", "type"},
           {R"({"language":"xx"})", "language"},
           {R"({"organisation_id":"cus_x"})", "organisation_id"},
           {R"({"price_book_id":"prib_x"})", "price_book_id"},
           {R"({"custom_properties":{"region":"x"}})", "custom_properties.region"},
           {R"({"external_id":""})", "external_id"},
           {R"({"available_payment_methods":["cash"]})", "available_payment_methods[0]"},
       }) {
    auto const answer = book.post("/v1/customers", body);
    EXPECT_EQ(answer.status, 400) << body;
    EXPECT_NE(answer.at("errors").find(field), nullptr) << answer.text;
  }
  EXPECT_EQ(book.get("/v1/customers?status=all").get("meta", "total"), "0");
  EXPECT_TRUE(book.outbox().empty());
}

TEST_P(Customers, TheCurrencyIsFixedOnceThereIsAnInvoice) {
  auto const id = book.customer();
  EXPECT_EQ(book.put("/v1/customers/" + id, R"({"currency":"USD"})").status, 200);
  EXPECT_EQ(book.put("/v1/customers/" + id, R"({"currency":"EUR"})").status, 200);
  book.subscribe(id, "[{\"id\":\"" + book.flat_fee("100") + "\"}]");
  auto const answer = book.put("/v1/customers/" + id, R"({"currency":"USD"})");
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.at("errors").find("currency"), nullptr);
}

TEST_P(Customers, Archive_IsRefusedWhileASubscriptionRuns) {
  auto const id = book.customer();
  auto const subscription = book.subscribe(id, "[{\"id\":\"" + book.flat_fee("100") + "\"}]");
  EXPECT_EQ(book.put("/v1/customers/" + id + "/archive").status, 400);
  EXPECT_EQ(book.post("/v1/subscriptions/" + subscription + "/cancel").status, 200);
  EXPECT_EQ(book.put("/v1/customers/" + id + "/archive").status, 200);
}

TEST_P(Customers, Entities_TheDefaultIsEurInUtcWithThreeDaysOfGrace) {
  auto const list = book.get("/v1/invoicing-entities");
  EXPECT_EQ(list.get("meta", "total"), "1");
  EXPECT_EQ(list.get("data", "0", "timezone"), "Etc/UTC");
  EXPECT_EQ(list.get("data", "0", "currency"), "EUR");
  EXPECT_EQ(list.get("data", "0", "country"), "FR");
  EXPECT_EQ(list.get("data", "0", "invoice_grace_period_duration"), "3");
  EXPECT_EQ(list.get("data", "0", "is_default"), "true");
}

TEST_P(Customers, Entities_MayForceTheTypeOfTheirCustomers) {
  auto const entity = book.get("/v1/invoicing-entities").get("data", "0", "id");
  book.put("/v1/invoicing-entities/" + entity, R"({"forced_customer_type":"corporate"})");
  EXPECT_EQ(book.get("/v1/customers/" + book.customer()).get("type"), "corporate");
}

TEST_P(Customers, Entities_AreCreatedChangedAndDeleted) {
  auto const first = book.get("/v1/invoicing-entities").get("data", "0", "id");
  auto const made = book.post(
      "/v1/invoicing-entities",
      R"({"name":"UK Ltd","country":"GB","currency":"GBP","accounting_currency":"GBP","timezone":"Europe/London","next_invoice_number":42,"invoice_number_pattern":"UK-{YYYY}-{number}"})");
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.get("next_invoice_number"), "42");
  auto const id = made.get("id");
  EXPECT_EQ(book.put("/v1/invoicing-entities/" + id, R"({"country":"FR"})").status, 400);
  EXPECT_EQ(
      book.put("/v1/invoicing-entities/" + id, R"({"invoice_number_pattern":"no number"})").status,
      400);
  EXPECT_EQ(book.put("/v1/invoicing-entities/" + first, R"({"is_default":false})").status, 400);
  EXPECT_EQ(book.put("/v1/invoicing-entities/" + id, R"({"is_default":true,"manual_tax_rate":20})")
                .get("manual_tax_rate"),
            "20");
  EXPECT_EQ(book.get("/v1/invoicing-entities/" + first).get("is_default"), "false");
  EXPECT_EQ(book.call("DELETE", "/v1/invoicing-entities/" + id).status, 400);
  EXPECT_EQ(book.call("DELETE", "/v1/invoicing-entities/" + first).status, 204);
  EXPECT_EQ(book.get("/v1/invoicing-entities/" + first).status, 404);
}

}  // namespace tallybook
