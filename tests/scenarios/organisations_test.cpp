// Organisations: one customer is billed for others, document by document or grouped.
#include "support/installation.hpp"

namespace tallybook {

using Shown = std::vector<std::string>;

class Organisations : public testing::OnBothDatabases {
 protected:
  void SetUp() override {
    book.set_clock("2026-01-01T00:00:00Z");
    group = book.customer(
        R"("name":"Group","currency":"EUR","tax_rate_custom":10,"custom_payment_delay":60)");
  }
  std::string child(std::string const& name, std::string const& mode,
                    std::string const& currency = "EUR") {
    return book.customer(R"("name":")" + name + R"(","external_id":")" + name +
                         R"(","currency":")" + currency +
                         R"(","tax_rate_custom":20,"organisation_id":")" + group +
                         R"(","organisation_invoicing":")" + mode + "\"");
  }
  std::string sell(std::string const& customer, std::vector<std::string> const& products,
                   std::string const& more = "") {
    std::string list;
    for (auto const& id : products) list += (list.empty() ? "" : ",") + ("{\"id\":\"" + id + "\"}");
    return book.subscribe(customer, "[" + list + "]", more);
  }
  std::string tokens() {
    return book.usage_product(R"([{"type":"volume","from":0,"to":null,"amount":10}])");
  }
  testing::Answer schedule(std::string const& every, std::string const& at) {
    auto const answer =
        book.call("PATCH", "/v1/organisations/" + group,
                  R"({"invoice_schedule":")" + every + R"(","next_invoice_at":")" + at + "\"}");
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer;
  }
  std::string next_date() { return book.get("/v1/organisations/" + group).get("next_invoice_at"); }
  Shown invoices_of(std::string const& customer) {
    return book.invoices("&customer_id=" + customer);
  }
  std::string cancel(std::string const& subscription, std::string const& body) {
    auto const answer = book.post("/v1/subscriptions/" + subscription + "/cancel", body);
    EXPECT_EQ(answer.status, 200) << answer.text;
    return answer.get("status");
  }
  void refused(testing::Answer const& answer, char const* field) {
    EXPECT_EQ(answer.status, 400) << answer.text;
    EXPECT_NE(answer.at("errors").find(field), nullptr) << answer.text;
  }
  std::string group;
};
TB_ON_BOTH_DATABASES(Organisations);

TEST_P(Organisations, Individual_TheOrganisationIssues_TheChildKeepsAReference) {
  auto const unit = child("unit", "every_invoice");
  sell(unit, {book.flat_fee("10000"), tokens()});
  EXPECT_EQ(invoices_of(group), Shown{"INV-1 to_pay 11000 | Platform 1 10000;"});
  EXPECT_EQ(invoices_of(unit), Shown{"null charged_on_parent 11000 | Platform 1 10000;"});
  book.event("e1", "2026-01-10T00:00:00Z", R"("tokens":100)", "unit");
  // The invoice of the running period shows what the organisation would pay.
  auto const open = book.get("/v2/invoices?status=open");
  EXPECT_EQ(open.get("data", "0", "total_amount"), "1100");
  book.advance("2026-02-01T00:00:00Z");
  auto const waiting = book.get("/v2/invoices?status=grace_period");
  EXPECT_EQ(waiting.get("data", "0", "customer", "id"), group);
  EXPECT_EQ(waiting.get("data", "0", "total_amount"), "12100");
  // Late, in grace: counted for the child.
  book.event("e2", "2026-01-20T00:00:00Z", R"("tokens":50)", "unit");
  book.advance("2026-02-04T00:00:00Z");
  EXPECT_EQ(invoices_of(group)[1], "INV-2 to_pay 12650 | Platform 1 10000; Tokens 150 1500;");
  EXPECT_EQ(invoices_of(unit)[1],
            "null charged_on_parent 12650 | Platform 1 10000; Tokens 150 1500;");
  auto const issued = book.get("/v2/invoices?number=INV-2");
  EXPECT_EQ(issued.get("data", "0", "due_at"), "2026-04-05T00:00:00.000Z");
  EXPECT_EQ(issued.get("data", "0", "customer", "name"), "Group");
  // The reference has a type of its own.
  auto const kept = book.get("/v2/invoices?type=child_invoice_ref&order=asc");
  ASSERT_EQ(kept.at("data").as_array()->size(), 2u) << kept.text;
  EXPECT_EQ(kept.get("data", "1", "id"), open.get("data", "0", "id"));
  EXPECT_EQ(kept.get("data", "1", "type"), "child_invoice_ref");
  EXPECT_EQ(kept.get("data", "1", "customer", "id"), unit);
  EXPECT_EQ(book.get("/v2/invoices?type=invoice").at("data").as_array()->size(), 2u);
  EXPECT_EQ(book.ledger()["receivable"], 11000 + 12650);
  EXPECT_EQ(book.ledger()["output_tax"], -1000 - 1150);
}

