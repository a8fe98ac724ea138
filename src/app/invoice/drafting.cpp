#include <array>

#include "app/credit/line_credits.hpp"
#include "app/entity/invoicing_entities.hpp"
#include "app/invoice/conversion.hpp"
#include "app/invoice/invoicing.hpp"
#include "app/payment/collecting.hpp"
#include "app/revenue/recognising.hpp"
#include "base/assert.hpp"

namespace tallybook {
namespace drafting_detail {

Address seller_address(InvoicingEntity const& entity) {
  Address address;
  address.name = entity.name;
  address.line1 = entity.address_line1.value_or("");
  address.line2 = entity.address_line2;
  address.city = entity.city.value_or("");
  address.zip = entity.zip_code.value_or("");
  address.state = entity.state;
  address.country = entity.country;
  return address;
}

// Ten upper-case letters and digits to match a transfer by; look-alikes are left out.
std::string payment_reference(IdSource& ids) {
  static constexpr std::string_view alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  std::string const random = ids.next("ref");
  std::string reference;
  for (std::size_t i = 4; i < random.size() && reference.size() < 10; ++i) {
    reference += alphabet[static_cast<unsigned char>(random[i]) % alphabet.size()];
  }
  return reference;
}

}  // namespace drafting_detail

Result<InvoiceParties> parties_of(UnitOfWork& work, EntityId const& entity_id,
                                  CustomerId const& customer_id) {
  auto entity = work.records<InvoicingEntity>().find(entity_id.value);
  auto customer = work.records<Customer>().find(customer_id.value);
  TB_ASSERT(entity && customer);
  return InvoiceParties{*std::move(entity), *std::move(customer)};
}

Invoice new_document(UnitOfWork& work, InvoiceParties const& parties, InvoiceType type,
                     std::string const& currency) {
  auto const& [entity, customer] = parties;
  Invoice invoice;
  invoice.id = work.new_id<InvoiceTag>();
  invoice.type = type;
  invoice.reference = drafting_detail::payment_reference(work.services().ids);
  invoice.customer_id = customer.id;
  invoice.invoicing_entity_id = entity.id;
  invoice.currency = currency;
  invoice.timezone = entity.timezone;
  invoice.footer = type == InvoiceType::document ? entity.document_footer : entity.invoice_footer;
  invoice.late_fees = entity.invoice_late_fees;
  invoice.seller = {entity.id.value, entity.name, entity.tax_id,
                    drafting_detail::seller_address(entity)};
  invoice.customer.id = customer.id.value;
  invoice.customer.name = customer.name;
  invoice.customer.email = customer.billing_email;
  invoice.customer.external_id = customer.external_id;
  if (!customer.tax_ids.empty()) invoice.customer.tax_id = customer.tax_ids.front().value;
  invoice.customer.local_tax_number = customer.local_tax_number;
  invoice.customer.address = customer.billing_address;
  invoice.created_at = invoice.updated_at = work.now();
  return invoice;
}

std::string facts_of(Invoice const& invoice, std::vector<InvoiceLine> const& lines) {
  std::string facts = Records<Invoice>::facts(invoice, invoice_settlement_columns);
  for (auto const& line : lines) facts += Records<InvoiceLine>::facts(line);
  return facts;
}

std::string stored_facts_of(SqlSession& sql, Tenant const& tenant, InvoiceId const& id) {
  return Records<Invoice>(sql, tenant)
             .stored_facts("id = ?", {id.value}, invoice_settlement_columns) +
         Records<InvoiceLine>(sql, tenant)
             .stored_facts("invoice_id = ? ORDER BY position", {id.value});
}

// The document is complete in memory when this returns, and from here on only its settlement may
// change; the caller stores it.
void issue(UnitOfWork& work, InvoiceParties const& parties, InvoiceWithLines& document) {
  auto& invoice = document.invoice;
  TB_ASSERT(!invoice.number);
  negative_becomes_credit_note(invoice, document.lines);
  settle_line_credits(work, document);
  auto const& entity = parties.entity;
  auto const zone = TimeZone::find(invoice.timezone).value_or(TimeZone());
  bool const credit = invoice.type == InvoiceType::credit_note;
  std::string const& pattern = credit ? entity.credit_note_number_pattern
                               : invoice.type == InvoiceType::document
                                   ? entity.document_number_pattern
                                   : entity.invoice_number_pattern;
  invoice.sequence_number = take_number(work, entity.id, invoice.type);
  invoice.number = document_number(pattern, *invoice.sequence_number, zone.date_of(work.now()));
  invoice.issued_at = work.now();
  int const delay = parties.customer.custom_payment_delay.value_or(entity.default_payment_delay);
  invoice.due_at = invoice.due_override_at.value_or(work.now() + delay * 86'400'000LL);
  convert_total(work, entity, invoice);
  defer_revenue(work, entity, document);
  plan_collection(work, parties, invoice);
  invoice.status = InvoiceStatus::to_pay;
  update_settlement(invoice, work.now());
  announce_issue(work, document);
}

void post_issue(UnitOfWork& work, InvoiceWithLines const& document) {
  auto const& invoice = document.invoice;
  bool const credit = invoice.type == InvoiceType::credit_note;
  work.post(credit ? EntryKind::credit_note_issued : EntryKind::invoice_issued,
            invoice.invoicing_entity_id, invoice.customer_id, invoice.currency, invoice.id.value,
            postings_of_issue(invoice), facts_of(invoice, document.lines));
}

void announce_issue(UnitOfWork& work, InvoiceWithLines const& document) {
  auto const& invoice = document.invoice;
  bool const credit = invoice.type == InvoiceType::credit_note;
  post_issue(work, document);
  std::string const snapshot = work.services().snapshots.invoice(invoice, document.lines);
  work.emit(credit ? "credit_note.ready" : "invoice.ready", invoice.customer_id, snapshot);
  if (invoice.status == InvoiceStatus::paid)
    work.emit(credit ? "credit_note.settled" : "invoice.settled", invoice.customer_id, snapshot);
}

std::vector<InvoiceLine> invoice_lines(SqlSession& sql, Tenant const& tenant, InvoiceId const& id) {
  return Records<InvoiceLine>(sql, tenant).where("invoice_id = ? ORDER BY position", {id.value});
}

std::vector<Transaction> invoice_transactions(SqlSession& sql, Tenant const& tenant,
                                              InvoiceId const& id) {
  return Records<Transaction>(sql, tenant)
      .where("invoice_id = ? ORDER BY created_at, id", {id.value});
}

}  // namespace tallybook
