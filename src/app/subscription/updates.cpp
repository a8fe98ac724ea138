#include "app/subscription/updates.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "app/billing/open_invoice.hpp"
#include "app/coupon/attaching.hpp"
#include "app/credit/overage.hpp"
#include "app/subscription/changing.hpp"
#include "app/subscription/coupon_changes.hpp"
#include "app/subscription/credit_lines.hpp"
#include "app/subscription/lines.hpp"
#include "app/subscription/paid_terms.hpp"
#include "app/subscription/planned_updates.hpp"
#include "app/subscription/running_period.hpp"
#include "app/subscription/seats.hpp"
#include "app/subscription/term_changes.hpp"
#include "app/subscription/update_terms.hpp"
#include "base/assert.hpp"
#include "domain/subscription/seats.hpp"
#include "reflect/json.hpp"

namespace tallybook {

namespace updates_detail {

Result<Adjustments> update_count(BillingStep& step, SubscriptionChange const& change,
                                 SubscriptionUpdate& update, Cut const& cut, Before const& batch) {
  auto const index = line_of_product(step.state, change.product_id);
  if (!index)
    return fail(
        errors::invalid_field(change.path + ".product_id", "the subscription has no such product"));
  auto wanted = step.state.lines[*index];
  if (wanted.type == ProductType::dynamic)
    return fail(errors::invalid_field(change.path + ".product_id",
                                      "usage is counted by its aggregator, not set"));
  if (is_connected_seat(wanted) && refresh_mode(wanted) != SeatRefreshMode::manual &&
      !change.counted)
    return fail(errors::invalid_field(change.path + ".count",
                                      "connected seats are counted by their aggregator"));
  if (!change.count)
    return fail(errors::invalid_field(change.path + ".count", "required by update_count"));
  if (change.count->is_negative() || *change.count > Exact(1'000'000'000))
    return fail(errors::invalid_field(change.path + ".count", "expected 0 to 10^9"));
  update.previous_count = wanted.count;
  update.new_count = change.count;
  if (wanted.count == *change.count && !batch.in_batch) return Adjustments{};
  wanted.count = *change.count;
  TB_CHECK(check_credit_line(wanted, change.path));
  if (full_price(wanted) > Exact(max_amount_minor))
    return fail(errors::invalid_field(change.path + ".count",
                                      "the price of a period is more than 10^15 minor units"));
  return change_terms(step, *index, wanted, cut, update.calculation_method, batch);
}

Result<Adjustments> update_prices(BillingStep& step, SubscriptionChange const& change,
                                  SubscriptionUpdate& update, Cut const& cut, Before const& batch) {
  auto const index = line_of_product(step.state, change.product_id);
  if (!index)
    return fail(
        errors::invalid_field(change.path + ".product_id", "the subscription has no such product"));
  auto wanted = step.state.lines[*index];
  if (change.prices.empty() || !change.price_type)
    return fail(errors::invalid_field(change.path + ".prices", "required by update_prices"));
  if (!may_carry(wanted.type, *change.price_type))
    return fail(errors::invalid_field(change.path + ".prices",
                                      "these prices do not suit the product's type"));
  wanted.price_type = *change.price_type;
  wanted.prices = change.prices;
  if (same_charges(wanted, step.state.lines[*index]) && !batch.in_batch) return Adjustments{};
  TB_CHECK(check_credit_line(wanted, change.path));
  if (full_price(wanted) > Exact(max_amount_minor))
    return fail(errors::invalid_field(change.path + ".prices",
                                      "the price of a period is more than 10^15 minor units"));
  return change_terms(step, *index, wanted, cut, update.calculation_method, batch);
}

// What was planned is sold as it was then; connected seats are counted as they start.
Result<SubscriptionLine> line_to_add(UnitOfWork& work, SubscriptionState const& state,
                                     SubscriptionChange const& change) {
  auto const& customer_id = state.subscription.customer_id;
  if (change.sold) {
    auto line = *change.sold;
    if (is_connected_seat(line))
      line.count = connected_seats(work, customer_id, *line.aggregator_id, work.now() + 1);
    return line;
  }
  auto const customer = work.records<Customer>().find(customer_id.value);
  TB_ASSERT(customer.has_value());
  return make_line(work, *change.line, *customer, state.subscription);
}

// Sold again without a charge it is paid as far as it was.
Result<void> add_without_charge(BillingStep const& step, std::string const& path,
                                SubscriptionLine& line, Cut const& cut) {
  for (auto const& paid : still_paid(step.work, step.state, cut.day, step.zone)) {
    if (moves_days(paid, line))
      return fail(errors::invalid_field(
          path + ".product_id", "the product is paid until " +
                                    format_date(*paid.period_start_on - 1) +
                                    " in other periods; sell it with calculation_method pro_rata"));
  }
  line.paid = paid_after_waiving(step.work, nullptr, line, step.zone);
  return {};
}

Result<Adjustments> add_product(BillingStep& step, SubscriptionChange const& change,
                                SubscriptionUpdate& update, Cut const& cut, Before const& batch) {
  auto& work = step.work;
  auto& state = step.state;
  TB_ASSERT(change.line.has_value());
  if (line_of_product(state, change.line->product_id.value))
    return fail(errors::invalid_field(change.path + ".product_id",
                                      "the product is on the subscription already"));
  TB_TRY(line, line_to_add(work, state, change));
  if (change.product_type && *change.product_type != line.type)
    return fail(errors::invalid_field(
        change.path + ".type",
        "the product is of type " + std::string(reflect::enum_name(line.type))));
  auto const phase = std::ranges::find(state.phases, phase_to_update(state),
                                       [](auto const& each) { return each.id; });
  TB_ASSERT(phase != state.phases.end());
  bool const runs = phase->id == state.subscription.current_phase_id;
  line.id = work.new_id<SubscriptionLineTag>();
  line.subscription_id = state.subscription.id;
  line.phase_id = phase->id;
  line.position = next_position(work, state.subscription.id);
  line.attached_at = cut.at;
  update.product_id = line.product_id.value;
  update.new_count = line.count;
  step.changed_lines = true;
  Adjustments adjustments;
  if (state.subscription.status == SubscriptionStatus::active && runs) {
    std::vector<SubscriptionLine> running;
    for (auto const& each : state.lines) {
      if (!each.detached_at && each.phase_id == phase->id) running.push_back(each);
    }
    auto const* joined = cycle_to_join(line, running);
    if (joined == nullptr) {
      start_phase_line(line, *phase, cut.day, step.zone);
      line.attached_at = cut.at;
      if (update.calculation_method == CalculationMethod::do_not_charge)
        skip_charges(line, cut.at, step.zone);
    } else {
      join_cycle(line, *joined, cut.day, step.zone);
      // In arrears it is charged from its moment on.
      if (open_dates(line, step.zone) && line.period_start_on == cut.day &&
          update.calculation_method == CalculationMethod::pro_rata)
        open_from(line, cut);
      // Within a period that fell due in a pause it is free like the others.
      // On the first day of a cycle the whole of it is charged by the change, as the rest of one
      // is.
      Instant const start = step.zone.start_of(cut.day);
      bool const whole = line.payment_schedule == PaymentSchedule::start && !unbilled_front(line) &&
                         is_due(line, start);
      if (whole) skip_charges(line, start, step.zone);
      bool const free = step.resuming && is_due(*joined, step.zone.start_of(cut.day));
      if (free) line.passed_over_on = cycle_at(line, cut.day).start;
      auto rest = rest_to_charge(line, cut, update.calculation_method, step.zone);
      if (whole && update.calculation_method != CalculationMethod::do_not_charge)
        rest = rest_of_cycle(line, cut, update.calculation_method, step.zone);
      if (rest && !free)
        adjustments.charges.push_back(change_line(work, state, line, nullptr, rest->share,
                                                  rest->cycle, ChargeKind::change, cut.basis));
    }
    if (step.resuming) pass_over(line, step.due, step.zone);
    give_back_what_was_paid(step, line, cut, update.calculation_method, batch, adjustments);
    if (update.calculation_method == CalculationMethod::do_not_charge) {
      TB_CHECK(add_without_charge(step, change.path, line, cut));
    }
  }
  work.records<SubscriptionLine>().insert(line);
  state.lines.push_back(std::move(line));
  return adjustments;
}

Result<Adjustments> remove_product(BillingStep& step, SubscriptionChange const& change,
                                   SubscriptionUpdate& update, Cut const& cut,
                                   Before const& batch) {
  auto& state = step.state;
  auto const index = line_of_product(state, change.product_id);
  if (!index)
    return fail(
        errors::invalid_field(change.path + ".product_id", "the subscription has no such product"));
  auto line = state.lines[*index];
  update.previous_count = line.count;
  update.new_count = Exact(0);
  Adjustments adjustments;
  if (line.phase_id != state.subscription.current_phase_id) {
    step.work.records<SubscriptionLine>().erase(line.id.value);
    state.lines.erase(state.lines.begin() + static_cast<std::ptrdiff_t>(*index));
    step.changed_lines = true;
    return adjustments;
  }
  auto const method = update.calculation_method;
  // What the batch itself added was not paid: an earlier removal gave back what was.
  bool const added = batch.in_batch && !batch.line;
  if (method != CalculationMethod::do_not_charge && !added && is_invoiced(state, line.phase_id)) {
    if (auto beyond = take_overage(step.work, state.subscription, line, cut.day))
      adjustments.charges.push_back(*std::move(beyond));
    auto const running = running_of(line, cut, method, step.zone);
    if (line.payment_schedule == PaymentSchedule::start && !unbilled_front(line)) {
      Cut const from = method == CalculationMethod::pay_in_full && running
                           ? Cut{running->dates.start, step.zone.start_of(running->dates.start)}
                           : cut;
      give_back(step.work, state, line.product_id, from, adjustments);
    } else {
      charge_used(step, line, cut, adjustments);
    }
  }
  line.detached_at = line.replaced_at = step.work.now();
  line.next_charge_at.reset();
  step.work.records<SubscriptionLine>().update(line);
  state.lines.erase(state.lines.begin() + static_cast<std::ptrdiff_t>(*index));
  step.changed_lines = true;
  return adjustments;
}

Result<Adjustments> apply_one(BillingStep& step, SubscriptionChange const& change,
                              SubscriptionUpdate& update, Cut const& cut, Before const& batch) {
  switch (update.type) {
    case UpdateType::add_product:
      return add_product(step, change, update, cut, batch);
    case UpdateType::remove_product:
      return remove_product(step, change, update, cut, batch);
    case UpdateType::update_count:
      return update_count(step, change, update, cut, batch);
    case UpdateType::update_prices:
      return update_prices(step, change, update, cut, batch);
    case UpdateType::add_coupon: {
      TB_CHECK(add_coupon_by(step.work, step.state, change));
      return Adjustments{};
    }
    case UpdateType::remove_coupon:
      break;
  }
  TB_CHECK(remove_coupon_by(step.work, step.state, change));
  return Adjustments{};
}

// What lines that begin now cost at once, beside the adjustments.
std::int64_t first_charges(BillingStep const& step, std::set<std::string> const& added) {
  auto const currency = Currency::parse(step.state.subscription.currency).value_or(Currency());
  std::int64_t sum = 0;
  if (!is_invoiced(step.state, step.state.subscription.current_phase_id)) return sum;
  for (auto const& line : step.state.lines) {
    bool const due = added.contains(line.product_id.value) && !line.detached_at &&
                     line.payment_schedule == PaymentSchedule::start && line.next_charge_at &&
                     *line.next_charge_at <= step.due;
    if (!due) continue;
    auto const amount =
        charge_amount(line, due_charge(line, step.zone).part.fraction, 0, {}).amount_minor;
    sum = checked_add(sum, Money::rounded(amount, currency).minor);
  }
  return sum;
}

// The changes of a product since it stood as its batch found it, or was added by it.
struct Since {
  std::optional<SubscriptionLine> line;  // none: the batch added it
  std::vector<std::size_t> changes;
};

// A further change of a product is one from where the batch found it: what the changes before it
// came to is dropped. In arrears the used part was charged at the terms it was used at.
Before restate(BillingStep const& step, std::string const& product,
               std::map<std::string, Since>& touched, std::vector<Adjustments>& parts) {
  auto const index = line_of_product(step.state, product);
  if (!index) return {};
  auto const& line = step.state.lines[*index];
  auto const& since = touched.try_emplace(product, Since{line, {}}).first->second;
  if (line.payment_schedule == PaymentSchedule::start) {
    for (std::size_t const change : since.changes) parts[change] = {};
  }
  return {!since.changes.empty(), since.line};
}

struct Applied {
  Adjustments adjustments;
  std::int64_t amount = 0;
};
Result<Applied> apply_all(BillingStep& step, std::vector<SubscriptionChange> const& changes,
                          std::vector<SubscriptionUpdate>& updates, Cut const& cut) {
  Applied applied;
  auto const currency = Currency::parse(step.state.subscription.currency).value_or(Currency());
  std::set<std::string> added;
  std::vector<Adjustments> parts;
  std::map<std::string, Since> touched;
  std::set<std::string> removed;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    auto& update = updates[i];
    bool const of_product =
        update.type != UpdateType::add_coupon && update.type != UpdateType::remove_coupon;
    std::string const product = of_product ? update.product_id : "";
    Before before;
    if (update.type == UpdateType::add_product) {
      added.insert(product);
      touched.insert_or_assign(product, Since{});
    } else if (of_product) {
      before = restate(step, product, touched, parts);
    }
    before.removed = removed.contains(product);
    TB_TRY(adjustments, apply_one(step, changes[i], update, cut, before));
    if (!is_invoiced(step.state, step.state.subscription.current_phase_id)) adjustments = {};
    parts.push_back(std::move(adjustments));
    if (of_product) touched[product].changes.push_back(i);
    if (update.type == UpdateType::remove_product) {
      touched.erase(product);
      removed.insert(product);
    }
    std::int64_t amount = first_charges(step, added);
    for (auto const& part : parts) amount = checked_add(amount, part.net(currency));
    update.adjustment_amount = checked_add(amount, -applied.amount);
    update.status = UpdateStatus::applied;
    update.applied_at = step.work.now();
    applied.amount = amount;
  }
  for (auto& part : parts) applied.adjustments.add(std::move(part));
  return applied;
}

Result<void> check_state(UnitOfWork& work, SubscriptionState const& state,
                         UpdateTerms const& terms) {
  auto const& subscription = state.subscription;
  TB_CHECK(require_state(work, subscription, SubscriptionCall::update));
  if (terms.apply_at && *terms.apply_at <= work.now()) {
    auto const first = changeable_from(subscription, state.lines);
    if (!first || *terms.apply_at < *first)
      return fail(errors::invalid_field(
          "apply_at", "expected a moment to come, or one within the running period" +
                          (first ? ", from " + format_instant(*first) : std::string())));
  }
  return {};
}

std::vector<SubscriptionUpdate> new_updates(UnitOfWork& work, SubscriptionId const& id,
                                            std::vector<SubscriptionChange> const& changes,
                                            UpdateTerms const& terms) {
  std::vector<SubscriptionUpdate> updates;
  for (auto const& change : changes) {
    SubscriptionUpdate update;
    static_cast<UpdateTerms&>(update) = terms;
    update.id = work.new_id<SubscriptionUpdateTag>();
    update.subscription_id = id;
    update.batch_id = updates.empty() ? update.id.value : updates.front().batch_id;
    update.position = static_cast<int>(updates.size());
    update.type = change.type;
    update.product_id = change.line ? change.line->product_id.value : change.product_id;
    update.new_count = change.count;
    reflect::StoredNumbers const exact;
    update.payload.text = reflect::to_text(change);
    update.created_at = work.now();
    updates.push_back(std::move(update));
  }
  return updates;
}

Settlement settlement_of(UpdateTerms const& terms) {
  return {terms.payment_schedule, terms.charge_at, terms.refund_method, false};
}

}  // namespace updates_detail

SubscriptionChange change_of(SubscriptionUpdate const& update) {
  auto const value = parse_json(update.payload.text);
  TB_ASSERT(value.has_value());
  reflect::StoredNumbers const exact;
  auto change = reflect::from_value<SubscriptionChange>(*value);
  TB_ASSERT(change.has_value());
  return *std::move(change);
}

Result<std::int64_t> apply_batch(BillingStep& step, std::vector<SubscriptionChange> const& changes,
                                 std::vector<SubscriptionUpdate>& updates, Cut const& cut) {
  using namespace updates_detail;
  TB_TRY(applied, apply_all(step, changes, updates, cut));
  settle(step, std::move(applied.adjustments), settlement_of(updates.front()));
  return applied.amount;
}

Result<UpdatedSubscription> update_subscription(UnitOfWork& work, SubscriptionId const& id,
                                                std::vector<SubscriptionChange> const& changes,
                                                UpdateTerms const& terms) {
  using namespace updates_detail;
  TB_TRY(state, load_current(work, id));
  TB_CHECK(check_state(work, state, terms));
  TB_CHECK(check_terms(work, terms));
  UpdatedSubscription out;
  Instant const at = terms.apply_at.value_or(work.now());
  if (at > work.now()) {
    // Tried first, so that what cannot be is refused now.
    TB_TRY(amount, simulate_updates(work, id, changes, {}));
    out.amount = amount;
    auto planned = changes;
    TB_CHECK(hold_for_plan(work, state, planned, at));
    out.updates = new_updates(work, id, planned, terms);
    for (auto const& update : out.updates) work.records<SubscriptionUpdate>().insert(update);
    plan_events(work, state);
    save_state(work, state, false);
    out.state = std::move(state);
    return out;
  }
  out.updates = new_updates(work, id, changes, terms);
  BillingStep step(work, state, work.now());
  TB_TRY(amount,
         apply_batch(step, changes, out.updates, {step.zone.date_of(at), at, terms.precision}));
  out.amount = amount;
  if (state.subscription.status == SubscriptionStatus::active) step.charge(PaymentSchedule::start);
  RunCounts counts;
  step.finish(counts);
  plan_events(work, state);
  save_state(work, state);
  keep_open_invoice(work, state);
  for (auto const& update : out.updates) work.records<SubscriptionUpdate>().insert(update);
  step.news.tell_all(work, state);
  tell(work, state, "subscription.updated", out.updates);
  out.state = std::move(state);
  return out;
}

Result<std::vector<SubscriptionUpdate>> apply_changes(
    BillingStep& step, std::vector<SubscriptionChange> const& changes, UpdateTerms const& terms,
    std::optional<Instant> next_refresh_date) {
  using namespace updates_detail;
  auto updates = new_updates(step.work, step.state.subscription.id, changes, terms);
  TB_CHECK(apply_batch(step, changes, updates, {step.zone.date_of(step.due), step.due}));
  for (auto& update : updates) {
    update.next_refresh_date = next_refresh_date;
    step.work.records<SubscriptionUpdate>().insert(update);
  }
  return updates;
}

Result<std::int64_t> simulate_updates(UnitOfWork& work, SubscriptionId const& id,
                                      std::vector<SubscriptionChange> const& changes,
                                      UpdateTerms const& terms) {
  using namespace updates_detail;
  work.sql().execute("SAVEPOINT simulated_updates");
  auto const tried = [&]() -> Result<std::int64_t> {
    TB_TRY(state, load_current(work, id));
    TB_CHECK(check_state(work, state, terms));
    auto updates = new_updates(work, id, changes, terms);
    BillingStep step(work, state, work.now());
    Instant const at = std::min(terms.apply_at.value_or(work.now()), work.now());
    TB_TRY(applied,
           apply_all(step, changes, updates, {step.zone.date_of(at), at, terms.precision}));
    return applied.amount;
  }();
  work.sql().execute("ROLLBACK TO SAVEPOINT simulated_updates");
  work.sql().execute("RELEASE SAVEPOINT simulated_updates");
  return tried;
}

}  // namespace tallybook
