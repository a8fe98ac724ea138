// Laws of credit notes: whatever is credited and however often, the notes sum to the invoice.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "domain/invoice/crediting.hpp"
#include "domain/invoice/invoice.hpp"
#include "money/money.hpp"

namespace tallybook {
namespace crediting_property {

void holds(std::string const& what, std::function<void()> const& property) {
  EXPECT_TRUE(rc::check(what, property)) << what;
}

// The lines of an issued invoice with its shared taxes; mostly positive, total above 0.
std::vector<CreditableLine> any_lines(bool with_rebates) {
  Invoice invoice;
  invoice.currency = "EUR";
  std::vector<InvoiceLine> lines(static_cast<std::size_t>(*rc::gen::inRange(1, 8)));
  std::int64_t const most = *rc::gen::element<std::int64_t>(10, 100'000, 1'000'000'000'000'000);
  for (auto& line : lines) {
    line.exact_amount = *rc::gen::inRange<std::int64_t>(0, most);
    if (with_rebates && *rc::gen::inRange(0, 4) == 0) line.exact_amount = -line.exact_amount;
    line.tax_rate =
        *rc::gen::element<Exact>(0, 20, 10, Exact::fraction(55, 10), Exact::fraction(2333, 100));
  }
  compute_totals(invoice, lines);
  std::vector<CreditableLine> out;
  for (auto const& line : lines) {
    out.push_back({line.amount_excluding_tax, line.tax_amount, line.tax_rate, {}});
  }
  return out;
}

std::int64_t left_of(std::vector<CreditableLine> const& lines) {
  std::int64_t total = 0;
  for (auto const& line : lines) total += creditable(line).net + creditable(line).tax;
  return total;
}

// creditable() asserts that no line gave more than it had.
void take(std::vector<CreditableLine>& lines, std::vector<LineCredit> const& note) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    lines[i].credited.net += note[i].net;
    lines[i].credited.tax += note[i].tax;
    (void)creditable(lines[i]);
  }
}

TEST(CreditingProperty, NotesByTotalSumToTheInvoice) {
  holds("each note is exact, the last one empties every line", [] {
    auto lines = any_lines(true);
    if (left_of(lines) <= 0) return;
    for (int notes = *rc::gen::inRange(0, 5); notes > 0 && left_of(lines) > 0; --notes) {
      std::int64_t const wanted = *rc::gen::inRange<std::int64_t>(1, left_of(lines) + 1);
      auto const note = credit_by_total(lines, wanted);
      RC_ASSERT(note.has_value());
      std::int64_t sum = 0;
      for (auto const& one : *note) sum += one.net + one.tax;
      RC_ASSERT(sum == wanted);
      take(lines, *note);
    }
    if (left_of(lines) == 0) return;
    take(lines, credit_by_total(lines, left_of(lines)).value());
    for (auto const& line : lines) RC_ASSERT(creditable(line) == LineCredit{});
  });
}

TEST(CreditingProperty, SharesOfLinesSumToTheInvoice) {
  holds("line by line in any order, by share, by amount or by total", [] {
    auto lines = any_lines(true);
    for (int notes = *rc::gen::inRange(0, 12); notes > 0; --notes) {
      auto& line = lines[*rc::gen::inRange<std::size_t>(0, lines.size())];
      LineCredit const left = creditable(line);
      if (left.net == 0) continue;
      Exact const share = Exact(line.net) * *rc::gen::inRange(1, 100) / 100;
      auto const credit = credit_line(line, share);
      if (!credit) {
        RC_ASSERT(credit.error().code == ErrorCode::unprocessable);
        continue;
      }
      line.credited.net += credit->net;
      line.credited.tax += credit->tax;
      (void)creditable(line);
    }
    for (auto& line : lines) {
      if (creditable(line) == LineCredit{}) continue;
      auto const rest = credit_line(line, std::nullopt).value();
      RC_ASSERT(line.credited.net + rest.net == line.net);
      RC_ASSERT(line.credited.tax + rest.tax == line.tax);
    }
  });
}

TEST(CreditingProperty, NotesByNetSumToTheInvoice) {
  holds("amounts without tax", [] {
    auto lines = any_lines(false);
    for (int notes = 0; notes < 4; ++notes) {
      std::int64_t left = 0;
      for (auto const& line : lines) left += creditable(line).net;
      if (left == 0) return;
      std::int64_t const wanted = notes == 3 ? left : *rc::gen::inRange<std::int64_t>(1, left + 1);
      auto const note = credit_by_net(lines, wanted);
      RC_ASSERT(note.has_value());
      std::int64_t sum = 0;
      for (auto const& one : *note) sum += one.net;
      RC_ASSERT(sum == wanted);
      take(lines, *note);
    }
    for (auto const& line : lines) RC_ASSERT(creditable(line).net == 0);
  });
}

TEST(CreditingProperty, TaxOfANoteIsThatOfItsLinesWithinACentEach) {
  holds("no tax is moved between notes", [] {
    auto const lines = any_lines(false);
    std::int64_t const total = left_of(lines);
    if (total <= 0) return;
    auto const note = credit_by_total(lines, *rc::gen::inRange<std::int64_t>(1, total + 1)).value();
    for (std::size_t i = 0; i < lines.size(); ++i) {
      Exact const exact =
          Exact(note[i].net + note[i].tax) * lines[i].tax_rate / (Exact(100) + lines[i].tax_rate);
      Exact const off = Exact(note[i].tax) - exact;
      RC_ASSERT(max(off, -off) <= Exact(static_cast<std::int64_t>(lines.size())));
    }
  });
}

}  // namespace crediting_property
}  // namespace tallybook
