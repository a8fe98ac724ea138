#include "domain/invoice/crediting.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "base/assert.hpp"
#include "base/mutant.hpp"
#include "money/money.hpp"

namespace tallybook {
namespace crediting_detail {

std::int64_t whole(Exact const& value) {
  auto const out = value.round();
  TB_ASSERT(out.has_value());
  return *out;
}

// `part` taken away from `total` leaves something between 0 and total.
std::int64_t remaining(std::int64_t total, std::int64_t part) {
  std::int64_t left = 0;
  TB_ASSERT(!__builtin_sub_overflow(total, part, &left));
  TB_ASSERT(total < 0 ? total <= left && left <= 0 : 0 <= left && left <= total);
  return left;
}

std::int64_t between_zero_and(std::int64_t limit, std::int64_t value) {
  return std::clamp(value, std::min<std::int64_t>(0, limit), std::max<std::int64_t>(0, limit));
}

Result<void> checked_rate(Exact const& rate) {
  if (rate.is_negative()) return fail(errors::invalid_field("tax_rate", "must not be negative"));
  return {};
}

Error too_much(std::string const& what, std::int64_t left) {
  return errors::unprocessable("at most " + std::to_string(left) + " minor units " + what +
                               " are left to credit");
}

// One line's part of a note by total, on its way to net and tax.
struct Portion {
  LineCredit left;
  std::int64_t gross = 0;
  std::int64_t tax = 0;
  std::int64_t least_tax = 0;  // bounds within which net and tax stay within what is left
  std::int64_t most_tax = 0;
};

Portion portion(LineCredit const& left, std::int64_t gross) {
  Portion out{left, gross, 0, 0, 0};
  if (gross == left.net + left.tax && gross != 0) {
    out.least_tax = out.most_tax = left.tax;
  } else if (gross != 0) {
    out.least_tax =
        std::max(std::min<std::int64_t>(0, left.tax), gross - std::max<std::int64_t>(0, left.net));
    out.most_tax =
        std::min(std::max<std::int64_t>(0, left.tax), gross - std::min<std::int64_t>(0, left.net));
  }
  TB_ASSERT(out.least_tax <= out.most_tax);
  return out;
}

// The tax within the gross amounts of one rate: rounded once for all of them, shared by largest
// remainder, then moved between lines where one has not that much left.
void share_tax(Exact const& rate, std::vector<Portion*> const& members) {
  std::vector<Exact> exact;
  Exact sum;
  for (Portion const* one : members) {
    exact.push_back(Exact(one->gross) * rate / (TB_MUTANT(62, Exact(100) + rate, Exact(100))));
    sum += exact.back();
  }
  std::int64_t missing = whole(sum);
  auto const parts = round_parts(missing, exact);
  for (std::size_t i = 0; i < members.size(); ++i) {
    members[i]->tax =
        TB_MUTANT(63, std::clamp(parts[i], members[i]->least_tax, members[i]->most_tax), parts[i]);
    missing -= members[i]->tax;
  }
  for (Portion* one : members) {
    std::int64_t const moved =
        std::clamp(one->tax + missing, one->least_tax, one->most_tax) - one->tax;
    one->tax += moved;
    missing -= moved;
  }
}

std::vector<LineCredit> all_that_is_left(std::span<CreditableLine const> lines) {
  std::vector<LineCredit> out;
  for (auto const& line : lines) out.push_back(creditable(line));
  return out;
}

}  // namespace crediting_detail

LineCredit creditable(CreditableLine const& line) {
  return {crediting_detail::remaining(line.net, line.credited.net),
          crediting_detail::remaining(line.tax, line.credited.tax)};
}

Result<LineCredit> credit_line(CreditableLine const& line,
                               std::optional<Exact> const& requested_net) {
  TB_CHECK(crediting_detail::checked_rate(line.tax_rate));
  LineCredit const left = creditable(line);
  if (left == LineCredit{})
    return fail(errors::unprocessable("nothing of this line is left to credit"));
  if (!requested_net) return left;
  bool const negative = line.net < 0;
  if (requested_net->is_zero() || requested_net->is_negative() != negative) {
    return fail(errors::invalid_field(
        "amount", negative ? "must be below 0 on a negative line" : "must be above 0"));
  }
  if (max(requested_net->rounded(0, Rounding::towards_zero) * (negative ? -1 : 1), 0) >
      Exact(negative ? -left.net : left.net)) {
    return fail(crediting_detail::too_much("without tax", left.net));
  }
  Exact const rounded = requested_net->rounded(0);
  std::int64_t const net =
      crediting_detail::whole(negative ? max(rounded, left.net) : min(rounded, left.net));
  if (TB_MUTANT(60, net == left.net, false)) return left;
  std::int64_t const tax = crediting_detail::whole(Exact(net) * line.tax_rate / 100);
  return LineCredit{net, crediting_detail::between_zero_and(left.tax, tax)};
}

Result<std::vector<LineCredit>> credit_by_total(std::span<CreditableLine const> lines,
                                                std::int64_t requested_total) {
  std::int64_t total = 0;
  auto left = crediting_detail::all_that_is_left(lines);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    TB_CHECK(crediting_detail::checked_rate(lines[i].tax_rate));
    total = checked_add(total, checked_add(left[i].net, left[i].tax));
  }
  if (requested_total <= 0) return fail(errors::invalid_field("amount", "must be above 0"));
  if (TB_MUTANT(61, requested_total > total, requested_total > total + 1))
    return fail(crediting_detail::too_much("with tax", std::max<std::int64_t>(total, 0)));
  if (requested_total == total) return left;
  std::vector<Exact> shares;
  for (auto const& one : left) {
    shares.push_back(Exact(requested_total) * (Exact(one.net) + one.tax) / total);
  }
  auto const gross = round_parts(requested_total, shares);
  std::vector<crediting_detail::Portion> portions;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    portions.push_back(crediting_detail::portion(left[i], gross[i]));
  }
  std::map<Exact, std::vector<crediting_detail::Portion*>> by_rate;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    by_rate[lines[i].tax_rate].push_back(&portions[i]);
  }
  for (auto const& [rate, members] : by_rate) crediting_detail::share_tax(rate, members);
  std::vector<LineCredit> out;
  for (auto const& one : portions) out.push_back({one.gross - one.tax, one.tax});
  return out;
}

