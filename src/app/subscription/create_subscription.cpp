#include <algorithm>

#include "app/billing/billing_run.hpp"
#include "app/billing/open_invoice.hpp"
#include "app/billing/step.hpp"
#include "app/catalogue/catalogue.hpp"
#include "app/coupon/attaching.hpp"
#include "app/customer/customers.hpp"
#include "app/entity/invoicing_entities.hpp"
#include "app/subscription/credit_lines.hpp"
#include "app/subscription/line_metering.hpp"
#include "app/subscription/running_period.hpp"
#include "app/subscription/seats.hpp"
#include "app/subscription/subscriptions.hpp"
#include "app/wallet/wallets.hpp"
#include "base/assert.hpp"
#include "domain/coupon/carrying.hpp"
#include "domain/customer/organisation.hpp"
#include "domain/subscription/billing.hpp"
#include "domain/subscription/phase_terms.hpp"
#include "reflect/json.hpp"

namespace tallybook {
namespace create_detail {

constexpr std::size_t max_lines = 100;

Result<void> price_line(UnitOfWork& work, NewLine const& wanted, Product const& product,
                        SoldWith const& sale, SubscriptionLine& line) {
  if (!wanted.prices.empty()) {
    if (!may_carry(product.type, *wanted.price_type))
      return fail(errors::invalid_field(wanted.path + ".prices",
                                        "these prices do not suit the product's type"));
    line.price_type = *wanted.price_type;
    line.prices = wanted.prices;
    if (!wanted.payment_interval)
      return fail(
          errors::invalid_field(wanted.path + ".payment_interval", "required with own prices"));
    line.payment_interval = *wanted.payment_interval;
    return {};
  }
  auto const configurations = configurations_of(work.sql(), work.tenant(), product.id);
  std::vector<PriceConfiguration> general;  // of all events
  std::ranges::copy_if(configurations, std::back_inserter(general),
                       [](PriceConfiguration const& each) { return !each.metering_filter; });
  auto const* match = best_match(general, sale);
  if (match == nullptr) {
    return fail(errors::invalid_field(wanted.path, "the product has no price in " + sale.currency +
                                                       " for this payment interval; give prices"));
  }
  line.price_type = match->type;
  line.prices = match->prices;
  // Several packs are options to buy by hand; a period costs the first.
  if (product.type == ProductType::credit) line.prices.resize(1);
  line.group_by = match->group_by;
  line.price_options = match->price_options;
  if (product.type == ProductType::dynamic) {
    TB_TRY(groups, catalogue_groups(configurations, *match, sale, wanted.path));
    line.price_groups = std::move(groups);
  }
  auto const interval = wanted.payment_interval ? wanted.payment_interval : match->billing_interval;
  if (!interval)
    return fail(
        errors::invalid_field(wanted.path + ".payment_interval", "required: the price names none"));
  line.payment_interval = *interval;
  return {};
}

Result<void> check_quantities(NewLine const& wanted, SubscriptionLine const& line) {
  reflect::Problems problems;
  if (line.type == ProductType::dynamic) {
    if (wanted.count) problems.add(wanted.path + ".count", "usage is counted by its aggregator");
    if (wanted.min_committed_count && line.price_type != PriceType::bps &&
        price_quantity(line.prices, *wanted.min_committed_count).amount_minor >
            Exact(max_amount_minor)) {
      problems.add(wanted.path + ".min_committed_count",
                   "the price of the commitment is more than 10^15 minor units");
    }
    if (line.payment_schedule == PaymentSchedule::start)
      problems.add(wanted.path + ".payment_schedule", "usage is priced at the end of its period");
    if (line.payment_interval.period == WirePeriod::once)
      problems.add(wanted.path + ".payment_interval", "usage needs a repeating interval");
  } else {
    for (auto const& [field, value] : {std::pair{"min_committed_count", wanted.min_committed_count},
                                       {"min_amount", wanted.min_amount},
                                       {"max_amount", wanted.max_amount}}) {
      if (value) problems.add(wanted.path + "." + field, "only usage products have it");
    }
    if (price_quantity(line.prices, line.count).amount_minor > Exact(max_amount_minor))
      problems.add(wanted.path, "the price of a period is more than 10^15 minor units");
    bool const connected = is_connected_seat(line);
    if (connected && wanted.count && *wanted.count != line.count)
      problems.add(wanted.path + ".count", "connected seats are counted by their aggregator");
    if (line.type == ProductType::seat && !connected && !wanted.count)
      problems.add(wanted.path + ".count", "required for seats");
    if (line.payment_interval.period == WirePeriod::once &&
        line.payment_schedule == PaymentSchedule::end) {
      problems.add(wanted.path + ".payment_schedule", "a one-time product is charged at the start");
    }
  }
  auto const bounded = [&](char const* field, std::optional<Exact> const& value) {
    if (value && (value->is_negative() || *value > Exact(max_amount_minor)))
      problems.add(wanted.path + "." + field, "expected 0 to 10^15");
    if (value && value->rounded(12) != *value)
      problems.add(wanted.path + "." + field, "expected at most 12 decimals");
  };
  bounded("count", wanted.count);
  bounded("min_committed_count", wanted.min_committed_count);
  bounded("min_amount", wanted.min_amount);
  bounded("max_amount", wanted.max_amount);
  if (wanted.min_amount && wanted.max_amount && *wanted.max_amount < *wanted.min_amount)
    problems.add(wanted.path + ".max_amount", "expected at least min_amount");
  if (!problems.empty()) return fail(problems.error());
  return {};
}

}  // namespace create_detail

Error end_not_used(NewPhase const& phase) {
  return errors::invalid_field(phase.path.empty() ? "ends_at" : phase.path + ".ends_at",
                               "end_strategy " +
                                   std::string(reflect::enum_name(phase.phase.end_strategy)) +
                                   " finds the end itself");
}

Result<void> check_phases(std::vector<NewPhase> const& phases, std::optional<Instant> begins_at,
                          ContractTerms const& contract, TimeZone const& zone) {
  std::vector<GivenPhase> given;
  for (auto const& each : phases) given.push_back({&each.phase, each.path, !each.lines.empty()});
  reflect::Problems problems;
  auto const begins_on = begins_at ? std::optional(zone.date_of(*begins_at)) : std::nullopt;
  for (auto const& [field, reason] : problems_of(given, begins_on, contract, zone))
    problems.add(field, reason);
  for (auto const& each : phases) {
    if (!each.told_end) continue;
    auto const unused = end_not_used(each);
    problems.add(unused.fields.front().path, unused.fields.front().reason);
  }
  if (problems.empty()) return {};
  return fail(problems.error());
}

namespace create_detail {

// Whether all of a phase goes on in the cycles of the one before it: a billing date of its own
// would not be used.
bool goes_on_in_cycles(SoldPhase const& before, SoldPhase const& next) {
  bool in_common = false;
  for (auto const* line : next.lines) {
    if (line->payment_interval.period == WirePeriod::once) continue;
    bool joins = false;
    for (auto const* running : before.lines) {
      if (running->payment_interval != line->payment_interval) continue;
      joins = true;
      in_common = in_common || running->product_id == line->product_id;
    }
    if (!joins) return false;
  }
  return in_common;
}

}  // namespace create_detail

Result<void> check_sold_phases(std::vector<SoldPhase> const& phases) {
  reflect::Problems problems;
  for (std::size_t at = 1; at < phases.size(); ++at) {
    auto const& next = phases[at];
    if (next.phase->transition_calculation_method &&
        next.phase->billing_date_setting == BillingDateSetting::specific_date &&
        create_detail::goes_on_in_cycles(phases[at - 1], next))
      problems.add(next.path.empty() ? "initial_billing_at" : next.path + ".initial_billing_at",
                   "the cycles of the phase before go on; only a direct transition has a first "
                   "billing date");
    if (next.phase->transition_calculation_method != TransitionMethod::do_not_charge) continue;
    for (std::size_t i = 0; i < next.lines.size(); ++i) {
      for (auto const* line : phases[at - 1].lines) {
        if (!moves_days(*line, *next.lines[i])) continue;
        bool const interval = line->payment_interval != next.lines[i]->payment_interval;
        problems.add(
            next.paths[i] + (interval ? ".payment_interval" : ".payment_schedule"),
            "a transition without a charge leaves a product's periods as they are, or days "
            "would be paid twice or never; prorate it");
      }
    }
  }
  if (problems.empty()) return {};
  return fail(problems.error());
}

Result<SubscriptionLine> make_line(UnitOfWork& work, NewLine const& wanted,
                                   Customer const& customer, Subscription const& subscription) {
  using namespace create_detail;
  auto const product = work.records<Product>().find(wanted.product_id.value);
  if (!product) return fail(errors::invalid_field(wanted.path + ".id", "no such product"));
  if (product->status == CatalogueStatus::archived)
    return fail(errors::invalid_field(wanted.path + ".id", "the product is archived"));
  if (!product->is_available_on_subscription)
    return fail(
        errors::invalid_field(wanted.path + ".id", "the product is not sold in subscriptions"));
  SubscriptionLine line;
  line.product_id = product->id;
  line.type = product->type;
  line.name = wanted.name.value_or(product->name);
  line.description = wanted.description ? wanted.description : product->public_description;
  line.description_display_interval_dates =
      wanted.description_display_interval_dates || product->description_display_interval_dates;
  line.unit_name = wanted.unit_name ? wanted.unit_name : product->unit_name;
  line.aggregator_id = product->aggregator_id;
  SoldWith const sale{subscription.currency,   customer.country,
                      wanted.payment_interval, customer.price_book_id,
                      subscription.plan_id,    commitment_of(subscription.contract_terms)};
  TB_CHECK(price_line(work, wanted, *product, sale, line));
  bool const credits = product->type == ProductType::credit;
  bool const usage = product->type == ProductType::dynamic;
  auto schedule = usage ? PaymentSchedule::end : PaymentSchedule::start;
  if (!usage && !credits && line.payment_interval.period != WirePeriod::once) {
    // What joins is invoiced as the subscription is.
    if (subscription.invoice_schedule == InvoiceSchedule::period_end)
      schedule = PaymentSchedule::end;
    schedule = wanted.default_schedule.value_or(schedule);
  }
  line.payment_schedule = wanted.payment_schedule.value_or(schedule);
  line.count = wanted.count.value_or(credits ? line.prices.front().pack_size : Exact(1));
  if (is_connected_seat(line))
    line.count = connected_seats(work, customer.id, *line.aggregator_id, work.now() + 1);
  line.min_committed_count = wanted.min_committed_count;
  line.min_amount = wanted.min_amount;
  line.max_amount = wanted.max_amount;
  line.credits_expiration_in_days = wanted.credits_expiration_in_days;
  line.expire_credits_at_end_of_period = wanted.expire_credits_at_end_of_period.value_or(false);
  line.credits_grant_mode = product->credits_grant_mode;
  TB_CHECK(check_credit_line(line, wanted.path));
  TB_CHECK(check_quantities(wanted, line));
  TB_CHECK(set_metering(work, wanted, line));
  TB_CHECK(set_seat_refresh(wanted, line));
  return line;
}

namespace create_detail {

Result<void> check_dates(Subscription const& subscription, std::optional<Instant> begins_at,
                         Instant now) {
  reflect::Problems problems;
  Instant const oldest{now.ms - 20LL * 366 * 86'400'000};
  if (subscription.starts_at && *subscription.starts_at < oldest)
    problems.add("starts_at", "expected a date within the last 20 years");
  if (subscription.cancel_at && subscription.starts_at &&
      *subscription.cancel_at < *subscription.starts_at)
    problems.add("cancel_at", "expected a date after starts_at");
  if (subscription.initial_billing_at && subscription.starts_at &&
      *subscription.initial_billing_at < *subscription.starts_at)
    problems.add("initial_billing_at", "expected a date at or after starts_at");
  auto const& contract = subscription.contract_terms;
  if (contract.ends_at && !contract.starts_at && begins_at && *contract.ends_at < *begins_at)
    problems.add("contract_terms.ends_at", "expected a date after the start");
  bool const custom = subscription.cancellation_strategy == CancellationStrategy::charge_custom ||
                      subscription.cancellation_strategy == CancellationStrategy::refund_custom;
  if (custom != subscription.cancellation_amount.has_value()) {
    problems.add("cancellation_amount", custom ? "required by the custom strategies"
                                               : "only the custom strategies use it");
  }
  if (subscription.cancellation_amount && (*subscription.cancellation_amount <= 0 ||
                                           *subscription.cancellation_amount > max_amount_minor)) {
    problems.add("cancellation_amount", "expected a positive number of minor units");
  }
  if (problems.empty()) return {};
  return fail(problems.error());
}

// Whose settings hold for what the subscription is billed by: its own entity, or its
// organisation's.
EntityId biller_of(SqlSession& sql, Tenant const& tenant, Subscription const& subscription) {
  auto const customer = Records<Customer>(sql, tenant).find(subscription.customer_id.value);
  if (!customer || organisation_invoicing(*customer) == OrganisationInvoicing::none)
    return subscription.invoicing_entity_id;
  auto const organisation = Records<Customer>(sql, tenant).find(customer->organisation_id->value);
  return organisation ? organisation->invoicing_entity_id : subscription.invoicing_entity_id;
}

// By whose rules its coupons take from the next document, and what they carry to it.
void load_discounting(SqlSession& sql, Tenant const& tenant, Subscription& subscription) {
  subscription.coupon_stacking = CouponStacking::in_order;
  subscription.carried.clear();
  if (subscription.coupons.empty()) return;
  auto const entity =
      Records<InvoicingEntity>(sql, tenant).find(biller_of(sql, tenant, subscription).value);
  if (!entity) return;
  subscription.coupon_stacking = entity->coupon_stacking;
  if (!entity->coupon_carry_over) return;
  auto const rows =
      Records<CouponCarryOver>(sql, tenant)
          .where("subscription_id = ? ORDER BY position, id", {subscription.id.value});
  for (auto const& held : subscription.coupons) {
    if (held.coupon.type != CouponType::amount || held.coupon.currency != subscription.currency)
      continue;
    auto const carried = carried_to(InvoiceId("inv_next"), held, rows);
    subscription.carried[held.attached.id.value] =
        checked_add(carried.available(), -held.coupon.discount_amount.value_or(0));
  }
}

}  // namespace create_detail

void know_phases(Subscription& subscription, std::vector<SubscriptionPhase> const& phases) {
  subscription.known_phases.clear();
  for (auto const& phase : phases)
    subscription.known_phases.push_back(
        {phase.id, phase.type, phase.starts_at, !phase.do_not_invoice_phase});
}

void load_shown(SqlSession& sql, Tenant const& tenant, Subscription& subscription) {
  load_shown(sql, tenant, subscription,
             Records<SubscriptionPhase>(sql, tenant)
                 .where("subscription_id = ? ORDER BY position", {subscription.id.value}));
}

void load_shown(SqlSession& sql, Tenant const& tenant, Subscription& subscription,
                std::vector<SubscriptionPhase> const& phases) {
  subscription.coupons = coupons_of(sql, tenant, subscription.id);
  create_detail::load_discounting(sql, tenant, subscription);
  know_phases(subscription, phases);
  subscription.waiting.clear();
  // A charge with a date of its own is an event of the subscription.
  if (!subscription.has_pending_charges && !subscription.next_event_at) return;
  for (auto const& pending :
       Records<PendingCharge>(sql, tenant)
           .where("subscription_id = ? ORDER BY created_at, position, id", {subscription.id.value}))
    subscription.waiting.push_back({pending.id.value, pending.charge_at, pending.line.exact_amount,
                                    pending.line.subscription_line_id,
                                    pending.line.period_start_on});
}

SubscriptionState load_state(SqlSession& sql, Tenant const& tenant, Subscription subscription) {
  SubscriptionState state;
  state.phases = Records<SubscriptionPhase>(sql, tenant)
                     .where("subscription_id = ? ORDER BY position", {subscription.id.value});
  state.lines = lines_of(sql, tenant, subscription.id);
  load_shown(sql, tenant, subscription, state.phases);
  state.subscription = std::move(subscription);
  return state;
}

void save_state(UnitOfWork& work, SubscriptionState& state, bool lines_changed) {
  auto const zone = TimeZone::find(state.subscription.timezone).value_or(TimeZone());
  state.subscription.next_due_at = next_due(state.subscription, state.lines, zone);
  state.subscription.updated_at = work.now();
  work.records<Subscription>().update(state.subscription);
  if (lines_changed) {
    for (auto const& line : state.lines) work.records<SubscriptionLine>().update(line);
  }
}

void save_changes(UnitOfWork& work, SubscriptionState const& stored, SubscriptionState& state) {
  auto const zone = TimeZone::find(state.subscription.timezone).value_or(TimeZone());
  state.subscription.next_due_at = next_due(state.subscription, state.lines, zone);
  state.subscription.updated_at = work.now();
  work.records<Subscription>().update_changed(stored.subscription, state.subscription);
  TB_ASSERT(stored.lines.size() == state.lines.size());
  for (std::size_t i = 0; i < state.lines.size(); ++i)
    work.records<SubscriptionLine>().update_changed(stored.lines[i], state.lines[i]);
}

void start_subscription(UnitOfWork& work, SubscriptionState& state) {
  auto& subscription = state.subscription;
  auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
  subscription.status = SubscriptionStatus::active;
  subscription.activated_at = work.now();
  if (!subscription.starts_at) subscription.starts_at = work.now();
  Date const start = zone.date_of(*subscription.starts_at);
  bool const begun = begin_contract(subscription, work.now(), zone);
  auto& first = state.phases.front();
  begin_phase(first, *subscription.starts_at, subscription.contract_terms, zone);
  first.updated_at = work.now();
  work.records<SubscriptionPhase>().update(first);
  subscription.current_phase_id = first.id;
  know_phases(subscription, state.phases);
  read_seats(work, state);
  for (auto& line : state.lines) {
    if (line.phase_id == first.id) start_phase_line(line, first, start, zone);
  }
  plan_events(work, state);
  save_state(work, state);
  keep_open_invoice(work, state);
  StepNews news;
  news.add(work, state, "subscription.activated");
  news.add(work, state, "subscription.phase_activated");
  if (begun) news.add(work, state, "subscription.contract_started");
  news.tell_all(work, state);
}

namespace create_detail {

Result<void> check_parties(UnitOfWork& work, Subscription& subscription, Customer const& customer) {
  if (customer.status == CustomerStatus::archived)
    return fail(errors::conflict("The customer is archived; unarchive it before selling to it"));
  if (subscription.invoicing_entity_id.empty())
    subscription.invoicing_entity_id = customer.invoicing_entity_id;
  auto const entity = work.records<InvoicingEntity>().find(subscription.invoicing_entity_id.value);
  if (!entity || entity->deleted_at)
    return fail(errors::invalid_field("invoicing_entity_id", "no such invoicing entity"));
  if (!customer.currency)
    return fail(errors::invalid_field(
        "customer_id", "the customer has no currency; set one before selling to it"));
  subscription.currency = *customer.currency;
  subscription.timezone = entity->timezone;
  return {};
}

// The lines of one phase: each product once.
Result<void> add_lines(UnitOfWork& work, NewPhase const& wanted, SubscriptionPhase const& phase,
                       Customer const& customer, SubscriptionState& state) {
  std::string const products = wanted.path.empty() ? "products" : wanted.path + ".products";
  if (wanted.lines.size() > max_lines)
    return fail(errors::invalid_field(products, "expected at most 100 products"));
  std::size_t const first = state.lines.size();
  for (auto const& wanted_line : wanted.lines) {
    TB_TRY(line, make_line(work, wanted_line, customer, state.subscription));
    for (std::size_t i = first; i < state.lines.size(); ++i) {
      if (state.lines[i].product_id == line.product_id)
        return fail(errors::invalid_field(wanted_line.path + ".id",
                                          "the product is on the subscription already"));
    }
    line.id = work.new_id<SubscriptionLineTag>();
    line.subscription_id = state.subscription.id;
    line.phase_id = phase.id;
    line.position = static_cast<int>(state.lines.size());
    line.attached_at = state.subscription.starts_at.value_or(work.now());
    state.lines.push_back(std::move(line));
  }
  return {};
}

}  // namespace create_detail

Result<SubscriptionState> make_subscription(UnitOfWork& work, NewSubscription wanted) {
  SubscriptionState state;
  auto& subscription = state.subscription = std::move(wanted.subscription);
  // Locked: it must not be archived, nor its currency changed, while this is being sold.
  auto customer = work.records<Customer>().find_for_update(subscription.customer_id.value);
  if (!customer || customer->deleted_at)
    return fail(errors::invalid_field("customer_id", "no such customer"));
  TB_CHECK(create_detail::check_parties(work, subscription, *customer));
  if (wanted.phases.empty() || (wanted.phases.size() == 1 && wanted.phases.front().lines.empty()))
    return fail(errors::invalid_field("products", "expected at least one product"));
  if (wanted.phases.size() > 20)
    return fail(errors::invalid_field("phases", "expected at most 20 phases"));
  if (subscription.activation_strategy == ActivationStrategy::start_date && !subscription.starts_at)
    subscription.starts_at = work.now();
  auto const begins_at = wanted.begins_at ? wanted.begins_at : subscription.starts_at;
  TB_CHECK(create_detail::check_dates(subscription, begins_at, work.now()));
  auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
  TB_CHECK(check_phases(wanted.phases, begins_at, subscription.contract_terms, zone));
  if (subscription.cancellation_refund_method == RefundMethod::wallet) {
    TB_CHECK(enabled_wallets(work));
  }
  subscription.agreed_cancellation_strategy = subscription.cancellation_strategy;
  subscription.agreed_cancellation_amount = subscription.cancellation_amount;
  subscription.agreed_cancellation_refund_method = subscription.cancellation_refund_method;
  subscription.id = work.new_id<SubscriptionTag>();
  subscription.status = SubscriptionStatus::pending;
  subscription.created_at = subscription.updated_at = work.now();
  for (auto& [phase, lines, coupons, path, status, told_end] : wanted.phases) {
    phase.id = work.new_id<PhaseTag>();
    phase.subscription_id = subscription.id;
    phase.position = static_cast<int>(state.phases.size());
    phase.created_at = phase.updated_at = work.now();
    if (state.phases.empty()) {
      phase.starts_at = subscription.starts_at;
      subscription.current_phase_id = phase.id;
    }
    state.phases.push_back(phase);
    TB_CHECK(create_detail::add_lines(work, {{}, lines, {}, path}, phase, *customer, state));
  }
  std::vector<SoldPhase> sold;
  for (std::size_t i = 0; i < state.phases.size(); ++i) {
    auto& each = sold.emplace_back(SoldPhase{&state.phases[i], {}, {}, wanted.phases[i].path});
    for (auto const& line : wanted.phases[i].lines) each.paths.push_back(line.path);
    for (auto const& line : state.lines) {
      if (line.phase_id == each.phase->id) each.lines.push_back(&line);
    }
  }
  TB_CHECK(check_sold_phases(sold));
  // Started by hand: known when it starts, later than this or not.
  if (subscription.initial_billing_at &&
      (!subscription.starts_at || *subscription.initial_billing_at > *subscription.starts_at)) {
    state.phases.front().billing_date_setting = BillingDateSetting::specific_date;
    state.phases.front().initial_billing_at = subscription.initial_billing_at;
  }
  return state;
}

namespace create_detail {

std::vector<SubscriptionLine> lines_of_phase(SubscriptionState const& state, PhaseId const& id) {
  std::vector<SubscriptionLine> lines;
  for (auto const& line : state.lines) {
    if (line.phase_id == id) lines.push_back(line);
  }
  return lines;
}

}  // namespace create_detail

Result<void> attach_phase_coupons(UnitOfWork& work, SubscriptionState& state,
                                  NewSubscription const& wanted) {
  for (std::size_t i = 0; i < wanted.phases.size(); ++i) {
    auto const& id = state.phases[i].id;
    TB_CHECK(attach_coupons(work, state.subscription, id, create_detail::lines_of_phase(state, id),
                            wanted.phases[i].coupons));
  }
  if (!wanted.promotion_code) return {};
  // A trial that sells nothing has nothing to lower.
  auto const sells = std::ranges::find_if(state.phases, [&](SubscriptionPhase const& phase) {
    return !create_detail::lines_of_phase(state, phase.id).empty();
  });
  TB_ASSERT(sells != state.phases.end());
  auto const& first = sells->id;
  return redeem_promotion_code(work, state.subscription, first,
                               create_detail::lines_of_phase(state, first), *wanted.promotion_code);
}

void insert_parts(UnitOfWork& work, SubscriptionState const& state) {
  work.records<Subscription>().insert(state.subscription);
  for (auto const& phase : state.phases) work.records<SubscriptionPhase>().insert(phase);
  for (auto const& line : state.lines) work.records<SubscriptionLine>().insert(line);
}

Result<SubscriptionState> create_subscription(UnitOfWork& work, NewSubscription wanted) {
  TB_TRY(state, make_subscription(work, wanted));
  auto& subscription = state.subscription;
  auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
  subscription.next_due_at = next_due(subscription, state.lines, zone);
  insert_parts(work, state);
  TB_CHECK(attach_phase_coupons(work, state, wanted));
  know_phases(subscription, state.phases);
  tell(work, state, "subscription.created");
  TB_CHECK(bill_subscription_until(work, state, work.now()));
  return state;
}

Result<SubscriptionState> activate_subscription(UnitOfWork& work, SubscriptionId const& id) {
  auto found = work.records<Subscription>().find_for_update(id.value);
  if (!found) return fail(errors::not_found("Subscription"));
  auto state = load_state(work.sql(), work.tenant(), *std::move(found));
  auto& subscription = state.subscription;
  TB_CHECK(require_state(work, subscription, SubscriptionCall::activate));
  auto const& phase = state.phases.front();
  auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
  Date const day = zone.date_of(subscription.starts_at.value_or(work.now()));
  if (is_over_before(phase, day, subscription.contract_terms, zone))
    return fail(refused_by_state(work, subscription, SubscriptionCall::activate,
                                 "The subscription is pending and its first phase would be over "
                                 "before it begins; change the phase's end first"));
  if (!subscription.starts_at) subscription.starts_at = work.now();
  // Started by hand: active at once, first charged on its start date (SUB-4).
  start_subscription(work, state);
  TB_CHECK(bill_subscription_until(work, state, work.now()));
  return state;
}

}  // namespace tallybook
