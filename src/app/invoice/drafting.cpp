#include <array>

#include "app/entity/invoicing_entities.hpp"
#include "app/invoice/invoicing.hpp"
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

Exact tax_rate_of(InvoiceParties const& parties) {
  if (parties.customer.taxability == Taxability::exempt) return 0;
  if (parties.customer.tax_rate_custom) return *parties.customer.tax_rate_custom;
  return parties.entity.manual_tax_rate.value_or(Exact(0));
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
  invoice.tax_scheme =
      customer.taxability == Taxability::exempt ? TaxScheme::exempt : TaxScheme::manual;
  invoice.footer = entity.invoice_footer;
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

// The document is complete in memory when this returns; the caller stores it.
void issue(UnitOfWork& work, InvoiceParties const& parties, InvoiceWithLines& document) {
  auto& invoice = document.invoice;
  TB_ASSERT(!invoice.number);
  negative_becomes_credit_note(invoice, document.lines);
  auto const& entity = parties.entity;
  auto const zone = TimeZone::find(invoice.timezone).value_or(TimeZone());
  std::string const& pattern = invoice.type == InvoiceType::credit_note
                                   ? entity.credit_note_number_pattern
                                   : entity.invoice_number_pattern;
  invoice.sequence_number = take_number(work, entity.id, invoice.type);
  invoice.number = document_number(pattern, *invoice.sequence_number, zone.date_of(work.now()));
  invoice.issued_at = work.now();
  int const delay = parties.customer.custom_payment_delay.value_or(entity.default_payment_delay);
  invoice.due_at = work.now() + delay * 86'400'000LL;
  invoice.amount_due = invoice.total_amount - invoice.amount_paid;
  invoice.status = status_after_payment(invoice, invoice.amount_paid);
  if (invoice.status == InvoiceStatus::paid) invoice.settled_at = work.now();
  invoice.updated_at = work.now();
  bool const credit = invoice.type == InvoiceType::credit_note;
  work.post(credit ? EntryKind::credit_note_issued : EntryKind::invoice_issued, entity.id,
            invoice.customer_id, invoice.currency, invoice.id.value, postings_of_issue(invoice));
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
