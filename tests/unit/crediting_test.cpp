// What credit notes take back: shares of lines, amounts with tax, coupons, refunds, balances.
#include "domain/invoice/crediting.hpp"

#include <gtest/gtest.h>

#include "base/assert.hpp"
#include "money/money.hpp"

namespace tallybook {
namespace crediting_test {

using Credits = std::vector<LineCredit>;

Exact ex(char const* text) { return *Exact::parse_fraction(text); }

CreditableLine line(std::int64_t net, std::int64_t tax, char const* rate = "20") {
  return {net, tax, ex(rate), {}};
}
void take(CreditableLine& line, LineCredit const& credit) {
  line.credited.net += credit.net;
  line.credited.tax += credit.tax;
}
ErrorCode refused(Result<LineCredit> const& result) {
  EXPECT_FALSE(result.has_value());
  return result ? ErrorCode::internal : result.error().code;
}

TEST(Crediting, ShareIsRoundedOnceAndTaxedAtTheLinesRate) {
  // 29.99 over 7 days, 6 unused: 2570.57 -> 2571; 23.33 % of it 599.81 -> 600.
  EXPECT_EQ(*credit_line(line(2999, 700, "23.33"), Exact(2999) * 6 / 7), (LineCredit{2571, 600}));
  EXPECT_EQ(*credit_line(line(100, 20), ex("0.4")), (LineCredit{0, 0}));
}

TEST(Crediting, TheLastNoteOfALineAbsorbsTheRounding) {
  // Both lines of 68.33 carry 13.666 of tax; the invoice gave them 13.67 and 13.66.
  EXPECT_EQ(*credit_line(line(6833, 1367), std::nullopt), (LineCredit{6833, 1367}));
  EXPECT_EQ(*credit_line(line(6833, 1366), Exact(6833)), (LineCredit{6833, 1366}));
  CreditableLine part = line(10, 2);  // halves of 5 are taxed 1 each; 3 + 3 would be 1 + 1, rest 0
  take(part, *credit_line(part, Exact(3)));
  take(part, *credit_line(part, Exact(3)));
  EXPECT_EQ(*credit_line(part, std::nullopt), (LineCredit{4, 0}));
}

TEST(Crediting, TaxNeverExceedsWhatIsLeftOfIt) {
  CreditableLine small = line(4, 0);  // its 0.8 of tax went to another line
  EXPECT_EQ(*credit_line(small, Exact(3)), (LineCredit{3, 0}));
}

TEST(Crediting, RoundedSharesOfALineFitIt) {
  CreditableLine whole = line(67, 13);
  take(whole, *credit_line(whole, ex("33.5")));
  EXPECT_EQ(*credit_line(whole, ex("33.5")), (LineCredit{33, 6}));
}

TEST(Crediting, NegativeLinesAreCreditedByNegativeAmounts) {
  EXPECT_EQ(*credit_line(line(-1000, -200), ex("-250.5")), (LineCredit{-251, -50}));
  EXPECT_EQ(*credit_line(line(-1000, -200), std::nullopt), (LineCredit{-1000, -200}));
  EXPECT_EQ(refused(credit_line(line(-1000, -200), Exact(5))), ErrorCode::invalid_request);
  EXPECT_EQ(refused(credit_line(line(-1000, -200), Exact(-1001))), ErrorCode::unprocessable);
}

TEST(Crediting, RefusesNothingTooMuchAndWhatIsGone) {
  EXPECT_EQ(refused(credit_line(line(100, 20), Exact(0))), ErrorCode::invalid_request);
  EXPECT_EQ(refused(credit_line(line(100, 20), Exact(-1))), ErrorCode::invalid_request);
  auto const more = credit_line(line(100, 20), Exact(101));
  EXPECT_EQ(refused(more), ErrorCode::unprocessable);
  EXPECT_NE(more.error().message.find("100"), std::string::npos);
  CreditableLine gone = line(100, 20);
  gone.credited = {100, 20};
  EXPECT_EQ(refused(credit_line(gone, std::nullopt)), ErrorCode::unprocessable);
  gone.credited = {101, 20};
  EXPECT_THROW((void)credit_line(gone, std::nullopt), BrokenInvariant);
  EXPECT_EQ(refused(credit_line(line(100, 20, "-1"), Exact(1))), ErrorCode::invalid_request);
}

TEST(Crediting, ByTotal_SumsToTheRequestAndSharesTheTaxOfARate) {
  std::vector<CreditableLine> const lines = {line(1000, 200), line(2000, 400), line(500, 50, "10")};
  auto const half = credit_by_total(lines, 2075);
  EXPECT_EQ(*half, (Credits{{500, 100}, {1000, 200}, {250, 25}}));
  EXPECT_EQ(*credit_by_total(lines, 4150), (Credits{{1000, 200}, {2000, 400}, {500, 50}}));
  // Ten lines of 3 cents at 20 %: half a cent of tax each is five cents together, not ten.
  std::vector<CreditableLine> const many(10, line(25, 5));
  std::int64_t tax = 0;
  auto const small = credit_by_total(many, 30);
  for (auto const& one : *small) {
    EXPECT_EQ(one.net + one.tax, 3);
    tax += one.tax;
  }
  EXPECT_EQ(tax, 5);
}

TEST(Crediting, ByTotal_TakesARebateInProportion) {
  std::vector<CreditableLine> const lines = {line(10000, 2000), line(-2000, -400)};
  EXPECT_EQ(*credit_by_total(lines, 4800), (Credits{{5000, 1000}, {-1000, -200}}));
  EXPECT_EQ(*credit_by_total(lines, 9600), (Credits{{10000, 2000}, {-2000, -400}}));
}

TEST(Crediting, ByTotal_RefusesWithWhatIsLeft) {
  std::vector<CreditableLine> lines = {line(1000, 200)};
  take(lines[0], {400, 80});
  auto const more = credit_by_total(lines, 721);
  ASSERT_FALSE(more.has_value());
  EXPECT_EQ(more.error().code, ErrorCode::unprocessable);
  EXPECT_NE(more.error().message.find("720"), std::string::npos);
  EXPECT_EQ(credit_by_total(lines, 0).error().code, ErrorCode::invalid_request);
  EXPECT_EQ(credit_by_total({}, 1).error().code, ErrorCode::unprocessable);
}

TEST(Crediting, LargestAmounts) {
  std::int64_t const most = max_amount_minor;
  std::vector<CreditableLine> const lines = {line(most, most / 5), line(most, most / 5)};
  auto const part = credit_by_total(lines, most / 3);
  EXPECT_EQ((*part)[0].net + (*part)[0].tax + (*part)[1].net + (*part)[1].tax, most / 3);
  EXPECT_EQ(credit_line(lines[0], Exact(most))->tax, most / 5);
}

TEST(Crediting, ByNet_IsSharedByWhatIsLeft) {
  std::vector<CreditableLine> const lines = {line(300, 60), line(100, 20)};
  EXPECT_EQ(*credit_by_net(lines, 200), (Credits{{150, 30}, {50, 10}}));
  EXPECT_EQ(*credit_by_net(lines, 400), (Credits{{300, 60}, {100, 20}}));
  EXPECT_FALSE(credit_by_net(lines, 401).has_value());
}

TEST(Crediting, Couponed_TakesTheCouponBackInProportion) {
  auto const part = credit_couponed(39900, 25000, 26260);
  EXPECT_EQ(part->coupon_adjustment, 16454);
  EXPECT_EQ(part->subtotal, 9806);
  EXPECT_FALSE(credit_couponed(100, 101, 50).has_value());
  EXPECT_FALSE(credit_couponed(100, 0, 101).has_value());
  EXPECT_FALSE(credit_couponed(100, 0, 0).has_value());
}

TEST(Crediting, TerminationRefund_IsPaidBeyondUseTheRestIsCredit) {
  struct Row {
    std::int64_t total;
    char const* paid;
    char const* used;
    std::int64_t refund;
  };
  for (Row const& row :
       {Row{1920, "3720", "1800", 1920}, Row{1920, "2790", "1800", 990},
        Row{1920, "1700", "1800", 0}, Row{1920, "9999", "0", 1920}, Row{100, "33.5", "10.4", 24}}) {
    auto const out = termination_refund(row.total, ex(row.paid), ex(row.used));
    EXPECT_EQ(out.refund, row.refund) << row.paid;
    EXPECT_EQ(out.credit, row.total - row.refund) << row.paid;
  }
}

TEST(Crediting, CappedByWhatWasPaidAndNotCredited) {
  EXPECT_EQ(capped_credit(100, 200, 180), 20);
  EXPECT_EQ(capped_credit(100, 200, 50), 100);
  EXPECT_EQ(capped_credit(100, 0, 10), 0);
}

TEST(Crediting, Balances_PayInOrderAndNeverMoreThanIsDue) {
  std::vector<std::int64_t> const balances = {20, 0, 50, 70, 5};
  auto const out = apply_balances(100, balances);
  EXPECT_EQ(out.applied, (std::vector<std::int64_t>{20, 0, 50, 30, 0}));
  EXPECT_EQ(out.due, 0);
  EXPECT_EQ(apply_balances(100, {}).due, 100);
  EXPECT_EQ(apply_balances(-10, balances).due, -10);
}

TEST(RoundParts, MixedSignsStayWithinAUnitAndMirror) {
  using Parts = std::vector<std::int64_t>;
  std::vector<Exact> const parts = {ex("0.4"), ex("-0.4"), ex("2.4"), ex("-0.9"), ex("0.9")};
  EXPECT_EQ(round_parts(2, parts), (Parts{0, 0, 2, 0, 0}));
  EXPECT_THROW(round_parts(3, parts), BrokenInvariant) << "they sum to 2.4";
}

TEST(RoundParts, MirrorAndLimits) {
  using Parts = std::vector<std::int64_t>;
  std::vector<Exact> const parts = {ex("10.5"), ex("-3.6"), ex("0.6")};
  std::vector<Exact> const mirror = {ex("-10.5"), ex("3.6"), ex("-0.6")};
  EXPECT_EQ(round_parts(8, parts), (Parts{10, -3, 1}));
  EXPECT_EQ(round_parts(7, parts), (Parts{10, -3, 0}));
  EXPECT_EQ(round_parts(-8, mirror), (Parts{-10, 3, -1}));
  EXPECT_THROW(round_parts(9, parts), BrokenInvariant);
  EXPECT_TRUE(round_parts(0, {}).empty());
}

// The line got 7 of tax where its own rounding would say 6: all of it goes back.
TEST(Crediting, AWholeLineGivesBackTheTaxItGot) {
  EXPECT_EQ(*credit_line(line(32, 7), Exact(32)), (LineCredit{32, 7}));
}

// The second line's tax is credited already: what it may not take goes to the first.
TEST(Crediting, ByTotal_TaxALineHasNotLeftIsTakenFromTheOthers) {
  std::vector<CreditableLine> lines = {line(100, 20), line(100, 20)};
  lines[1].credited.tax = 20;
  EXPECT_EQ(*credit_by_total(lines, 110), (Credits{{42, 18}, {50, 0}}));
}

TEST(Crediting, Couponed_TheWholeFeeMayBeCredited) {
  auto const out = credit_couponed(1000, 100, 1000);
  ASSERT_TRUE(out.has_value());
  EXPECT_EQ(out->coupon_adjustment, 100);
}

}  // namespace crediting_test
}  // namespace tallybook