// It is sent where the customer wants it, whoever pays.
TEST_P(Organisations, Individual_ShowsWhereTheCustomersGoodsGo) {
  auto const unit = child("unit", "every_invoice");
  auto const moved = book.put(
      "/v1/customers/" + unit,
      R"({"shipping_address":{"name":"Warehouse 7","line1":"Quai 12","city":"Marseille","zip":"13002","country":"FR"}})");
  EXPECT_EQ(moved.status, 200) << moved.text;
  sell(unit, {book.flat_fee("10000")}, R"(,"display_shipping_details":true)");
  auto const issued = book.get("/v2/invoices?number=INV-1");
  EXPECT_EQ(issued.get("data", "0", "customer", "id"), group);
  EXPECT_EQ(issued.get("data", "0", "customer", "shipping_address", "city"), "Marseille");
}

TEST_P(Organisations, Individual_CreditsAreTheCustomers_TheDebtIsOfWhatWasBilled) {
  auto const unit = child("unit", "every_invoice");
  auto const credits =
      book.post("/v1/products",
                R"({"type":"credit","name":"Credits","price_configurations":[{"currency":"EUR",)"
                R"("billing_interval":{"period":"months","count":1},"type":"bundle","prices":)"
                R"([{"type":"bundle","amount":1000,"pack_size":100}]}]})")
          .get("id");
  sell(unit, {credits});
  EXPECT_EQ(invoices_of(group), Shown{"INV-1 to_pay 1100 | Credits 100 1000;"});
  EXPECT_EQ(invoices_of(unit), Shown{"null charged_on_parent 1100 | Credits 100 1000;"});
  std::string const balance = "/v1/customers/" + unit + "/credits/" + credits;
  EXPECT_EQ(book.get(balance).get("current_balance"), "100");
  EXPECT_EQ(book.post(balance + "/usage", R"({"usage_retained":40})").status, 201);
  auto const postings = book.get("/v1/customers/" + unit + "/credits/" + credits + "/transactions");
  EXPECT_EQ(postings.get("data", "0", "balance_after"), "60") << postings.text;
}

TEST_P(Organisations, Individual_DraftsAndNotes) {
  auto const unit = child("unit", "every_invoice");
  auto const id = sell(unit, {book.flat_fee("10000")}, R"(,"generate_draft_invoices":true)");
  EXPECT_EQ(invoices_of(group), Shown{"null draft 11000 | Platform 1 10000;"});
  auto const draft = book.get("/v2/invoices?status=draft").get("data", "0", "id");
  EXPECT_EQ(book.post("/v1/invoices/" + draft + "/validate").get("number"), "INV-1");
  EXPECT_EQ(cancel(id, R"({"pro_rata":true})"), "cancelled");
  // 30 of 31 days: 96.77 with 10 %.
  EXPECT_EQ(invoices_of(group)[1], "CN-1 paid 10645 | Platform 1 9677;");
  EXPECT_EQ(invoices_of(unit)[1], "null charged_on_parent 10645 | Platform 1 9677;");
  auto const kept = book.get("/v2/invoices?type=child_creditnote_ref");
  EXPECT_EQ(kept.get("data", "0", "customer", "id"), unit);
  EXPECT_EQ(book.ledger()["receivable"], 11000 - 10645);
}

TEST_P(Organisations, Individual_ADraftIsCutWithItsReference) {
  auto const unit = child("unit", "every_invoice");
  auto const id = sell(unit, {book.flat_fee("10000")}, R"(,"generate_draft_invoices":true)");
  EXPECT_EQ(cancel(id, R"({"pro_rata":true})"), "cancelled");
  EXPECT_EQ(invoices_of(group), Shown{"null draft 355 | Platform 1 323;"});
  EXPECT_EQ(invoices_of(unit), Shown{"null charged_on_parent 355 | Platform 1 323;"});
}

