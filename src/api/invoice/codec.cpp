#include "api/invoice/codec.hpp"

#include "api/payment/codec.hpp"
#include "domain/invoice/vat_breakdown.hpp"
#include "domain/tax/tax_mention.hpp"

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
  wire.tax_rate_id = line.tax_rate_id;
  wire.tax_category = line.tax_category;
  wire.tax_reason = line.tax_reason;
  wire.tax_amount = line.tax_amount;
  wire.discount_amount = line.discount_amount;
  wire.display_unit_amount = line.display_unit_amount;
  wire.display_service_period =
      line.period_starts_at.has_value() && !line.hide_service_period.value_or(false);
  wire.discount_percent = line.discount_percent;
  if (line.original_line_item_id) wire.original_line_item_id = line.original_line_item_id->value;
  if (!line.bundle_items) return;
  auto const parts = split_over_items(line.amount_excluding_tax, *line.bundle_items);
  auto& shown = wire.bundle_items.emplace();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto const& item = (*line.bundle_items)[i];
    shown.push_back({item.product_id, item.percentage, parts[i]});
  }
}

// The wire shows the last millisecond of a full period.
std::optional<Instant> shown_end(std::optional<Instant> end) {
  if (end) return *end - 1;
  return end;
}

// What was charged on the organisation's document only refers to it.
InvoiceTypeWire wire_type(Invoice const& invoice) {
  bool const refers = invoice.status == InvoiceStatus::charged_on_parent;
  switch (invoice.type) {
    case InvoiceType::invoice:
      return refers ? InvoiceTypeWire::child_invoice_ref : InvoiceTypeWire::invoice;
    case InvoiceType::credit_note:
      return refers ? InvoiceTypeWire::child_creditnote_ref : InvoiceTypeWire::credit_note;
    case InvoiceType::document:
      return InvoiceTypeWire::document;
  }
  return InvoiceTypeWire::document;
}

void fill_recap(InvoiceShared& wire, Invoice const& invoice,
                std::vector<InvoiceLine> const& lines) {
  for (auto const& row : vat_breakdown(invoice, lines)) {
    TaxRecapRow shown{row.category, row.rate, row.base, row.tax, {}, {}};
    if (auto const code = exemption_code(row.category); !code.empty())
      shown.exemption_reason_code = code;
    if (auto const reason = reason_of(invoice, row, "en"); !reason.empty())
      shown.exemption_reason = reason;
    wire.tax_recap.push_back(std::move(shown));
  }
}

void fill(InvoiceShared& wire, Invoice const& invoice, std::vector<InvoiceLine> const& lines,
          std::vector<TransactionView> const& transactions) {
  wire.id = invoice.id.value;
  wire.number = invoice.number;
  wire.type = wire_type(invoice);
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
  wire.tax_mention = invoice.tax_mention;
  fill_recap(wire, invoice, lines);
  wire.custom_note = invoice.custom_note;
  wire.additional_info = invoice.additional_info ? invoice.additional_info : invoice.late_fees;
  wire.document_name = invoice.document_name;
  wire.conversion_rate = invoice.conversion_rate;
  wire.converted_amount = invoice.converted_amount;
  wire.converted_at = invoice.converted_at;
  wire.payment_method_id = invoice.payment_method_id;
  wire.bank_account_id = invoice.bank_account_id;
  if (invoice.properties) wire.properties = *invoice.properties;
  for (auto const& coupon : invoice.coupons.value_or(std::vector<tallybook::InvoiceCoupon>()))
    wire.coupons.push_back({coupon.id, coupon.name, coupon.discount_amount, coupon.discount_percent,
                            coupon.line_items_ids});
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

TransactionV1 to_api(TransactionView const& view) {
  auto const& transaction = view.transaction;
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
  wire.last_refreshed_at = transaction.last_refreshed_at;
  if (transaction.provider_fee) wire.provider_fee = Exact(*transaction.provider_fee);
  if (transaction.invoice_id)
    wire.allocations.push_back({transaction.invoice_id->value, transaction.amount});
  for (auto const& part : view.allocations)
    wire.allocations.push_back({part.invoice_id.value, part.amount});
  wire.payment_method.text =
      view.method ? reflect::to_text(to_transaction_method(*view.method)) : "null";
  wire.chargeback.text = view.chargeback ? reflect::to_text(to_api(*view.chargeback)) : "null";
  wire.wallet_id = transaction.wallet_id;
  wire.error_type = transaction.error_type;
  wire.error_message = transaction.error_message;
  wire.payment_method_type = transaction.payment_method_type;
  wire.wallet_id = transaction.wallet_id;
  wire.status = transaction.status;
  return wire;
}

InvoiceV1 to_v1(Invoice const& invoice, std::vector<InvoiceLine> const& lines,
                std::vector<TransactionView> const& transactions) {
  InvoiceV1 wire;
  invoice_detail::fill(wire, invoice, lines, transactions);
  auto const& buyer = invoice.customer;
  wire.customer = {buyer.id,
                   buyer.name,
                   buyer.email,
                   buyer.external_id,
                   buyer.tax_id,
                   buyer.tax_id,
                   buyer.local_tax_number,
                   buyer.address,
                   buyer.shipping_address};
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
                std::vector<TransactionView> const& transactions) {
  InvoiceV2 wire;
  invoice_detail::fill(wire, invoice, lines, transactions);
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
