// verify prices every line of an issued document again: an amount that was changed where it is
// kept, or the terms or facts it rests on, is named with what it should be.
#include <set>

#include "app/verify/verify.hpp"
#include "support/installation.hpp"

namespace tallybook {

class PricedAgain : public testing::OnBothDatabases {
 protected:
  struct Line {
    std::string id, kind;
  };

  std::string made(std::string const& path, std::string const& body) {
    auto const answer = book.post(path, body);
    EXPECT_EQ(answer.status, 201) << answer.text;
    return answer.status == 201 ? answer.get("id") : "";
  }

  // A plan with seats, usage, credits and a bundle, a coupon and a minimum fee; more seats within
  // January, usage told of late, and another plan in groups with a cap.
  void sell() {
    book.set_clock("2026-01-01T00:00:00Z");
    auto const entity = book.get("/v1/invoicing-entities").get("data", "0", "id");
    EXPECT_EQ(book.put("/v1/invoicing-entities/" + entity, R"({"invoice_grace_period_duration":0})")
                  .status,
              200);
    auto const customer =
        book.customer(R"("name":"A","currency":"EUR","external_id":"acme","tax_rate_custom":20)");
    auto const platform = book.flat_fee("10000");
    auto const seats = book.seats("1000");
    auto const monthly = std::string(
        R"("price_configurations":[{"currency":"EUR","billing_interval":{"period":"months","count":1},)");
    auto const credits =
        made("/v1/products",
             R"({"type":"credit","name":"Credits",)" + monthly +
                 R"("type":"bundle","prices":[{"type":"bundle","amount":999,"pack_size":100}]}]})");
    auto const suite =
        made("/v1/products", R"({"type":"bundle","name":"Suite","bundle_items":[{"product_id":")" +
                                 platform + R"(","percentage":60},{"product_id":")" + seats +
                                 R"(","percentage":40}],)" + monthly +
                                 R"("type":"fee","prices":[{"type":"fee","amount":5001}]}]})");
    auto const counter =
        made("/v1/aggregators", R"({"name":"T","entity":"llm","operation":"sum","property":"n"})");
    auto const usage = made(
        "/v1/products",
        R"({"type":"dynamic","name":"Tokens","aggregator_id":")" + counter + "\"," + monthly +
            R"("type":"volume","prices":[{"type":"volume","from":0,"to":10,"amount":7},{"type":"volume","from":10,"to":null,"amount":"0.3"}]}]})");
    auto const coupon =
        made("/v1/coupons",
             R"({"name":"Ten","type":"percent","discount_percent":10,"repeat":"forever"})");
    auto const id = book.subscribe(
        customer,
        "[{\"id\":\"" + platform + "\"},{\"id\":\"" + seats + "\",\"count\":3},{\"id\":\"" + usage +
            "\"},{\"id\":\"" + credits + "\",\"count\":100},{\"id\":\"" + suite + "\"}]",
        R"(,"minimum_invoice_fee":100000,"coupons":[{"id":")" + coupon + "\"}]");
    book.event("1", "2026-01-05T00:00:00Z", R"("n":41)");
    book.advance("2026-01-11T00:00:00Z");
    EXPECT_EQ(
        book.post(
                "/v1/subscriptions/" + id + "/update",
                R"({"type":"update_count","application_schedule":"immediately","payment_schedule":"immediately","calculation_method":"pro_rata","payload":{"product_id":")" +
                    seats + R"(","count":5}})")
            .status,
        201);
    book.advance("2026-02-01T00:00:00Z");
    book.event("2", "2026-01-06T00:00:00Z", R"("n":9)");
    book.subscribe(
        book.customer(R"("name":"B","currency":"EUR","external_id":"b")"),
        "[{\"id\":\"" + usage +
            R"(","payment_interval":{"period":"months"},"max_amount":100,"group_by":"model","prices":[{"type":"volume","from":0,"to":10,"amount":7},{"type":"volume","from":10,"to":null,"amount":"0.3"}]}])");
    book.event("3", "2026-02-05T00:00:00Z", R"("n":30,"model":"small")", "b");
    book.event("4", "2026-02-05T00:00:00Z", R"("n":5,"model":"large")", "b");
    book.advance("2026-03-01T00:00:00Z");
  }

  std::vector<Line> lines() {
    std::vector<Line> all;
    book.database().read([&](SqlSession& sql) {
      sql.query(
          "SELECT l.id, COALESCE(l.product_type, ''), COALESCE(l.charge, '') FROM invoice_lines l "
          "JOIN invoices i ON i.id = l.invoice_id WHERE i.number IS NOT NULL ORDER BY l.id",
          {}, [&](SqlRow const& row) {
            std::string const charge(row.text(2));
            auto const at = charge.find("\"kind\":\"");
            all.push_back({std::string(row.text(0)),
                           std::string(row.text(1)) + " " +
                               charge.substr(at + 8, charge.find('"', at + 8) - at - 8)});
          });
    });
    return all;
  }

  std::string findings() {
    std::string text;
    for (auto const& finding : verify(book.database(), book.services().events).findings)
      text += finding + "\n";
    return text;
  }

  // What verify says while the column of a row is another one.
  std::string changed(std::string const& table, std::string const& id, std::string const& column,
                      SqlValue const& to) {
    SqlValue before;
    auto const set = [&](SqlValue const& value) {
      book.database().write([&](SqlSession& sql) {
        return sql.execute("UPDATE " + table + " SET " + column + " = ? WHERE id = ?",
                           {value, id}) == 1;
      });
    };
    book.database().read([&](SqlSession& sql) {
      sql.query("SELECT " + column + " FROM " + table + " WHERE id = ?", {id},
                [&](SqlRow const& row) {
                  if (std::holds_alternative<std::int64_t>(to))
                    before = row.integer(0);
                  else
                    before = std::string(row.text(0));
                });
    });
    set(to);
    auto const found = findings();
    set(before);
    return found;
  }
};
TB_ON_BOTH_DATABASES(PricedAgain);

