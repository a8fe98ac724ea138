#include "app/subscription/planned_updates.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "app/subscription/telling.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace planned_detail {

constexpr char const* in_order = " ORDER BY apply_at, created_at, batch_id, position";

std::vector<SubscriptionUpdate> planned_of(UnitOfWork& work, SubscriptionId const& id) {
  return work.records<SubscriptionUpdate>().where(
      std::string("subscription_id = ? AND status = 'scheduled'") + in_order, {id.value});
}

std::string reason_of(Error const& error) {
  std::string reason;
  for (auto const& field : error.fields)
    reason += (reason.empty() ? "" : "; ") + field.path + ": " + field.reason;
  return reason.empty() ? error.message : reason;
}

std::string together(SubscriptionUpdateId const& id, std::string const& reason) {
  return "planned together with " + id.value + ", which cannot be applied: " + reason;
}

// A batch is applied or cancelled as one: the first that was not applied is to blame.
void mark_failed(std::vector<SubscriptionUpdate>& batch, std::size_t blamed, Error const& error) {
  std::string const reason = reason_of(error);
  for (std::size_t i = 0; i < batch.size(); ++i) {
    batch[i].status = i == blamed ? UpdateStatus::failed : UpdateStatus::cancelled;
    batch[i].status_reason = i == blamed ? reason : together(batch[blamed].id, reason);
  }
}

std::size_t count_applied(std::vector<SubscriptionUpdate> const& batch) {
  return static_cast<std::size_t>(
      std::ranges::count(batch, UpdateStatus::applied,
                         [](SubscriptionUpdate const& update) { return update.status; }));
}

// Applies one batch, or takes back what it did and says why.
void apply_one_batch(BillingStep& step, std::vector<SubscriptionUpdate>& batch) {
  auto& work = step.work;
  std::vector<SubscriptionChange> changes;
  for (auto const& update : batch) changes.push_back(change_of(update));
  // Not before there is something to change: a version takes over later, a start may too.
  Instant const at =
      std::max(*batch.front().apply_at, step.state.subscription.starts_at.value_or(Instant{}));
  Cut const cut{step.zone.date_of(at), at, batch.front().precision};
  work.sql().execute("SAVEPOINT planned_update");
  SubscriptionState const before = step.state;
  auto const as_planned = batch;
  if (auto const applied = apply_batch(step, changes, batch, cut); !applied) {
    work.sql().execute("ROLLBACK TO SAVEPOINT planned_update");
    step.state = before;
    std::size_t const blamed = std::min(count_applied(batch), batch.size() - 1);
    batch = as_planned;
    mark_failed(batch, blamed, applied.error());
  }
  work.sql().execute("RELEASE SAVEPOINT planned_update");
}

Result<void> refuse(std::optional<SubscriptionUpdate> const& planned, std::string const& what) {
  if (!planned) return {};
  return fail(errors::conflict("The update " + planned->id.value + ", planned for " +
                               format_instant(*planned->apply_at) + " on subscription " +
                               planned->subscription_id.value + ", adds the " + what +
                               "; cancel it first"));
}

}  // namespace planned_detail

Result<void> hold_for_plan(UnitOfWork& work, SubscriptionState const& state,
                           std::vector<SubscriptionChange>& changes, Instant at) {
  for (auto& change : changes) {
    if (change.type == UpdateType::add_product) {
      auto const customer = work.records<Customer>().find(state.subscription.customer_id.value);
      TB_ASSERT(customer.has_value());
      work.records<Product>().find_for_update(change.line->product_id.value);
      TB_TRY(line, make_line(work, *change.line, *customer, state.subscription));
      change.sold = std::move(line);
    }
    if (change.type != UpdateType::add_coupon) continue;
    auto const coupon = work.records<Coupon>().find_for_update(change.coupon->coupon_id.value);
    std::string const path = change.path + ".coupon_id";
    if (!coupon || coupon->deleted_at) return fail(errors::invalid_field(path, "no such coupon"));
    if (coupon->expiration_date && *coupon->expiration_date <= at)
      return fail(errors::invalid_field(path, "the coupon expires on " +
                                                  format_instant(*coupon->expiration_date) +
                                                  ", before the update's day"));
  }
  return {};
}

