// Which events a usage line counts, and the facts every computed line keeps about its amount.
#include "app/billing/billing_run.hpp"
#include "support/installation.hpp"

namespace tallybook {

using Lines = std::vector<std::string>;

class Metering : public testing::OnBothDatabases {
 protected:
  // Every stored invoice line in the order of its period.
  std::vector<InvoiceLine> stored_lines() {
    std::vector<InvoiceLine> lines;
    book.database().read([&](SqlSession& sql) {
      lines = Records<InvoiceLine>(sql, book.tenant())
                  .where("1=1 ORDER BY period_start_on, position, id");
    });
    return lines;
  }
  std::string sell(std::string const& prices, std::string const& fields = "",
                   std::string const& more = "") {
    if (customer.empty()) customer = book.customer();
    return book.subscribe(customer,
                          "[{\"id\":\"" + book.usage_product(prices) + "\"" + fields + "}]", more);
  }
  void use(std::string const& id, std::string const& day, int tokens,
           std::string const& who = "acme") {
    book.event(id, day + "T00:00:00Z", "\"tokens\":" + std::to_string(tokens), who);
  }
  void model(std::string const& id, std::string const& day, int tokens, std::string const& name) {
    book.event(id, day + "T00:00:00Z",
               "\"tokens\":" + std::to_string(tokens) + ",\"model\":\"" + name + "\"");
  }
  void use_before_start() {
    book.set_clock("2026-01-01T00:00:00Z");
    customer = book.customer();
    use("0", "2025-12-10", 5);
  }
  std::string const one_each = R"([{"type":"volume","from":0,"to":null,"amount":1}])";
  std::string const hundred_each = R"([{"type":"volume","from":0,"to":null,"amount":100}])";
  std::string const over_100 =
      R"([{"type":"volume","from":0,"to":100,"amount":0},{"type":"volume","from":100,"to":null,"amount":100}])";
  std::string const two_tiers =
      R"([{"type":"volume","from":0,"to":10,"amount":100},{"type":"volume","from":10,"to":null,"amount":50}])";
  // Big at 1.00, small and tiny at 0.10.
  std::string const by_model =
      R"("payment_interval":{"period":"months"},"prices":)" + one_each +
      R"(,"price_groups":[{"name":"Big","filter":{"conditional":"and","fields":[{"property":"model","operator":"equals","value":"big"}]},"prices":)" +
      hundred_each +
      R"(},{"name":"Small","filter":{"conditional":"and","fields":[{"property":"model","operator":"in","value":["small","tiny","big"]}]},"prices":[{"type":"volume","from":0,"to":null,"amount":10}]}])";
  std::string customer;

