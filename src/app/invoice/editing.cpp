#include <algorithm>

#include "app/invoice/manual.hpp"
#include "app/invoice/manual_lines.hpp"
#include "app/payment/payment_methods.hpp"
#include "base/assert.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace editing_detail {

// The fields a change asks for, as the API calls them.
std::vector<std::string> asked(InvoiceChanges const& changes) {
  std::vector<std::string> fields;
  auto const add = [&](bool is, char const* name) {
    if (is) fields.emplace_back(name);
  };
  add(changes.type.has_value(), "type");
  add(changes.document_name.present, "document_name");
  add(changes.reference.present, "reference");
  add(changes.purchase_order.present, "purchase_order");
  add(changes.custom_note.present, "custom_note");
  add(changes.additional_info.present, "additional_info");
  add(changes.footer.present, "footer");
  add(changes.tax_scheme.has_value(), "tax_scheme");
  add(changes.lines.has_value(), "line_items");
  add(changes.coupons.has_value(), "coupons");
  add(changes.payment_method_type.has_value(), "payment_method_type");
  add(changes.payment_method_id.present, "payment_method_id");
  add(changes.bank_account_id.present, "bank_account_id");
  add(changes.subscription_id.present, "subscription_id");
  add(changes.properties.present, "properties");
  add(changes.customer_name.present || changes.customer_email.present ||
          changes.customer_tax_id.present || changes.customer_address.has_value(),
      "customer");
  add(changes.due_at.present, "due_at");
  return fields;
}

// What each state lets one change (cli-facts 2.4); empty: everything.
std::optional<std::vector<std::string>> allowed(Invoice const& invoice) {
  switch (invoice.status) {
    case InvoiceStatus::draft:
    case InvoiceStatus::grace_period:
    case InvoiceStatus::missing_info:
      return std::nullopt;
    case InvoiceStatus::to_pay:
    case InvoiceStatus::partially_paid:
    case InvoiceStatus::error:
      return std::vector<std::string>{"custom_note",         "purchase_order",  "reference",
                                      "properties",          "subscription_id", "payment_method_id",
                                      "payment_method_type", "bank_account_id"};
    case InvoiceStatus::paid:
      return std::vector<std::string>{"custom_note", "purchase_order", "properties",
                                      "subscription_id"};
    case InvoiceStatus::uncollectible:
      return std::vector<std::string>{"custom_note", "properties", "subscription_id"};
    default:
      return std::vector<std::string>{};
  }
}

Result<void> check_state(Invoice const& invoice, InvoiceChanges const& changes) {
  auto const may = allowed(invoice);
  if (!may) return {};
  std::string list;
  for (auto const& field : *may) list += (list.empty() ? "" : ", ") + field;
  for (auto const& field : asked(changes)) {
    if (std::ranges::find(*may, field) != may->end()) continue;
    Error error = errors::conflict(
        "The invoice is " + std::string(reflect::enum_name(invoice.status)) + "; " +
        (list.empty() ? "nothing of it can be changed" : "only " + list + " can be changed"));
    error.fields.push_back({field, "cannot be changed in this state"});
    return fail(std::move(error));
  }
  return {};
}

void change_header(InvoiceChanges const& changes, Invoice& invoice) {
  changes.document_name.apply(invoice.document_name);
  changes.reference.apply(invoice.reference);
  changes.purchase_order.apply(invoice.purchase_order);
  changes.custom_note.apply(invoice.custom_note);
  changes.additional_info.apply(invoice.additional_info);
  changes.footer.apply(invoice.footer);
  changes.payment_method_id.apply(invoice.payment_method_id);
  changes.bank_account_id.apply(invoice.bank_account_id);
  changes.due_at.apply(invoice.due_override_at);
  changes.properties.apply(invoice.properties);
  if (changes.type) invoice.type = *changes.type;
  if (changes.payment_method_type) {
    invoice.payment_method_type = changes.payment_method_type;
    bool const outside = *changes.payment_method_type == PaymentMethodType::external ||
                         *changes.payment_method_type == PaymentMethodType::transfer;
    invoice.payment_method_strategy =
        outside ? PaymentStrategy::external : PaymentStrategy::current;
    if (outside) invoice.collect_at.reset();
  }
  if (changes.customer_name.value) invoice.customer.name = *changes.customer_name.value;
  changes.customer_email.apply(invoice.customer.email);
  changes.customer_tax_id.apply(invoice.customer.tax_id);
  if (changes.customer_address) invoice.customer.address = changes.customer_address;
}

Result<void> change_subscription(UnitOfWork& work, InvoiceChanges const& changes,
                                 Invoice& invoice) {
  if (!changes.subscription_id.present) return {};
  if (!changes.subscription_id.value) {
    invoice.subscription_id.reset();
    return {};
  }
  auto const subscription = work.records<Subscription>().find(*changes.subscription_id.value);
  if (!subscription || subscription->customer_id != invoice.customer_id)
    return fail(errors::invalid_field("subscription_id", "the customer has no such subscription"));
  invoice.subscription_id = subscription->id;
  return {};
}

