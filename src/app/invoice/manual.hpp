// Invoices somebody writes: made, imported, changed while they are not issued, copied, discarded.
#pragma once

#include "app/invoice/invoicing.hpp"
#include "reflect/patch.hpp"

namespace tallybook {

// A line of a document somebody writes. Either a product or a name with an amount.
struct NewInvoiceLine {
  std::optional<std::string> product_id;
  std::optional<std::string> name;
  std::optional<std::string> description;
  std::optional<Exact> units_count;  // 1; of a usage product the usage of the period
  std::optional<Exact>
      unit_amount;                // minor units, negative for a rebate; none: the product's price
  std::optional<Exact> tax_rate;  // percent
  std::optional<Instant> period_start;
  std::optional<Instant> period_end;  // the last moment of the period
  std::optional<bool> display_unit_amount;
  std::optional<bool> display_service_period;
};

// A discount on the document: a percentage or an amount, of all lines or of some (COU-6).
struct NewInvoiceCoupon {
  std::optional<std::string> coupon_id;
  std::optional<std::string> name;
  std::optional<std::int64_t> discount_amount;
  std::optional<Exact> discount_percent;
  std::optional<std::vector<int>> line_item_indexes;
  bool kept = false;  // on the document already: what it takes is known, its coupon not asked again
};

struct NewInvoicePayment {
  std::int64_t amount = 0;
  Instant process_at;
  std::optional<std::string> payment_method_id;
};

struct NewInvoice {
  CustomerId customer_id;
  std::vector<NewInvoiceLine> lines;
  std::optional<std::string> currency;
  InvoiceStatus status = InvoiceStatus::paid;  // draft, to_pay or paid
  InvoiceType type = InvoiceType::invoice;
  std::optional<std::string> document_name;
  std::optional<std::string> number;  // given: numbered elsewhere, imported
  std::optional<EntityId> invoicing_entity_id;
  std::optional<SubscriptionId> subscription_id;
  std::optional<std::string> reference, purchase_order, custom_note, additional_info, footer;
  std::optional<Exact> tax_rate;
  std::optional<TaxScheme> tax_scheme;  // none: decided by the tax rules
  std::optional<PaymentStrategy> payment_method_strategy;
  std::optional<std::string> payment_method_id;
  std::optional<std::string> bank_account_id;
  std::optional<Instant> emitted_at, due_at, settled_at;
  std::optional<JsonText> properties;
  std::vector<NewInvoicePayment> transactions;
  std::vector<NewInvoiceCoupon> coupons;
};

// Checks everything before it writes anything: a failure leaves nothing behind. 400 with the field,
// 404-like 400 for a customer or product that is not there, 409 for a number that is taken.
Result<InvoiceWithLines> create_invoice(UnitOfWork& work, NewInvoice const& wanted);

// What may be changed, and when (cli-facts 2.4): amounts while the document is not issued; notes
// and references later. Nothing present changes nothing.
struct InvoiceChanges {
  std::optional<InvoiceType> type;
  Patch<std::string> document_name, reference, purchase_order, custom_note, additional_info, footer;
  std::optional<std::optional<TaxScheme>> tax_scheme;
  std::optional<std::vector<NewInvoiceLine>> lines;
  std::optional<std::vector<NewInvoiceCoupon>> coupons;
  std::optional<PaymentMethodType> payment_method_type;
  Patch<std::string> payment_method_id, bank_account_id, subscription_id;
  Patch<JsonText> properties;
  Patch<std::string> customer_name, customer_email, customer_tax_id;
  std::optional<Address> customer_address;
  Patch<Instant> due_at;
};
// 409 naming the state and what it allows when a change is not allowed.
Result<InvoiceWithLines> update_invoice(UnitOfWork& work, InvoiceId const& id,
                                        InvoiceChanges const& changes);
// Discards a draft: a subscription's is kept as closed (its period stays accounted for), another
// one is removed. An imported document without payments is taken back by reversal. 409 otherwise.
Result<void> delete_invoice(UnitOfWork& work, InvoiceId const& id);
// A new draft with the same lines for the same customer, with today's names and addresses.
Result<InvoiceWithLines> duplicate_invoice(UnitOfWork& work, InvoiceId const& id);

}  // namespace tallybook
