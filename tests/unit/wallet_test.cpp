// Which wallets pay, what funds them, when they are topped up.
#include "domain/wallet/wallet.hpp"

#include <gtest/gtest.h>

#include "base/assert.hpp"
#include "domain/wallet/wallets.hpp"

namespace tallybook {
namespace wallet_test {

using Amounts = std::vector<std::int64_t>;

Exact ex(char const* text) { return *Exact::parse_fraction(text); }
Currency const eur = *Currency::parse("EUR");

WalletPayments pay(std::int64_t due, std::vector<Exact> const& lines,
                   std::vector<PayingWallet> const& wallets) {
  return pay_with_wallets(due, lines, wallets, eur);
}

TEST(Wallets, PayByPriorityThenCreation) {
  std::vector<PayingWallet> const wallets = {
      {100, 2, {}, {}}, {100, {}, {}, {}}, {100, 1, {}, {}}, {100, 2, {}, {}}};
  auto const out = pay(350, {350}, wallets);
  EXPECT_EQ(out.used, (Amounts{100, 50, 100, 100}));
  EXPECT_EQ(out.due, 0);
  EXPECT_EQ(pay(0, {}, wallets).total, 0);
  EXPECT_EQ(pay(-5, {}, wallets).due, -5);
}

TEST(Wallets, CurrencyMustMatch) {
  auto const out = pay(100, {100}, {{70, {}, Currency::parse("USD"), {}}, {70, {}, eur, {}}});
  EXPECT_EQ(out.used, (Amounts{0, 70}));
}

TEST(Wallets, RestrictedOnesPayWhatIsLeftOfTheirLines) {
  // The general wallet takes from the first line, so the second is left for its own.
  std::vector<PayingWallet> const wallets = {
      {1000, 1, {}, {}}, {1000, 2, {}, {{1}}}, {1000, 2, {}, {{0}}}};
  auto const out = pay(2500, {1500, 1000}, wallets);
  EXPECT_EQ(out.used, (Amounts{1000, 1000, 500}));
  auto const fraction = pay(100, {ex("33.9"), ex("66.1")}, {{1000, {}, {}, {{0}}}});
  EXPECT_EQ(fraction.used, Amounts{33});
  EXPECT_EQ(pay(100, {ex("33.2"), ex("66.2")}, {{1000, {}, {}, {}}}).used, Amounts{100})
      << "a wallet for everything pays the rounded total";
  EXPECT_EQ(pay(100, {150, -50}, {{1000, {}, {}, {{0}}}}).total, 100) << "never more than is due";
}

TEST(Wallets, ConsumeByPriorityGrantedBeforePurchasedOldest) {
  std::vector<InboundCredit> inbound = {{10, {{}, {}, true, {1}}},
                                        {10, {{}, {}, true, {0}}},
                                        {10, {{}, {}, false, {9}}},
                                        {10, {1, {}, true, {8}}}};
  auto const out = consume(inbound, 32);
  ASSERT_EQ(out.funding.size(), 4u);
  EXPECT_EQ(out.funding[0].inbound, 3u);
  EXPECT_EQ(out.funding[1].inbound, 2u);
  EXPECT_EQ(out.funding[2].inbound, 1u);
  EXPECT_EQ(out.funding[3].amount, 2);
  EXPECT_EQ(inbound[0].amount, 8);
  EXPECT_EQ(consume(inbound, 10).unfunded, 2);
}

TEST(Wallets, TopUp_AtOrBelowTheThreshold) {
  TopUpTerms fixed{TopUpMethod::fixed, 6, 10, 0, {}, FixedGap::once};
  EXPECT_EQ(top_up(fixed, ex("6.1")), 0);
  EXPECT_EQ(top_up(fixed, 6), 10);
  EXPECT_EQ(top_up(fixed, ex("5.5"), 1), 0) << "what is pending counts";
  EXPECT_EQ(top_up(fixed, -30), 10);
  fixed.gap = FixedGap::closed;
  EXPECT_EQ(top_up(fixed, -30), 40) << "four of 10 lift -30 above 6";
  EXPECT_EQ(top_up(fixed, -4), 20) << "one would end at the threshold";
  fixed.amount = 0;
  EXPECT_EQ(top_up(fixed, -4), 0);
  TopUpTerms target{TopUpMethod::target, 6, 0, 200, {}, FixedGap::once};
  EXPECT_EQ(top_up(target, ex("5.5")), ex("194.5"));
  target.minimum = ex("205.5");
  EXPECT_EQ(top_up(target, ex("5.5")), ex("205.5"));
  target.target = 5;
  EXPECT_EQ(top_up(target, ex("5.5")), 0);
}

TEST(Wallets, ValueAndOngoingBalance) {
  EXPECT_EQ(credits_value(ex("10.5"), ex("33.3")), 350);
  EXPECT_EQ(ongoing_balance(100, 70, 40), -10);
  EXPECT_EQ(top_ups_until_above(7, 6, 10), 0);
}

TEST(Wallets, Debits_UseGivenThenPaidThenOldest_AndWhatTheyRevertFirst) {
  auto const credit = [](char const* id, WalletTransactionType type, std::int64_t position) {
    WalletTransaction made;
    made.id = WalletTransactionId(id);
    made.type = type;
    made.position = position;
    made.amount = made.remaining = 100;
    return made;
  };
  std::vector<WalletTransaction> credits = {
      credit("walt_1", WalletTransactionType::credit_paid, 0),
      credit("walt_2", WalletTransactionType::credit_free, 1),
      credit("walt_3", WalletTransactionType::credit_paid, 2)};
  auto const left = [&] {
    return Amounts{credits[0].remaining, credits[1].remaining, credits[2].remaining};
  };
  use_credits(credits, 120, std::nullopt);
  EXPECT_EQ(left(), (Amounts{80, 0, 100}));
  use_credits(credits, 100, WalletTransactionId("walt_3"));
  EXPECT_EQ(left(), (Amounts{80, 0, 0}));
  EXPECT_THROW(use_credits(credits, 81, std::nullopt), BrokenInvariant);
}

TEST(Wallets, ShareOfAnInvoice) {
  EXPECT_EQ(wallet_share(12000, 5000, eur, std::nullopt), 5000);
  EXPECT_EQ(wallet_share(3000, 5000, eur, std::nullopt), 3000);
  EXPECT_EQ(wallet_share(3000, 5000, eur, 1200), 1200);
  EXPECT_EQ(wallet_share(3000, 5000, eur, 0), 0);
  EXPECT_EQ(wallet_share(-1, 5000, eur, std::nullopt), 0);
}

TEST(Wallets, DatesOfALoad_KeepTheirDayAndTime) {
  auto const at = [](char const* text) { return *parse_instant(text); };
  Interval const monthly{WirePeriod::months, 1};
  auto const anchor = at("2026-01-31T08:30:00Z");
  EXPECT_EQ(next_load_date(anchor, monthly, at("2026-01-01T00:00:00Z"), TimeZone()), anchor);
  EXPECT_EQ(next_load_date(anchor, monthly, anchor, TimeZone()), at("2026-02-28T08:30:00Z"));
  EXPECT_EQ(next_load_date(anchor, monthly, at("2026-02-28T08:30:00Z"), TimeZone()),
            at("2026-03-31T08:30:00Z"));
}

}  // namespace wallet_test
}  // namespace tallybook