Result<std::vector<LineCredit>> credit_by_net(std::span<CreditableLine const> lines,
                                              std::int64_t requested_net) {
  std::int64_t total = 0;
  auto const left = crediting_detail::all_that_is_left(lines);
  for (auto const& one : left) total = checked_add(total, one.net);
  if (requested_net <= 0) return fail(errors::invalid_field("amount", "must be above 0"));
  if (requested_net > total)
    return fail(crediting_detail::too_much("without tax", std::max<std::int64_t>(total, 0)));
  if (requested_net == total) return left;
  std::vector<Exact> shares;
  for (auto const& one : left) shares.push_back(Exact(requested_net) * one.net / total);
  auto const nets = round_parts(requested_net, shares);
  std::vector<LineCredit> out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (nets[i] == 0) {
      out.emplace_back();
      continue;
    }
    TB_TRY(credit, credit_line(lines[i], Exact(nets[i])));
    out.push_back(credit);
  }
  return out;
}

Result<CouponedCredit> credit_couponed(std::int64_t fee, std::int64_t coupon,
                                       std::int64_t credited) {
  if (coupon < 0 || coupon > fee)
    return fail(errors::invalid_field("coupon", "must be between 0 and the fee"));
  if (credited <= 0) return fail(errors::invalid_field("amount", "must be above 0"));
  if (TB_MUTANT(64, credited > fee, credited >= fee))
    return fail(crediting_detail::too_much("without tax", fee));
  std::int64_t const adjustment = crediting_detail::whole(Exact(coupon) * credited / fee);
  return CouponedCredit{adjustment, credited - adjustment};
}

TerminationRefund termination_refund(std::int64_t total, Exact const& paid_share,
                                     Exact const& used_with_tax) {
  Exact const beyond_use = paid_share.rounded(0) - used_with_tax.rounded(0);
  std::int64_t const most = std::max<std::int64_t>(total, 0);
  std::int64_t const refund = crediting_detail::whole(min(max(beyond_use, 0), most));
  return {refund, total - refund};
}

Exact capped_credit(Exact const& potential, Exact const& paid, Exact const& credited_before) {
  return max(0, min(potential, TB_MUTANT(65, paid - credited_before, paid)));
}

AppliedBalances apply_balances(std::int64_t due, std::span<std::int64_t const> balances) {
  AppliedBalances out{{}, due};
  for (std::int64_t const balance : balances) {
    std::int64_t const part =
        std::max<std::int64_t>(0, TB_MUTANT(66, std::min(out.due, balance), balance));
    out.applied.push_back(part);
    out.due -= part;
  }
  return out;
}

}  // namespace tallybook