void apply_planned_updates(BillingStep& step, Instant until) {
  auto& work = step.work;
  // Those of a day before the start come with it, on its invoice.
  auto const& starts_at = step.state.subscription.starts_at;
  if (starts_at && until < *starts_at) return;
  auto const planned = work.records<SubscriptionUpdate>().where(
      std::string("subscription_id = ? AND status = 'scheduled' AND apply_at <= ?") +
          planned_detail::in_order,
      {step.state.subscription.id.value, until.ms});
  std::vector<SubscriptionUpdate> done;
  std::set<std::string> touched;
  for (std::size_t first = 0, next = 0; first < planned.size(); first = next) {
    std::vector<SubscriptionUpdate> batch;
    bool again = false;
    for (next = first; next < planned.size() && planned[next].batch_id == planned[first].batch_id;
         ++next) {
      again = again || touched.contains(planned[next].product_id);
      batch.push_back(planned[next]);
    }
    // What an earlier batch charged for the same products must be on a document to be given back.
    RunCounts counts;
    if (again) step.finish(counts);
    planned_detail::apply_one_batch(step, batch);
    for (auto& update : batch) {
      touched.insert(update.product_id);
      work.records<SubscriptionUpdate>().update(update);
      done.push_back(std::move(update));
    }
    touched.erase("");  // of coupons
  }
  if (!done.empty()) step.news.add(work, step.state, "subscription.updated", done);
}

std::vector<SubscriptionUpdate> cancel_planned(
    UnitOfWork& work, SubscriptionId const& id, std::string const& reason,
    std::function<bool(SubscriptionUpdate const&)> const& concerned) {
  auto const planned = planned_detail::planned_of(work, id);
  std::map<std::string, SubscriptionUpdateId> why;  // of a batch: the first update concerned
  for (auto const& update : planned) {
    if (!concerned || concerned(update)) why.try_emplace(update.batch_id, update.id);
  }
  std::vector<SubscriptionUpdate> cancelled;
  for (auto update : planned) {
    auto const found = why.find(update.batch_id);
    if (found == why.end()) continue;
    bool const itself = !concerned || concerned(update);
    update.status = UpdateStatus::cancelled;
    update.status_reason = itself ? reason : planned_detail::together(found->second, reason);
    work.records<SubscriptionUpdate>().update(update);
    cancelled.push_back(std::move(update));
  }
  return cancelled;
}

std::vector<SubscriptionUpdate> cancel_plans_of_gone_products(UnitOfWork& work,
                                                              SubscriptionState const& state) {
  auto const planned = planned_detail::planned_of(work, state.subscription.id);
  if (planned.empty()) return {};
  std::set<std::string> sold;
  for (auto const& line : state.lines) {
    if (!line.detached_at) sold.insert(line.product_id.value);
  }
  for (auto const& update : planned) {
    if (update.type == UpdateType::add_product) sold.insert(update.product_id);
  }
  return cancel_planned(work, state.subscription.id,
                        "the product is not on the subscription any more",
                        [&](SubscriptionUpdate const& update) {
                          return !update.product_id.empty() && !sold.contains(update.product_id);
                        });
}

Result<std::vector<SubscriptionUpdate>> cancel_update(UnitOfWork& work, SubscriptionId const& id,
                                                      SubscriptionUpdateId const& update) {
  TB_TRY(state, load_current(work, id));
  auto const found = work.records<SubscriptionUpdate>().find(update.value);
  if (!found || found->subscription_id != id) return fail(errors::not_found("Update"));
  if (found->status != UpdateStatus::scheduled)
    return fail(errors::conflict("The update is " + std::string(reflect::enum_name(found->status)) +
                                 "; only a scheduled one can be cancelled"));
  auto cancelled = cancel_planned(
      work, id, "cancelled by request",
      [&](SubscriptionUpdate const& each) { return each.batch_id == found->batch_id; });
  plan_events(work, state);
  save_state(work, state, false);
  tell(work, state, "subscription.updated", cancelled);
  return cancelled;
}

Result<void> check_no_plan_adds(UnitOfWork& work, ProductId const& product) {
  return planned_detail::refuse(
      work.records<SubscriptionUpdate>().first("status = 'scheduled' AND type = 'add_product' AND "
                                               "product_id = ? ORDER BY apply_at, id",
                                               {product.value}),
      "product");
}

Result<void> check_no_plan_adds(UnitOfWork& work, CouponId const& coupon) {
  return planned_detail::refuse(
      work.records<SubscriptionUpdate>().first("status = 'scheduled' AND type = 'add_coupon' AND "
                                               "payload LIKE ? ORDER BY apply_at, id",
                                               {"%\"" + coupon.value + "\"%"}),
      "coupon");
}

bool is_planned(UnitOfWork& work, AggregatorId const& aggregator) {
  return work.records<SubscriptionUpdate>().count(
             "status = 'scheduled' AND type = 'add_product' AND payload LIKE ?",
             {"%\"" + aggregator.value + "\"%"}) > 0;
}

}  // namespace tallybook