TEST_P(Organisations, TheOrganisationsPaymentMethodIsCharged) {
  auto const unit = child("unit", "every_invoice");
  auto const add = [&](std::string const& whose) {
    auto const token = book.post(
        "/v1/sandbox/payment-methods",
        R"({"card":{"number":"4970000000004240","expiration_month":6,"expiration_year":2031}})");
    auto const made = book.post("/v1/customers/" + whose + "/payment-methods",
                                R"({"provider_name":"sandbox","provider_payment_method_id":")" +
                                    token.get("provider_payment_method_id") + "\"}");
    EXPECT_EQ(made.status, 201) << made.text;
  };
  add(unit);
  sell(unit, {book.flat_fee("10000")});
  book.advance("2026-01-20T00:00:00Z");
  EXPECT_EQ(invoices_of(group)[0], "INV-1 to_pay 11000 | Platform 1 10000;");
  add(group);
  book.advance("2026-02-20T00:00:00Z");
  EXPECT_EQ(invoices_of(group)[1], "INV-2 paid 11000 | Platform 1 10000;");
}

TEST_P(Organisations, Grouped_OneInvoicePerCurrency_OneLinePerChildInvoice) {
  auto const paris = child("paris", "concat");
  auto const texas = child("texas", "concat", "USD");
  // Without a schedule it would never be invoiced: the start of the next month.
  EXPECT_EQ(next_date(), "2026-02-01T00:00:00.000Z");
  schedule("month", "2026-01-31T12:00:00Z");
  sell(paris, {book.flat_fee("10000"), tokens()});
  sell(texas, {book.flat_fee("5000", R"({"period":"months","count":1})", "USD")});
  EXPECT_EQ(invoices_of(paris), Shown{"null pending_parent_concat 11000 | Platform 1 10000;"});
  book.advance("2026-01-31T12:00:00Z");
  EXPECT_EQ(invoices_of(group),
            (Shown{"INV-1 to_pay 11000 | paris, 2026-01-01 - 2026-01-31 1 10000;",
                   "INV-2 to_pay 5500 | texas, 2026-01-01 - 2026-01-31 1 5000;"}));
  EXPECT_EQ(next_date(), "2026-02-28T12:00:00.000Z");
  auto const first = book.get("/v2/invoices?number=INV-1");
  EXPECT_EQ(first.get("data", "0", "line_items", "0", "description"), "Platform: 100.00 EUR");
  EXPECT_EQ(first.get("data", "0", "due_at"), "2026-04-01T12:00:00.000Z");
  book.event("e1", "2026-01-10T00:00:00Z", R"("tokens":100)", "paris");
  book.advance("2026-02-10T00:00:00Z");
  EXPECT_EQ(invoices_of(paris)[1],
            "null pending_parent_concat 12100 | Platform 1 10000; Tokens 100 1000;");
  // Late, but before the organisation's date.
  book.event("e2", "2026-01-20T00:00:00Z", R"("tokens":50)", "paris");
  book.advance("2026-03-01T00:00:00Z");
  EXPECT_EQ(invoices_of(group)[2], "INV-3 to_pay 12650 | paris, 2026-01-01 - 2026-02-28 1 11500;");
  EXPECT_EQ(invoices_of(paris)[1],
            "null charged_on_parent 12650 | Platform 1 10000; Tokens 150 1500;");
  EXPECT_EQ(invoices_of(group)[3], "INV-4 to_pay 5500 | texas, 2026-02-01 - 2026-02-28 1 5000;");
  // The day it was given with comes back after the short month.
  EXPECT_EQ(next_date(), "2026-03-31T12:00:00.000Z");
  book.advance("2026-03-01T00:00:00Z");
  EXPECT_EQ(invoices_of(group).size(), 4u);
  auto const both = book.get("/v1/organisations/" + group);
  EXPECT_EQ(both.get("child_customer_ids", "0"), paris);
  EXPECT_EQ(both.get("child_customer_ids", "1"), texas);
}

TEST_P(Organisations, Grouped_NothingWaiting_TheDateMovesOn) {
  child("unit", "concat");
  schedule("quarter", "2026-01-15T00:00:00Z");
  book.advance("2026-05-01T00:00:00Z");
  EXPECT_TRUE(book.invoices().empty());
  EXPECT_EQ(next_date(), "2026-07-15T00:00:00.000Z");
}

