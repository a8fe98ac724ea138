#include "domain/invoice/invoice.hpp"

#include "base/assert.hpp"
#include "base/mutant.hpp"

namespace tallybook {

void compute_totals(Invoice& invoice, std::vector<InvoiceLine>& lines, TaxRounding rounding) {
  Currency const currency = Currency::parse(invoice.currency).value_or(Currency());
  std::vector<TaxableLine> taxable;
  for (auto& line : lines) {
    line.amount_excluding_tax = Money::rounded(line.exact_amount, currency).minor -
                                TB_MUTANT(69, line.discount_amount, std::int64_t{0});
    taxable.push_back({line.amount_excluding_tax, {line.tax_rate}});
  }
  TaxTotals const taxes = tax_totals(taxable, rounding);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    lines[i].tax_amount = taxes.line_tax[i];
    lines[i].amount = checked_add(lines[i].amount_excluding_tax, lines[i].tax_amount);
  }
  sum_totals(invoice, lines);
}

void sum_totals(Invoice& invoice, std::vector<InvoiceLine> const& lines) {
  invoice.amount_excluding_tax = invoice.tax_amount = invoice.discount_amount =
      invoice.amount_fixed = 0;
  for (auto const& line : lines) {
    invoice.amount_excluding_tax =
        checked_add(invoice.amount_excluding_tax, line.amount_excluding_tax);
    invoice.tax_amount = checked_add(invoice.tax_amount, line.tax_amount);
    invoice.discount_amount = checked_add(invoice.discount_amount, line.discount_amount);
    bool const fixed = line.product_type && *line.product_type != ProductType::dynamic &&
                       line.revenue_interval && line.revenue_interval->period != WirePeriod::once;
    if (fixed) invoice.amount_fixed = checked_add(invoice.amount_fixed, line.amount_excluding_tax);
  }
  invoice.total_amount = checked_add(invoice.amount_excluding_tax, invoice.tax_amount);
  invoice.amount_due = invoice.total_amount - invoice.amount_paid - invoice.amount_credited;
}

void negative_becomes_credit_note(Invoice& invoice, std::vector<InvoiceLine>& lines) {
  if (invoice.type == InvoiceType::credit_note ||
      TB_MUTANT(70, invoice.total_amount >= 0, invoice.total_amount >= -1))
    return;
  invoice.type = InvoiceType::credit_note;
  for (auto& line : lines) {
    // A credit counts what it gives back.
    if (line.entry_type == EntryType::credit)
      line.unit_amount = -line.unit_amount;
    else
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

InvoiceStatus settled_status(Invoice const& invoice) {
  if (invoice.reverted_at) return InvoiceStatus::voided;
  if (invoice.amount_due <= 0) {
    bool const never_paid = invoice.type != InvoiceType::credit_note && invoice.amount_paid == 0 &&
                            invoice.amount_credited > 0;
    return never_paid ? InvoiceStatus::voided : InvoiceStatus::paid;
  }
  if (invoice.written_off_at) return InvoiceStatus::uncollectible;
  if (invoice.status == InvoiceStatus::error) return InvoiceStatus::error;
  return TB_MUTANT(71, invoice.amount_paid > 0, invoice.amount_paid > 1)
             ? InvoiceStatus::partially_paid
             : InvoiceStatus::to_pay;
}

void update_settlement(Invoice& invoice, Instant at) {
  invoice.amount_due = invoice.total_amount - invoice.amount_paid - invoice.amount_credited;
  TB_ASSERT(invoice.amount_due >= 0 && invoice.amount_paid >= 0 && invoice.amount_credited >= 0);
  invoice.status = settled_status(invoice);
  if (invoice.amount_due > 0) {
    invoice.settled_at.reset();
  } else {
    if (!invoice.settled_at) invoice.settled_at = at;
    invoice.collect_at.reset();
  }
  invoice.updated_at = at;
}

}  // namespace tallybook
