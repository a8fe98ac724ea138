// Where tax is rounded and how it is given to lines.
#include "domain/invoice/totals.hpp"

#include <gtest/gtest.h>

#include "money/money.hpp"

namespace tallybook {
namespace totals_test {

using Taxes = std::vector<std::int64_t>;

Exact ex(char const* text) { return *Exact::parse_fraction(text); }

TEST(TaxTotals, Levels_DifferByTheirRounding) {
  // 13.666 of tax on each of two lines at 20 %, 1.25 on one at 5 %.
  std::vector<TaxableLine> const lines = {{6833, {20}}, {6833, {20}}, {25, {5}}};
  auto const per_rate = tax_totals(lines);
  EXPECT_EQ(per_rate.line_tax, (Taxes{1367, 1366, 1}));
  EXPECT_EQ(per_rate.tax, 2734) << "2733.2 and 1.25 are 2733 and 1";
  auto const per_line = tax_totals(lines, TaxRounding::per_line);
  EXPECT_EQ(per_line.line_tax, (Taxes{1367, 1367, 1}));
  EXPECT_EQ(per_line.tax, 2735);
  EXPECT_EQ(tax_totals(lines, TaxRounding::once_on_total).tax, 2734) << "2734.45";
}

TEST(TaxTotals, OnceOnTotal_IsLessOftenRounded) {
  std::vector<TaxableLine> const lines = {{2, {20}}, {2, {21}}, {2, {22}}};  // 0.40, 0.42, 0.44
  EXPECT_EQ(tax_totals(lines).tax, 0);
  auto const once = tax_totals(lines, TaxRounding::once_on_total);
  EXPECT_EQ(once.tax, 1);
  EXPECT_EQ(once.line_tax, (Taxes{0, 0, 1}));
  EXPECT_EQ(once.by_rate.at(2).tax, 1);
}

TEST(TaxTotals, SeveralRates_AreTakenOfTheSameAmount) {
  std::vector<TaxableLine> const lines = {{9999, {ex("8.875"), ex("2.125"), ex("0.5")}}};
  auto const out = tax_totals(lines);
  EXPECT_EQ(out.tax, 1149) << "887 + 212 + 50; 11.5 % together would be 1150";
  EXPECT_EQ(out.by_rate.at(2).tax, 887);
  EXPECT_EQ(out.effective_rate, ex("11.5"));
  EXPECT_EQ(tax_totals(std::vector<TaxableLine>{{100, {5, 5}}}).by_rate.size(), 2u);
}

TEST(TaxTotals, EffectiveRate_WeighsByBaseOrAlikeWithoutOne) {
  std::vector<TaxableLine> const lines = {{1000, {10}}, {2000, {10, 12}}};
  EXPECT_EQ(tax_totals(lines).effective_rate, 18);
  std::vector<TaxableLine> const free = {{0, {10}}, {0, {10, 12}}};
  EXPECT_EQ(tax_totals(free).effective_rate, 16);
  EXPECT_EQ(tax_totals({}).effective_rate, 0);
}

TEST(TaxTotals, CreditsMirrorCharges) {
  std::vector<TaxableLine> const lines = {{6833, {20}}, {6833, {20}}, {-7, {20}}};
  std::vector<TaxableLine> const mirror = {{-6833, {20}}, {-6833, {20}}, {7, {20}}};
  auto const out = tax_totals(lines);
  auto const back = tax_totals(mirror);
  EXPECT_EQ(out.tax, -back.tax);
  for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(out.line_tax[i], -back.line_tax[i]);
}

TEST(TaxTotals, LargestAmounts) {
  std::vector<TaxableLine> const lines(100, TaxableLine{max_amount_minor, {ex("23.33")}});
  EXPECT_EQ(tax_totals(lines).tax, 100 * (max_amount_minor / 10'000 * 2333));
}

}  // namespace totals_test
}  // namespace tallybook
