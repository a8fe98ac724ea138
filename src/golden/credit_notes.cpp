// Credit notes and subscriptions that end early: shares of lines, refunds, balances.
#include "calendar/proration.hpp"
#include "domain/discount/distribution.hpp"
#include "domain/invoice/crediting.hpp"
#include "golden/tax_words.hpp"
#include "golden/themes.hpp"
#include "money/money.hpp"

namespace tallybook::golden {
namespace credit_notes_detail {

// Days of a cycle as the cases count them, from 1; [first, last].
Period days_of(int first, int last) { return {Date{first - 1}, Date{last}}; }

Exact share_of_cycle(Json const& inputs, std::string const& days) {
  int const cycle = inputs.at("cycle_days").small();
  int const part = inputs.at(days).small();
  if (cycle <= 0 || part < 0) throw BadCase("no cycle, or a part of it below 0 days");
  return proration_days(days_of(1, part), days_of(1, cycle));
}

CreditableLine line_of(std::int64_t net, Exact const& rate) {
  return {net, tax_on(net, rate), rate, {}};
}

// A share of 0 credits nothing and is no credit note.
LineCredit credited(CreditableLine const& line, Exact const& net) {
  return net.is_zero() ? LineCredit{} : value_of(credit_line(line, net));
}

void termination(Json const& inputs, Policy const&, Checker& check) {
  std::int64_t const amount = inputs.at("amount_minor").minor();
  auto const credit = credited(line_of(amount, rate_of(inputs.at("tax_rate_percent"))),
                               Exact(amount) * share_of_cycle(inputs, "unused_days"));
  check.number("item_minor", credit.net);
  check.number("tax_minor", credit.tax);
  check.number("total_minor", checked_add(credit.net, credit.tax));
}

// The fee's coupon reduces what is credited and what was used alike. A case that does not say what
// was paid is about a fee that was.
void termination_refunded(Json const& inputs, Policy const&, Checker& check) {
  std::int64_t const fee = inputs.at("fee_minor").minor();
  std::int64_t const coupon = inputs.has("coupon_minor") ? inputs.at("coupon_minor").minor() : 0;
  Exact const rate = rate_of(inputs.at("tax_rate_percent"));
  Exact const day_price = inputs.at("day_price_minor").number();
  std::int64_t const before =
      inputs.has("previous_credit_minor") ? inputs.at("previous_credit_minor").minor() : 0;
  std::int64_t const item = std::max<std::int64_t>(
      0, Money::rounded(day_price * inputs.at("unused_days").small(), Currency()).minor - before);
  auto const whole_fee = line_of(checked_add(fee, -coupon), rate);
  LineCredit credit;
  if (item > 0) credit = credited(whole_fee, value_of(credit_couponed(fee, coupon, item)).subtotal);
  Exact const used = day_price * inputs.at("used_days").small();
  Exact const used_net = fee == 0 ? Exact(0) : used * (Exact(fee) - coupon) / fee;
  bool const says_paid = inputs.has("paid_minor");
  Exact const paid =
      says_paid ? Exact(inputs.at("paid_minor").minor()) : Exact(whole_fee.net) + whole_fee.tax;
  Exact const share = says_paid && inputs.has("fee_share_of_invoice")
                          ? inputs.at("fee_share_of_invoice").number()
                          : Exact(1);
  std::int64_t const total = checked_add(credit.net, credit.tax);
  TerminationRefund out{0, total};
  std::string const& mode = inputs.at("mode").word();
  if (mode == "refund")
    out = termination_refund(total, paid * share, used_net * (Exact(100) + rate) / 100);
  else if (mode != "credit")
    throw NotApplicable{"mode", mode + ": neither refund nor credit"};
  check.number("item_minor", item);
  check.number("tax_minor", credit.tax);
  check.number("total_minor", total);
  check.number("refund_minor", out.refund);
  check.number("credit_minor", out.credit);
}

void partial_with_coupon(Json const& inputs, Policy const&, Checker& check) {
  std::int64_t const fee = inputs.at("fee_minor").minor();
  std::int64_t const coupon = inputs.at("coupon_minor").minor();
  auto const part =
      value_of(credit_couponed(fee, coupon, inputs.at("credited_item_minor").minor()));
  auto const line = line_of(checked_add(fee, -coupon), rate_of(inputs.at("tax_rate_percent")));
  auto const credit = credited(line, part.subtotal);
  check.number("coupon_adjustment_minor", part.coupon_adjustment);
  check.number("subtotal_minor", credit.net);
  check.number("tax_minor", credit.tax);
  check.number("total_minor", checked_add(credit.net, credit.tax));
}

// The lines as the invoice was issued: with the taxes of the rounding that gives its total.
std::vector<CreditableLine> issued_lines(Json const& inputs) {
  Exact const rate = rate_of(inputs.at("rate_percent"));
  std::vector<TaxableLine> taxable;
  std::int64_t net = 0;
  for (Json const& one : inputs.at("lines_minor").list()) {
    taxable.push_back({one.minor(), {rate}});
    net = checked_add(net, one.minor());
  }
  for (auto const level :
       {TaxRounding::per_rate, TaxRounding::per_line, TaxRounding::once_on_total}) {
    auto const totals = tax_totals(taxable, level);
    if (checked_add(net, totals.tax) != inputs.at("invoice_total_minor").minor()) continue;
    std::vector<CreditableLine> out;
    for (std::size_t i = 0; i < taxable.size(); ++i)
      out.push_back({inputs.at("lines_minor").items[i].minor(), totals.line_tax[i], rate, {}});
    return out;
  }
  throw BadCase("the lines and their rate do not make the invoice total");
}

std::vector<LineCredit> credit_whole_lines(std::vector<CreditableLine> const& lines,
                                           Json const& indices) {
  std::vector<LineCredit> note(lines.size());
  for (Json const& one : indices.list()) {
    auto const index = static_cast<std::size_t>(one.small());
    if (index >= lines.size()) throw BadCase("no such line: " + one.str());
    note[index] = value_of(credit_line(lines[index], std::nullopt));
  }
  return note;
}

// Amounts without tax: one for the invoice, or one for each line.
std::vector<LineCredit> credit_amounts(std::vector<CreditableLine> const& lines,
                                       Json const& amount) {
  if (amount.kind != Json::Kind::list) return value_of(credit_by_net(lines, amount.minor()));
  if (amount.items.size() != lines.size()) throw BadCase("an amount for every line is needed");
  std::vector<LineCredit> note;
  for (std::size_t i = 0; i < lines.size(); ++i)
    note.push_back(credited(lines[i], amount.items[i].number()));
  return note;
}

void sequence(Json const& inputs, Policy const&, Checker& check) {
  auto lines = issued_lines(inputs);
  bool const by_line = inputs.has("credited_lines");
  std::vector<std::int64_t> totals;
  std::vector<std::int64_t> taxes;
  std::int64_t sum = 0;
  for (Json const& one : inputs.at(by_line ? "credited_lines" : "credited_minor").list()) {
    auto const note = by_line ? credit_whole_lines(lines, one) : credit_amounts(lines, one);
    totals.push_back(0);
    taxes.push_back(0);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      lines[i].credited.net += note[i].net;
      lines[i].credited.tax += note[i].tax;
      totals.back() = checked_add(totals.back(), checked_add(note[i].net, note[i].tax));
      taxes.back() = checked_add(taxes.back(), note[i].tax);
    }
    sum = checked_add(sum, totals.back());
  }
  check.numbers("credit_totals_minor", totals);
  check.numbers("tax_minor", taxes);
  check.number("sum_minor", sum);
}

void apply(Json const& inputs, Policy const&, Checker& check) {
  std::int64_t const total = inputs.at("invoice_total_minor").minor();
  std::vector<std::int64_t> balances;
  for (Json const& one : inputs.at("credit_note_balances_minor").list())
    balances.push_back(one.minor());
  auto const out = apply_balances(total, balances);
  check.numbers("applied_minor", out.applied);
  check.number("due_minor", out.due);
  for (std::size_t i = 0; i < balances.size(); ++i) balances[i] -= out.applied[i];
  check.numbers("remaining_balances_minor", balances);
  std::vector<Exact> fees;
  if (inputs.has("fees_minor")) {
    for (Json const& one : inputs.at("fees_minor").list()) fees.emplace_back(one.minor());
  }
  check.value("per_fee_minor", Json::numbers(discount_shares(fees, Exact(total) - out.due)));
}

void refund_of_invoice(Json const& inputs, Policy const&, Checker& check) {
  auto const out = termination_refund(inputs.at("unused_with_tax_minor").minor(),
                                      inputs.at("paid_minor").number(),
                                      inputs.at("used_with_tax_minor").number());
  check.number("refund_minor", out.refund);
  check.number("credit_minor", out.credit);
}

void ended_in_arrears(Json const& inputs, Policy const&, Checker& check) {
  std::int64_t const fee =
      Money::rounded(Exact(inputs.at("plan_minor").minor()) * share_of_cycle(inputs, "used_days"),
                     Currency())
          .minor;
  std::int64_t const net = checked_add(fee, inputs.at("usage_minor").minor());
  std::int64_t const tax = tax_on(net, rate_of(inputs.at("tax_rate_percent")));
  check.number("subscription_minor", fee);
  check.number("subtotal_minor", net);
  check.number("tax_minor", tax);
  check.number("total_minor", checked_add(net, tax));
}

// Billed in advance from a day of the cycle, ended on another: the rest is credited and its balance
// settles the final invoice of usage.
void ended_in_advance(Json const& inputs, Policy const&, Checker& check) {
  int const cycle = inputs.at("cycle_days").small();
  int const start = inputs.at("start_day_of_cycle").small();
  int const end = inputs.at("terminated_day").small();
  if (start < 1 || end < start || cycle < end) throw BadCase("days out of order");
  Exact const plan = inputs.at("plan_minor").minor();
  Exact const rate = rate_of(inputs.at("tax_rate_percent"));
  auto const share = [&](int first, int last) {
    return plan * proration_days(days_of(first, last), days_of(1, cycle));
  };
  auto const first = line_of(Money::rounded(share(start, cycle), Currency()).minor, rate);
  auto const note = credited(first, share(end + 1, cycle));
  auto const usage = line_of(inputs.at("usage_minor").minor(), rate);
  std::int64_t const balance = checked_add(note.net, note.tax);
  auto const applied =
      apply_balances(checked_add(usage.net, usage.tax), std::vector<std::int64_t>{balance});
  check.value("first_invoice",
              Json::object({{"subtotal_minor", Json::of(Exact(first.net))},
                            {"tax_minor", Json::of(Exact(first.tax))},
                            {"total_minor", Json::of(Exact(checked_add(first.net, first.tax)))}}));
  check.number("credit_note_minor", balance);
  check.value("final_invoice",
              Json::object({{"subtotal_minor", Json::of(Exact(usage.net))},
                            {"tax_minor", Json::of(Exact(usage.tax))},
                            {"credit_applied_minor", Json::of(Exact(applied.applied.front()))},
                            {"total_minor", Json::of(Exact(applied.due))}}));
}

}  // namespace credit_notes_detail

