#include "app/billing/usage_lines.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "app/billing/charging.hpp"
#include "app/invoice/crediting.hpp"
#include "app/subscription/running_period.hpp"
#include "base/assert.hpp"
#include "domain/subscription/changes.hpp"
#include "domain/subscription/minimum_line.hpp"

namespace tallybook {
namespace usage_detail {

// Beyond it a subscription is set aside for a person: nobody reads such an invoice.
constexpr std::size_t most_groups = 1000;

Aggregator aggregator_of(UnitOfWork& work, SubscriptionLine const& line) {
  TB_ASSERT(line.aggregator_id.has_value());
  auto aggregator = work.records<Aggregator>().find(*line.aggregator_id);
  TB_ASSERT(aggregator.has_value());
  return *std::move(aggregator);
}

// Reads parts of one window, all at the sequence the first one was read at.
class WindowReader {
 public:
  WindowReader(UnitOfWork& work, CustomerId const& customer, SubscriptionLine const& line,
               MeteredWindow const& window)
      : work_(work), line_(line), window_(window), rule_(rule_of(aggregator_of(work, line))) {
    query_.tenant = work.tenant();
    query_.customer_ids = {customer.value};
    query_.from = window.from.value_or(since_ever);
    query_.to = window.to;
  }

  UsagePart part(std::optional<std::string> group) {
    query_.rule = rule_of_group(rule_, line_, group);
    auto const result = work_.usage(query_);
    query_.as_of = result.as_of;
    return filled(std::move(group), result.quantity, result.count);
  }

  // Each value of the line's property.
  std::vector<UsagePart> values_of_property() {
    auto const whole = part(std::nullopt);
    query_.rule = rule_;
    auto const groups = work_.services().events.usage_by_property(query_, *line_.group_by);
    TB_ASSERT(groups.size() <= most_groups);
    std::vector<UsagePart> parts;
    for (auto const& group : groups)
      parts.push_back(filled(group.key, group.quantity, group.count));
    if (parts.empty()) parts.push_back(whole);
    return parts;
  }

 private:
  UsagePart filled(std::optional<std::string> group, Exact quantity, std::uint64_t count) {
    UsagePart part;
    part.group = std::move(group);
    part.window = window_;
    part.quantity = std::move(quantity);
    part.events = static_cast<std::int64_t>(count);
    part.sequence = static_cast<std::int64_t>(query_.as_of);
    if (line_.price_type == PriceType::bps) {
      query_.rule = rule_of_group(rule_, line_, part.group);
      part.values = work_.services().events.values(query_);
    }
    return part;
  }