TEST_P(Organisations, Grouped_ADraftWhenAnyChildWantsDrafts) {
  auto const a = child("a", "concat");
  auto const b = child("b", "concat");
  schedule("year", "2026-01-02T00:00:00Z");
  sell(a, {book.flat_fee("10000")});
  auto const id = sell(b, {book.flat_fee("3100")}, R"(,"generate_draft_invoices":true)");
  book.advance("2026-01-03T00:00:00Z");
  EXPECT_EQ(next_date(), "2027-01-02T00:00:00.000Z");
  auto const draft = book.get("/v2/invoices?status=draft").get("data", "0", "id");
  // Its lines are what they stand for.
  EXPECT_EQ(book.call("PATCH", "/v1/invoices/" + draft,
                      R"({"line_items":[{"name":"x","unit_amount":1}]})")
                .status,
            409);
  // Three of 31 days are kept; the line follows while it is a draft.
  EXPECT_EQ(cancel(id, R"({"pro_rata":true})"), "cancelled");
  EXPECT_EQ(invoices_of(group)[0],
            "null draft 11330 | a, 2026-01-01 - 2026-01-31 1 10000; b, 2026-01-01 - 2026-01-31 1 "
            "300;");
  EXPECT_EQ(book.post("/v1/invoices/" + draft + "/validate").get("number"), "INV-1");
  EXPECT_EQ(book.ledger()["receivable"], 11330);
}

TEST_P(Organisations, Grouped_CancellingWithRefund) {
  auto const a = child("a", "concat");
  schedule("month", "2026-01-02T00:00:00Z");
  auto const charged = sell(a, {book.flat_fee("10000")});
  book.advance("2026-01-15T10:00:00Z");
  // What waits is cut like a draft: 15 January is used, 17 days of 31 in all.
  auto const waits = sell(a, {book.flat_fee("3100")});
  EXPECT_EQ(cancel(waits, R"({"pro_rata":true})"), "cancelled");
  EXPECT_EQ(invoices_of(a)[1], "null pending_parent_concat 110 | Platform 1 100;");
  // What was charged is credited on the organisation's line: 16 of 31 days.
  EXPECT_EQ(cancel(charged, R"({"pro_rata":true})"), "cancelled");
  EXPECT_EQ(invoices_of(group)[1], "CN-1 paid 5677 | Platform 1 5161;");
  auto const note = book.get("/v2/invoices?type=credit_note");
  EXPECT_EQ(note.get("data", "0", "original_invoice_number"), "INV-1");
  EXPECT_EQ(note.get("data", "0", "customer", "id"), group);
  book.advance("2026-02-02T00:00:00Z");
  EXPECT_EQ(invoices_of(group)[2], "INV-2 to_pay 110 | a, 2026-01-15 - 2026-02-14 1 100;");
}

TEST_P(Organisations, Grouped_RefundOfAnAmount) {
  auto const a = child("a", "concat");
  schedule("month", "2026-01-02T00:00:00Z");
  auto const id = sell(
      a, {book.flat_fee("10000")},
      R"(,"cancellation_strategy":"refund_custom","cancellation_amount":2000,"cancel_at":"2026-01-20T00:00:00Z")");
  book.advance("2026-01-22T00:00:00Z");
  EXPECT_EQ(book.get("/v2/subscriptions/" + id).get("status"), "cancelled");
  EXPECT_EQ(invoices_of(group)[1], "CN-1 paid 2200 | Refund on cancellation 1 2000;");
}

TEST_P(Organisations, UsageGivenBack_IsACreditNoteOfTheOrganisation) {
  auto const product = book.usage_product(
      R"([{"type":"volume","from":0,"to":null,"amount":1}])",
      R"({"entity":"llm","operation":"sum","property":"tokens","allow_negative_values":true})");
  auto const one = child("one", "every_invoice");
  auto const two = child("two", "concat");
  schedule("month", "2026-02-15T00:00:00Z");
  for (auto const& [id, name] : {std::pair(one, "one"), std::pair(two, "two")}) {
    sell(id, {product});
    book.event(std::string("e") + name, "2026-01-11T00:00:00Z", R"("tokens":-150)", name);
  }
  book.advance("2026-02-15T00:00:00Z");
  EXPECT_EQ(invoices_of(group), (Shown{"CN-1 to_pay 165 | Tokens 150 150;",
                                       "CN-2 to_pay 165 | two, 2026-01-01 - 2026-01-31 -1 150;"}));
  EXPECT_EQ(invoices_of(one), Shown{"null charged_on_parent 165 | Tokens 150 150;"});
  EXPECT_EQ(invoices_of(two), Shown{"null charged_on_parent -165 | Tokens -150 -150;"});
  EXPECT_EQ(book.ledger()["refunds_payable"], -330);
}

