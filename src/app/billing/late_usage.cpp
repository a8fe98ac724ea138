#include "app/billing/late_usage.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "app/billing/usage_lines.hpp"
#include "base/assert.hpp"

namespace tallybook {
namespace late_detail {

// One window that was billed with the terms of one subscription line.
struct Counted {
  std::string subscription_line_id;
  std::optional<Instant> from;
  Instant to;
  friend auto operator<=>(Counted const&, Counted const&) = default;
};

using Group = std::optional<std::string>;

// What was billed of a window, group by group.
struct Billed {
  std::optional<InvoiceLine> original;  // counted last: a group that is new is traced to it
  std::map<Group, InvoiceLine> originals;
  std::map<Group, Exact> amounts;
  std::map<Group, Exact> quantities;  // as counted last
  std::map<Group, std::int64_t> sequences;
  std::map<Group, std::int64_t> gross;  // what was charged, in minor units, and what of it was
  std::map<Group, std::int64_t> net;    // paid after coupons
  bool settled = true;
};

bool is_late(InvoiceLine const& line) {
  return line.charge && line.charge->kind == ChargeKind::late_usage;
}

void note(Billed& billed, BilledUsage const& each) {
  auto const& line = each.line;
  auto const& group = line.charge->group;
  bool const late = is_late(line);
  billed.amounts[group] += each.amount;
  // What was given back says nothing of what was paid; a negative invoice has the other sign.
  if (each.amount > 0) {
    auto const net = std::abs(line.amount_excluding_tax);
    billed.net[group] = checked_add(billed.net[group], net);
    billed.gross[group] =
        checked_add(billed.gross[group], checked_add(net, std::abs(line.discount_amount)));
  }
  billed.settled = billed.settled && (each.adjustable || (late && each.settled));
  auto const counts_later = [&](std::optional<InvoiceLine> const& other) {
    return !other || *other->charge->usage_to < *line.charge->usage_to;
  };
  if (!late) {
    auto& known = billed.originals.try_emplace(group, line).first->second;
    if (counts_later(known)) known = line;
    if (counts_later(billed.original)) billed.original = line;
  }
  auto const sequence = line.usage_sequence.value_or(0);
  auto const [place, first] = billed.sequences.try_emplace(group, sequence);
  if (first || sequence >= place->second) {
    place->second = sequence;
    billed.quantities[group] = *line.usage_quantity;
  }
}

// With bill_usage_difference the lines of a window are billed together: its last count stands for
// all of them.
std::map<Counted, Billed> billed_windows(UnitOfWork& work, std::vector<BilledUsage> const& all) {
  std::map<std::string, bool> differences;
  auto const by_difference = [&](std::string const& id) {
    auto const [place, first] = differences.try_emplace(id, false);
    if (first) {
      auto const source = work.records<SubscriptionLine>().find(id);
      place->second = source && source->bill_usage_difference;
    }
    return place->second;
  };
  // Terms may have been replaced within a window: it belongs to the line that counted last.
  std::map<std::optional<Instant>, Counted> last;
  for (auto const& each : all) {
    std::string const& id = each.line.subscription_line_id->value;
    auto const& facts = *each.line.charge;
    if (!facts.usage_to || !by_difference(id)) continue;
    auto const [place, first] =
        last.try_emplace(facts.usage_from, Counted{id, facts.usage_from, *facts.usage_to});
    if (place->second.to < *facts.usage_to) place->second = {id, facts.usage_from, *facts.usage_to};
  }
  auto const key_of = [&](InvoiceLine const& line) {
    std::string const& id = line.subscription_line_id->value;
    if (by_difference(id)) return last.at(line.charge->usage_from);
    return Counted{id, line.charge->usage_from, *line.charge->usage_to};
  };
  std::map<Counted, Billed> windows;
  for (auto const& each : all) {
    if (!each.line.charge->usage_to) continue;
    note(windows[key_of(each.line)], each);
  }
  return windows;
}

struct Adjustment {
  UsagePart part;
  Exact amount;
  Exact quantity_before;
  Exact billed;
  InvoiceLine original;
  std::optional<std::string> name;  // of a group that no line has yet
  std::optional<Exact> paid_share;  // of what is given back: coupons lowered the rest
};

// What a window costs now and was not billed for; nothing for groups that are right.
std::vector<Adjustment> adjustments_of(UnitOfWork& work, CustomerId const& customer,
                                       SubscriptionLine const& source, Counted const& counted,
                                       Billed& billed) {
  std::vector<Adjustment> all;
  if (!billed.original) return all;
  InvoiceLine const& newest = *billed.original;
  auto parts = window_parts(work, customer, source, {counted.from, counted.to, true},
                            newest.charge->fraction);
  for (auto const& [group, amount] : billed.amounts) {
    auto const same = [&](UsagePart const& part) { return part.group == group; };
    if (std::ranges::any_of(parts, same)) continue;
    UsagePart gone;
    gone.group = group;
    gone.window = {counted.from, counted.to, true};
    gone.sequence = parts.front().sequence;
    parts.push_back(std::move(gone));
  }
  auto const aggregator = work.records<Aggregator>().find(source.aggregator_id.value_or(""));
  TB_ASSERT(aggregator.has_value());
  Exact total;
  for (auto& part : parts) {
    Adjustment adjustment;
    adjustment.billed = billed.amounts[part.group];
    adjustment.quantity_before = billed.quantities[part.group];
    adjustment.amount = part.amount.amount_minor - adjustment.billed;
    total += adjustment.amount;
    std::int64_t const gross = billed.gross[part.group];
    std::int64_t const net = billed.net[part.group];
    if (adjustment.amount.is_negative() && net < gross)
      adjustment.paid_share = Exact::fraction(net, gross);
    auto const original = billed.originals.find(part.group);
    bool const traced = original != billed.originals.end() &&
                        original->second.subscription_line_id == newest.subscription_line_id;
    adjustment.original = traced ? original->second : newest;
    if (!traced && part.group) {
      adjustment.name = source.name;
      if (!part.group->empty()) *adjustment.name += " - " + *part.group;
    }
    adjustment.part = std::move(part);
    all.push_back(std::move(adjustment));
  }
  // What such a window gave back was not credited then either (USE-11).
  if (total.is_negative() && source.bill_usage_difference && !aggregator->allow_negative_values) {
    for (auto& adjustment : all) adjustment.amount = 0;
  }
  return all;
}

void fill(InvoiceLine& line, Adjustment const& adjustment) {
  line.units_count = 1;
  line.unit_amount = line.exact_amount =
      adjustment.amount * adjustment.paid_share.value_or(Exact(1));
  line.display_unit_amount = false;
  line.usage_quantity = adjustment.part.quantity;
  line.usage_sequence = adjustment.part.sequence;
  auto& facts = *line.charge;
  facts.usage_from = adjustment.part.window.from;
  facts.usage_to = adjustment.part.window.to;
  facts.usage_events = adjustment.part.events;
  facts.group = adjustment.part.group;
  facts.billed_before = adjustment.billed;
  facts.paid_share = adjustment.paid_share;
  facts.gross_amount.reset();
  if (adjustment.paid_share) facts.gross_amount = adjustment.amount;
  facts.quantity_before = adjustment.quantity_before;
  line.description =
      adjustment.part.quantity.decimal() + " instead of " + adjustment.quantity_before.decimal() +
      " for " + format_date(*line.period_start_on) + " - " + format_date(*line.period_end_on - 1);
}

InvoiceLine line_for(UnitOfWork& work, Adjustment const& adjustment) {
  auto const& original = adjustment.original;
  InvoiceLine line;
  line.id = work.new_id<InvoiceLineTag>();
  line.name = adjustment.name.value_or(original.name);
  line.product_id = original.product_id;
  line.product_type = original.product_type;
  line.subscription_line_id = original.subscription_line_id;
  line.period_start_on = original.period_start_on;
  line.period_end_on = original.period_end_on;
  line.period_starts_at = original.period_starts_at;
  line.period_ends_at = original.period_ends_at;
  line.revenue_interval = original.revenue_interval;
  line.original_line_item_id = original.id;
  ChargeFacts facts = *original.charge;
  facts.kind = ChargeKind::late_usage;
  facts.replaced_line_id.reset();
  line.charge = std::move(facts);
  fill(line, adjustment);
  return line;
}

// The windows that are looked at again: of the last billed periods, all of their documents issued.
std::vector<Counted> open_to_change(std::map<Counted, Billed> const& windows,
                                    std::map<std::string, SubscriptionLine> const& sources) {
  // The parts a change cut a period into are one period.
  auto const start_of = [](InvoiceLine const& line) {
    return line.charge->cycle_start_on.value_or(*line.period_start_on);
  };
  std::set<Date> starts;
  for (auto const& [counted, billed] : windows)
    for (auto const& [group, line] : billed.originals) starts.insert(start_of(line));
  while (starts.size() > late_periods) starts.erase(starts.begin());
  std::vector<Counted> chosen;
  for (auto const& [counted, billed] : windows) {
    if (!billed.settled || billed.originals.empty()) continue;
    if (!sources.contains(counted.subscription_line_id)) continue;
    bool const recent = std::ranges::any_of(
        billed.originals, [&](auto const& each) { return starts.contains(start_of(each.second)); });
    if (recent) chosen.push_back(counted);
  }
  return chosen;
}

std::int64_t newest_event(UnitOfWork& work) {
  return static_cast<std::int64_t>(work.services().events.last_sequence());
}

// Of one product. A window of `running` is left to its charges when those bill the difference.
std::vector<InvoiceLine> late_lines(UnitOfWork& work, Subscription const& subscription,
                                    ProductId const& product,
                                    std::set<std::optional<Instant>> const& running) {
  std::vector<InvoiceLine> lines;
  auto sold = sold_usage(work, subscription, product);
  auto const newest = newest_event(work);
  bool const nothing_new = std::ranges::all_of(
      sold.billed, [&](BilledUsage const& each) { return each.line.usage_sequence == newest; });
  if (nothing_new) return lines;
  auto windows = billed_windows(work, sold.billed);
  std::map<std::string, SubscriptionLine> sources;
  for (auto& source : sold.sources) sources.emplace(source.id.value, std::move(source));
  for (auto const& counted : open_to_change(windows, sources)) {
    auto const& source = sources.at(counted.subscription_line_id);
    if (source.bill_usage_difference && running.contains(counted.from)) continue;
    for (auto const& adjustment :
         adjustments_of(work, subscription.customer_id, source, counted, windows.at(counted))) {
      if (!adjustment.amount.is_zero()) lines.push_back(line_for(work, adjustment));
    }
  }
  return lines;
}

// Products whose lines ended are looked at again for as long as those of a line that goes on.
std::set<std::string> ended_products(UnitOfWork& work, Subscription const& subscription) {
  auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
  Date const today = zone.date_of(work.now());
  std::set<std::string> products;
  for (auto const& line : ended_usage(work, subscription)) {
    if (line.payment_interval.period == WirePeriod::once) continue;
    Date const ended = zone.date_of(*line.detached_at);
    if (today <= anniversary(ended, to_billing_interval(line.payment_interval),
                             static_cast<std::int64_t>(late_periods)))
      products.insert(line.product_id.value);
  }
  return products;
}

}  // namespace late_detail

std::vector<InvoiceLine> late_usage(UnitOfWork& work, Subscription const& subscription,
                                    SubscriptionLine const& line,
                                    std::vector<InvoiceLine> const& charged) {
  std::set<std::optional<Instant>> running;
  for (auto const& each : charged) running.insert(each.charge->usage_from);
  return late_detail::late_lines(work, subscription, line.product_id, running);
}

std::vector<InvoiceLine> late_usage_of_ended(UnitOfWork& work, Subscription const& subscription,
                                             std::vector<SubscriptionLine> const& lines) {
  std::vector<InvoiceLine> late;
  if (late_detail::newest_event(work) == 0) return late;
  auto products = late_detail::ended_products(work, subscription);
  for (auto const& line : lines) {
    if (!line.detached_at && line.phase_id == subscription.current_phase_id)
      products.erase(line.product_id.value);
  }
  for (auto const& product : products)
    std::ranges::move(late_detail::late_lines(work, subscription, ProductId(product), {}),
                      std::back_inserter(late));
  return late;
}

void recount_late_line(UnitOfWork& work, CustomerId const& customer, SubscriptionLine const& line,
                       InvoiceLine& invoice_line) {
  // The groups of the window were counted together, and are again.
  auto const counted_with = [&](InvoiceLine const& other) {
    return other.invoice_id == invoice_line.invoice_id && late_detail::is_late(other) &&
           other.charge->usage_from == invoice_line.charge->usage_from &&
           other.charge->usage_to == invoice_line.charge->usage_to;
  };
  std::vector<BilledUsage> others;
  for (auto& each : billed_usage(work, line)) {
    if (each.line.id != invoice_line.id && !counted_with(each.line))
      others.push_back(std::move(each));
  }
  auto windows = late_detail::billed_windows(work, others);
  for (auto& [counted, billed] : windows) {
    if (counted.from != invoice_line.charge->usage_from ||
        counted.to != invoice_line.charge->usage_to ||
        counted.subscription_line_id != line.id.value)
      continue;
    for (auto const& adjustment :
         late_detail::adjustments_of(work, customer, line, counted, billed)) {
      if (adjustment.part.group == invoice_line.charge->group)
        late_detail::fill(invoice_line, adjustment);
    }
  }
}

}  // namespace tallybook