  UnitOfWork& work_;
  SubscriptionLine const& line_;
  MeteredWindow const& window_;
  AggregatorRule rule_;
  UsageQuery query_;
};

// Price groups nobody used have no line; the rest always has one, so that every charge has.
std::vector<UsagePart> count_window(UnitOfWork& work, CustomerId const& customer,
                                    SubscriptionLine const& line, MeteredWindow const& window) {
  WindowReader reader(work, customer, line, window);
  if (line.group_by) return reader.values_of_property();
  std::vector<UsagePart> parts;
  for (auto const& group : line.price_groups) {
    auto part = reader.part(group.name);
    if (part.events > 0 || !part.quantity.is_zero()) parts.push_back(std::move(part));
  }
  parts.push_back(reader.part(std::nullopt));
  return parts;
}

void price_parts(UnitOfWork& work, SubscriptionLine const& line, Exact const& fraction,
                 std::vector<UsagePart>& parts) {
  std::vector<GroupUsage> groups;
  for (auto const& part : parts)
    groups.push_back(
        {&prices_of_group(line, part.group), part.quantity, part.values, part.billed_before});
  bool const may_be_negative = aggregator_of(work, line).allow_negative_values;
  auto terms = line;
  if (!has_limits(line, parts.front().window.from, parts.front().window.to)) {
    terms.min_committed_count.reset();
    terms.min_amount.reset();
    terms.max_amount.reset();
  }
  auto amounts = price_window(terms, fraction, groups, may_be_negative);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    parts[i].amount = std::move(amounts[i]);
    if (!parts[i].amount.amount_minor.is_negative()) parts[i].paid_share.reset();
  }
}

// What was billed of a window before the part of it that ends at `to`, by group. A group without
// events by now gets a part of its own: what it was billed is still to be taken off.
void take_off_billed(std::vector<BilledUsage> const& billed, MeteredWindow const& window,
                     std::vector<UsagePart>& parts) {
  struct Before {
    Exact amount;
    std::int64_t gross = 0;  // of what was charged
    std::int64_t net = 0;    // and what of it was paid after coupons
  };
  std::map<std::optional<std::string>, Before> sums;
  for (auto const& each : billed) {
    auto const& facts = *each.line.charge;
    if (!counted_from(each.line, window.from) || !facts.usage_to || *facts.usage_to >= window.to)
      continue;
    auto& before = sums[facts.group];
    before.amount += each.amount;
    // What was given back says nothing of what was paid; a negative invoice has the other sign.
    if (each.amount <= 0) continue;
    auto const net = std::abs(each.line.amount_excluding_tax);
    before.net = checked_add(before.net, net);
    before.gross = checked_add(before.gross, checked_add(net, std::abs(each.line.discount_amount)));
  }
  for (auto const& [group, before] : sums) {
    auto const same = [&](UsagePart const& part) { return part.group == group; };
    auto place = std::ranges::find_if(parts, same);
    if (place == parts.end()) {
      if (before.amount.is_zero()) continue;
      UsagePart gone;
      gone.group = group;
      gone.window = window;
      gone.sequence = parts.front().sequence;
      place = parts.insert(parts.begin(), std::move(gone));
    }
    place->billed_before = before.amount;
    if (before.net < before.gross) place->paid_share = Exact::fraction(before.net, before.gross);
  }
}

// A change may give back more of an invoice than is left of it: it counts as voided then, though
// lines of it stand.
bool is_gone(UnitOfWork& work, Invoice const& invoice) {
  if (invoice.status != InvoiceStatus::voided) return false;
  auto const lines = invoice_lines(work.sql(), work.tenant(), invoice.id);
  return std::ranges::all_of(lines, [&](InvoiceLine const& line) {
    return left_to_credit(work, invoice.id, line.id) == 0;
  });
}

// Whether the line's document may still change, and whether it claims money.
void judge(UnitOfWork& work, BilledUsage& billed,
           std::map<std::string, std::optional<Invoice>>& documents, bool& keep) {
  auto& known = documents[billed.line.invoice_id.value];
  if (!known) known = work.records<Invoice>().find(billed.line.invoice_id.value);
  TB_ASSERT(known.has_value());
  keep = known->status != InvoiceStatus::archived && !known->original_invoice_id;
  bool const turned = known->type == InvoiceType::credit_note;
  billed.amount = turned ? -billed.line.exact_amount : billed.line.exact_amount;
  billed.settled = known->number.has_value() || known->status == InvoiceStatus::charged_on_parent ||
                   known->status == InvoiceStatus::closed;
  billed.adjustable =
      billed.settled && known->status != InvoiceStatus::closed && !is_gone(work, *known);
}

bool is_late(InvoiceLine const& line) {
  return line.charge && line.charge->kind == ChargeKind::late_usage;
}

// The lines of a period in a document, by place.
std::vector<std::size_t> lines_of_period(InvoiceWithLines const& document,
                                         SubscriptionLine const& line, Date period_start) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < document.lines.size(); ++i) {
    auto const& each = document.lines[i];
    if (each.subscription_line_id == line.id && each.period_start_on == period_start &&
        each.usage_quantity && !is_late(each))
      places.push_back(i);
  }
  return places;
}

// The first part of the line's window that has no line in the document, of a group where the line
// was of none and the other way round; the end: none.
std::size_t in_its_place(InvoiceLine const& stored, std::vector<UsagePart> const& parts,
                         InvoiceWithLines const& document, std::vector<std::size_t> const& places) {
  auto const is_there = [&](UsagePart const& part) {
    return std::ranges::any_of(places, [&](std::size_t place) {
      auto const& other = document.lines[place];
      return other.charge && counted_from(other, part.window.from) &&
             other.charge->group == part.group;
    });
  };
  std::size_t at = 0;
  while (at < parts.size() && (parts[at].group.has_value() == stored.charge->group.has_value() ||
                               !counted_from(stored, parts[at].window.from) || is_there(parts[at])))
    ++at;
  return at;
}

bool billed_further(UnitOfWork& work, SubscriptionLine const& line, InvoiceLine const& counted) {
  if (!line.bill_usage_difference || !counted.charge) return false;
  return std::ranges::any_of(billed_usage(work, line), [&](BilledUsage const& each) {
    auto const& facts = *each.line.charge;
    return counted_from(each.line, counted.charge->usage_from) && facts.usage_to &&
           counted.charge->usage_to && *facts.usage_to > *counted.charge->usage_to;
  });
}

}  // namespace usage_detail

bool counted_from(InvoiceLine const& line, std::optional<Instant> const& from) {
  return line.charge && line.charge->usage_from == from;
}