// Lines, discounts, scheme: the amounts of a document that is not issued.
Result<void> change_amounts(UnitOfWork& work, InvoiceChanges const& changes,
                            InvoiceWithLines& document) {
  auto& invoice = document.invoice;
  TB_TRY(parties, parties_of(work, invoice.invoicing_entity_id, invoice.customer_id));
  auto coupons = manual_detail::kept_coupons(invoice);
  if (changes.coupons) coupons = *changes.coupons;
  std::optional<TaxScheme> const scheme =
      changes.tax_scheme ? *changes.tax_scheme : std::optional<TaxScheme>();
  if (changes.tax_scheme && !*changes.tax_scheme) invoice.tax_scheme_custom.reset();
  if (changes.lines) {
    bool const charged = std::ranges::any_of(document.lines, [](InvoiceLine const& line) {
      return line.subscription_line_id.has_value() || line.original_line_item_id.has_value() ||
             line.child_invoice_id.has_value();
    });
    if (charged)
      return fail(errors::conflict(
          "The lines of this document were charged by a subscription or credit an invoice; they "
          "follow what they were made from"));
    return manual_detail::fill_document(work, parties, document, *changes.lines, coupons, {},
                                        scheme);
  }
  TB_CHECK(manual_detail::apply_invoice_coupons(work, document, coupons));
  if (scheme) {
    manual_detail::tax_by_scheme(document, *scheme);
  } else if (changes.tax_scheme) {
    invoice.tax_scheme_custom.reset();
    for (auto& line : document.lines) line.tax_rate_custom.reset();
  }
  return manual_detail::tax_and_total(work, parties, document);
}

void store(UnitOfWork& work, InvoiceWithLines const& before, InvoiceWithLines const& document) {
  work.records<Invoice>().update_changed(before.invoice, document.invoice);
  bool const same_lines =
      before.lines.size() == document.lines.size() &&
      std::ranges::equal(before.lines, document.lines, {}, &InvoiceLine::id, &InvoiceLine::id);
  if (same_lines) {
    for (auto const& line : document.lines) work.records<InvoiceLine>().update(line);
    return;
  }
  // The earlier version stays readable, as archived (INV-2).
  InvoiceWithLines earlier = before;
  earlier.invoice.id = work.new_id<InvoiceTag>();
  earlier.invoice.status = InvoiceStatus::archived;
  earlier.invoice.parent_invoice_id = document.invoice.id;
  earlier.invoice.grace_period_ends_at.reset();
  work.records<Invoice>().insert(earlier.invoice);
  for (auto line : before.lines) {
    work.records<InvoiceLine>().erase(line.id.value);
    line.id = work.new_id<InvoiceLineTag>();
    line.invoice_id = earlier.invoice.id;
    work.records<InvoiceLine>().insert(line);
  }
  for (auto const& line : document.lines) work.records<InvoiceLine>().insert(line);
}

}  // namespace editing_detail

Result<InvoiceWithLines> update_invoice(UnitOfWork& work, InvoiceId const& id,
                                        InvoiceChanges const& changes) {
  auto found = work.records<Invoice>().find_for_update(id.value);
  if (!found) return fail(errors::not_found("Invoice"));
  InvoiceWithLines const before{*found, invoice_lines(work.sql(), work.tenant(), id)};
  if (editing_detail::asked(changes).empty()) return before;
  TB_CHECK(editing_detail::check_state(before.invoice, changes));
  InvoiceWithLines document = before;
  auto& invoice = document.invoice;
  if (changes.type &&
      (*changes.type == InvoiceType::credit_note) != (invoice.type == InvoiceType::credit_note))
    return fail(errors::invalid_field("type",
                                      "an invoice and a credit note do not become each "
                                      "other"));
  if (changes.payment_method_id.value) {
    auto const method =
        chargeable_method(work, invoice.customer_id, *changes.payment_method_id.value);
    if (!method) return fail(errors::invalid_field("payment_method_id", method.error().message));
  }
  if (invoice.original_invoice_id && (changes.lines || changes.coupons || changes.tax_scheme))
    return fail(errors::conflict(
        "The credit note mirrors invoice " + invoice.original_invoice_number.value_or("") +
        "; delete the draft and make another one instead of changing its amounts"));
  editing_detail::change_header(changes, invoice);
  TB_CHECK(editing_detail::change_subscription(work, changes, invoice));
  if (!invoice.number && invoice.original_invoice_id) {
    // Its amounts and tax are those of what it credits.
  } else if (!invoice.number) {
    TB_CHECK(editing_detail::change_amounts(work, changes, document));
  } else {
    invoice.amendments = invoice.amendments.value_or(0) + 1;
    // The issue stays as it was posted; the ledger notes what the document says from here on.
    work.post(EntryKind::document_amended, invoice.invoicing_entity_id, invoice.customer_id,
              invoice.currency, id.value + "/" + std::to_string(*invoice.amendments), {},
              facts_of(invoice, document.lines));
  }
  invoice.updated_at = work.now();
  editing_detail::store(work, before, document);
  return document;
}

}  // namespace tallybook
