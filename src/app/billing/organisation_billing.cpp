#include "app/billing/organisation_billing.hpp"

#include <algorithm>
#include <map>

#include "app/coupon/applying.hpp"
#include "app/customer/organisations.hpp"
#include "app/payment/wallet_payment.hpp"
#include "app/tax/taxes.hpp"
#include "base/assert.hpp"

namespace tallybook {
namespace organisation_detail {

void insert(UnitOfWork& work, InvoiceWithLines const& document) {
  work.records<Invoice>().insert(document.invoice);
  for (auto const& line : document.lines) work.records<InvoiceLine>().insert(line);
}

void update(UnitOfWork& work, InvoiceWithLines const& document) {
  work.records<Invoice>().update(document.invoice);
  store_lines(work, document);
}

// Copies amounts and lines; a copy charges no period, counts no usage and credits no line.
InvoiceWithLines copy_of(UnitOfWork& work, Invoice own, InvoiceWithLines const& charged) {
  InvoiceWithLines copy{std::move(own), charged.lines};
  auto& invoice = copy.invoice;
  invoice.type = charged.invoice.type;
  invoice.status = InvoiceStatus::charged_on_parent;
  invoice.parent_invoice_id = charged.invoice.id;
  invoice.tax_scheme = charged.invoice.tax_scheme;
  invoice.tax_mention = charged.invoice.tax_mention;
  invoice.period_starts_at = charged.invoice.period_starts_at;
  invoice.period_ends_at = charged.invoice.period_ends_at;
  invoice.updated_at = work.now();
  invoice.coupons = charged.invoice.coupons;
  invoice.discounting = charged.invoice.discounting;
  for (auto& line : copy.lines) {
    std::string const charged_id = line.id.value;
    line.id = work.new_id<InvoiceLineTag>();
    if (invoice.coupons) {
      for (auto& coupon : *invoice.coupons)
        std::ranges::replace(coupon.line_items_ids, charged_id, line.id.value);
    }
    line.invoice_id = invoice.id;
    line.subscription_line_id.reset();
    line.original_line_item_id.reset();
  }
  sum_totals(invoice, copy.lines);
  return copy;
}

bool is_grouped(InvoiceWithLines const& document) {
  return std::ranges::any_of(
      document.lines, [](InvoiceLine const& line) { return line.child_invoice_id.has_value(); });
}

// What a customer keeps of a document that is not a grouped one.
std::optional<Invoice> reference_to(UnitOfWork& work, InvoiceId const& charged) {
  return work.records<Invoice>().first("parent_invoice_id = ? AND status = 'charged_on_parent'",
                                       {charged.value});
}

std::string shown_lines(InvoiceWithLines const& child) {
  Currency const currency = Currency::parse(child.invoice.currency).value_or(Currency());
  std::string text;
  for (auto const& line : child.lines) {
    if (!text.empty()) text += "; ";
    text += line.name;
    if (line.description) text += ", " + *line.description;
    text += ": " + Money{line.amount_excluding_tax, currency}.str();
  }
  return text;
}

// A product all lines have in common decides the tax of the line that stands for them.
std::optional<ProductId> common_product(InvoiceWithLines const& child) {
  if (child.lines.empty()) return std::nullopt;
  auto const& product = child.lines.front().product_id;
  bool const same = std::ranges::all_of(
      child.lines, [&](InvoiceLine const& line) { return line.product_id == product; });
  return same ? product : std::nullopt;
}

InvoiceLine line_for(UnitOfWork& work, InvoiceWithLines const& child) {
  auto const& invoice = child.invoice;
  InvoiceLine line;
  line.id = work.new_id<InvoiceLineTag>();
  line.name = invoice.customer.name;
  if (invoice.period_starts_at && invoice.period_ends_at) {
    auto const zone = TimeZone::find(invoice.timezone).value_or(TimeZone());
    line.period_start_on = zone.date_of(*invoice.period_starts_at);
    line.period_end_on = zone.date_of(*invoice.period_ends_at);
    line.name += ", " + format_date(*line.period_start_on) + " - " +
                 format_date(zone.date_of(*invoice.period_ends_at - 1));
    line.period_starts_at = invoice.period_starts_at;
    line.period_ends_at = invoice.period_ends_at;
  }
  line.description = shown_lines(child);
  line.product_id = common_product(child);
  line.unit_amount = line.exact_amount = Exact(invoice.amount_excluding_tax);
  line.child_invoice_id = invoice.id;
  return line;
}

void widen(Invoice& invoice, InvoiceLine const& line) {
  if (line.period_starts_at &&
      (!invoice.period_starts_at || *line.period_starts_at < *invoice.period_starts_at))
    invoice.period_starts_at = line.period_starts_at;
  if (line.period_ends_at &&
      (!invoice.period_ends_at || *line.period_ends_at > *invoice.period_ends_at))
    invoice.period_ends_at = line.period_ends_at;
}

// The documents that wait, locked, counted as of now, by currency.
std::map<std::string, std::vector<InvoiceWithLines>> waiting(UnitOfWork& work,
                                                             InvoiceParties const& organisation) {
  std::map<std::string, std::vector<InvoiceWithLines>> by_currency;
  for (auto& invoice : work.records<Invoice>().where(
           "status = 'pending_parent_concat' AND customer_id IN (SELECT c.id FROM customers c "
           "WHERE c.account_id = invoices.account_id AND c.mode = invoices.mode AND "
           "c.organisation_id = ?) ORDER BY created_at, id" +
               std::string(work.sql().for_update()),
           {organisation.customer.id.value})) {
    lock_coupons(work, invoice);
    InvoiceWithLines document{std::move(invoice), {}};
    document.lines = invoice_lines(work.sql(), work.tenant(), document.invoice.id);
    recount_usage(work, document);
    preview_for_organisation(work, organisation, document);
    use_up_coupons(work, document);
    by_currency[document.invoice.currency].push_back(std::move(document));
  }
  return by_currency;
}

bool wants_draft(UnitOfWork& work, std::vector<InvoiceWithLines> const& children) {
  return std::ranges::any_of(children, [&](InvoiceWithLines const& child) {
    if (!child.invoice.subscription_id) return false;
    auto const subscription =
        work.records<Subscription>().find(child.invoice.subscription_id->value);
    return subscription && subscription->generate_draft_invoices;
  });
}

InvoiceWithLines merge(UnitOfWork& work, InvoiceParties const& organisation,
                       std::string const& currency, std::vector<InvoiceWithLines>& children) {
  InvoiceWithLines document{new_document(work, organisation, InvoiceType::invoice, currency), {}};
  auto& invoice = document.invoice;
  for (auto& child : children) {
    auto line = line_for(work, child);
    line.invoice_id = invoice.id;
    line.position = static_cast<int>(document.lines.size());
    widen(invoice, line);
    document.lines.push_back(std::move(line));
    child.invoice.status = InvoiceStatus::charged_on_parent;
    child.invoice.parent_invoice_id = invoice.id;
    child.invoice.updated_at = work.now();
    update(work, child);
  }
  bool const taxed = apply_taxes(work, organisation, document);
  compute_totals(invoice, document.lines);
  bool const draft = wants_draft(work, children);
  invoice.status = draft || taxed ? InvoiceStatus::draft : InvoiceStatus::missing_info;
  work.emit("invoice.created", invoice.customer_id,
            work.services().snapshots.invoice(invoice, document.lines));
  if (!draft && taxed) issue(work, organisation, document);
  insert(work, document);
  if (document.invoice.number && pay_from_wallet(work, document.invoice) > 0)
    work.records<Invoice>().update(document.invoice);
  return document;
}

void move_date(UnitOfWork& work, Customer const& stored) {
  TB_ASSERT(stored.organisation_next_invoice_at.has_value());
  Customer moved = stored;
  auto const zone = TimeZone::find(stored.timezone).value_or(TimeZone());
  Instant const at = *stored.organisation_next_invoice_at;
  moved.organisation_next_invoice_at = next_organisation_date(
      at, stored.organisation_schedule.value_or(OrganisationSchedule::month),
      stored.organisation_invoice_day.value_or(split(zone.date_of(at)).day), zone);
  work.records<Customer>().update_changed(stored, moved);
}

}  // namespace organisation_detail

InvoiceParties organisation_parties(UnitOfWork& work, Customer const& child) {
  TB_ASSERT(child.organisation_id.has_value());
  auto organisation = work.records<Customer>().find(child.organisation_id->value);
  TB_ASSERT(organisation.has_value());
  auto entity = work.records<InvoicingEntity>().find(organisation->invoicing_entity_id.value);
  TB_ASSERT(entity.has_value());
  return {*std::move(entity), *std::move(organisation)};
}

InvoiceWithLines charged_on_organisation(UnitOfWork& work, InvoiceParties const& organisation,
                                         InvoiceWithLines const& own) {
  InvoiceWithLines charged{
      new_document(work, organisation, InvoiceType::invoice, own.invoice.currency), own.lines};
  auto& invoice = charged.invoice;
  invoice.subscription_id = own.invoice.subscription_id;
  invoice.type = own.invoice.type;
  invoice.document_name = own.invoice.document_name;
  invoice.tax_scheme_custom = own.invoice.tax_scheme_custom;
  invoice.payment_method_strategy = own.invoice.payment_method_strategy;
  // The periods of the lines were cut in this zone.
  invoice.timezone = own.invoice.timezone;
  invoice.purchase_order = own.invoice.purchase_order;
  invoice.custom_note = own.invoice.custom_note;
  invoice.customer.shipping_address = own.invoice.customer.shipping_address;
  invoice.period_starts_at = own.invoice.period_starts_at;
  invoice.period_ends_at = own.invoice.period_ends_at;
  for (auto& line : charged.lines) line.invoice_id = invoice.id;
  return charged;
}

void store_reference(UnitOfWork& work, Invoice own, InvoiceWithLines const& charged) {
  organisation_detail::insert(work, organisation_detail::copy_of(work, std::move(own), charged));
}

void update_reference(UnitOfWork& work, InvoiceWithLines const& charged) {
  using namespace organisation_detail;
  if (is_grouped(charged)) return;
  auto own = reference_to(work, charged.invoice.id);
  if (!own) return;
  for (auto const& line : invoice_lines(work.sql(), work.tenant(), own->id))
    work.records<InvoiceLine>().erase(line.id.value);
  auto const copy = copy_of(work, *std::move(own), charged);
  work.records<Invoice>().update(copy.invoice);
  for (auto const& line : copy.lines) work.records<InvoiceLine>().insert(line);
}

void refer_to_note(UnitOfWork& work, InvoiceWithLines const& note) {
  using namespace organisation_detail;
  if (!note.invoice.original_invoice_id) return;
  auto const original = reference_to(work, *note.invoice.original_invoice_id);
  if (!original || grouped_line(work, original->id)) return;
  auto const own = parties_of(work, original->invoicing_entity_id, original->customer_id);
  TB_ASSERT(own.has_value());
  Invoice kept = new_document(work, *own, InvoiceType::credit_note, note.invoice.currency);
  kept.timezone = note.invoice.timezone;
  kept.original_invoice_id = original->id;
  kept.subscription_id = original->subscription_id;
  kept.revenue_kind = note.invoice.revenue_kind;
  store_reference(work, std::move(kept), note);
}

void preview_for_organisation(UnitOfWork& work, InvoiceParties const& organisation,
                              InvoiceWithLines& document) {
  discount_by(work, document, organisation.entity.id);
  // The tax is the organisation's, the buyer shown is not.
  auto const tax_id = document.invoice.customer.tax_id;
  preview_taxes(work, organisation, document);
  document.invoice.customer.tax_id = tax_id;
  compute_totals(document.invoice, document.lines);
}

void wait_for_organisation(UnitOfWork& work, Customer const& child, InvoiceWithLines& document) {
  preview_for_organisation(work, organisation_parties(work, child), document);
  document.invoice.status = InvoiceStatus::pending_parent_concat;
  work.emit("invoice.created", document.invoice.customer_id,
            work.services().snapshots.invoice(document.invoice, document.lines));
  organisation_detail::insert(work, document);
}

std::vector<InvoiceWithLines> invoice_organisation(UnitOfWork& work, Customer organisation) {
  auto const parties = parties_of(work, organisation.invoicing_entity_id, organisation.id);
  TB_ASSERT(parties.has_value());
  std::vector<InvoiceWithLines> made;
  for (auto& [currency, children] : organisation_detail::waiting(work, *parties))
    made.push_back(organisation_detail::merge(work, *parties, currency, children));
  organisation_detail::move_date(work, organisation);
  return made;
}

void postpone_organisation(UnitOfWork& work, Customer organisation) {
  organisation_detail::move_date(work, organisation);
}

std::optional<InvoiceLine> grouped_line(UnitOfWork& work, InvoiceId const& child_document) {
  return work.records<InvoiceLine>().first("child_invoice_id = ?", {child_document.value});
}

void follow_child(UnitOfWork& work, Invoice& invoice, Invoice const& child_document) {
  InvoiceWithLines document{invoice, invoice_lines(work.sql(), work.tenant(), invoice.id)};
  for (auto& line : document.lines) {
    if (line.child_invoice_id != child_document.id) continue;
    line.unit_amount = line.exact_amount = Exact(child_document.amount_excluding_tax);
    line.description = organisation_detail::shown_lines(
        {child_document, invoice_lines(work.sql(), work.tenant(), child_document.id)});
  }
  compute_totals(document.invoice, document.lines);
  document.invoice.updated_at = work.now();
  organisation_detail::update(work, document);
  invoice = document.invoice;
}

}  // namespace tallybook
