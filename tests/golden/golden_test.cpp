// Every golden case beside this file against the rules. None may fail; of ours none may be left
// aside either (another collection may assume what we do not offer).
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "golden/runner.hpp"

namespace tallybook::golden {
namespace golden_test {

// The cases beside this file; $TALLYBOOK_SHARED/golden when another collection is to be run.
std::string folder() {
  if (char const* shared = std::getenv("TALLYBOOK_SHARED")) return std::string(shared) + "/golden";
  return TALLYBOOK_SOURCE_DIR "/tests/golden";
}

void run_theme(std::string const& name) {
  bool const ours = std::getenv("TALLYBOOK_SHARED") == nullptr;
  auto const result = run_file(folder() + "/" + name + ".json");
  EXPECT_FALSE(result.cases.empty());
  for (auto const& one : result.cases) {
    EXPECT_NE(one.verdict, Verdict::fail) << one.line();
    if (ours) {
      EXPECT_EQ(one.verdict, Verdict::pass) << one.line();
    }
    if (one.verdict != Verdict::pass) std::cout << one.line() << "\n";
  }
  std::cout << count_line(result.theme, result.cases) << "\n";
}

}  // namespace golden_test

TEST(Golden, BillingDates) { golden_test::run_theme("billing_dates"); }
TEST(Golden, PricingModels) { golden_test::run_theme("pricing_models"); }
TEST(Golden, InvoicesTaxes) { golden_test::run_theme("invoices_taxes"); }
TEST(Golden, CouponsDiscounts) { golden_test::run_theme("coupons_discounts"); }
TEST(Golden, CreditsWallets) { golden_test::run_theme("credits_wallets"); }
TEST(Golden, Proration) { golden_test::run_theme("proration"); }
TEST(Golden, UsageAggregation) { golden_test::run_theme("usage_aggregation"); }

}  // namespace tallybook::golden