  // "kind fraction from..to events before group", as the facts of a line.
  static std::string facts(InvoiceLine const& line) {
    if (!line.charge) return "none";
    auto const& charge = *line.charge;
    std::string text = charge.fraction.str();
    if (charge.usage_from) text += " " + format_instant(*charge.usage_from).substr(0, 10);
    if (charge.usage_to) text += ".." + format_instant(*charge.usage_to).substr(0, 10);
    if (charge.usage_events) text += " " + std::to_string(*charge.usage_events) + " events";
    if (charge.billed_before) text += " before " + charge.billed_before->str();
    if (charge.group) text += " [" + *charge.group + "]";
    return text;
  }
};
TB_ON_BOTH_DATABASES(Metering);

// 100.00 a month from 22 January by calendar months: 10 of 31 days, then whole ones.
TEST_P(Metering, EveryComputedLine_KeepsItsFacts) {
  book.set_clock("2026-01-22T00:00:00Z");
  auto const customer = book.customer();
  auto const usage = book.usage_product(R"([{"type":"volume","from":0,"to":null,"amount":10}])");
  book.subscribe(customer,
                 "[{\"id\":\"" + book.flat_fee("10000") + "\"},{\"id\":\"" + usage + "\"}]",
                 R"(,"billing_cycle_alignment":"calendar_period")");
  book.event("1", "2026-01-23T00:00:00Z", R"("tokens":7)");
  book.event("2", "2026-01-24T00:00:00Z", R"("tokens":2)");
  book.event("3", "2026-01-24T00:00:00Z", R"("other":2)");
  book.advance("2026-02-01T00:00:00Z");
  auto const lines = stored_lines();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(facts(lines[0]), "10/31");
  EXPECT_EQ(lines[0].charge->cycle_start_on, make_date(2026, 1, 1));
  EXPECT_EQ(lines[0].charge->cycle_end_on, make_date(2026, 2, 1));
  EXPECT_EQ(facts(lines[1]), "10/31 2026-01-22..2026-02-01 2 events");
  EXPECT_EQ(facts(lines[2]), "1");
  // Counted again at the end of its grace: the facts follow.
  book.event("4", "2026-01-31T00:00:00Z", R"("tokens":1)");
  book.advance("2026-02-04T00:00:00Z");
  EXPECT_EQ(facts(stored_lines()[1]), "10/31 2026-01-22..2026-02-01 3 events");
  EXPECT_EQ(stored_lines()[1].usage_quantity, Exact(10));
}

// 1.00 a unit over 100 included, counted since the start, the difference billed: 60 -> 0,
// 130 -> 30.00, 150 -> 50.00 - 30.00 (USE-11).
TEST_P(Metering, Difference_OfACumulativeWindow) {
  book.set_clock("2026-01-01T00:00:00Z");
  auto const id =
      sell(over_100,
           R"(,"metering_interval_type":"subscription_duration","bill_usage_difference":true)");
  auto const shown = book.get("/v2/subscriptions/" + id);
  EXPECT_EQ(shown.get("products", "0", "metering_interval_type"), "subscription_duration");
  EXPECT_EQ(shown.get("products", "0", "bill_usage_difference"), "true");
  use("1", "2026-01-10", 60);
  use("2", "2026-02-10", 70);
  // Comes after January was issued: the next charge of its window has it.
  book.advance("2026-02-20T00:00:00Z");
  use("3", "2026-01-20", 5);
  use("4", "2026-03-10", 15);
  book.advance("2026-04-04T00:00:00Z");
  EXPECT_EQ(book.invoices(),
            (Lines{"INV-1 paid 0 | Tokens 60 0;", "INV-2 to_pay 3500 | Tokens 135 3500;",
                   "INV-3 to_pay 1500 | Tokens 150 1500;"}));
  auto const lines = stored_lines();
  EXPECT_EQ(facts(lines[1]), "1 2026-01-01..2026-03-01 3 events");
  EXPECT_EQ(facts(lines[2]), "1 2026-01-01..2026-04-01 4 events before 3500");
}

// What goes down again is given back only where the aggregator allows negatives: 130 -> 30.00, then
// -50 -> 0 or -30.00.
TEST_P(Metering, Difference_BelowNothing) {
  book.set_clock("2026-01-01T00:00:00Z");
  std::string const cumulative =
      R"(,"metering_interval_type":"subscription_duration","bill_usage_difference":true)";
  sell(over_100, cumulative);
  use("1", "2026-01-10", 130);
  auto const other = book.customer(R"("name":"B","currency":"EUR","external_id":"b")");
  auto const allowed = book.usage_product(
      over_100,
      R"({"entity":"llm","operation":"sum","property":"tokens","allow_negative_values":true})");
  book.subscribe(other, "[{\"id\":\"" + allowed + "\"" + cumulative + "}]");
  use("2", "2026-01-10", 130, "b");
  use("3", "2026-02-10", -50, "b");
  book.advance("2026-02-20T00:00:00Z");
  EXPECT_EQ(
      book.call("DELETE", "/v1/events", R"({"matching":"record_ids","record_ids":["1"]})").text,
      "1");
  book.advance("2026-03-04T00:00:00Z");
  EXPECT_EQ(book.invoices("&customer_id=" + customer),
            (Lines{"INV-1 to_pay 3000 | Tokens 130 3000;", "INV-3 paid 0 | Tokens 0 0;"}));
  EXPECT_EQ(book.invoices("&customer_id=" + other),
            (Lines{"INV-2 to_pay 3000 | Tokens 130 3000;", "CN-1 to_pay 3000 | Tokens -80 3000;"}));
}

// Windows of a month from the 15th on, billed by calendar months: 100 are included in each window.
// [15 Jan, 15 Feb): 130 by 1 February, 150 in the end; [15 Feb, 15 Mar): 90.
TEST_P(Metering, Custom_AWindowThatEndsInAPeriod_IsALineOfItsOwn) {
  book.set_clock("2026-01-01T00:00:00Z");
  sell(over_100,
       R"(,"metering_interval_type":"custom","metering_interval":{"period":"months","count":1},
          "metering_interval_start_at":"2026-01-15T00:00:00Z","bill_usage_difference":true)");
  use("0", "2026-01-05", 1000);  // before the first window
  use("1", "2026-01-20", 130);
  use("2", "2026-02-10", 20);
  use("3", "2026-02-20", 90);
  book.advance("2026-03-04T00:00:00Z");
  EXPECT_EQ(book.invoices(), (Lines{"INV-1 to_pay 3000 | Tokens 130 3000;",
                                    "INV-2 to_pay 2000 | Tokens 150 2000; Tokens 90 0;"}));
  // Late for a window that is over: an adjustment; the running window takes the rest.
  use("4", "2026-02-12", 7);
  use("5", "2026-02-25", 30);
  book.advance("2026-04-04T00:00:00Z");
  EXPECT_EQ(book.invoices().back(),
            "INV-3 to_pay 2700 | Tokens 120 2000; Tokens 0 0; Tokens 1 700;");
}

// The contract's term: 100 included in two months, renewed.
TEST_P(Metering, Commitment_CountsFromTermToTerm) {
  book.set_clock("2026-01-01T00:00:00Z");
  sell(
      over_100,
      R"(,"metering_interval_type":"subscription_commitment","bill_usage_difference":true)",
      R"(,"contract_terms":{"activation_strategy":"start_date","end_strategy":"duration","starts_at":"2026-01-01T00:00:00Z","duration":{"count":2,"period":"months"},"renew_automatically":true})");
  use("1", "2026-01-10", 80);
  use("2", "2026-02-10", 80);
  use("3", "2026-03-10", 80);
  use("4", "2026-04-10", 80);
  book.advance("2026-05-04T00:00:00Z");
  EXPECT_EQ(book.invoices(),
            (Lines{"INV-1 paid 0 | Tokens 80 0;", "INV-2 to_pay 6000 | Tokens 160 6000;",
                   "INV-3 paid 0 | Tokens 80 0;", "INV-4 to_pay 6000 | Tokens 160 6000;"}));
}

// Since ever, and since the start, the whole count every time: a count that stays.
TEST_P(Metering, WithoutDifference_TheWholeCountIsPricedEachTime) {
  use_before_start();
  auto const everything = book.usage_product(one_each);
  book.subscribe(customer,
                 "[{\"id\":\"" + everything + R"(","metering_interval_type":"full_database"}])");
  auto const other = book.usage_product(one_each);
  book.subscribe(customer,
                 "[{\"id\":\"" + other + R"(","metering_interval_type":"subscription_duration"}])");
  use("2", "2026-01-10", 3);
  use("3", "2026-02-10", 1);
  book.advance("2026-03-04T00:00:00Z");
  EXPECT_EQ(book.invoices(),
            (Lines{"INV-1 to_pay 8 | Tokens 8 8;", "INV-2 to_pay 3 | Tokens 3 3;",
                   "INV-3 to_pay 9 | Tokens 9 9;", "INV-4 to_pay 4 | Tokens 4 4;"}));
  EXPECT_EQ(facts(stored_lines()[0]).substr(0, 14), "1..2026-02-01 ");
}

