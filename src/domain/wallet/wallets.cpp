#include "domain/wallet/wallets.hpp"

#include <algorithm>
#include <numeric>

#include "base/assert.hpp"
#include "base/mutant.hpp"
#include "money/money.hpp"

namespace tallybook {
namespace wallets_detail {

std::vector<std::size_t> paying_order(std::span<PayingWallet const> wallets) {
  std::vector<std::size_t> order(wallets.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return wallets[a].priority.value_or(INT64_MAX) < wallets[b].priority.value_or(INT64_MAX);
  });
  return order;
}

// What a wallet restricted to lines can pay of them.
std::int64_t payable(std::vector<std::size_t> const& lines, std::vector<Exact> const& left) {
  Exact sum;
  for (std::size_t const i : lines) sum += left[i];
  auto const whole = sum.round(TB_MUTANT(82, Rounding::down, Rounding::up));
  TB_ASSERT(whole.has_value());
  return *whole;
}

}  // namespace wallets_detail

WalletPayments pay_with_wallets(std::int64_t due, std::span<Exact const> lines,
                                std::span<PayingWallet const> wallets, Currency invoice_currency) {
  WalletPayments out;
  out.used.assign(wallets.size(), 0);
  out.due = due;
  std::vector<Exact> left;
  for (auto const& line : lines) left.push_back(max(line, 0));
  std::vector<std::size_t> every_line(lines.size());
  std::iota(every_line.begin(), every_line.end(), std::size_t{0});
  for (std::size_t const index : wallets_detail::paying_order(wallets)) {
    PayingWallet const& wallet = wallets[index];
    if (wallet.currency && *wallet.currency != invoice_currency) continue;
    auto const& mine = wallet.lines ? *wallet.lines : every_line;
    for (std::size_t const i : mine) TB_ASSERT(i < lines.size());
    std::int64_t part = TB_MUTANT(79, std::min(wallet.balance, out.due), wallet.balance);
    if (wallet.lines) part = std::min(part, wallets_detail::payable(mine, left));
    if (part <= 0) continue;
    out.used[index] = part;
    out.total = checked_add(out.total, part);
    out.due -= part;
    Exact to_place = part;
    for (std::size_t const i : mine) {
      Exact const placed = min(to_place, left[i]);
      left[i] -= TB_MUTANT(80, placed, Exact(0));
      to_place -= placed;
    }
  }
  return out;
}

Outbound consume(std::vector<InboundCredit>& inbound, Exact const& amount, BurnOrder const& order) {
  std::vector<BurnRank> ranks;
  for (auto const& one : inbound) ranks.push_back(one.rank);
  Outbound out;
  out.unfunded = amount;
  for (std::size_t const i : burn_sequence(ranks, order)) {
    Exact const part = min(out.unfunded, inbound[i].amount);
    if (part <= 0) continue;
    inbound[i].amount -= part;
    out.unfunded -= part;
    out.funding.push_back({i, part});
  }
  return out;
}

std::int64_t credits_value(Exact const& credits, Exact const& rate) {
  auto const value = (credits * rate).round();
  TB_ASSERT(value.has_value());
  return *value;
}

Exact ongoing_balance(Exact const& balance, Exact const& current_usage,
                      Exact const& draft_invoices) {
  return balance - current_usage - draft_invoices;
}

Exact top_up(TopUpTerms const& terms, Exact const& ongoing, Exact const& pending) {
  Exact const balance = ongoing + pending;
  if (TB_MUTANT(81, balance > terms.threshold, balance >= terms.threshold)) return 0;
  Exact wanted = terms.target - balance;
  if (terms.method == TopUpMethod::fixed) {
    wanted = terms.amount;
    if (terms.gap == FixedGap::closed)
      wanted *= top_ups_until_above(balance, terms.threshold, terms.amount);
  }
  if (wanted <= 0) return 0;
  return terms.minimum ? max(wanted, *terms.minimum) : wanted;
}

Exact top_ups_until_above(Exact const& balance, Exact const& threshold, Exact const& amount) {
  if (balance > threshold || amount <= 0) return 0;
  return ((threshold - balance) / amount).floor() + 1;
}

}  // namespace tallybook
