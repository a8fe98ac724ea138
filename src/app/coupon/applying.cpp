#include "app/coupon/applying.hpp"

#include <set>

#include "app/billing/organisation_billing.hpp"
#include "app/coupon/carrying.hpp"
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

InvoicingEntity entity_of(UnitOfWork& work, EntityId const& biller) {
  auto entity = work.records<InvoicingEntity>().find(biller.value);
  TB_ASSERT(entity.has_value());
  return *std::move(entity);
}

// A coupon of the catalogue takes from its products, on a document too.
void limit_to_products(UnitOfWork& work, InvoiceWithLines const& document, DocumentCoupon& own) {
  if (!own.shown.coupon_id) return;
  auto const coupon = work.records<Coupon>().find(*own.shown.coupon_id);
  if (!coupon || !coupon->product_ids) return;
  std::vector<std::size_t> lines;
  for (std::size_t i = 0; i < document.lines.size(); ++i) {
    auto const& product = document.lines[i].product_id;
    bool const asked = !own.lines || std::ranges::find(*own.lines, i) != own.lines->end();
    if (asked && product &&
        std::ranges::find(*coupon->product_ids, product->value) != coupon->product_ids->end())
      lines.push_back(i);
  }
  own.lines = std::move(lines);
}

// The discounts somebody put on the document itself.
std::vector<DocumentCoupon> own_coupons(UnitOfWork& work, InvoiceWithLines const& document) {
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
    limit_to_products(work, document, coupon);
    own.push_back(std::move(coupon));
  }
  return own;
}