namespace usage_detail {

void add_billed(UnitOfWork& work, std::vector<SubscriptionLine> const& sources,
                std::vector<BilledUsage>& all) {
  std::map<std::string, std::optional<Invoice>> documents;
  for (auto const& source : sources) {
    for (auto& stored : work.records<InvoiceLine>().where(
             "subscription_line_id = ? ORDER BY period_start_on, id", {source.id.value})) {
      if (!stored.usage_quantity || !stored.charge) continue;
      BilledUsage billed{std::move(stored), 0, true, true};
      bool keep = true;
      judge(work, billed, documents, keep);
      // Windows are compared before coupons.
      auto const& facts = *billed.line.charge;
      if (facts.gross_amount)
        billed.amount =
            billed.amount.is_zero() ? *facts.gross_amount : billed.amount / *facts.paid_share;
      if (keep) all.push_back(std::move(billed));
    }
  }
}

void add_waiting(UnitOfWork& work, SubscriptionId const& subscription, ProductId const& product,
                 std::vector<BilledUsage>& all) {
  for (auto& waiting : work.records<PendingCharge>().where(
           "subscription_id = ? ORDER BY created_at, position, id", {subscription.value})) {
    if (waiting.line.product_id != product || !waiting.line.usage_quantity || !waiting.line.charge)
      continue;
    Exact const amount = waiting.line.charge->gross_amount.value_or(waiting.line.exact_amount);
    all.push_back({std::move(waiting.line), amount, false, false});
  }
}

}  // namespace usage_detail

SoldUsage sold_usage(UnitOfWork& work, Subscription const& subscription, ProductId const& product) {
  SoldUsage sold;
  for (auto const& id : versions_of(work.sql(), work.tenant(), subscription)) {
    auto lines = work.records<SubscriptionLine>().where(
        "subscription_id = ? AND product_id = ? ORDER BY position, id", {id.value, product.value});
    usage_detail::add_billed(work, lines, sold.billed);
    usage_detail::add_waiting(work, id, product, sold.billed);
    std::ranges::move(lines, std::back_inserter(sold.sources));
  }
  return sold;
}

std::vector<BilledUsage> billed_usage(UnitOfWork& work, SubscriptionLine const& line) {
  auto const subscription = work.records<Subscription>().find(line.subscription_id.value);
  TB_ASSERT(subscription.has_value());
  return sold_usage(work, *subscription, line.product_id).billed;
}

std::vector<SubscriptionLine> ended_usage(UnitOfWork& work, Subscription const& subscription) {
  std::vector<SubscriptionLine> all;
  for (auto const& id : versions_of(work.sql(), work.tenant(), subscription)) {
    auto lines = work.records<SubscriptionLine>().where(
        "subscription_id = ? AND type = 'dynamic' AND detached_at IS NOT NULL", {id.value});
    std::ranges::move(lines, std::back_inserter(all));
  }
  return all;
}

std::vector<MeteredWindow> windows_of(UnitOfWork& work, SubscriptionLine const& line,
                                      ChargedPart const& charged, TimeZone const& zone) {
  ContractTerms contract;
  Instant start = zone.start_of(line.anchor_on);
  if (line.metering_interval_type != MeteringIntervalType::payment_interval) {
    auto const subscription = work.records<Subscription>().find(line.subscription_id.value);
    TB_ASSERT(subscription.has_value());
    contract = subscription->contract_terms;
    // Renewals moved the end; terms are counted from the first one on.
    if (subscription->first_term_ends_at) contract.ends_at = subscription->first_term_ends_at;
    start = subscription->starts_at.value_or(start);
    // A version goes on with the windows of the one before it.
    if (subscription->base_subscription_id) {
      auto const first = work.records<Subscription>().find(*subscription->base_subscription_id);
      if (first && first->starts_at) start = *first->starts_at;
    }
  }
  auto windows = metered_windows(line, contract, start, charged, zone);
  // Before its windows begin nothing is counted; the period is charged all the same.
  if (windows.empty()) {
    Instant const end = charged.time ? charged.time->end : zone.start_of(charged.period.end);
    windows.push_back({end, end, true});
  }
  return windows;
}

std::vector<UsagePart> window_parts(UnitOfWork& work, CustomerId const& customer,
                                    SubscriptionLine const& line, MeteredWindow const& window,
                                    Exact const& fraction) {
  auto parts = usage_detail::count_window(work, customer, line, window);
  usage_detail::price_parts(work, line, fraction, parts);
  return parts;
}