// The limits are the window's: at most 50.00 and at least 100 units of 1.00 over both periods.
TEST_P(Metering, Difference_TheLimitsAreThoseOfTheWindow) {
  book.set_clock("2026-01-01T00:00:00Z");
  std::string const cumulative =
      R"(,"metering_interval_type":"subscription_duration","bill_usage_difference":true)";
  customer = book.customer();
  book.subscribe(customer, "[{\"id\":\"" + book.usage_product(hundred_each) + "\"" + cumulative +
                               R"(,"max_amount":5000}])");
  book.subscribe(customer, "[{\"id\":\"" + book.usage_product(hundred_each) + "\"" + cumulative +
                               R"(,"min_committed_count":100}])");
  use("1", "2026-01-10", 40);
  use("2", "2026-02-10", 90);
  book.advance("2026-03-04T00:00:00Z");
  EXPECT_EQ(
      book.invoices(),
      (Lines{"INV-1 to_pay 4000 | Tokens 40 4000;", "INV-2 to_pay 10000 | Tokens 40 10000;",
             "INV-3 to_pay 1000 | Tokens 130 1000;", "INV-4 to_pay 3000 | Tokens 130 3000;"}));
}

TEST_P(Metering, TermsThatDoNotFit_AreRefused) {
  customer = book.customer();
  auto const usage = book.usage_product(one_each);
  auto const fee = book.flat_fee("100");
  struct Case {
    std::string product, fields, path;
  };
  for (auto const& [product, fields, path] : std::vector<Case>{
           {usage, R"("bill_usage_difference":true)", "bill_usage_difference"},
           {usage, R"("metering_interval_type":"custom")", "metering_interval"},
           {usage,
            R"("metering_interval_type":"custom","metering_interval":{"period":"weeks","count":4})",
            "metering_interval"},
           {usage, R"("metering_interval":{"period":"months","count":1})", "metering_interval"},
           {usage, R"("metering_interval_start_at":"2026-01-01T00:00:00Z")",
            "metering_interval_start_at"},
           {usage, R"("group_by":"model")", "group_by"},
           {fee, R"("metering_interval_type":"full_database")", "metering_interval_type"}}) {
    auto const answer = book.post(
        "/v2/subscriptions", R"({"customer_id":")" + customer +
                                 R"(","activation_strategy":"start_date","products":[{"id":")" +
                                 product + "\"," + fields + "}]}");
    EXPECT_EQ(answer.status, 400) << fields << answer.text;
    EXPECT_NE(answer.at("errors").find("products[0]." + path), nullptr) << answer.text;
  }
}

// 2 big at 1.00, 30 small at 0.10, 5 others at 0.01: the first group that takes an event prices it.
TEST_P(Metering, PriceGroups_OneLineForEach) {
  book.set_clock("2026-01-01T00:00:00Z");
  customer = book.customer();
  auto const id = book.subscribe(
      customer, "[{\"id\":\"" + book.usage_product(one_each) + "\"," + by_model + "}]");
  EXPECT_EQ(book.get("/v2/subscriptions/" + id).get("products", "0", "price_groups", "1", "name"),
            "Small");
  model("1", "2026-01-10", 2, "big");
  model("2", "2026-01-11", 30, "small");
  model("3", "2026-01-12", 5, "odd");
  book.advance("2026-01-20T00:00:00Z");
  EXPECT_EQ(book.get("/v2/invoices?status=open").get("data", "0", "line_items", "1", "name"),
            "Tokens - Small");
  book.advance("2026-02-01T00:00:00Z");
  EXPECT_EQ(book.invoices().front(),
            "null grace_period 505 | Tokens - Big 2 200; Tokens - Small 30 300; Tokens 5 5;");
  // Within grace: a group goes, what is counted again follows.
  model("1", "2026-01-10", 4, "tiny");
  book.advance("2026-02-04T00:00:00Z");
  EXPECT_EQ(book.invoices().front(),
            "INV-1 to_pay 345 | Tokens - Big 0 0; Tokens - Small 34 340; Tokens 5 5;");
}

// Groups that come up while the invoice waits get lines of their own.
TEST_P(Metering, GroupBy_EachValueIsPricedOnItsOwn) {
  book.set_clock("2026-01-01T00:00:00Z");
  customer = book.customer();
  book.subscribe(customer,
                 "[{\"id\":\"" + book.usage_product(one_each) +
                     R"(","payment_interval":{"period":"months"},"group_by":"model","prices":)" +
                     over_100 + R"(,"max_amount":9000}])");
  model("1", "2026-01-10", 150, "a");
  model("2", "2026-01-11", 120, "b");
  book.advance("2026-02-01T00:00:00Z");
  EXPECT_EQ(book.invoices().front(),
            "null grace_period 7000 | Tokens - a 150 5000; Tokens - b 120 2000;");
  model("3", "2026-01-12", 130, "c");
  book.advance("2026-02-04T00:00:00Z");
  // 50.00 + 20.00 + 30.00, capped at 90.00 in order.
  EXPECT_EQ(book.invoices().front(),
            "INV-1 to_pay 9000 | Tokens - a 150 5000; Tokens - b 120 2000; Tokens - c 130 2000;");
}