// Waiting for something: drafts, and what waits for its tax or its organisation. Of the customer: a
// document may bill what an earlier version of its subscription used.
std::vector<Invoice> waiting_documents(UnitOfWork& work, Invoice const& but) {
  return work.records<Invoice>().where(
      "customer_id = ? AND id <> ? AND number IS NULL AND status IN ('draft', 'missing_info', "
      "'pending_parent_concat') AND coupons IS NOT NULL ORDER BY created_at, id" +
          std::string(work.sql().for_update()),
      {but.customer_id.value, but.id.value});
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

// What the coupon carries to the document; none where nothing is carried over. A document that was
// settled so stays so, whatever the entity has chosen since.
std::optional<CarriedCoupon> carried_by(HeldCoupon const& held, Invoice const& invoice,
                                        std::vector<CouponCarryOver> const& rows,
                                        InvoicingEntity const& biller) {
  bool const amount =
      held.coupon.type == CouponType::amount && held.coupon.currency == invoice.currency;
  if (!amount) return std::nullopt;
  if (!biller.coupon_carry_over && !is_settled(invoice, held.attached.id, rows))
    return std::nullopt;
  return carried_to(invoice.id, held, rows);
}

// Everything about a subscription that its discounts are computed from.
struct Sold {
  Subscription subscription;
  std::vector<HeldCoupon> held;
  std::vector<SubscriptionLine> sources;
  std::vector<SubscriptionPhase> phases;
};

void load_lines(UnitOfWork& work, Sold& sold) {
  sold.sources =
      work.records<SubscriptionLine>().where("subscription_id = ?", {sold.subscription.id.value});
  sold.phases =
      work.records<SubscriptionPhase>().where("subscription_id = ?", {sold.subscription.id.value});
}

// The versions before, of which the document bills what was used or waited: by their own coupons
// (PRO-5). Only percentages: an amount is given once a period, not on its rest.
std::vector<Sold> versions_before(UnitOfWork& work, InvoiceWithLines const& document,
                                  Subscription const& of) {
  std::vector<Sold> all;
  if (!of.transition_from_subscription_id) return all;
  std::set<std::string> seen{of.id.value};
  for (auto const& line : document.lines) {
    if (!line.subscription_line_id) continue;
    auto const source = work.records<SubscriptionLine>().find(line.subscription_line_id->value);
    if (!source || !seen.insert(source->subscription_id.value).second) continue;
    auto held = all_coupons(work, source->subscription_id);
    std::erase_if(held, [](HeldCoupon const& each) { return !each.coupon.discount_percent; });
    auto version = work.records<Subscription>().find(source->subscription_id.value);
    if (held.empty() || !version) continue;
    all.push_back({*std::move(version), std::move(held), {}, {}});
    load_lines(work, all.back());
  }
  return all;
}

std::vector<DocumentCoupon> coupons_on(Sold const& sold, InvoiceWithLines const& document,
                                       std::vector<CouponCarryOver> const& rows,
                                       InvoicingEntity const& biller) {
  auto const zone = TimeZone::find(sold.subscription.timezone).value_or(TimeZone());
  std::vector<DocumentCoupon> coupons;
  for (auto const& each : sold.held) {
    auto const carried = carried_by(each, document.invoice, rows, biller);
    if (!may_be_on(each.attached, document.invoice, carried && carried->available() > 0)) continue;
    auto lines =
        eligible_lines(each, start_of(sold.phases, each.attached.phase_id, sold.subscription),
                       document.lines, sold.sources, zone);
    if (lines.empty()) continue;
    auto coupon = on_document(each, std::move(lines), sold.sources);
    if (carried) {
      coupon.carried = carried->available() - *coupon.shown.fixed_amount;
      coupon.stays = each.attached.repeat != CouponRepeat::once;
    }
    coupons.push_back(std::move(coupon));
  }
  return coupons;
}

// What the document's coupons take of its lines; its minimum fee goes. Nothing where it has none.
struct Taken {
  Sold sold;
  std::vector<CouponCarryOver> rows;
};
std::optional<Taken> take_discounts(UnitOfWork& work, InvoiceWithLines& document,
                                    std::vector<DocumentCoupon> own, EntityId const& biller) {
  auto const& invoice = document.invoice;
  auto const subscription = work.records<Subscription>().find(invoice.subscription_id->value);
  TB_ASSERT(subscription.has_value());
  Sold sold{*subscription, all_coupons(work, subscription->id), {}, {}};
  auto const before = versions_before(work, document, *subscription);
  bool const undiscounted = sold.held.empty() && own.empty() && before.empty();
  if (undiscounted && !subscription->minimum_invoice_fee && !invoice.coupons) return std::nullopt;
  load_lines(work, sold);
  std::erase_if(document.lines, is_minimum_fee);
  std::vector<CouponCarryOver> rows;
  std::vector<DocumentCoupon> coupons;
  auto stacking = CouponStacking::in_order;
  if (!undiscounted) {
    auto const entity = entity_of(work, biller);
    bool const amounts = std::ranges::any_of(
        sold.held, [](HeldCoupon const& held) { return held.coupon.type == CouponType::amount; });
    if (amounts) rows = carry_overs(work, invoice);
    coupons = coupons_on(sold, document, rows, entity);
    for (auto const& version : before)
      std::ranges::move(coupons_on(version, document, {}, entity), std::back_inserter(coupons));
    add_own(coupons, std::move(own), document.lines);
    stacking = entity.coupon_stacking;
  }
  discount_document(document.invoice, document.lines, std::move(coupons), stacking);
  return Taken{std::move(sold), std::move(rows)};
}

void discount(UnitOfWork& work, InvoiceWithLines& document, std::vector<DocumentCoupon> own,
              EntityId const& biller) {
  if (!bills_a_subscription(document)) {
    std::vector<DocumentCoupon> coupons;
    add_own(coupons, std::move(own), document.lines);
    auto const stacking =
        coupons.empty() ? CouponStacking::in_order : entity_of(work, biller).coupon_stacking;
    return discount_document(document.invoice, document.lines, std::move(coupons), stacking);
  }
  // A document that was cut has a minimum of its own: less what went back.
  auto const cut = std::ranges::find_if(document.lines, [](InvoiceLine const& line) {
    return is_minimum_fee(line) && line.charge->minimum_before.value_or(false);
  });
  auto const kept = cut == document.lines.end() ? std::nullopt : std::optional(*cut);
  auto const taken = take_discounts(work, document, std::move(own), biller);
  if (!taken) return;
  follow_document(work, document.invoice, taken->rows);
  auto const& sold = taken->sold;
  if (kept) return keep_minimum_line(document.lines, *kept);
  set_minimum_line(sold.subscription, document.invoice, document.lines,
                   minimum_share(document.lines, sold.sources, sold.phases));
}

}  // namespace applying_detail

