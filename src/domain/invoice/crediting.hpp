// What a credit note takes back from an issued invoice (CRN-1, CRN-4): shares of its lines, each
// with its tax, such that every way of splitting an invoice into credit notes sums to it to the
// cent and no note takes more than is left. Amounts are whole minor units of one currency; those
// of a line bear its sign, so a negative line is credited by negative amounts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "money/exact.hpp"

namespace tallybook {

// What earlier credit notes took from a line, in the line's sign.
struct CreditedSoFar {
  std::int64_t net = 0;
  std::int64_t tax = 0;
};

// One line as issued: net of discounts, the tax it was given, its rate in percent.
struct CreditableLine {
  std::int64_t net = 0;
  std::int64_t tax = 0;
  Exact tax_rate;
  CreditedSoFar credited;
};

// One line's part of a credit note, in the line's sign.
struct LineCredit {
  std::int64_t net = 0;
  std::int64_t tax = 0;
  friend bool operator==(LineCredit const&, LineCredit const&) = default;
};

// What is left of a line to credit. Asserts that not more was credited than the line had.
[[nodiscard]] LineCredit creditable(CreditableLine const& line);

// Credits an exact share of a line's net amount, or the rest when none is given. The share is
// rounded once (half away from zero) and taxed again at the line's rate, at most with the tax that
// is left. What exhausts the net amount takes all the remaining tax, so the last note of a line
// absorbs every rounding. A share whose whole units fit but whose rounding would not (33.5 of 33)
// is the rest as well; one that rounds to 0 credits nothing.
// Fails with invalid_request when the share is 0 or has not the line's sign, with unprocessable
// (naming what is left) when it is more than that or nothing is left.
[[nodiscard]] Result<LineCredit> credit_line(CreditableLine const& line,
                                             std::optional<Exact> const& requested_net);

// Credits `requested_total`, tax included, over all lines: each gives in proportion to what is left
// of it with tax (largest remainder), so net and tax of the note sum to the request exactly. The
// tax part is computed per rate from the credited totals and given to the lines of that rate,
// within what each has left. Negative lines (a rebate on the invoice) are credited in the same
// proportion: half of the total is half of every line. A request for all that is left gives every
// line's rest. Fails like credit_line; `requested_total` is above 0 and what is left is the sum
// over all lines.
[[nodiscard]] Result<std::vector<LineCredit>> credit_by_total(std::span<CreditableLine const> lines,
                                                              std::int64_t requested_total);

// The same for an amount without tax, in proportion to what is left of each net amount; each line
// is then credited like credit_line does it.
[[nodiscard]] Result<std::vector<LineCredit>> credit_by_net(std::span<CreditableLine const> lines,
                                                            std::int64_t requested_net);

// Crediting part of a fee that a coupon had reduced: the coupon is taken back in the same
// proportion. coupon_adjustment = coupon x credited / fee, rounded once; subtotal = what is
// credited without tax. Fails with invalid_request when `credited` is not within (0, fee] or the
// coupon not within [0, fee].
struct CouponedCredit {
  std::int64_t coupon_adjustment = 0;
  std::int64_t subtotal = 0;
};
[[nodiscard]] Result<CouponedCredit> credit_couponed(std::int64_t fee, std::int64_t coupon,
                                                     std::int64_t credited);

// How the credit for unused time is given back: money that was paid beyond the used part is
// refunded, the rest stays as credit. refund = clamp(paid_share - used_with_tax, 0, total), each of
// both rounded before they are subtracted; credit = total - refund. All in minor units with tax;
// paid_share is what was paid for this line.
struct TerminationRefund {
  std::int64_t refund = 0;
  std::int64_t credit = 0;
};
[[nodiscard]] TerminationRefund termination_refund(std::int64_t total, Exact const& paid_share,
                                                   Exact const& used_with_tax);

// A credit for what is given back can be at most what was paid and not credited before; never
// below 0. Any one unit.
[[nodiscard]] Exact capped_credit(Exact const& potential, Exact const& paid,
                                  Exact const& credited_before);

// Settling an invoice with balances of credit notes, in the order given (oldest first), after tax:
// each gives what is still due, never more than it holds. Negative balances and dues give nothing.
struct AppliedBalances {
  std::vector<std::int64_t> applied;  // as many as balances
  std::int64_t due = 0;               // what remains to be paid
};
[[nodiscard]] AppliedBalances apply_balances(std::int64_t due,
                                             std::span<std::int64_t const> balances);

}  // namespace tallybook