// Configurations of one product with different metering_filter price their events; the one without
// prices the rest.
TEST_P(Metering, CatalogueFilters_BecomePriceGroups) {
  book.set_clock("2026-01-01T00:00:00Z");
  customer = book.customer();
  auto const product = book.usage_product(one_each);
  auto const configuration = book.post(
      "/v1/price-configurations",
      R"({"product_id":")" + product +
          R"(","currency":"EUR","billing_interval":{"period":"months","count":1},"type":"volume","prices":)" +
          hundred_each +
          R"(,"metering_filter":{"conditional":"and","fields":[{"property":"model","operator":"equals","value":"big"}]}})");
  ASSERT_EQ(configuration.status, 201) << configuration.text;
  EXPECT_EQ(configuration.get("metering_filter", "fields", "0", "value"), "big");
  book.subscribe(customer, "[{\"id\":\"" + product + "\"}]");
  model("1", "2026-01-10", 2, "big");
  model("2", "2026-01-11", 7, "small");
  book.advance("2026-02-04T00:00:00Z");
  EXPECT_EQ(book.invoices(), (Lines{"INV-1 to_pay 207 | Tokens - model big 2 200; Tokens 7 7;"}));
}

// Tiers [0-10] at 1.00 and [10-] at 0.50. January: 8 = 8.00, issued; then 5 more come: 13 = 11.50.
TEST_P(Metering, Late_IsAdjustedOnTheNextInvoice_Once) {
  book.set_clock("2026-01-01T00:00:00Z");
  sell(two_tiers);
  use("1", "2026-01-10", 8);
  book.advance("2026-02-04T00:00:00Z");
  use("late", "2026-01-31", 5);
  use("2", "2026-02-10", 1);
  book.advance("2026-03-01T00:00:00Z");
  EXPECT_EQ(book.invoices().back(), "null grace_period 450 | Tokens 1 100; Tokens 1 350;");
  // Counted again at its end, like everything that is not issued.
  use("later", "2026-01-31", 2);
  book.advance("2026-05-04T00:00:00Z");
  EXPECT_EQ(book.invoices(), (Lines{"INV-1 to_pay 800 | Tokens 8 800;",
                                    "INV-2 to_pay 550 | Tokens 1 100; Tokens 1 450;",
                                    "INV-3 paid 0 | Tokens 0 0;", "INV-4 paid 0 | Tokens 0 0;"}));
  auto const lines = stored_lines();
  auto const& late = lines[1];
  EXPECT_EQ(late.charge->kind, ChargeKind::late_usage);
  EXPECT_EQ(late.original_line_item_id, lines[0].id);
  EXPECT_EQ(late.period_start_on, lines[0].period_start_on);
  EXPECT_EQ(late.charge->quantity_before, Exact(8));
  EXPECT_EQ(late.usage_quantity, Exact(15));
  EXPECT_EQ(late.charge->billed_before, Exact(800));
  EXPECT_EQ(late.description, "15 instead of 8 for 2026-01-01 - 2026-01-31");
}

