// Mistakes in products, prices, aggregators and what is sold of them: each is refused with 400 and
// the path of its field, and leaves nothing behind (tests/bad_catalogue).
#include <fstream>

#include "support/installation.hpp"

namespace tallybook {

class BadCatalogue : public testing::OnBothDatabases {
 protected:
  std::map<std::string, std::string> names;

  void SetUp() override {
    std::string const one = R"([{"type":"volume","from":0,"to":null,"amount":1}])";
    names["customer"] = book.customer();
    names["usage"] = book.usage_product(one);
    names["fee"] = book.flat_fee("100");
    names["seat"] = book.seats("100");
    names["count"] = book.usage_product(one, R"({"entity":"llm","operation":"count"})");
    names["formula"] = book.usage_product(
        one, R"({"entity":"llm","operation":"count","formula_sql":"greatest(sum(n), 5) "
  })");
    names["sum"] = book.get("/v1/products/" + names["usage"]).get("aggregator_id");
    names["price"] =
        book.get("/v1/products/" + names["usage"]).get("price_configurations", "0", "id");
    names["credit"] =
        book.post("/v1/products", R"({"type":"credit","name":"Credits","price_configurations":[]})")
            .get("id");
    names["sub"] = book.subscribe(names["customer"], "[{\"id\":\"" + names["fee"] + "\"}]");
    names["template"] = book.post("/v1/subscriptions/templates", R"({"name":"T"})").get("id");
  }
  std::string filled(std::string text) const {
    for (auto const& [name, id] : names) {
      std::string const mark = "{" + name + "}";
      for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark))
        text.replace(at, mark.size(), id);
    }
    return text;
  }
  // How many rows there are of everything a mistake could have made.
  std::string rows() {
    std::string text;
    book.database().read([&](SqlSession& sql) {
      for (char const* table : {"products", "price_configurations", "aggregators", "subscriptions",
                                "subscription_lines", "template_configurations", "invoices"})
        text += std::to_string(sql.number(std::string("SELECT COUNT(*) FROM ") + table, {})) + " ";
    });
    return text;
  }
};
TB_ON_BOTH_DATABASES(BadCatalogue);

TEST_P(BadCatalogue, EachMistake_IsRefusedWithItsField) {
  std::string const before = rows();
  std::string const price = book.get("/v1/price-configurations/" + names["price"]).text;
  std::ifstream file(std::string(TALLYBOOK_SOURCE_DIR) + "/tests/bad_catalogue/cases.tsv");
  std::string path, request, body;
  int cases = 0;
  while (std::getline(file, path, '\t') && std::getline(file, request, '\t') &&
         std::getline(file, body)) {
    ++cases;
    auto const space = request.find(' ');
    auto const answer =
        book.call(request.substr(0, space), filled(request.substr(space + 1)), filled(body));
    EXPECT_EQ(answer.status, 400) << path << " " << body << "\n" << answer.text;
    // Whoever reads no more than the message knows where, too.
    EXPECT_TRUE(answer.get("message").starts_with(path + ": ") ||
                answer.at("errors").as_object()->size() > 1)
        << answer.text;
    Value const* errors = answer.body.find("errors");
    EXPECT_TRUE(errors != nullptr && errors->find(path) != nullptr) << path << " " << body << "\n"
                                                                    << answer.text;
  }
  EXPECT_GE(cases, 100);
  EXPECT_EQ(rows(), before);
  EXPECT_EQ(book.get("/v1/price-configurations/" + names["price"]).text, price);
}

}  // namespace tallybook
