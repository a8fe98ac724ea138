#include <algorithm>
#include <map>

#include "domain/explain/nodes.hpp"
#include "domain/invoice/discounting.hpp"
#include "domain/subscription/minimum_fee.hpp"
#include "domain/subscription/minimum_line.hpp"

namespace tallybook {
namespace explain_detail {

using explain_nodes::rounded;

// What is missing to the minimum: what the other lines charge after their discounts counts.
ExplanationNode minimum(InvoiceLine const& line, std::vector<ExplainedLine> const& lines,
                        Exact const& fee) {
  ExplanationNode wanted{"product", "the minimum of the share of the cycle",
                         fee * line.charge->fraction};
  wanted.of.push_back({"input", "minimum of an invoice", fee, "subscription.minimum_invoice_fee"});
  wanted.of.push_back({"input", "the largest share of a cycle on the invoice",
                       line.charge->fraction, "invoice_line.charge.fraction"});
  auto least = rounded("the minimum, rounded", std::move(wanted));
  ExplanationNode node{"top_up", "what is missing to the minimum", least.value};
  node.of.push_back(std::move(least));
  int const sign = line.exact_amount.is_negative() ? -1 : 1;
  for (auto const& other : lines) {
    if (!counts_to_minimum(other.line, sign)) continue;
    Exact const net = Exact(sign) * Exact(other.line.amount_excluding_tax);
    node.value -= net;
    node.of.push_back({"input", other.line.name, net, "net of line " + other.line.id.value});
  }
  node.value = max(node.value, 0);
  return node;
}

ExplanationNode gross(ExplainedLine const& explained, std::vector<ExplainedLine> const& lines,
                      std::optional<Exact> fee) {
  // The subscription's fee may be another one by now.
  if (explained.line.charge && explained.line.charge->minimum_fee)
    fee = explained.line.charge->minimum_fee;
  if (fee && is_minimum_fee(explained.line)) {
    auto node = minimum(explained.line, lines, *fee);
    if (node.value == explained.line.exact_amount) return rounded("rounded once", std::move(node));
    if (-node.value == explained.line.exact_amount)
      return rounded("rounded once",
                     explain_nodes::product("given back",
                                            explain_nodes::input("the other sign", -1,
                                                                 "the document is a credit note"),
                                            std::move(node)));
  }
  return rounded("rounded once", explain_amount(explained));
}

// The trees of groups hold those before them: beyond this their lines are inputs.
constexpr std::size_t most_groups = 30;

bool shares_limits(ExplainedLine const& explained) {
  auto const& source = explained.source;
  return source && explained.line.usage_quantity && explained.line.charge &&
         (source->min_amount || source->max_amount) &&
         (!source->price_groups.empty() || source->group_by);
}

bool same_window(InvoiceLine const& a, InvoiceLine const& b) {
  return a.subscription_line_id == b.subscription_line_id && a.charge->kind == b.charge->kind &&
         a.charge->usage_from == b.charge->usage_from && a.charge->usage_to == b.charge->usage_to;
}

// The line with the groups its limits are shared with, in the order they are used up.
ExplainedLine among_groups(std::vector<ExplainedLine> const& lines, std::size_t index) {
  ExplainedLine out = lines[index];
  if (!shares_limits(out)) return out;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i == index || !shares_limits(lines[i]) || !same_window(lines[i].line, out.line)) continue;
    if (i > index) out.last_group = false;
    if (i < index && out.groups_before.size() < most_groups) out.groups_before.push_back(lines[i]);
  }
  return out;
}

ExplanationNode stored(char const* op, char const* label, std::int64_t value, char const* source) {
  ExplanationNode node{op, label, value, source};
  node.texts = {{"method", "stored"}};
  return node;
}

std::string word(CouponStacking stacking) {
  switch (stacking) {
    case CouponStacking::percentages_first:
      return "percentages_first";
    case CouponStacking::narrowest_first:
      return "narrowest_first";
    case CouponStacking::in_order:
      break;
  }
  return "in_order";
}

std::string word(CouponTarget target) {
  switch (target) {
    case CouponTarget::usage:
      return "usage";
    case CouponTarget::products:
      return "products";
    case CouponTarget::everything:
      break;
  }
  return "everything";
}

// What an amount may take; where unused amounts are carried over its parts are inputs.
void add_amount(ExplanationNode& part, DocumentCoupon const& coupon) {
  std::int64_t const fixed = coupon.shown.fixed_amount.value_or(0);
  part.numbers.emplace_back("amount", checked_add(fixed, coupon.carried.value_or(0)));
  if (!coupon.carried) return;
  part.of.push_back({"input", "amount of the coupon", fixed, "coupon.discount_amount"});
  part.of.push_back({"input", "left by earlier documents, or taken by them when below 0",
                     *coupon.carried, "coupon_carry_overs"});
}

