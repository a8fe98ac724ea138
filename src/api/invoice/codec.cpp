#include "api/invoice/codec.hpp"

namespace tallybook::api {
namespace invoice_detail {

void fill_line(InvoiceLineItemShared& wire, InvoiceLine const& line) {
  wire.id = line.id.value;
  wire.name = line.name;
  wire.description = line.description;
  wire.entry_type = line.entry_type;
  if (line.product_id) wire.product_id = line.product_id->value;
  wire.product_type = line.product_type;
  wire.units_count = line.units_count;
  wire.unit_amount = line.unit_amount.rounded(12);
  wire.amount = line.amount;
  wire.amount_excluding_tax = line.amount_excluding_tax;
  wire.tax_rate = line.tax_rate;
  wire.tax_amount = line.tax_amount;
  wire.discount_amount = line.discount_amount;
  wire.display_unit_amount = line.display_unit_amount;
  wire.display_service_period = line.period_starts_at.has_value();
  if (line.original_line_item_id) wire.original_line_item_id = line.original_line_item_id->value;
}

// The wire shows the last millisecond of a full period.
std::optional<Instant> shown_end(std::optional<Instant> end) {
  if (end) return *end - 1;
  return end;
}

void fill(InvoiceShared& wire, Invoice const& invoice,
          std::vector<Transaction> const& transactions) {
  wire.id = invoice.id.value;
  wire.number = invoice.number;
  wire.type = invoice.type == InvoiceType::invoice       ? InvoiceTypeWire::invoice
              : invoice.type == InvoiceType::credit_note ? InvoiceTypeWire::credit_note
                                                         : InvoiceTypeWire::document;
  wire.status = invoice.status;
  wire.reference = invoice.reference;
  wire.purchase_order = invoice.purchase_order;
  if (invoice.original_invoice_id) wire.original_invoice_id = invoice.original_invoice_id->value;
  wire.original_invoice_number = invoice.original_invoice_number;
  wire.currency = invoice.currency;
  wire.total_amount = invoice.total_amount;
  wire.amount_due = invoice.amount_due;
  wire.amount_paid = invoice.amount_paid;
  wire.amount_fixed = invoice.amount_fixed;
  wire.amount_excluding_tax = invoice.amount_excluding_tax;
  wire.tax_amount = invoice.tax_amount;
  wire.discount_amount = invoice.discount_amount;
  wire.tax_scheme = invoice.tax_scheme;
  wire.custom_note = invoice.custom_note;
  wire.additional_info = invoice.late_fees;
  wire.footer = invoice.footer;
  wire.seller = invoice.seller;
  if (invoice.subscription_id) wire.subscription_id = invoice.subscription_id->value;
  wire.period_starts_at = invoice.period_starts_at;
  wire.period_ends_at = shown_end(invoice.period_ends_at);
  wire.due_at = invoice.due_at;
  wire.refunded_at = invoice.refunded_at;
  wire.grace_period_ended_at = invoice.grace_period_ended_at;
  wire.settled_at = invoice.settled_at;
  wire.updated_at = invoice.updated_at;
  for (auto const& transaction : transactions) wire.transactions.push_back(to_api(transaction));
}

}  // namespace invoice_detail

TransactionV1 to_api(Transaction const& transaction) {
  TransactionV1 wire;
  wire.id = transaction.id.value;
  wire.type = transaction.type;
  wire.amount = transaction.amount;
  wire.currency = transaction.currency;
  wire.customer_id = transaction.customer_id.value;
  wire.provider_id = transaction.provider_id;
  wire.process_at = transaction.process_at;
  wire.settled_at = transaction.settled_at;
  wire.refunded_at = transaction.refunded_at;
  if (transaction.provider_transaction_id) {
    wire.integrations.push_back({*transaction.provider_transaction_id,
                                 transaction.provider_name.value_or("external"),
                                 transaction.provider_id.value_or("")});
  }
  wire.allocations.push_back({transaction.invoice_id.value, transaction.amount});
  wire.payment_method_type = transaction.payment_method_type;
  wire.status = transaction.status;
  return wire;
}

InvoiceV1 to_v1(Invoice const& invoice, std::vector<InvoiceLine> const& lines,
                std::vector<Transaction> const& transactions) {
  InvoiceV1 wire;
  invoice_detail::fill(wire, invoice, transactions);
  auto const& buyer = invoice.customer;
  wire.customer = {buyer.id,
                   buyer.name,
                   buyer.email,
                   buyer.external_id,
                   buyer.tax_id,
                   buyer.tax_id,
                   buyer.local_tax_number,
                   buyer.address};
  for (auto const& line : lines) {
    InvoiceLineItemV1 item;
    invoice_detail::fill_line(item, line);
    item.period_start = line.period_starts_at;
    item.period_end = invoice_detail::shown_end(line.period_ends_at);
    wire.line_items.push_back(std::move(item));
  }
  wire.emitted_at = invoice.issued_at;
  auto const recap = tax_recap(lines);
  if (recap.size() == 1) wire.tax_rate = recap.front().rate;
  return wire;
}

InvoiceV2 to_v2(Invoice const& invoice, std::vector<InvoiceLine> const& lines,
                std::vector<Transaction> const& transactions) {
  InvoiceV2 wire;
  invoice_detail::fill(wire, invoice, transactions);
  wire.customer = invoice.customer;
  for (auto const& line : lines) {
    InvoiceLineItem item;
    invoice_detail::fill_line(item, line);
    item.period_starts_at = line.period_starts_at;
    item.period_ends_at = invoice_detail::shown_end(line.period_ends_at);
    if (line.revenue_interval) {
      bool const once = line.revenue_interval->period == WirePeriod::once;
      item.revenue_type = once ? "one_time" : "recurring";
      if (!once) {
        item.revenue_interval_count = line.revenue_interval->count.value_or(1);
        item.revenue_interval_period = line.revenue_interval->period;
      }
    }
    wire.line_items.push_back(std::move(item));
  }
  wire.issued_at = invoice.issued_at;
  return wire;
}

}  // namespace tallybook::api