// Sent again for another month: January loses it, February has it. Deleted: given back.
TEST_P(Metering, Late_AReplacedOrDeletedEvent) {
  book.set_clock("2026-01-01T00:00:00Z");
  sell(two_tiers);
  use("1", "2026-01-10", 8);
  use("2", "2026-01-11", 3);
  book.advance("2026-02-04T00:00:00Z");  // 11: 10.50
  use("2", "2026-02-11", 3);
  book.advance("2026-03-04T00:00:00Z");
  EXPECT_EQ(book.invoices().back(), "INV-2 to_pay 50 | Tokens 3 300; Tokens 1 -250;");
  book.call("DELETE", "/v1/events", R"({"matching":"record_ids","record_ids":["1"]})");
  book.advance("2026-04-04T00:00:00Z");
  EXPECT_EQ(book.invoices().back(), "CN-1 to_pay 800 | Tokens 0 0; Tokens -1 800;");
  book.advance("2026-05-04T00:00:00Z");
  EXPECT_EQ(book.invoices().back(), "INV-3 paid 0 | Tokens 0 0;");
}

// Four months back is too far; a group nobody was billed for is traced to the period's first line.
TEST_P(Metering, Late_LooksBackThreePeriods_AndAtGroups) {
  book.set_clock("2026-01-01T00:00:00Z");
  customer = book.customer();
  book.subscribe(customer, "[{\"id\":\"" + book.usage_product(one_each) + "\"," + by_model + "}]");
  model("1", "2026-01-10", 2, "odd");
  book.advance("2026-05-04T00:00:00Z");
  model("old", "2026-01-11", 100, "big");
  model("late", "2026-03-11", 3, "big");
  book.advance("2026-06-04T00:00:00Z");
  EXPECT_EQ(book.invoices().back(), "INV-5 to_pay 300 | Tokens 0 0; Tokens - Big 1 300;");
  auto const lines = stored_lines();
  EXPECT_EQ(lines[3].charge->group, "Big");
  EXPECT_EQ(lines[3].original_line_item_id, lines[2].id);
}

