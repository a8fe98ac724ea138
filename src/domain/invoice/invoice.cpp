#include "domain/invoice/invoice.hpp"

#include <map>

#include "base/assert.hpp"

namespace tallybook {

void compute_totals(Invoice& invoice, std::vector<InvoiceLine>& lines) {
  Currency const currency = Currency::parse(invoice.currency).value_or(Currency());
  std::map<std::string, std::vector<std::size_t>> by_rate;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto& line = lines[i];
    line.amount_excluding_tax =
        Money::rounded(line.exact_amount, currency).minor - line.discount_amount;
    by_rate[line.tax_rate.str()].push_back(i);
  }
  invoice.amount_excluding_tax = invoice.tax_amount = invoice.discount_amount =
      invoice.amount_fixed = 0;
  for (auto const& [rate_text, members] : by_rate) {
    std::int64_t base = 0;
    std::vector<Exact> shares;
    Exact const rate = lines[members.front()].tax_rate;
    for (std::size_t const i : members) {
      base = checked_add(base, lines[i].amount_excluding_tax);
      shares.push_back(Exact(lines[i].amount_excluding_tax) * rate);
    }
    std::int64_t const tax = Money::rounded(Exact(base) * rate / Exact(100), currency).minor;
    // Lines of both signs under one rate: each gets its own rounded tax and the largest takes the
    // difference, since shares in proportion need one sign.
    bool positive = false, negative = false;
    for (auto const& share : shares) {
      positive = positive || (!share.is_zero() && !share.is_negative());
      negative = negative || share.is_negative();
    }
    std::vector<std::int64_t> parts;
    if (positive && negative) {
      std::int64_t sum = 0;
      std::size_t largest = 0;
      for (std::size_t k = 0; k < members.size(); ++k) {
        parts.push_back(Money::rounded(shares[k] / Exact(100), currency).minor);
        sum = checked_add(sum, parts.back());
        if (max(shares[k], -shares[k]) > max(shares[largest], -shares[largest])) largest = k;
      }
      parts[largest] += tax - sum;
    } else {
      parts = allocate(tax, shares);
    }
    for (std::size_t k = 0; k < members.size(); ++k) {
      auto& line = lines[members[k]];
      line.tax_amount = parts[k];
      line.amount = checked_add(line.amount_excluding_tax, line.tax_amount);
    }
    invoice.amount_excluding_tax = checked_add(invoice.amount_excluding_tax, base);
    invoice.tax_amount = checked_add(invoice.tax_amount, tax);
  }
  for (auto const& line : lines) {
    invoice.discount_amount = checked_add(invoice.discount_amount, line.discount_amount);
    bool const fixed = line.product_type && *line.product_type != ProductType::dynamic &&
                       line.revenue_interval && line.revenue_interval->period != WirePeriod::once;
    if (fixed) invoice.amount_fixed = checked_add(invoice.amount_fixed, line.amount_excluding_tax);
  }
  invoice.total_amount = checked_add(invoice.amount_excluding_tax, invoice.tax_amount);
  invoice.amount_due = invoice.total_amount - invoice.amount_paid;
}

void negative_becomes_credit_note(Invoice& invoice, std::vector<InvoiceLine>& lines) {
  if (invoice.type != InvoiceType::invoice || invoice.total_amount >= 0) return;
  invoice.type = InvoiceType::credit_note;
  for (auto& line : lines) {
    line.units_count = -line.units_count;
    line.exact_amount = -line.exact_amount;
    line.discount_amount = -line.discount_amount;
    line.entry_type = line.exact_amount.is_negative() ? EntryType::debit : EntryType::credit;
  }
  compute_totals(invoice, lines);
}

std::vector<TaxRecap> tax_recap(std::vector<InvoiceLine> const& lines) {
  std::vector<TaxRecap> recap;
  for (auto const& line : lines) {
    TaxRecap* row = nullptr;
    for (auto& known : recap) {
      if (known.rate == line.tax_rate) row = &known;
    }
    if (row == nullptr) row = &recap.emplace_back(TaxRecap{line.tax_rate, 0, 0});
    row->base = checked_add(row->base, line.amount_excluding_tax);
    row->tax = checked_add(row->tax, line.tax_amount);
  }
  return recap;
}

InvoiceStatus status_after_payment(Invoice const& invoice, std::int64_t paid) {
  if (paid >= invoice.total_amount) return InvoiceStatus::paid;
  return paid > 0 ? InvoiceStatus::partially_paid : InvoiceStatus::to_pay;
}

}  // namespace tallybook