TEST_P(Organisations, WhoseDocumentsWaitIsNotDeleted) {
  auto const unit = child("unit", "concat");
  auto const id = sell(unit, {book.flat_fee("10000")});
  EXPECT_EQ(cancel(id, "{}"), "cancelled");
  EXPECT_EQ(book.put("/v1/customers/" + unit + "/archive").status, 200);
  EXPECT_EQ(book.call("DELETE", "/v1/customers/" + unit).status, 400);
  book.advance("2026-02-01T00:00:00Z");
  EXPECT_EQ(invoices_of(group).size(), 1u);
  EXPECT_EQ(book.call("DELETE", "/v1/customers/" + unit).status, 204);
}

TEST_P(Organisations, TheModeChangesFromOneMonthToTheNext) {
  auto const unit = child("unit", "every_invoice");
  schedule("month", "2026-02-15T00:00:00Z");
  sell(unit, {book.flat_fee("10000")});
  auto const say = [&](std::string const& body) { return book.put("/v1/customers/" + unit, body); };
  EXPECT_EQ(say(R"({"organisation_invoicing":"concat"})").get("organisation_invoicing"), "concat");
  book.advance("2026-02-01T00:00:00Z");
  EXPECT_EQ(invoices_of(unit)[1], "null pending_parent_concat 11000 | Platform 1 10000;");
  // What waits is invoiced by the organisation it waits for.
  refused(say(R"({"organisation_id":null})"), "organisation_id");
  EXPECT_EQ(say(R"({"organisation_invoicing":"none"})").status, 200);
  book.advance("2026-03-01T00:00:00Z");
  EXPECT_EQ(invoices_of(group),
            (Shown{"INV-1 to_pay 11000 | Platform 1 10000;",
                   "INV-2 to_pay 11000 | unit, 2026-02-01 - 2026-02-28 1 10000;"}));
  EXPECT_EQ(invoices_of(unit)[2], "INV-3 to_pay 12000 | Platform 1 10000;");
  auto const out = say(R"({"organisation_id":null})");
  EXPECT_EQ(out.status, 200) << out.text;
  EXPECT_EQ(out.get("organisation_id"), "null");
  EXPECT_EQ(out.get("organisation_invoicing"), "none");
}

TEST_P(Organisations, BadInput) {
  auto const unit = child("unit", "every_invoice");
  auto const other = book.customer(R"("name":"Other")");
  auto const say = [&](std::string const& id, std::string const& body) {
    return book.put("/v1/customers/" + id, body);
  };
  refused(say(other, R"({"organisation_id":"cus_none"})"), "organisation_id");
  refused(say(other, "{\"organisation_id\":\"" + other + "\"}"), "organisation_id");
  refused(say(other, "{\"organisation_id\":\"" + unit + "\"}"), "organisation_id");
  refused(say(group, "{\"organisation_id\":\"" + other + "\"}"), "organisation_id");
  refused(say(other, R"({"organisation_invoicing":"concat"})"), "organisation_invoicing");
  refused(say(unit, R"({"organisation_invoicing":"sometimes"})"), "organisation_invoicing");
  EXPECT_EQ(book.put("/v1/customers/" + group + "/archive").status, 400);
  EXPECT_EQ(book.put("/v1/customers/" + other + "/archive").status, 200);
  refused(say(unit, "{\"organisation_id\":\"" + other + "\"}"), "organisation_id");
  auto const change = [&](std::string const& id, std::string const& body) {
    return book.call("PATCH", "/v1/organisations/" + id, body);
  };
  refused(change(unit, R"({"invoice_schedule":"month"})"), "invoice_schedule");
  refused(change(group, R"({"invoice_schedule":"week"})"), "invoice_schedule");
  refused(change(group, R"({"invoice_schedule":null})"), "invoice_schedule");
  refused(change(group, R"({"next_invoice_at":"2025-12-31T00:00:00Z"})"), "next_invoice_at");
  refused(change(group, R"({"country":"Belgium"})"), "country");
  EXPECT_EQ(change("cus_none", R"({"name":"x"})").status, 404);
  EXPECT_EQ(book.get("/v1/organisations/cus_none").status, 404);
  auto const named = change(group, R"({"name":"Holding","country":"BE"})");
  EXPECT_EQ(named.get("name"), "Holding");
  EXPECT_EQ(named.get("country"), "BE");
  EXPECT_EQ(named.get("next_invoice_at"), "null");
}

}  // namespace tallybook