// 12 of [0-10] at 1.00, [10-] at 0.50: all at the reached tier 6.00; tier by tier, each at
// most 4.00: 4.00 + 1.00; nothing used, the flat amount of 5.00 all the same. Percentages of 5 and
// 7: the first event free, 10 % of the other one rounded; 1000 % of the first 10 and 500 % of the 2
// beyond.
TEST_P(Metering, PriceOptions_DecideWhatPricesMean) {
  book.set_clock("2026-01-01T00:00:00Z");
  customer = book.customer();
  auto const usage = book.usage_product(one_each);
  auto const quiet = book.usage_product(one_each, R"({"entity":"none","operation":"count"})");
  auto const sold = [&](std::string const& product, std::string const& prices,
                        std::string const& options) {
    auto const id =
        book.subscribe(customer, "[{\"id\":\"" + product +
                                     R"(","payment_interval":{"period":"months"},"prices":)" +
                                     prices + R"(,"price_options":)" + options + "}]");
    EXPECT_NE(book.get("/v2/subscriptions/" + id).get("products", "0", "price_options"), "null");
  };
  sold(usage, two_tiers, R"({"volume":"all_units"})");
  sold(
      usage,
      R"([{"type":"volume","from":0,"to":10,"amount":100,"max_amount":400},{"type":"volume","from":10,"to":null,"amount":50}])",
      "{}");
  sold(quiet, R"([{"type":"volume","from":0,"to":null,"amount":1,"flat_amount":500}])",
       R"({"flat_at_zero":true})");
  sold(usage, R"([{"type":"bps","from":0,"to":null,"percentage":10}])", R"({"free_events":1})");
  sold(
      usage,
      R"([{"type":"bps","from":0,"to":10,"percentage":1000},{"type":"bps","from":10,"to":null,"percentage":500}])",
      R"({"percentage":"graduated_total"})");
  use("1", "2026-01-10", 5);
  use("2", "2026-01-11", 7);
  book.advance("2026-02-04T00:00:00Z");
  EXPECT_EQ(book.invoices(),
            (Lines{"INV-1 to_pay 600 | Tokens 12 600;", "INV-2 to_pay 500 | Tokens 12 500;",
                   "INV-3 to_pay 500 | Tokens 0 500;", "INV-4 to_pay 1 | Tokens 12 1;",
                   "INV-5 to_pay 110 | Tokens 12 110;"}));
}

}  // namespace tallybook
