// The amounts of issued documents against their prices: every line is computed again from the terms
// it was charged by and the facts that were kept with it, by the derivation its explanation shows.
// A line that says what another document says, or that was written by hand, is counted as such; one
// that credits another is computed again from what it credits.
#include <set>

#include "app/verify/checks.hpp"
#include "domain/explain/explanation.hpp"
#include "domain/subscription/metering.hpp"
#include "domain/subscription/minimum_fee.hpp"
#include "domain/subscription/minimum_line.hpp"

namespace tallybook::verify_detail {
namespace prices_detail {

bool is_grouped(SubscriptionLine const& source) {
  return !source.price_groups.empty() || source.group_by;
}

// What is charged together: limits hold for the sum of a window's groups.
struct Window {
  std::string line_id;
  ChargeKind kind;
  std::optional<Instant> from, to;
  friend auto operator<=>(Window const&, Window const&) = default;
};

bool may_be_negative(Terms& terms, SubscriptionLine const& source) {
  if (!source.bill_usage_difference || !source.aggregator_id) return true;
  auto const& aggregator = terms.aggregator(*source.aggregator_id);
  return !aggregator || aggregator->allow_negative_values;
}

bool shares_limits(ExplainedLine const& line) {
  auto const& source = line.source;
  return source && line.line.usage_quantity && (source->min_amount || source->max_amount) &&
         is_grouped(*source);
}

// The documents whose lines a price gave; drafts are computed again anyway.
bool is_final(Invoice const& invoice) {
  return invoice.number || invoice.status == InvoiceStatus::charged_on_parent;
}

class Pricing {
 public:
  Pricing(Check const& check, Terms& terms, Invoice const& invoice,
          std::vector<InvoiceLine> const& lines)
      : check_(check),
        terms_(terms),
        invoice_(invoice),
        turned_(invoice.type == InvoiceType::credit_note) {
    lines_.reserve(lines.size());
    for (auto const& line : lines) lines_.push_back(explained(line));
  }

  void price_lines() {
    for (auto const& each : lines_) {
      bool priced = false;
      if (auto const credit = derive_credit(each.line))
        priced = price_credit(each.line, *credit);
      else if (is_minimum_fee(each.line))
        priced = price_minimum(each.line);
      else if (shares_limits(each))
        priced = price_window_of(each);
      else
        priced = price_line(each);
      ++(priced ? check_.report.priced_lines : check_.report.mirrored_lines);
    }
  }

  void price_discounts() const {
    // A document that turned into a credit note keeps its coupons as they were.
    if (turned_) return;
    auto const node = explain_discounts(invoice_, lines_);
    if (!node) return;
    for (auto const& [name, text] : node->texts) {
      if (name == "method" && text == "stored")
        check_.found(name_of(invoice_) + ": its lines are discounted by " +
                     std::to_string(invoice_.discount_amount) +
                     ", its coupons come to another sum");
    }
  }

 private:
  ExplainedLine explained(InvoiceLine const& line) {
    ExplainedLine out{line, std::nullopt, std::nullopt, std::nullopt};
    if (line.subscription_line_id) out.source = terms_.line(line.subscription_line_id->value);
    if (line.charge && line.charge->replaced_line_id)
      out.replaced = terms_.line(*line.charge->replaced_line_id);
    return out;
  }

  // Percentage prices take the values of the events: they are read for one line at a time.
  std::optional<ExplanationNode> derived(ExplainedLine const& each) {
    bool const by_event = each.source && each.source->price_type == PriceType::bps;
    if (!by_event || !each.line.usage_quantity) return derive_amount(each);
    ExplainedLine counted = each;
    if (auto const query = usage_query(check_, terms_, each.line, *each.source))
      counted.events.emplace().values = check_.events.values(*query);
    return derive_amount(counted);
  }

  void compare(InvoiceLine const& line, Exact const& value) const {
    // The lines of a negative invoice have the other sign.
    if (line.exact_amount == value || (turned_ && line.exact_amount == -value)) return;
    check_.found(name_of(invoice_) + " line " + line.id.value + ": says " +
                 line.exact_amount.decimal() + ", its price and quantity come to " +
                 value.decimal());
  }

  bool price_credit(InvoiceLine const& line, ExplanationNode const& node) const {
    compare(line, node.value);
    auto const& charged = line.charge->credit->charged;
    // A document that was cut later charged more when it was credited.
    if (!charged || line.charge->credit->kept) return true;
    // What waited for a document when it was credited was not rounded yet.
    auto const original = check_.records<InvoiceLine>().find(charged->line_id);
    auto const same_as = [&](Exact const& net) {
      return charged->net == (net.is_negative() ? -net : net);
    };
    bool const same =
        original && (same_as(original->amount_excluding_tax) || same_as(original->exact_amount));
    if (turned_ && !same)
      check_.found(name_of(invoice_) + " line " + line.id.value + ": credits a part of " +
                   charged->net.decimal() + ", which line " + charged->line_id + " is not");
    return true;
  }