std::optional<ExplanationNode> discounts(Invoice const& invoice,
                                         std::vector<ExplainedLine> const& lines) {
  if (!invoice.coupons && invoice.discount_amount == 0) return std::nullopt;
  std::vector<InvoiceLine> again;
  for (auto const& each : lines) again.push_back(each.line);
  auto const facts = invoice.discounting.value_or(DiscountFacts());
  std::vector<DocumentCoupon> coupons;
  for (auto const& shown : invoice.coupons.value_or(std::vector<InvoiceCoupon>())) {
    DocumentCoupon coupon;
    coupon.shown = shown;
    coupon.lines.emplace();
    if (coupons.size() < facts.coupons.size()) {
      coupon.target = facts.coupons[coupons.size()].target;
      coupon.carried = facts.coupons[coupons.size()].carried_amount;
    }
    for (std::size_t i = 0; i < again.size(); ++i) {
      if (std::ranges::find(shown.line_items_ids, again[i].id.value) != shown.line_items_ids.end())
        coupon.lines->push_back(i);
    }
    coupons.push_back(std::move(coupon));
  }
  Invoice copy = invoice;
  discount_document(copy, again, coupons, facts.stacking);
  ExplanationNode node{"coupons", "discounts, each on what the ones before it left",
                       invoice.discount_amount};
  bool const same =
      std::ranges::equal(again, lines, [](InvoiceLine const& a, ExplainedLine const& b) {
        return a.discount_amount == b.line.discount_amount;
      });
  if (!same)
    return stored("coupons", "discounts as they are stored", invoice.discount_amount,
                  "invoice_line.discount_amount");
  node.texts = {{"method", word(facts.stacking)}, {"policy", "half_away_from_zero"}};
  for (auto const& coupon : coupons) {
    ExplanationNode part{"coupon", coupon.shown.name, coupon.shown.discount_amount};
    if (coupon.shown.coupon_id) part.texts.emplace_back("coupon_id", *coupon.shown.coupon_id);
    if (coupon.shown.discount_percent)
      part.numbers.emplace_back("percent", *coupon.shown.discount_percent);
    else
      add_amount(part, coupon);
    if (facts.stacking == CouponStacking::narrowest_first)
      part.texts.emplace_back("target", word(coupon.target));
    part.lines = *coupon.lines;
    node.of.push_back(std::move(part));
  }
  return node;
}

ExplanationNode taxes(Invoice const& invoice, std::vector<ExplainedLine> const& lines) {
  std::vector<TaxableLine> taxable;
  std::map<Exact, ExplanationNode> groups;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto const& line = lines[i].line;
    taxable.push_back({line.amount_excluding_tax, {line.tax_rate}});
    auto& group = groups[line.tax_rate];
    group.op = "tax_rate";
    group.label = "one rate over the document, given to its lines by largest remainder";
    group.value += line.tax_amount;
    group.lines.push_back(i);
  }
  auto const totals = tax_totals(taxable);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (totals.line_tax[i] != lines[i].line.tax_amount)
      return stored("tax", "taxes as they are stored", invoice.tax_amount,
                    "invoice_line.tax_amount");
  }
  ExplanationNode node{"tax", "the tax of each rate, rounded once", invoice.tax_amount};
  node.texts = {{"method", "per_rate"}, {"policy", "half_away_from_zero"}};
  for (auto& [rate, group] : groups) {
    group.numbers = {{"rate", rate}};
    node.of.push_back(std::move(group));
  }
  return node;
}

}  // namespace explain_detail

std::optional<ExplanationNode> explain_discounts(Invoice const& invoice,
                                                 std::vector<ExplainedLine> const& lines) {
  return explain_detail::discounts(invoice, lines);
}

Explanation explain(Invoice const& invoice, std::vector<ExplainedLine> const& lines,
                    std::optional<Exact> const& minimum_fee) {
  Explanation explanation{invoice, {}, {}, {}};
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto const explained = explain_detail::among_groups(lines, i);
    auto const& line = explained.line;
    explanation.lines.push_back(
        {line.id.value, line.name, explain_detail::gross(explained, lines, minimum_fee),
         line.discount_amount, line.amount_excluding_tax, line.tax_amount, line.amount});
  }
  explanation.discounts = explain_discounts(invoice, lines);
  explanation.taxes = explain_detail::taxes(invoice, lines);
  return explanation;
}

}  // namespace tallybook