std::vector<UsagePart> usage_parts(UnitOfWork& work, CustomerId const& customer,
                                   SubscriptionLine const& line, ChargedPart const& charged,
                                   TimeZone const& zone) {
  std::vector<BilledUsage> billed;
  if (line.bill_usage_difference) billed = billed_usage(work, line);
  std::vector<UsagePart> all;
  for (auto const& window : windows_of(work, line, charged, zone)) {
    auto parts = usage_detail::count_window(work, customer, line, window);
    usage_detail::take_off_billed(billed, window, parts);
    usage_detail::price_parts(work, line, charged.fraction, parts);
    std::ranges::move(parts, std::back_inserter(all));
  }
  return all;
}

std::string name_of(SubscriptionLine const& line, UsagePart const& part) {
  return part.group && !part.group->empty() ? line.name + " - " + *part.group : line.name;
}

void apply_part(InvoiceLine& invoice_line, UsagePart const& part) {
  invoice_line.units_count = part.amount.units;
  invoice_line.unit_amount = part.amount.unit_amount;
  invoice_line.display_unit_amount = part.amount.single_price;
  invoice_line.exact_amount = part.amount.amount_minor;
  invoice_line.usage_quantity = part.quantity;
  invoice_line.usage_sequence = part.sequence;
  ChargeFacts facts = invoice_line.charge.value_or(ChargeFacts{});
  facts.usage_from = part.window.from;
  facts.usage_to = part.window.to;
  facts.usage_events = part.events;
  facts.group = part.group;
  facts.billed_before.reset();
  if (!part.billed_before.is_zero()) facts.billed_before = part.billed_before;
  facts.paid_share = part.paid_share;
  facts.gross_amount.reset();
  // Coupons lowered what is given back, and take nothing of a line that gives back.
  if (part.paid_share) {
    facts.gross_amount = part.amount.amount_minor;
    invoice_line.exact_amount = part.amount.amount_minor * *part.paid_share;
    if (!part.quantity.is_zero())
      invoice_line.unit_amount = invoice_line.exact_amount / part.quantity;
    invoice_line.display_unit_amount = false;
  }
  invoice_line.charge = std::move(facts);
}

void recount_period(UnitOfWork& work, CustomerId const& customer, SubscriptionLine const& line,
                    InvoiceWithLines& document, Date period_start, TimeZone const& zone) {
  auto const places = usage_detail::lines_of_period(document, line, period_start);
  TB_ASSERT(!places.empty());
  InvoiceLine const first = document.lines[places.front()];
  TB_ASSERT(first.period_end_on.has_value());
  if (usage_detail::billed_further(work, line, first)) return;
  ChargedPart charged{{period_start, *first.period_end_on}};
  charged.fraction = first.charge ? first.charge->fraction : fraction_of(line, charged.period);
  if (first.charge && first.charge->basis == ProrationBasis::milliseconds)
    charged.time = InstantRange{*first.period_starts_at, *first.period_ends_at};
  auto parts = usage_parts(work, customer, line, charged, zone);
  std::vector<bool> found(parts.size(), false);
  for (std::size_t const place : places) {
    auto& stored = document.lines[place];
    // Lines from before facts were kept have one part.
    std::size_t at = 0;
    auto const same = [&](UsagePart const& part) {
      return !stored.charge || !stored.charge->usage_to ||
             (counted_from(stored, part.window.from) && stored.charge->group == part.group);
    };
    while (at < parts.size() && (found[at] || !same(parts[at]))) ++at;
    if (at == parts.size() && line.group_by && stored.charge) {
      // A window without any group has one line: the first group that comes takes its place, and
      // gives it back when no group is left.
      at = usage_detail::in_its_place(stored, parts, document, places);
      if (at < parts.size()) stored.name = name_of(line, parts[at]);
    }
    if (at < parts.size()) {
      apply_part(stored, parts[at]);
      found[at] = true;
      continue;
    }
    // Nothing of its group is left.
    UsagePart gone;
    gone.group = stored.charge->group;
    gone.window = {stored.charge->usage_from, *stored.charge->usage_to, false};
    gone.sequence = parts.front().sequence;
    apply_part(stored, gone);
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    // No group is left: the lines of those that are gone say so.
    bool const none = line.group_by && !parts[i].group;
    if (found[i] || none) continue;
    auto added = usage_line(work, line, charged, zone, parts[i]);
    added.charge->kind = first.charge ? first.charge->kind : ChargeKind::period;
    added.invoice_id = document.invoice.id;
    // In front of the minimum fee, which is computed again.
    auto const place = std::ranges::find_if(document.lines, is_minimum_fee);
    added.position =
        place == document.lines.end() ? static_cast<int>(document.lines.size()) : place->position;
    for (auto behind = place; behind != document.lines.end(); ++behind) ++behind->position;
    work.records<InvoiceLine>().insert(added);
    document.lines.insert(place, std::move(added));
  }
}

}  // namespace tallybook
