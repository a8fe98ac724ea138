// Wallets: money of a customer in one currency that pays invoices after tax (WAL-1, WAL-5, WAL-6).
// Which wallets pay, which top-ups fund what they pay, and when they are topped up. Balances are
// minor units and never fall below 0.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "domain/credit/burn_order.hpp"
#include "money/currency.hpp"
#include "money/exact.hpp"

namespace tallybook {

// A wallet as a payer. Listed in the order of creation.
struct PayingWallet {
  std::int64_t balance = 0;                       // minor units
  std::optional<std::int64_t> priority;           // lower pays first, none last
  std::optional<Currency> currency;               // empty: that of the invoice
  std::optional<std::vector<std::size_t>> lines;  // restricted to these; empty: pays everything
};

// What wallets paid of an invoice.
struct WalletPayments {
  std::vector<std::int64_t> used;  // of each wallet, as listed
  std::int64_t total = 0;
  std::int64_t due = 0;  // what is left to pay
};

// Lets wallets of the invoice's currency pay what is due, by priority, then creation. A wallet
// restricted to lines pays at most what is left of those lines with tax, cut to whole minor units;
// a wallet that may pay everything pays the whole due amount, however its lines were rounded. Each
// takes from the lines in their order. `lines` are the amounts with tax (may be fractions).
[[nodiscard]] WalletPayments pay_with_wallets(std::int64_t due, std::span<Exact const> lines,
                                              std::span<PayingWallet const> wallets,
                                              Currency invoice_currency);

// Credits that entered a wallet, by one payment or gift.
struct InboundCredit {
  Exact amount;
  BurnRank rank;
};
// One part of what left a wallet: which inbound credit funded it and how much.
struct Funding {
  std::size_t inbound = 0;
  Exact amount;
};
struct Outbound {
  std::vector<Funding> funding;
  Exact unfunded;  // beyond what the wallet held
};

// Which inbound credits fund an outbound amount: by priority, granted before purchased, oldest
// first unless another order is asked for. Inbound amounts are reduced in place.
[[nodiscard]] Outbound consume(std::vector<InboundCredit>& inbound, Exact const& amount,
                               BurnOrder const& order = BurnOrder{.by_expiry = false});

// The money that credits stand for: credits x rate, rounded once. `rate` is minor units a credit.
[[nodiscard]] std::int64_t credits_value(Exact const& credits, Exact const& rate);

// The balance with everything that is about to be taken from it: usage of the running periods and
// invoices that are still drafts. May be below 0.
[[nodiscard]] Exact ongoing_balance(Exact const& balance, Exact const& current_usage,
                                    Exact const& draft_invoices);

enum class TopUpMethod {
  fixed,   // always the same amount
  target,  // up to a target balance
};
// What a fixed top-up does when one of it does not lift the balance above the threshold.
enum class FixedGap {
  once,    // the default: one top-up, the next check tops up again
  closed,  // one top-up of as many times the amount as it takes
};
struct TopUpTerms {
  TopUpMethod method = TopUpMethod::fixed;
  Exact threshold;
  Exact amount;                  // fixed: credits of one top-up, above 0
  Exact target;                  // target: the balance to reach
  std::optional<Exact> minimum;  // the least a top-up may be
  FixedGap gap = FixedGap::once;
};

// The credits to top up now: 0 while the ongoing balance with pending top-ups is above the
// threshold; at or below it, by the method, at least the minimum. A fixed amount of 0 or less and a
// target that is reached top up nothing.
[[nodiscard]] Exact top_up(TopUpTerms const& terms, Exact const& ongoing, Exact const& pending = 0);

// How often a fixed amount has to be topped up until the balance is above the threshold; 0 when it
// is, and for an amount of 0 or less.
[[nodiscard]] Exact top_ups_until_above(Exact const& balance, Exact const& threshold,
                                        Exact const& amount);

}  // namespace tallybook