Theme credit_notes_theme() {
  using namespace credit_notes_detail;
  Theme theme;
  theme.kinds = {{"credit_note.termination", termination},
                 {"credit_note.termination_refund", termination_refunded},
                 {"credit_note.partial_with_coupon", partial_with_coupon},
                 {"credit_note.sequence", sequence},
                 {"credit_note.apply", apply},
                 {"invoice.termination_refund", refund_of_invoice},
                 {"invoice.termination_arrears", ended_in_arrears},
                 {"invoice.termination_advance", ended_in_advance}};
  theme.offered = {{"billing_mode", {"advance", "arrears"}},
                   {"credit_note.apply", {"after_tax_oldest_first"}},
                   {"credit_note.coupon", {"pro_rata_reduction"}},
                   {"credit_note.last", {"absorbs_rounding_so_sum_equals_invoice"}},
                   {"credit_note.rounding", {"item_and_tax_rounded_separately"}},
                   {"credit_note.tax", {"recomputed_on_credited_part"}},
                   {"proration.basis", {"actual_days_in_cycle"}},
                   {"refund.rounding", {"each_leg_rounded_before_subtraction"}},
                   {"refund.rule", {"paid_share_minus_used_part_capped_at_total_rest_credited"}},
                   {"rounding", {"nearest_any_tie_rule", "half_up"}},
                   {"tax.base", {"after_discount"}},
                   {"tax.prices", {"exclusive"}},
                   {"termination.credit", {"credit_note_for_unused_time"}},
                   {"termination.day", {"counted_as_used"}},
                   {"usage.on_cancellation_day", {"included"}}};
  return theme;
}

}  // namespace tallybook::golden
