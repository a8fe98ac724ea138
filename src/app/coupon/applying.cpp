#include "app/coupon/applying.hpp"

#include <set>

#include "app/billing/organisation_billing.hpp"
#include "app/invoice/invoicing.hpp"
#include "app/tax/taxes.hpp"
#include "base/assert.hpp"
#include "domain/coupon/eligibility.hpp"
#include "domain/subscription/minimum_line.hpp"

namespace tallybook {
namespace applying_detail {

bool bills_a_subscription(InvoiceWithLines const& document) {
  auto const& invoice = document.invoice;
  if (!invoice.subscription_id || invoice.number || invoice.original_invoice_id ||
      invoice.type == InvoiceType::credit_note)
    return false;
  return std::ranges::any_of(document.lines, [](InvoiceLine const& line) {
    return line.subscription_line_id.has_value();
  });
}

// Removed ones too: documents from before keep them.
std::vector<HeldCoupon> all_coupons(UnitOfWork& work, SubscriptionId const& id) {
  std::vector<HeldCoupon> held;
  for (auto& attached : work.records<AttachedCoupon>().where(
           "subscription_id = ? ORDER BY position, id", {id.value})) {
    auto coupon = work.records<Coupon>().find(attached.coupon_id.value);
    TB_ASSERT(coupon.has_value());
    held.push_back({std::move(attached), *std::move(coupon)});
  }
  return held;
}

std::optional<Instant> start_of(std::vector<SubscriptionPhase> const& phases,
                                std::string const& phase, Subscription const& subscription) {
  for (auto const& each : phases) {
    if (each.id.value == phase && each.starts_at) return each.starts_at;
  }
  return subscription.starts_at;
}

DocumentCoupon on_document(HeldCoupon const& held, std::vector<std::size_t> lines,
                           std::span<SubscriptionLine const> sources) {
  DocumentCoupon coupon;
  coupon.shown.coupon_id = held.coupon.id.value;
  coupon.shown.id = held.coupon.id.value;
  coupon.shown.subscription_coupon_id = held.attached.id.value;
  coupon.shown.name = held.coupon.name;
  coupon.shown.discount_percent = held.coupon.discount_percent;
  coupon.shown.fixed_amount = held.coupon.discount_amount;
  coupon.shown.line_item_indexes.emplace();
  for (std::size_t const index : lines)
    coupon.shown.line_item_indexes->push_back(static_cast<int>(index));
  if (held.coupon.currency) coupon.currency = Currency::parse(*held.coupon.currency);
  coupon.lines = std::move(lines);
  coupon.target = target_of(held.attached, sources);
  return coupon;
}

// Who bills what the document says: what an organisation pays is computed by its entity's rules.
EntityId biller_of(UnitOfWork& work, Invoice const& invoice) {
  if (invoice.status == InvoiceStatus::charged_on_parent && invoice.parent_invoice_id) {
    auto const parent = work.records<Invoice>().find(invoice.parent_invoice_id->value);
    if (parent) return parent->invoicing_entity_id;
  }
  if (invoice.status == InvoiceStatus::pending_parent_concat) {
    auto const customer = work.records<Customer>().find(invoice.customer_id.value);
    TB_ASSERT(customer.has_value());
    return organisation_parties(work, *customer).entity.id;
  }
  return invoice.invoicing_entity_id;
}

CouponStacking stacking_of(UnitOfWork& work, EntityId const& biller) {
  auto const entity = work.records<InvoicingEntity>().find(biller.value);
  TB_ASSERT(entity.has_value());
  return entity->coupon_stacking;
}

// The discounts somebody put on the document itself.
std::vector<DocumentCoupon> own_coupons(InvoiceWithLines const& document) {
  std::vector<DocumentCoupon> own;
  for (auto const& shown : document.invoice.coupons.value_or(std::vector<InvoiceCoupon>())) {
    if (shown.subscription_coupon_id) continue;
    DocumentCoupon coupon;
    coupon.shown = shown;
    if (shown.line_item_indexes) {
      coupon.lines.emplace();
      for (int const index : *shown.line_item_indexes) {
        if (static_cast<std::size_t>(index) < document.lines.size())
          coupon.lines->push_back(static_cast<std::size_t>(index));
      }
    }
    own.push_back(std::move(coupon));
  }
  return own;
}

// Waiting for something: drafts, and what waits for its tax or its organisation.
std::vector<Invoice> waiting_documents(UnitOfWork& work, InvoiceId const& but,
                                       SubscriptionId const& subscription) {
  return work.records<Invoice>().where(
      "subscription_id = ? AND id <> ? AND number IS NULL AND status IN ('draft', 'missing_info', "
      "'pending_parent_concat') AND coupons IS NOT NULL ORDER BY created_at, id" +
          std::string(work.sql().for_update()),
      {subscription.value, but.value});
}

bool carries(Invoice const& invoice, std::set<std::string> const& coupons) {
  auto const shown = invoice.coupons.value_or(std::vector<InvoiceCoupon>());
  return std::ranges::any_of(shown, [&](InvoiceCoupon const& coupon) {
    return coupon.subscription_coupon_id && coupons.contains(*coupon.subscription_coupon_id);
  });
}

void discount_again(UnitOfWork& work, Invoice invoice) {
  InvoiceWithLines document{std::move(invoice), {}};
  document.lines = invoice_lines(work.sql(), work.tenant(), document.invoice.id);
  auto const parties =
      parties_of(work, document.invoice.invoicing_entity_id, document.invoice.customer_id);
  TB_ASSERT(parties.has_value());
  if (document.invoice.status == InvoiceStatus::pending_parent_concat) {
    preview_for_organisation(work, organisation_parties(work, parties->customer), document);
  } else {
    discount(work, document);
    // What is not known yet is asked again; the document waits anyway.
    (void)apply_taxes(work, *parties, document);
    compute_totals(document.invoice, document.lines);
  }
  document.invoice.updated_at = work.now();
  work.records<Invoice>().update(document.invoice);
  store_lines(work, document);
  update_reference(work, document);
}

}  // namespace applying_detail

namespace applying_detail {

// The discounts put on the document itself, on the lines that were there before the minimum fee.
void add_own(std::vector<DocumentCoupon>& coupons, std::vector<DocumentCoupon> own,
             std::vector<InvoiceLine> const& lines) {
  for (auto& each : own) {
    if (each.lines) std::erase_if(*each.lines, [&](std::size_t i) { return i >= lines.size(); });
    each.target = target_of(each.lines, lines);
    coupons.push_back(std::move(each));
  }
}

void discount(UnitOfWork& work, InvoiceWithLines& document, std::vector<DocumentCoupon> own,
              EntityId const& biller) {
  if (!bills_a_subscription(document)) {
    std::vector<DocumentCoupon> coupons;
    add_own(coupons, std::move(own), document.lines);
    auto const stacking = coupons.empty() ? CouponStacking::in_order : stacking_of(work, biller);
    return discount_document(document.invoice, document.lines, std::move(coupons), stacking);
  }
  auto const& invoice = document.invoice;
  auto const subscription = work.records<Subscription>().find(invoice.subscription_id->value);
  TB_ASSERT(subscription.has_value());
  auto const held = all_coupons(work, subscription->id);
  bool const plain = held.empty() && own.empty() && !subscription->minimum_invoice_fee;
  if (plain && !invoice.coupons) return;
  auto const sources =
      work.records<SubscriptionLine>().where("subscription_id = ?", {subscription->id.value});
  auto const phases =
      work.records<SubscriptionPhase>().where("subscription_id = ?", {subscription->id.value});
  auto const zone = TimeZone::find(subscription->timezone).value_or(TimeZone());
  std::erase_if(document.lines, is_minimum_fee);
  std::vector<DocumentCoupon> coupons;
  for (auto const& each : held) {
    if (!may_be_on(each.attached, invoice)) continue;
    auto lines = eligible_lines(each, start_of(phases, each.attached.phase_id, *subscription),
                                document.lines, sources, zone);
    if (!lines.empty()) coupons.push_back(on_document(each, std::move(lines), sources));
  }
  add_own(coupons, std::move(own), document.lines);
  auto const stacking = coupons.empty() ? CouponStacking::in_order : stacking_of(work, biller);
  discount_document(document.invoice, document.lines, std::move(coupons), stacking);
  set_minimum_line(*subscription, invoice, document.lines,
                   minimum_share(document.lines, sources, phases));
}

}  // namespace applying_detail

void discount(UnitOfWork& work, InvoiceWithLines& document) {
  if (applying_detail::bills_a_subscription(document))
    discount_by(work, document, applying_detail::biller_of(work, document.invoice));
}

void discount_by(UnitOfWork& work, InvoiceWithLines& document, EntityId const& biller) {
  using namespace applying_detail;
  if (bills_a_subscription(document))
    applying_detail::discount(work, document, own_coupons(document), biller);
}

void discount(UnitOfWork& work, InvoiceWithLines& document, std::vector<DocumentCoupon> own) {
  applying_detail::discount(work, document, std::move(own),
                            applying_detail::biller_of(work, document.invoice));
}

void lock_coupons(UnitOfWork& work, Invoice const& invoice) {
  if (!invoice.subscription_id) return;
  work.records<AttachedCoupon>().where(
      "subscription_id = ? AND repeat = 'once' AND used_by_invoice_id IS NULL ORDER BY id" +
          std::string(work.sql().for_update()),
      {invoice.subscription_id->value});
}

void use_up_coupons(UnitOfWork& work, InvoiceWithLines const& document) {
  using namespace applying_detail;
  auto const& invoice = document.invoice;
  std::set<std::string> used;
  for (auto const& shown : invoice.coupons.value_or(std::vector<InvoiceCoupon>())) {
    if (!shown.subscription_coupon_id) continue;
    auto attached = work.records<AttachedCoupon>().find_for_update(*shown.subscription_coupon_id);
    TB_ASSERT(attached.has_value());
    if (attached->repeat != CouponRepeat::once || attached->used_by_invoice_id == invoice.id.value)
      continue;
    TB_ASSERT(!attached->used_by_invoice_id);
    attached->used_by_invoice_id = invoice.id.value;
    attached->used_at = work.now();
    work.records<AttachedCoupon>().update(*attached);
    used.insert(attached->id.value);
  }
  if (used.empty()) return;
  for (auto& other : waiting_documents(work, invoice.id, *invoice.subscription_id)) {
    if (carries(other, used)) discount_again(work, std::move(other));
  }
}

void store_lines(UnitOfWork& work, InvoiceWithLines const& document) {
  std::set<std::string> stored;
  for (auto const& line : invoice_lines(work.sql(), work.tenant(), document.invoice.id))
    stored.insert(line.id.value);
  for (auto const& line : document.lines) {
    if (stored.erase(line.id.value) > 0)
      work.records<InvoiceLine>().update(line);
    else
      work.records<InvoiceLine>().insert(line);
  }
  for (auto const& gone : stored) work.records<InvoiceLine>().erase(gone);
}

}  // namespace tallybook
