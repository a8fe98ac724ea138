#include "app/billing/charging.hpp"

#include <algorithm>

#include "app/billing/organisation_billing.hpp"
#include "app/billing/usage_lines.hpp"
#include "app/coupon/applying.hpp"
#include "app/payment/wallet_payment.hpp"
#include "app/tax/taxes.hpp"
#include "base/assert.hpp"
#include "domain/subscription/billing.hpp"

namespace tallybook {
namespace charging_detail {

std::string shown_period(Period period) {
  return format_date(period.start) + " - " + format_date(period.end - 1);
}

// The whole cycle a period of the line is a part of; empty for what is charged once.
std::optional<Period> cycle_of(SubscriptionLine const& line, Period period) {
  if (line.payment_interval.period == WirePeriod::once) return std::nullopt;
  auto const alignment = line.alignment == BillingCycleAlignment::calendar_period
                             ? CycleAlignment::calendar_period
                             : CycleAlignment::anniversary;
  return full_cycle(period, line.anchor_on, to_billing_interval(line.payment_interval), alignment);
}

ChargeFacts facts_of(SubscriptionLine const& line, ChargedPart const& part) {
  ChargeFacts facts;
  facts.fraction = part.fraction;
  if (part.time) facts.basis = ProrationBasis::milliseconds;
  if (auto const cycle = cycle_of(line, part.period)) {
    facts.cycle_start_on = cycle->start;
    facts.cycle_end_on = cycle->end;
  }
  return facts;
}

// What was cut within a day names its moments: days alone do not tell two changes of one day from
// each other.
std::string shown_time(InstantRange const& time, TimeZone const& zone) {
  Date const end = zone.date_of(time.end);
  return zone.moment_text(time.start) + " - " +
         (zone.start_of(end) == time.end ? format_date(end - 1) : zone.moment_text(time.end));
}

// A line of a period without its amount.
InvoiceLine line_for(UnitOfWork& work, SubscriptionLine const& line, ChargedPart const& part,
                     TimeZone const& zone) {
  Period const& period = part.period;
  InvoiceLine charged;
  charged.id = work.new_id<InvoiceLineTag>();
  charged.name = line.name;
  charged.description = line.description;
  bool const once = line.payment_interval.period == WirePeriod::once;
  if (line.description_display_interval_dates && !once)
    charged.description =
        described(line, part.time ? shown_time(*part.time, zone) : shown_period(period));
  charged.product_id = line.product_id;
  charged.product_type = line.type;
  charged.subscription_line_id = line.id;
  charged.period_start_on = period.start;
  charged.revenue_interval = line.payment_interval;
  if (!once) {
    auto const range = part.time.value_or(to_instants(period, zone));
    charged.period_end_on = period.end;
    charged.period_starts_at = range.start;
    charged.period_ends_at = range.end;
  }
  charged.charge = facts_of(line, part);
  if (line.type == ProductType::bundle) {
    auto const bundle = work.records<Product>().find(line.product_id.value);
    TB_ASSERT(bundle.has_value());
    charged.bundle_items = bundle->bundle_items;
  }
  return charged;
}

// Draft, in grace or issued as the subscription and the entity of who is billed say.
void store_finished(UnitOfWork& work, Subscription const& subscription,
                    InvoiceParties const& parties, InvoiceWithLines& document) {
  auto& invoice = document.invoice;
  bool const has_usage = std::ranges::any_of(
      document.lines, [](InvoiceLine const& line) { return line.usage_quantity.has_value(); });
  lock_coupons(work, invoice);
  discount(work, document);
  bool const taxed = apply_taxes(work, parties, document);
  compute_totals(invoice, document.lines);
  if (subscription.generate_draft_invoices) {
    invoice.status = InvoiceStatus::draft;
  } else if (has_usage && parties.entity.invoice_grace_period_duration > 0) {
    invoice.status = InvoiceStatus::grace_period;
    invoice.grace_period_ends_at =
        work.now() + parties.entity.invoice_grace_period_duration * 86'400'000LL;
  } else if (!taxed) {
    invoice.status = InvoiceStatus::missing_info;
  }
  bool const now = taxed && !subscription.generate_draft_invoices &&
                   invoice.status != InvoiceStatus::grace_period;
  work.emit("invoice.created", invoice.customer_id,
            work.services().snapshots.invoice(invoice, document.lines));
  if (now) {
    issue(work, parties, document);
  } else if (invoice.status == InvoiceStatus::grace_period) {
    work.emit("invoice.grace_period.started", invoice.customer_id,
              work.services().snapshots.invoice(invoice, document.lines));
  }
  work.records<Invoice>().insert(invoice);
  for (auto const& line : document.lines) work.records<InvoiceLine>().insert(line);
  if (now || invoice.status == InvoiceStatus::grace_period) use_up_coupons(work, document);
  if (now && pay_from_wallet(work, invoice) > 0) work.records<Invoice>().update(invoice);
}

}  // namespace charging_detail

std::string described(SubscriptionLine const& line, std::string const& dates) {
  return line.description ? *line.description + " (" + dates + ")" : dates;
}

Exact fraction_of(SubscriptionLine const& line, Period period) {
  auto const cycle = charging_detail::cycle_of(line, period);
  return cycle ? Exact(period.days()) / Exact(cycle->days()) : Exact(1);
}

InvoiceLine usage_line(UnitOfWork& work, SubscriptionLine const& line, ChargedPart const& part,
                       TimeZone const& zone, UsagePart const& usage) {
  auto charged = charging_detail::line_for(work, line, part, zone);
  charged.name = name_of(line, usage);
  apply_part(charged, usage);
  return charged;
}

std::vector<InvoiceLine> charge_lines(UnitOfWork& work, CustomerId const& customer,
                                      SubscriptionLine const& line, ChargedPart const& part,
                                      TimeZone const& zone) {
  std::vector<InvoiceLine> lines;
  if (line.type == ProductType::dynamic && work.counts_usage()) {
    for (auto const& usage : usage_parts(work, customer, line, part, zone))
      lines.push_back(usage_line(work, line, part, zone, usage));
    return lines;
  }
  auto charged = charging_detail::line_for(work, line, part, zone);
  auto const charge = charge_amount(line, part.fraction, Exact(0), {});
  charged.units_count = charge.units;
  charged.unit_amount = charge.unit_amount;
  charged.display_unit_amount = charge.single_price;
  charged.exact_amount = charge.amount_minor;
  if (line.type == ProductType::dynamic) charged.usage_quantity = Exact(0);
  lines.push_back(std::move(charged));
  return lines;
}

InvoiceLine charge_line(UnitOfWork& work, CustomerId const& customer, SubscriptionLine const& line,
                        ChargedPart const& part, TimeZone const& zone) {
  auto lines = charge_lines(work, customer, line, part, zone);
  TB_ASSERT(lines.size() == 1);
  return std::move(lines.front());
}

InvoiceWithLines invoice_for(UnitOfWork& work, Subscription const& subscription,
                             InvoiceParties const& parties) {
  bool const as_document = subscription.generate_document;
  InvoiceWithLines document{
      new_document(work, parties, as_document ? InvoiceType::document : InvoiceType::invoice,
                   subscription.currency),
      {}};
  if (as_document) {
    document.invoice.document_name = subscription.document_name;
    if (!subscription.add_tax_to_document)
      document.invoice.tax_scheme_custom = TaxScheme::not_eligible;
  }
  document.invoice.payment_method_strategy = subscription.payment_method_strategy;
  if (subscription.do_not_charge_subscription)
    document.invoice.payment_method_strategy = PaymentStrategy::external;
  document.invoice.subscription_id = subscription.id;
  document.invoice.timezone = subscription.timezone;
  document.invoice.purchase_order = subscription.purchase_order;
  document.invoice.custom_note = subscription.invoice_custom_note;
  if (subscription.display_shipping_details)
    document.invoice.customer.shipping_address = parties.customer.shipping_address;
  return document;
}

void add_line(InvoiceWithLines& document, InvoiceLine line) {
  auto& invoice = document.invoice;
  line.invoice_id = invoice.id;
  line.position = static_cast<int>(document.lines.size());
  // What is corrected belongs to a period of another invoice.
  bool const late = line.charge && line.charge->kind == ChargeKind::late_usage;
  if (late) {
    document.lines.push_back(std::move(line));
    return;
  }
  if (line.period_starts_at &&
      (!invoice.period_starts_at || *line.period_starts_at < *invoice.period_starts_at))
    invoice.period_starts_at = line.period_starts_at;
  if (line.period_ends_at &&
      (!invoice.period_ends_at || *line.period_ends_at > *invoice.period_ends_at))
    invoice.period_ends_at = line.period_ends_at;
  document.lines.push_back(std::move(line));
}

bool claim_charge(UnitOfWork& work, SubscriptionLineId const& line, Date period_start,
                  InvoiceLineId const& invoice_line) {
  return work.sql().execute(
             "INSERT INTO charges (account_id, mode, subscription_line_id, period_start_on, "
             "invoice_line_id) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
             {work.tenant().account_id, std::string(mode_text(work.tenant().mode)), line.value,
              std::int64_t{period_start.days}, invoice_line.value}) == 1;
}

void finish_invoice(UnitOfWork& work, Subscription const& subscription,
                    InvoiceParties const& parties, InvoiceWithLines& document) {
  if (organisation_invoicing(parties.customer) == OrganisationInvoicing::none)
    return charging_detail::store_finished(work, subscription, parties, document);
  // Locked: it must not leave its organisation at this very moment.
  auto const child = work.records<Customer>().find_for_update(parties.customer.id.value);
  TB_ASSERT(child.has_value());
  switch (organisation_invoicing(*child)) {
    case OrganisationInvoicing::none:
      return charging_detail::store_finished(work, subscription, parties, document);
    case OrganisationInvoicing::concat:
      return wait_for_organisation(work, *child, document);
    case OrganisationInvoicing::every_invoice:
      break;
  }
  auto const organisation = organisation_parties(work, *child);
  Invoice kept = document.invoice;
  document = charged_on_organisation(work, organisation, document);
  charging_detail::store_finished(work, subscription, organisation, document);
  store_reference(work, std::move(kept), document);
}

std::vector<InvoiceLine> waiting_for_invoice(UnitOfWork& work, SubscriptionId const& subscription) {
  std::vector<InvoiceLine> lines;
  for (auto& waiting : work.records<PendingCharge>().where(
           "subscription_id = ? AND charge_at IS NULL ORDER BY created_at, position, id",
           {subscription.value}))
    lines.push_back(std::move(waiting.line));
  return lines;
}

}  // namespace tallybook
