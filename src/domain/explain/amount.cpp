// The exact amount of a line: price, share of the cycle, commitment, floor and cap.
#include "domain/explain/nodes.hpp"
#include "domain/subscription/metering.hpp"

namespace tallybook {
namespace explain_amount_detail {

using explain_nodes::input;
using explain_nodes::product;

// The share of its cycle the line pays for.
ExplanationNode fraction_of(InvoiceLine const& line, SubscriptionLine const& source) {
  Exact fraction = 1;
  std::optional<Period> cycle;
  bool const whole_days = !line.charge || line.charge->basis == ProrationBasis::calendar_days;
  if (line.charge) {
    fraction = line.charge->fraction;
    if (line.charge->cycle_start_on && line.charge->cycle_end_on)
      cycle = Period{*line.charge->cycle_start_on, *line.charge->cycle_end_on};
  }
  bool const recurring = source.payment_interval.period != WirePeriod::once &&
                         line.period_start_on && line.period_end_on;
  if (recurring && !cycle) {
    auto const alignment = source.alignment == BillingCycleAlignment::calendar_period
                               ? CycleAlignment::calendar_period
                               : CycleAlignment::anniversary;
    cycle = full_cycle({*line.period_start_on, *line.period_end_on}, source.anchor_on,
                       to_billing_interval(source.payment_interval), alignment);
    if (!line.charge)
      fraction = Exact(*line.period_end_on - *line.period_start_on) / Exact(cycle->days());
  }
  ExplanationNode node{"fraction", "the share of the cycle", fraction,
                       "invoice_line.charge.fraction"};
  node.texts = {{"basis", whole_days ? "calendar_days" : "milliseconds"}};
  if (!recurring || !cycle) return node;
  Exact const days = *line.period_end_on - *line.period_start_on;
  node.texts.emplace_back("period_start", format_date(*line.period_start_on));
  node.texts.emplace_back("period_end", format_date(*line.period_end_on));
  node.texts.emplace_back("cycle_start", format_date(cycle->start));
  node.texts.emplace_back("cycle_end", format_date(cycle->end));
  if (!whole_days || fraction * Exact(cycle->days()) != days) return node;
  node.source.clear();
  node.of.push_back(input("days of the period", days, "period_start, period_end"));
  node.of.push_back(input("days of the cycle", cycle->days(), "cycle_start, cycle_end"));
  return node;
}

ExplanationNode aggregate_of(ExplainedLine const& explained, SubscriptionLine const& source) {
  ExplanationNode node{"aggregate", "what was used", *explained.line.usage_quantity,
                       "invoice_line.usage_quantity"};
  node.texts = {{"aggregator_id", source.aggregator_id.value_or("")}};
  if (explained.line.usage_sequence)
    node.numbers.emplace_back("as_of", *explained.line.usage_sequence);
  if (explained.line.charge && explained.line.charge->group)
    node.texts.emplace_back("group", *explained.line.charge->group);
  if (!explained.events) return node;
  node.texts.emplace_back("operation", explained.events->operation);
  if (explained.events->formula) node.texts.emplace_back("formula", *explained.events->formula);
  if (!explained.events->link.empty()) node.texts.emplace_back("link", explained.events->link);
  node.numbers.emplace_back("events", static_cast<std::int64_t>(explained.events->count));
  return node;
}

std::vector<PriceTier> const& prices_of(ExplainedLine const& explained) {
  auto const& charge = explained.line.charge;
  return prices_of_group(*explained.source, charge ? charge->group : std::nullopt);
}

// The floor and the cap shrink with a partial period (USE-12).
void bound(ExplanationNode& node, char const* role, Exact const& amount,
           ExplanationNode const& fraction) {
  std::string const field = std::string("subscription_line.") +
                            (std::string_view(role) == "floor" ? "min_amount" : "max_amount");
  auto limit = product(role, input(role, amount, field), fraction);
  limit.texts = {{"role", role}};
  node.of.push_back(std::move(limit));
}

// Usage of a window, or days that were given back before, less what was billed for them already.
ExplanationNode less_billed(ExplanationNode amount, InvoiceLine const& line) {
  if (!line.charge || !line.charge->billed_before) return amount;
  Exact const before = -*line.charge->billed_before;
  ExplanationNode sum{"sum", "what is not billed yet", amount.value + before};
  sum.of.push_back(std::move(amount));
  sum.of.push_back(input(
      line.usage_quantity ? "billed before for the same window" : "billed before for the same days",
      before, "invoice_line.charge.billed_before"));
  return sum;
}

// Where what coupons left of it counts.
ExplanationNode paid_part(ExplanationNode amount, InvoiceLine const& line) {
  if (!line.charge || !line.charge->paid_share) return amount;
  return product(
      "what was paid of it after coupons", std::move(amount),
      input("the part that was paid", *line.charge->paid_share, "invoice_line.charge.paid_share"));
}

// What a quantity costs by the prices of its line or group.
ExplanationNode price_of(ExplainedLine const& explained, ExplanationNode quantity) {
  static std::vector<Exact> const none;
  auto const options = explained.source->price_options.value_or(PriceOptions());
  if (explained.source->price_type != PriceType::bps)
    return explain_price(prices_of(explained), options, std::move(quantity));
  return explain_event_prices(prices_of(explained), options, std::move(quantity),
                              explained.events ? explained.events->values : none);
}

ExplanationNode within_limits(ExplanationNode amount, SubscriptionLine const& source,
                              ExplanationNode const& fraction, bool with_floor) {
  ExplanationNode clamp{"clamp", "within floor and cap", amount.value};
  clamp.of.push_back(std::move(amount));
  if (source.min_amount && with_floor) bound(clamp, "floor", *source.min_amount, fraction);
  if (source.max_amount) bound(clamp, "cap", *source.max_amount, fraction);
  for (std::size_t i = 1; i < clamp.of.size(); ++i) {
    bool const floor = clamp.of[i].texts.front().second == "floor";
    clamp.value = floor ? max(clamp.value, clamp.of[i].value) : min(clamp.value, clamp.of[i].value);
  }
  return clamp;
}

// The groups of a window use its cap up in order, the last one fills its floor up: a group is what
// they come to with it, less what they came to before it.
ExplanationNode within_shared_limits(ExplainedLine const& explained, ExplanationNode amount,
                                     ExplanationNode const& fraction) {
  auto const& source = *explained.source;
  ExplanationNode before{"sum", "the groups of the window before this one", 0};
  for (auto const& other : explained.groups_before) {
    before.of.push_back(price_of(other, aggregate_of(other, source)));
    before.value += before.of.back().value;
  }
  ExplanationNode with{"sum", "the groups of the window with this one",
                       before.value + amount.value};
  with.of = before.of;
  with.of.push_back(std::move(amount));
  auto reached = within_limits(std::move(with), source, fraction, explained.last_group);
  if (before.of.empty()) return reached;
  auto taken = product("taken off", input("the other sign", -1, "it is that of the groups before"),
                       within_limits(std::move(before), source, fraction, false));
  ExplanationNode sum{"sum", "what this group adds", reached.value + taken.value};
  sum.of.push_back(std::move(reached));
  sum.of.push_back(std::move(taken));
  return sum;
}

// Its terms, without the limits where the line is of no window (USE-11).
SubscriptionLine terms_of(ExplainedLine const& explained) {
  auto terms = *explained.source;
  auto const& facts = explained.line.charge;
  if (facts && !has_limits(terms, facts->usage_from, facts->usage_to)) {
    terms.min_committed_count.reset();
    terms.min_amount.reset();
    terms.max_amount.reset();
  }
  return terms;
}

ExplanationNode usage_amount(ExplainedLine const& explained) {
  auto const source = terms_of(explained);
  // The limits of a whole window do not shrink with the part of it that is billed (USE-11).
  auto const fraction =
      source.bill_usage_difference
          ? input("of the whole window", 1, "subscription_line.bill_usage_difference")
          : fraction_of(explained.line, source);
  auto quantity = aggregate_of(explained, source);
  bool const grouped = !source.price_groups.empty() || source.group_by;
  if (source.min_committed_count && source.price_type != PriceType::bps && !grouped) {
    auto committed = product("the commitment of the period",
                             input("committed units", *source.min_committed_count,
                                   "subscription_line.min_committed_count"),
                             fraction);
    ExplanationNode most{"max", "at least what was committed",
                         max(quantity.value, committed.value)};
    most.of.push_back(std::move(quantity));
    most.of.push_back(std::move(committed));
    quantity = std::move(most);
  }
  auto amount = price_of(explained, std::move(quantity));
  bool const limited = source.min_amount || source.max_amount;
  if (limited && grouped)
    amount = within_shared_limits(explained, std::move(amount), fraction);
  else if (limited)
    amount = within_limits(std::move(amount), source, fraction, true);
  return paid_part(less_billed(std::move(amount), explained.line), explained.line);
}

// The price of a line's count for a share of the cycle.
ExplanationNode count_amount(SubscriptionLine const& source, Exact const& count, char const* field,
                             std::vector<PriceTier> const& prices, ExplanationNode fraction) {
  return product("the price for the share of the cycle",
                 explain_price(prices, source.price_options.value_or(PriceOptions()),
                               input("units", count, field)),
                 std::move(fraction));
}

// What a change costs for the rest of the cycle: the new price less the one it replaces.
ExplanationNode change_amount(ExplainedLine const& explained) {
  auto const& source = *explained.source;
  auto const& replaced = *explained.replaced;
  auto const fraction = fraction_of(explained.line, source);
  auto now = count_amount(source, source.count, "subscription_line.count", source.prices, fraction);
  auto before =
      product("taken off", input("the other sign", -1, "it was charged before"),
              count_amount(replaced, replaced.count, "subscription_line.count of what was replaced",
                           replaced.prices, fraction));
  ExplanationNode sum{"sum", "the difference for the rest of the cycle", now.value + before.value};
  sum.of.push_back(std::move(now));
  sum.of.push_back(std::move(before));
  return sum;
}

ExplanationNode overage_amount(ExplainedLine const& explained) {
  return product("credits used beyond the balance",
                 input("credits", explained.line.units_count, "invoice_line.units_count"),
                 input("price of a credit beyond the balance",
                       explained.source->prices.front().overage_amount.value_or(Exact(0)),
                       "subscription_line.prices.overage_amount"));
}

// What came back with a cancellation that was taken back, by its days (SUB-13).
ExplanationNode again_amount(ChargedAgain const& again) {
  return product(
      "what came back, charged again",
      input("given back with the cancellation", again.net, "invoice_line.charge.charged_again.net"),
      input("the share of its days that is left", again.share,
            "invoice_line.charge.charged_again.share"));
}

ExplanationNode by_count(InvoiceLine const& line) {
  return product("units at their price",
                 input("units", line.units_count, "invoice_line.units_count"),
                 input("price of a unit", line.unit_amount, "invoice_line.unit_amount"));
}

// Late usage names the line it corrects and has a price of its own; other lines that name one give
// a part of it back.
bool credits_another(InvoiceLine const& line) {
  bool const late = line.charge && line.charge->kind == ChargeKind::late_usage;
  return line.original_line_item_id && !late;
}

}  // namespace explain_amount_detail

std::optional<ExplanationNode> derive_amount(ExplainedLine const& explained) {
  using namespace explain_amount_detail;
  auto const& line = explained.line;
  if (!explained.source || credits_another(line) || line.child_invoice_id) return std::nullopt;
  if (line.usage_quantity) return usage_amount(explained);
  if (line.charge && line.charge->charged_again) return again_amount(*line.charge->charged_again);
  if (line.charge && line.charge->kind == ChargeKind::overage) return overage_amount(explained);
  if (explained.replaced) return paid_part(less_billed(change_amount(explained), line), line);
  return paid_part(
      less_billed(count_amount(*explained.source, line.units_count, "invoice_line.units_count",
                               prices_of(explained), fraction_of(line, *explained.source)),
                  line),
      line);
}

ExplanationNode explain_amount(ExplainedLine const& explained) {
  using namespace explain_amount_detail;
  auto const& line = explained.line;
  if (credits_another(line)) {
    auto credit = derive_credit(line);
    if (credit && credit->value == line.exact_amount) return *std::move(credit);
    // A negative invoice became a credit note.
    if (credit && -credit->value == line.exact_amount)
      return product("given back", input("the other sign", -1, "the document is a credit note"),
                     *std::move(credit));
    return input("the part of the line that is credited", line.exact_amount,
                 "credits " + line.original_line_item_id->value);
  }
  if (line.child_invoice_id)
    return input("the document of the customer", line.exact_amount,
                 "invoice " + line.child_invoice_id->value);
  auto derived = derive_amount(explained);
  auto node = derived ? *std::move(derived) : by_count(line);
  if (node.value == line.exact_amount) return node;
  if (node.value < 0 && line.exact_amount == 0) {
    // Given back only where usage may be negative (USE-11).
    ExplanationNode most{"max", "nothing is given back", 0};
    most.of.push_back(std::move(node));
    most.of.push_back(input("nothing", 0, "policies: negative usage"));
    return most;
  }
  if (line.usage_quantity && line.exact_amount == 0 && explained.source &&
      explained.source->bill_usage_difference)
    return product("of a window that costs less than was billed of it", std::move(node),
                   input("nothing", 0, "policies: negative usage"));
  // A negative invoice became a credit note: the same with the other sign.
  if (-node.value == line.exact_amount)
    return product("given back", input("the other sign", -1, "the document is a credit note"),
                   std::move(node));
  return input("the amount as it was charged", line.exact_amount, "invoice_line.exact_amount");
}

}  // namespace tallybook
