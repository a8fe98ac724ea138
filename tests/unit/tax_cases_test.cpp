// The table of tests/unit/tax_cases.tsv: one sale a line, with the tax the law wants.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "domain/tax/tax_decision.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace {

std::vector<std::string> columns_of(std::string const& line) {
  std::vector<std::string> columns;
  std::stringstream stream(line);
  for (std::string column; std::getline(stream, column, '\t');) columns.push_back(column);
  return columns;
}

TaxPlace place_of(std::string const& text) {
  auto const colon = text.find(':');
  return colon == std::string::npos ? tax_place(text)
                                    : tax_place(text.substr(0, colon), text.substr(colon + 1));
}

void read_number(std::string const& text, TaxQuestion& question) {
  if (text == "exempt") {
    question.taxability = Taxability::exempt;
  } else if (text.starts_with("rate=")) {
    question.customer_rate = Exact::parse(text.substr(5));
  } else if (text != "-") {
    auto const space = text.find(' ');
    question.buyer_tax_ids.push_back(
        {text.substr(0, space), *reflect::enum_from<TaxIdStatus>(text.substr(space + 1))});
  }
}

TEST(TaxCases, EachSaleCarriesWhatTheLawWants) {
  std::ifstream file(TALLYBOOK_SOURCE_DIR "/tests/unit/tax_cases.tsv");
  int count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line[0] == '#') continue;
    auto const row = columns_of(line);
    ASSERT_EQ(row.size(), 11u) << line;
    TaxQuestion question;
    std::string seller = row[0];
    question.seller_registered = !seller.ends_with('!');
    if (seller.ends_with('!')) seller.pop_back();
    question.seller = place_of(seller);
    question.seller_uses_oss = row[1] == "yes";
    question.buyer = place_of(row[2]);
    question.buyer_country = row[2].substr(0, row[2].find(':'));
    question.buyer_is_person = row[3] == "person";
    read_number(row[4], question);
    question.product = *reflect::enum_from<ProductTaxCategory>(row[5]);
    question.day = *parse_date(row[6]);
    auto const decision = decide_tax(question, VatRates::built_in());
    EXPECT_EQ(reflect::enum_name(decision.scheme), row[7]) << line;
    EXPECT_EQ(decision.rate.decimal(), row[8]) << line;
    EXPECT_EQ(decision.mention ? reflect::enum_name(*decision.mention) : "", row[9]) << line;
    // A rate is of category S, and what has none says why.
    EXPECT_EQ(decision.category == TaxCategory::S, !decision.rate.is_zero()) << line;
    ++count;
  }
  EXPECT_GE(count, 200);
}

}  // namespace
}  // namespace tallybook