void discount(UnitOfWork& work, InvoiceWithLines& document) {
  if (applying_detail::bills_a_subscription(document))
    discount_by(work, document, applying_detail::biller_of(work, document.invoice));
}

void discount_by(UnitOfWork& work, InvoiceWithLines& document, EntityId const& biller) {
  using namespace applying_detail;
  if (bills_a_subscription(document))
    applying_detail::discount(work, document, own_coupons(work, document), biller);
}

void discount(UnitOfWork& work, InvoiceWithLines& document, std::vector<DocumentCoupon> own) {
  applying_detail::discount(work, document, std::move(own),
                            applying_detail::biller_of(work, document.invoice));
}

std::int64_t discounts_of(UnitOfWork& work, InvoiceWithLines document) {
  using namespace applying_detail;
  if (!bills_a_subscription(document)) return 0;
  take_discounts(work, document, {}, biller_of(work, document.invoice));
  std::int64_t sum = 0;
  for (auto const& line : document.lines) sum = checked_add(sum, line.discount_amount);
  return sum;
}

void lock_coupons(UnitOfWork& work, Invoice const& invoice) {
  if (!invoice.subscription_id) return;
  std::set<std::string> whose{invoice.subscription_id->value};
  // Those of versions before that it shows.
  for (auto const& shown : invoice.coupons.value_or(std::vector<InvoiceCoupon>())) {
    if (!shown.subscription_coupon_id) continue;
    auto const attached = work.records<AttachedCoupon>().find(*shown.subscription_coupon_id);
    if (attached) whose.insert(attached->subscription_id);
  }
  std::string places;
  std::vector<SqlValue> params;
  for (auto const& id : whose) {
    places += places.empty() ? "?" : ", ?";
    params.emplace_back(id);
  }
  work.records<AttachedCoupon>().where(
      "subscription_id IN (" + places +
          ") AND ((repeat = 'once' AND used_by_invoice_id IS NULL) OR EXISTS (SELECT 1 FROM "
          "coupons c WHERE c.account_id = subscription_coupons.account_id AND c.mode = "
          "subscription_coupons.mode AND c.id = subscription_coupons.coupon_id AND c.type = "
          "'amount')) ORDER BY id" +
          std::string(work.sql().for_update()),
      params);
}

namespace applying_detail {

// Whether other documents may take less of it now.
bool use_up(UnitOfWork& work, Invoice const& invoice, InvoiceCoupon const& shown, bool carried) {
  auto attached = work.records<AttachedCoupon>().find_for_update(*shown.subscription_coupon_id);
  TB_ASSERT(attached.has_value());
  bool const once = attached->repeat == CouponRepeat::once;
  bool const by_another =
      attached->used_by_invoice_id && attached->used_by_invoice_id != invoice.id.value;
  TB_ASSERT(!once || !by_another || carried);
  if (carried) {
    std::int64_t const granted = once && by_another ? 0 : *shown.fixed_amount;
    settle_carry_over(work, invoice, *attached, granted, shown.discount_amount);
  }
  if (!once || attached->used_by_invoice_id) return carried;
  attached->used_by_invoice_id = invoice.id.value;
  attached->used_at = work.now();
  work.records<AttachedCoupon>().update(*attached);
  return true;
}

}  // namespace applying_detail

void use_up_coupons(UnitOfWork& work, InvoiceWithLines const& document) {
  using namespace applying_detail;
  auto const& invoice = document.invoice;
  std::set<std::string> used;
  auto const coupons = invoice.coupons.value_or(std::vector<InvoiceCoupon>());
  auto const facts = invoice.discounting.value_or(DiscountFacts()).coupons;
  for (std::size_t i = 0; i < coupons.size(); ++i) {
    if (!coupons[i].subscription_coupon_id) continue;
    bool const carried = i < facts.size() && facts[i].carried_amount;
    if (use_up(work, invoice, coupons[i], carried)) used.insert(*coupons[i].subscription_coupon_id);
  }
  if (used.empty()) return;
  for (auto& other : waiting_documents(work, invoice)) {
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