  bool price_line(ExplainedLine const& each) {
    auto const node = derived(each);
    if (!node && each.line.subscription_line_id && !each.source)
      check_.found(name_of(invoice_) + " line " + each.line.id.value +
                   ": its subscription line is missing");
    if (!node) return price_by_count(each.line);
    // From before its facts were kept.
    if (!each.line.charge) return false;
    Exact value = node->value;
    if (each.line.usage_quantity && !may_be_negative(terms_, *each.source) &&
        (!is_grouped(*each.source) || window_of(each).is_negative()))
      value = max(each.line.exact_amount.is_zero() ? Exact(0) : value, 0);
    compare(each.line, value);
    return true;
  }

  // What the groups of the line's window come to, before coupons.
  Exact window_of(ExplainedLine const& each) {
    Exact sum;
    for (auto const& other : lines_) {
      if (!same_window(each, other)) continue;
      ExplainedLine whole = other;
      whole.line.charge->paid_share.reset();
      if (auto const node = derived(whole)) sum += node->value;
    }
    return sum;
  }

  static bool same_window(ExplainedLine const& each, ExplainedLine const& other) {
    auto const& facts = other.line.charge;
    auto const& own = each.line.charge;
    return other.source && facts && own && other.line.usage_quantity &&
           Window{other.source->id.value, facts->kind, facts->usage_from, facts->usage_to} ==
               Window{each.source->id.value, own->kind, own->usage_from, own->usage_to};
  }

  // Bought credits are a count of them at a price; what else has no terms was written by hand, or
  // says what another document says.
  bool price_by_count(InvoiceLine const& line) const {
    if (invoice_.revenue_kind != RevenueKind::credits) return false;
    compare(line, line.units_count * line.unit_amount);
    return true;
  }

  bool price_minimum(InvoiceLine const& line) const {
    // From before the fee was kept with the line.
    if (!line.charge->minimum_fee) return false;
    auto const fee = max(*line.charge->minimum_fee, 0).round();
    if (!fee) return false;
    std::vector<std::int64_t> counted;
    int const sign = turned_ ? -1 : 1;
    for (auto const& other : lines_) {
      if (counts_to_minimum(other.line, sign))
        counted.push_back(sign * other.line.amount_excluding_tax);
    }
    compare(line, Exact(minimum_true_up(*fee, line.charge->fraction, counted).true_up));
    return true;
  }

  // The sum of the groups of a window; said once.
  bool price_window_of(ExplainedLine const& each) {
    auto const& source = *each.source;
    auto const& charge = each.line.charge;
    if (!charge || charge->kind == ChargeKind::late_usage || turned_) return false;
    Window const window{source.id.value, charge->kind, charge->usage_from, charge->usage_to};
    if (!windows_.insert(window).second) return true;
    Exact billed, prices, billed_before;
    for (auto const& other : lines_) {
      auto const& facts = other.line.charge;
      if (!same_window(each, other)) continue;
      ExplainedLine unlimited = other;
      unlimited.source->min_amount.reset();
      unlimited.source->max_amount.reset();
      unlimited.line.charge->paid_share.reset();
      Exact const before = facts->billed_before.value_or(Exact(0));
      billed_before += before;
      billed += facts->gross_amount.value_or(other.line.exact_amount) + before;
      prices += derived(unlimited)->value + before;
    }
    Exact const share = source.bill_usage_difference ? Exact(1) : charge->fraction;
    bool const limited = has_limits(source, charge->usage_from, charge->usage_to);
    if (source.min_amount && limited) prices = max(prices, *source.min_amount * share);
    if (source.max_amount && limited) prices = min(prices, *source.max_amount * share);
    if (!may_be_negative(terms_, source)) prices = max(prices, billed_before);
    if (billed != prices)
      check_.found(name_of(invoice_) + " line " + each.line.id.value + " and its groups: say " +
                   billed.decimal() + ", their prices and quantities come to " + prices.decimal());
    return true;
  }

  Check const& check_;
  Terms& terms_;
  Invoice const& invoice_;
  bool const turned_;
  std::vector<ExplainedLine> lines_;
  std::set<Window> windows_;
};

}  // namespace prices_detail

void check_prices(Check const& check, Terms& terms, Invoice const& invoice,
                  std::vector<InvoiceLine> const& lines) {
  if (!prices_detail::is_final(invoice)) return;
  if (invoice.imported.value_or(false)) {
    check.report.mirrored_lines += static_cast<std::int64_t>(lines.size());
    return;
  }
  prices_detail::Pricing pricing(check, terms, invoice, lines);
  pricing.price_lines();
  if (!invoice.original_invoice_id) pricing.price_discounts();
}

}  // namespace tallybook::verify_detail
