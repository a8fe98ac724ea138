// The amount of a line that credits another.
#include "domain/explain/nodes.hpp"

namespace tallybook {
namespace credited_detail {

using explain_nodes::input;
using explain_nodes::product;

ExplanationNode sum(std::string label, ExplanationNode a, ExplanationNode b) {
  ExplanationNode node{"sum", std::move(label), a.value + b.value};
  node.of.push_back(std::move(a));
  node.of.push_back(std::move(b));
  return node;
}

ExplanationNode at_most(std::string label, ExplanationNode amount, ExplanationNode cap) {
  cap.texts.emplace_back("role", "cap");
  ExplanationNode node{"clamp", std::move(label), min(amount.value, cap.value)};
  node.of.push_back(std::move(amount));
  node.of.push_back(std::move(cap));
  return node;
}

ExplanationNode turned(std::string label, ExplanationNode amount, std::string why) {
  return product(std::move(label), input("the other sign", -1, std::move(why)), std::move(amount));
}

// The share of a line's own days that lies after the cut.
ExplanationNode share_of(CutAmount const& amount) {
  bool const days = amount.start_on && amount.cut_on && amount.end_on;
  ExplanationNode node{"fraction", "the share of its period after the change", amount.share,
                       "invoice_line.charge.credit"};
  node.texts = {{"basis", days ? "calendar_days" : "milliseconds"}};
  if (!days) return node;
  node.texts.emplace_back("period_start", format_date(*amount.cut_on));
  node.texts.emplace_back("period_end", format_date(*amount.end_on));
  node.texts.emplace_back("cycle_start", format_date(*amount.start_on));
  node.texts.emplace_back("cycle_end", format_date(*amount.end_on));
  int const unused = *amount.end_on - *amount.cut_on;
  int const whole = *amount.end_on - *amount.start_on;
  if (amount.share * Exact(whole) != Exact(unused)) return node;
  node.source.clear();
  node.of.push_back(input("days that are left", unused, "period_start, period_end"));
  node.of.push_back(input("days of the line", whole, "cycle_start, cycle_end"));
  return node;
}

ExplanationNode unused(CreditFacts const& facts) {
  auto const& charged = *facts.charged;
  std::string const net = "net of line " + charged.line_id;
  auto node = product("what was charged for the days that are left",
                      input("charged without tax", charged.net, net), share_of(charged));
  if (!facts.given_back.empty()) {
    ExplanationNode rest{"sum", "less what was given back of these days", node.value};
    rest.of.push_back(std::move(node));
    for (auto const& before : facts.given_back) {
      auto part = turned(
          "given back before",
          product("its part of these days",
                  input("given back without tax", before.net, "net of line " + before.line_id),
                  share_of(before)),
          "it was given back");
      rest.value += part.value;
      rest.of.push_back(std::move(part));
    }
    node = std::move(rest);
  }
  if (facts.unused_credits)
    node = at_most(
        "at most the credits that are not used", std::move(node),
        product("the credits that are not used", input("charged without tax", charged.net, net),
                input("share of the credits that is not used", *facts.unused_credits,
                      "credit_grant.remaining / granted")));
  if (facts.part)
    node = product("what goes of it", std::move(node),
                   input("the part of the price that goes", *facts.part,
                         "(price before - price after) / price before"));
  if (facts.netted)
    node = sum("what charges did not take of it", std::move(node),
               input("taken by charges of the change", -*facts.netted,
                     "invoice_line.charge.credit.netted"));
  if (facts.taken)
    node = at_most("as much as the charges take", std::move(node),
                   input("what the document charges", *facts.taken,
                         "net of the lines of the document that charge"));
  if (facts.kept)
    node = product("its days before the end", std::move(node),
                   input("days before the end / days of the credit", *facts.kept,
                         "invoice_line.charge.credit.kept"));
  return node;
}

ExplanationNode asked(AskedCredit const& facts) {
  auto node = input("asked for", facts.amount, "the request");
  if (facts.share == Exact(1) && !facts.tax && facts.rounding.is_zero()) return node;
  node = product("the line's part of it", std::move(node),
                 input("what is left of the line / what is left of all lines", facts.share,
                       "net and tax not credited yet"));
  if (facts.tax)
    node = sum("without tax", std::move(node),
               input("tax of the part", -*facts.tax, "tax of the line"));
  if (facts.rounding.is_zero()) return node;
  return sum("in whole minor units", std::move(node),
             input("largest remainder: the parts sum to what was asked for", facts.rounding,
                   "invoice_line.charge.credit.asked.rounding"));
}

}  // namespace credited_detail

std::optional<ExplanationNode> derive_credit(InvoiceLine const& line) {
  using namespace credited_detail;
  if (!line.charge || !line.charge->credit) return std::nullopt;
  auto const& facts = *line.charge->credit;
  std::optional<ExplanationNode> node;
  if (facts.charged) node = unused(facts);
  if (facts.asked) node = asked(*facts.asked);
  if (!facts.left) {
    if (!node) return std::nullopt;
    return turned("given back", *std::move(node), "it lowers the document");
  }
  // A copy for whoever pays does not name the line itself.
  std::string const whose =
      line.original_line_item_id ? "line " + line.original_line_item_id->value : "the line";
  auto left = input("what is left of the line without tax", *facts.left,
                    "net of " + whose + " less earlier credits");
  bool const lowers = line.entry_type == EntryType::credit && line.exact_amount.is_negative();
  if (lowers && node)
    return turned("given back",
                  at_most("at most what is left of the line", *std::move(node), std::move(left)),
                  "it lowers the document");
  if (!node || facts.asked) return node ? std::move(node) : std::optional(std::move(left));
  // Never more than is left of the line; what is rounded is what is credited.
  auto rounded = explain_nodes::rounded("rounded once", *std::move(node));
  if (rounded.value < *facts.left) return rounded;
  return at_most("at most what is left of the line", std::move(rounded), std::move(left));
}

}  // namespace tallybook