TEST_P(PricedAgain, EveryAmountIsHeldByItsTerms) {
  sell();
  auto const sound = verify(book.database(), book.services().events);
  EXPECT_EQ(findings(), "");
  auto const all = lines();
  EXPECT_EQ(sound.priced_lines, static_cast<std::int64_t>(all.size()));
  EXPECT_EQ(sound.mirrored_lines, 0);
  std::set<std::string> kinds;
  for (auto const& line : all) {
    kinds.insert(line.kind);
    auto const found = changed("invoice_lines", line.id, "exact_amount", std::string("123456"));
    bool const grouped = found.find(" and its groups: say") != std::string::npos;
    EXPECT_TRUE(grouped ||
                found.find("line " + line.id + ": says 123456, its price and quantity come to ") !=
                    std::string::npos)
        << line.kind << "\n"
        << found;
  }
  EXPECT_EQ(kinds, (std::set<std::string>{" minimum_fee", "bundle period", "credit period",
                                          "dynamic late_usage", "dynamic period", "flat_fee period",
                                          "seat change", "seat period"}));
}

TEST_P(PricedAgain, TermsFactsAndDiscountsAreHeldToo) {
  sell();
  std::string line, source, dearer;
  std::int64_t discount = 0;
  book.database().read([&](SqlSession& sql) {
    sql.query(
        "SELECT id, subscription_line_id, discount_amount FROM invoice_lines WHERE product_type = "
        "'flat_fee' AND discount_amount > 0 AND subscription_line_id IS NOT NULL ORDER BY id LIMIT "
        "1",
        {}, [&](SqlRow const& row) {
          line = row.text(0);
          source = row.text(1);
          discount = row.integer(2);
        });
    sql.query("SELECT prices FROM subscription_lines WHERE id = ?", {source},
              [&](SqlRow const& row) { dearer = row.text(0); });
    dearer.replace(dearer.find("10000"), 5, "10001");
  });
  EXPECT_NE(changed("invoice_lines", line, "units_count", std::string("2"))
                .find("line " + line + ": says 10000, its price and quantity come to 20000"),
            std::string::npos);
  auto const found = changed("subscription_lines", source, "prices", dearer);
  EXPECT_NE(found.find("line " + line + ": says 10000, its price and quantity come to 10001"),
            std::string::npos)
      << dearer << "\n"
      << found;
  EXPECT_NE(changed("invoice_lines", line, "subscription_line_id", std::string("sli_other"))
                .find("line " + line + ": its subscription line is missing"),
            std::string::npos);
  EXPECT_NE(changed("invoice_lines", line, "discount_amount", SqlValue(discount + 1))
                .find("its coupons come to another sum"),
            std::string::npos);
}

}  // namespace tallybook
