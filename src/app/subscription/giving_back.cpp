// What was charged in advance and is not used: per line, less what was given back of it before.
#include <algorithm>

#include "app/billing/organisation_billing.hpp"
#include "app/credit/line_credits.hpp"
#include "app/subscription/changing.hpp"
#include "app/subscription/running_period.hpp"
#include "base/assert.hpp"
#include "calendar/proration.hpp"

namespace tallybook {
namespace giving_back_detail {

Exact net_of(InvoiceLine const& line) {
  // A waiting line is not rounded yet.
  return line.invoice_id.empty() ? line.exact_amount : Exact(line.amount_excluding_tax);
}

}  // namespace giving_back_detail

CutAmount whole_amount(InvoiceLine const& line) {
  Exact const net = giving_back_detail::net_of(line);
  return {line.id.value, net.is_negative() ? -net : net, 1, {}, {}, {}};
}

bool counts_time(InvoiceLine const& line) {
  if (!line.charge || !line.period_starts_at || !line.period_ends_at) return false;
  auto const& credit = line.charge->credit;
  return line.charge->basis == ProrationBasis::milliseconds ||
         (credit && credit->charged && !credit->charged->cut_on);
}

namespace giving_back_detail {

bool is_written_off(UnitOfWork& work, InvoiceLine const& line) {
  auto const invoice = work.records<Invoice>().find(line.invoice_id.value);
  return invoice && invoice->status == InvoiceStatus::uncollectible;
}

Instant start_of_line(InvoiceLine const& line) { return line.period_starts_at.value_or(Instant{}); }

// The same cut at the start of its day, for what is shared by its time.
Cut in_time(Cut const& cut, TimeZone const& zone) {
  if (cut.basis == ProrationBasis::milliseconds) return cut;
  return {cut.day, zone.start_of(cut.day), ProrationBasis::milliseconds};
}

// A line's net and the share of its own days (or time) that lies after the cut.
CutAmount cut_amount(InvoiceLine const& line, Cut const& cut) {
  auto part = whole_amount(line);
  if (cut.basis == ProrationBasis::milliseconds) {
    InstantRange const whole{start_of_line(line), *line.period_ends_at};
    part.share = whole.end <= whole.start ? Exact(0) : proration_after(whole, cut.at);
    return part;
  }
  Period const whole{*line.period_start_on, *line.period_end_on};
  if (whole.days() <= 0) {
    part.share = 0;
    return part;
  }
  part.start_on = whole.start;
  part.cut_on = std::clamp(cut.day, whole.start, whole.end);
  part.end_on = whole.end;
  part.share = Exact::fraction(whole.end - *part.cut_on, whole.days());
  return part;
}

// Lines that give back a part of `line`: credit notes, credits on invoices, waiting ones.
std::vector<InvoiceLine> given_back(UnitOfWork& work, InvoiceLine const& line,
                                    std::vector<PendingCharge> const& pending) {
  auto lines = work.records<InvoiceLine>().where(
      "original_line_item_id = ? AND entry_type = 'credit' AND EXISTS (SELECT 1 FROM invoices n "
      "WHERE n.account_id = invoice_lines.account_id AND n.mode = invoice_lines.mode AND n.id = "
      "invoice_lines.invoice_id AND n.status NOT IN ('closed', 'archived') AND "
      "(n.type <> 'credit_note' OR n.number IS NOT NULL))",
      {line.id.value});
  // The line of a grouped document stands for the whole of it: the note says which charge it means.
  if (auto const grouped = grouped_line(work, line.invoice_id)) {
    for (auto& credit : work.records<InvoiceLine>().where(
             "original_line_item_id = ? AND entry_type = 'credit' AND EXISTS (SELECT 1 FROM "
             "invoices n WHERE n.account_id = invoice_lines.account_id AND n.mode = "
             "invoice_lines.mode AND n.id = invoice_lines.invoice_id AND n.number IS NOT NULL)",
             {grouped->id.value})) {
      bool const of_this = credit.charge && credit.charge->credit &&
                           credit.charge->credit->charged &&
                           credit.charge->credit->charged->line_id == line.id.value;
      if (of_this) lines.push_back(std::move(credit));
    }
  }
  // A note on the document that was lowered takes some of it away again.
  for (auto& credit : lines) {
    auto const undone = work.sql().number(
        "SELECT COALESCE(CAST(SUM(ABS(l.amount_excluding_tax)) AS BIGINT), 0) FROM invoice_lines l "
        "JOIN invoices n ON n.account_id = l.account_id AND n.mode = l.mode AND n.id = "
        "l.invoice_id WHERE l.account_id = ? AND l.mode = ? AND l.original_line_item_id = ? AND "
        "n.number IS NOT NULL",
        {work.tenant().account_id, std::string(mode_text(work.tenant().mode)), credit.id.value});
    credit.amount_excluding_tax += credit.amount_excluding_tax < 0 ? undone : -undone;
  }
  for (auto const& waiting : pending) {
    if (waiting.line.original_line_item_id == line.id) lines.push_back(waiting.line);
  }
  return lines;
}

// A charge whose document became a credit note has the other sign there.
bool is_turned(UnitOfWork& work, InvoiceLine const& line) {
  if (line.invoice_id.empty() || line.amount_excluding_tax >= 0) return false;
  auto const document = work.records<Invoice>().find(line.invoice_id.value);
  return document && document->type == InvoiceType::credit_note;
}

// The line's days from the cut on: what they were charged, and what was given back of them.
CreditFacts days_of(UnitOfWork& work, InvoiceLine const& line, Cut const& cut,
                    std::vector<PendingCharge> const& pending, TimeZone const& zone) {
  CreditFacts facts;
  bool const timed = counts_time(line);
  facts.charged = cut_amount(line, timed ? in_time(cut, zone) : cut);
  for (auto const& credit : given_back(work, line, pending)) {
    bool const by_time = (timed && credit.period_starts_at) || counts_time(credit);
    auto before = credit.period_end_on ? cut_amount(credit, by_time ? in_time(cut, zone) : cut)
                                       : whole_amount(credit);
    if (Exact const part = price_part_of(credit); !part.is_zero()) before.price_part = part;
    if (!before.share.is_zero()) facts.given_back.push_back(std::move(before));
  }
  return facts;
}

std::optional<Unused> unused_of(UnitOfWork& work, InvoiceLine const& line, Cut const& cut,
                                std::vector<PendingCharge> const& pending, TimeZone const& zone) {
  // What cost nothing, or less, has nothing to give back.
  if (net_of(line) <= Exact(0) && !is_turned(work, line)) return std::nullopt;
  CreditFacts facts = days_of(work, line, cut, pending, zone);
  if (line.product_type == ProductType::credit) {
    auto credits = credits_of_line(work, line);
    // What is given back with the next document takes its credits then.
    Exact taken;
    for (auto const& waiting : pending) {
      if (waiting.line.original_line_item_id != line.id) continue;
      Exact const share = -waiting.line.exact_amount / facts.charged->net;
      Exact const lowered = share * price_part_of(waiting.line);
      credits.priced_down += lowered;
      taken += share - lowered;
    }
    Exact const unused = credits.unused * (Exact(1) - credits.priced_down) - taken;
    if (unused != Exact(1)) facts.unused_credits = max(unused, 0);
    facts.used_credits = credits.used;
  }
  Exact const net = unused_amount(facts);
  if (net <= Exact(0)) return std::nullopt;
  Period const period{std::max(cut.day, *line.period_start_on), *line.period_end_on};
  Unused unused{line, net, period, line.name, {}, std::move(facts)};
  if (cut.basis == ProrationBasis::milliseconds)
    unused.from = std::max(cut.at, start_of_line(line));
  return unused;
}

}  // namespace giving_back_detail

namespace giving_back_detail {

// What waits for the next invoice of any version: it moves with the last one.
std::vector<PendingCharge> waiting_of(UnitOfWork& work, SubscriptionId const& subscription) {
  auto const known = work.records<Subscription>().find(subscription.value);
  TB_ASSERT(known.has_value());
  std::vector<PendingCharge> waiting;
  for (auto const& version : versions_of(work.sql(), work.tenant(), *known))
    std::ranges::move(work.records<PendingCharge>().where(
                          "subscription_id = ? ORDER BY created_at, position, id", {version.value}),
                      std::back_inserter(waiting));
  return waiting;
}

}  // namespace giving_back_detail

std::vector<InvoiceLine> charged_after(UnitOfWork& work, SubscriptionId const& subscription,
                                       ProductId const& product, Cut const& cut) {
  std::vector<InvoiceLine> lines;
  auto const known = work.records<Subscription>().find(subscription.value);
  TB_ASSERT(known.has_value());
  for (auto const& version : versions_of(work.sql(), work.tenant(), *known)) {
    for (auto const& sold : work.records<SubscriptionLine>().where(
             "subscription_id = ? AND product_id = ? ORDER BY position, id",
             {version.value, product.value})) {
      std::ranges::move(
          work.records<InvoiceLine>().where(
              "subscription_line_id = ? AND entry_type = 'debit' AND period_end_on > ? AND EXISTS "
              "(SELECT 1 FROM invoices n WHERE n.account_id = invoice_lines.account_id AND n.mode "
              "= invoice_lines.mode AND n.id = invoice_lines.invoice_id AND (n.type <> "
              "'credit_note' OR n.original_invoice_id IS NULL) AND n.status NOT IN ('open', "
              "'closed', 'archived'))",
              {sold.id.value, std::int64_t{cut.day.days}}),
          std::back_inserter(lines));
    }
  }
  std::ranges::sort(lines, {}, [](InvoiceLine const& line) {
    return std::pair(*line.period_start_on, line.id.value);
  });
  return lines;
}

std::vector<DaysCharged> days_charged_after(UnitOfWork& work, SubscriptionId const& subscription,
                                            ProductId const& product, Cut const& cut,
                                            TimeZone const& zone) {
  using namespace giving_back_detail;
  auto const pending = waiting_of(work, subscription);
  std::vector<DaysCharged> days;
  for (auto const& line : charged_after(work, subscription, product, cut)) {
    auto const facts = days_of(work, line, cut, pending, zone);
    DaysCharged sum{facts.charged->net * facts.charged->share, 0, is_written_off(work, line)};
    for (auto const& before : facts.given_back) sum.given_back += before.net * before.share;
    bool const again = line.charge && line.charge->charged_again;
    if (!again)
      sum.before_coupons =
          (facts.charged->net + Exact(line.discount_amount)) * facts.charged->share;
    days.push_back(std::move(sum));
  }
  return days;
}

std::vector<Unused> paid_after(UnitOfWork& work, SubscriptionId const& subscription,
                               ProductId const& product, Cut const& cut, TimeZone const& zone) {
  using giving_back_detail::waiting_of;
  auto lines = charged_after(work, subscription, product, cut);
  // What was written off was never paid.
  std::erase_if(lines, [&](InvoiceLine const& line) {
    return giving_back_detail::is_written_off(work, line);
  });
  auto const pending = waiting_of(work, subscription);
  std::vector<Unused> parts;
  for (auto const& line : lines) {
    if (auto part = giving_back_detail::unused_of(work, line, cut, pending, zone))
      parts.push_back(*std::move(part));
  }
  for (auto const& waiting : pending) {
    auto const& line = waiting.line;
    if (line.product_id != product || line.entry_type != EntryType::debit || !line.period_end_on ||
        *line.period_end_on <= cut.day)
      continue;
    if (auto part = giving_back_detail::unused_of(work, line, cut, pending, zone))
      parts.push_back(*std::move(part));
  }
  return parts;
}

}  // namespace tallybook
