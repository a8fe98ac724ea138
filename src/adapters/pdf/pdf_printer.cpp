#include "adapters/pdf/pdf_printer.hpp"

#include <algorithm>

#include "adapters/pdf/invoice_pdf.hpp"
#include "adapters/pdf/labels.hpp"
#include "calendar/zone.hpp"
#include "domain/invoice/vat_breakdown.hpp"
#include "domain/tax/tax_mention.hpp"

namespace tallybook {
namespace printer_detail {

std::string with_thousands(std::string digits) {
  std::size_t const dot = std::min(digits.find('.'), digits.size());
  std::size_t const first = digits.starts_with('-') ? 1 : 0;
  for (std::size_t at = dot; at > first + 3; at -= 3) digits.insert(at - 3, "\xC2\xA0");
  return digits;
}

struct Printer {
  Currency currency;
  TimeZone zone;
  std::string money(std::int64_t minor) const {
    return with_thousands(format_minor(minor, currency.decimals())) + "\xC2\xA0" + currency.str();
  }
  // A unit price may be a fraction of a minor unit: up to 8 decimals of the major unit.
  std::string unit(Exact const& minor) const {
    Exact scale = 1;
    for (int i = 0; i < currency.decimals(); ++i) scale *= Exact(10);
    std::string text = (minor / scale).rounded(8).decimal(8);
    auto const dot = text.find('.');
    std::size_t const have = dot == std::string::npos ? 0 : text.size() - dot - 1;
    if (dot == std::string::npos && currency.decimals() > 0) text += '.';
    for (std::size_t i = have; i < static_cast<std::size_t>(currency.decimals()); ++i) text += '0';
    return with_thousands(std::move(text));
  }
  std::string date(std::optional<Instant> at) const {
    return at ? format_date(zone.date_of(*at)) : "";
  }
  std::string period(std::optional<Instant> start, std::optional<Instant> end) const {
    return start && end ? date(start) + " \xE2\x80\x93 " + date(*end - 1) : "";
  }
  // Of what a subscription charged: with the time where it was not cut at midnight.
  std::string moments(InvoiceLine const& line) const {
    auto const start = line.period_starts_at, end = line.period_ends_at;
    if (!start || !end || !line.subscription_line_id) return period(start, end);
    bool const whole = zone.start_of(zone.date_of(*end)) == *end;
    return zone.moment_text(*start) + " \xE2\x80\x93 " +
           (whole ? date(*end - 1) : zone.moment_text(*end));
  }
};

std::vector<std::string> address_lines(Address const& address) {
  std::vector<std::string> lines;
  auto const add = [&](std::string line) {
    if (!line.empty()) lines.push_back(std::move(line));
  };
  add(address.line1);
  add(address.line2.value_or(""));
  add(address.zip.empty() ? address.city : address.zip + " " + address.city);
  add(address.state.value_or(""));
  add(address.country);
  return lines;
}

std::string status_text(Invoice const& invoice, Printer const& printer) {
  switch (invoice.status) {
    case InvoiceStatus::paid:
      return "Paid " + printer.date(invoice.settled_at);
    case InvoiceStatus::partially_paid:
      return "Partially paid";
    case InvoiceStatus::grace_period:
      return "Under review";
    case InvoiceStatus::voided:
      return "Voided";
    default:
      return "";
  }
}

// The recap per category and rate; a row without tax says why, unless the document says it already.
void add_taxes(InvoiceDocument& document, Printer const& printer, Invoice const& invoice,
               std::vector<InvoiceLine> const& lines) {
  for (auto const& row : vat_breakdown(invoice, lines)) {
    std::string label = pdf::labels_for(document.language).tax;
    auto const reason = reason_of(invoice, row, document.language);
    bool const said =
        invoice.tax_mention && tax_mention_text(*invoice.tax_mention, document.language) == reason;
    if (!reason.empty() && !said) label = reason;
    document.tax_recap.push_back({row.rate.decimal(4) + "%", printer.money(row.base),
                                  printer.money(row.tax), std::move(label)});
  }
}

// "Payable by 2026-03-06, reference QUKSP34WXC" in the document's language.
std::string payment_terms(std::string const& language, std::string const& due,
                          std::string const& reference) {
  struct Words {
    char const* language;
    char const* payable_by;
    char const* reference;
  };
  static constexpr Words table[] = {
      {"fr", "Payable au plus tard le", "référence"},
      {"de", "Zahlbar bis", "Verwendungszweck"},
      {"it", "Pagabile entro il", "causale"},
      {"es", "Pagadero hasta el", "referencia"},
      {"pl", "Płatne do", "tytuł"},
      {"pt", "Pagável até", "referência"},
      {"nl", "Te betalen vóór of op", "kenmerk"},
      {"lt", "Apmokėti iki", "nuoroda"},
      {"en", "Payable by", "reference"},
  };
  Words const* words = &table[std::size(table) - 1];
  for (auto const& row : table) {
    if (language.substr(0, 2) == row.language) words = &row;
  }
  std::string text = std::string(words->payable_by) + " " + due;
  if (!reference.empty()) text += ", " + std::string(words->reference) + " " + reference;
  return text + ".";
}

}  // namespace printer_detail

std::string PdfPrinter::print(Invoice const& invoice, std::vector<InvoiceLine> const& lines,
                              InvoicingEntity const& entity, std::string const& language) const {
  printer_detail::Printer const printer{Currency::parse(invoice.currency).value_or(Currency()),
                                        TimeZone::find(invoice.timezone).value_or(TimeZone())};
  InvoiceDocument document;
  document.language = language;
  document.title = invoice.type == InvoiceType::credit_note ? "Credit note" : "Invoice";
  document.number = invoice.number.value_or("");
  document.status = printer_detail::status_text(invoice, printer);
  document.issue_date = printer.date(invoice.issued_at);
  document.due_date = invoice.type == InvoiceType::credit_note ? "" : printer.date(invoice.due_at);
  document.period = printer.period(invoice.period_starts_at, invoice.period_ends_at);
  document.purchase_order = invoice.purchase_order.value_or("");
  document.reference = invoice.reference.value_or("");
  document.original_invoice_number = invoice.original_invoice_number.value_or("");
  document.seller = {invoice.seller.name,
                     entity.trade_name.value_or(""),
                     printer_detail::address_lines(invoice.seller.address),
                     invoice.seller.tax_id.value_or(""),
                     entity.registration_number.value_or(""),
                     entity.billing_email.value_or("")};
  document.buyer.name = invoice.customer.name;
  if (invoice.customer.address)
    document.buyer.address_lines = printer_detail::address_lines(*invoice.customer.address);
  if (auto const& shipping = invoice.customer.shipping_address) {
    document.delivery.name = shipping->name.empty() ? invoice.customer.name : shipping->name;
    document.delivery.address_lines = printer_detail::address_lines(*shipping);
  }
  document.buyer.tax_id = invoice.customer.tax_id.value_or("");
  document.buyer.email = invoice.customer.email.value_or("");
  for (auto const& line : lines) {
    document.lines.push_back({line.name, line.description.value_or(""), printer.moments(line),
                              printer_detail::with_thousands(line.units_count.decimal(6)),
                              line.display_unit_amount ? printer.unit(line.unit_amount) : "",
                              printer.money(line.amount_excluding_tax),
                              line.tax_rate.decimal(4) + "%"});
  }
  document.subtotal = printer.money(invoice.amount_excluding_tax + invoice.discount_amount);
  if (invoice.discount_amount != 0) document.discount = printer.money(-invoice.discount_amount);
  printer_detail::add_taxes(document, printer, invoice, lines);
  document.tax_total = printer.money(invoice.tax_amount);
  document.total = printer.money(invoice.total_amount);
  if (invoice.amount_paid != 0) document.amount_paid = printer.money(invoice.amount_paid);
  document.amount_due = printer.money(invoice.amount_due);
  document.currency = invoice.currency;
  bool const payable =
      invoice.type != InvoiceType::credit_note && invoice.due_at && invoice.amount_due > 0;
  if (payable)
    document.payment_terms =
        printer_detail::payment_terms(language, document.due_date, document.reference);
  if (invoice.late_fees) document.payment_terms += (payable ? " " : "") + *invoice.late_fees;
  // The legal words on a line of their own, before what the seller has to say.
  if (invoice.tax_mention)
    document.notes.emplace_back(tax_mention_text(*invoice.tax_mention, language));
  if (invoice.custom_note) document.notes.push_back(*invoice.custom_note);
  document.footer = invoice.footer.value_or("");
  document.brand_color = entity.brand_color.value_or("");
  document.created_at = invoice.issued_at.value_or(invoice.created_at);
  return render_invoice_pdf(document);
}

}  // namespace tallybook
