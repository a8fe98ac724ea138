#include "domain/wallet/wallet.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "domain/wallet/wallets.hpp"

namespace tallybook {

void use_credits(std::vector<WalletTransaction>& credits, std::int64_t amount,
                 std::optional<WalletTransactionId> const& first) {
  std::vector<InboundCredit> inbound;
  for (auto const& credit : credits) {
    BurnRank rank;
    if (first && credit.id == *first) rank.priority = 0;
    rank.purchased = credit.type == WalletTransactionType::credit_paid;
    rank.created_at = Instant{credit.position};
    inbound.push_back({Exact(credit.remaining), rank});
  }
  auto const used = consume(inbound, Exact(amount));
  TB_ASSERT(used.unfunded.is_zero());
  for (auto const& part : used.funding) {
    auto const whole = part.amount.round();
    TB_ASSERT(whole.has_value());
    credits[part.inbound].remaining -= *whole;
  }
}

std::int64_t wallet_share(std::int64_t due, std::int64_t balance, Currency currency,
                          std::optional<std::int64_t> const& eligible) {
  PayingWallet wallet;
  wallet.balance = balance;
  std::vector<Exact> lines;
  if (eligible) {
    lines.emplace_back(*eligible);
    wallet.lines = std::vector<std::size_t>{0};
  }
  auto const paid = pay_with_wallets(due, lines, std::span(&wallet, 1), currency);
  return paid.total;
}

Instant next_load_date(Instant anchor, Interval const& interval, Instant after,
                       TimeZone const& zone) {
  auto const every = to_billing_interval(interval);
  Date const first = zone.date_of(anchor);
  std::int64_t const time_of_day = anchor.ms - zone.start_of(first).ms;
  std::int64_t n =
      std::max<std::int64_t>(anniversaries_until(zone.date_of(after), first, every), 0);
  for (;; ++n) {
    Instant const at{zone.start_of(anniversary(first, every, n)).ms + time_of_day};
    if (at > after) return at;
  }
}

bool at_load_threshold(Wallet const& wallet, std::int64_t pending) {
  if (!wallet.is_auto_load_enabled || wallet.state != WalletState::active) return false;
  if (!wallet.auto_load_threshold || !wallet.auto_load_amount) return false;
  TopUpTerms terms;
  terms.threshold = *wallet.auto_load_threshold;
  terms.amount = *wallet.auto_load_amount;
  return !top_up(terms, Exact(wallet.balance), Exact(pending)).is_zero();
}

}  // namespace tallybook
