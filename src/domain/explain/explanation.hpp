// Why a document says what it says: for each line a tree from its inputs to its amount, then the
// discounts, the taxes and the totals (docs/explanations.md). Pure: built from what is stored.
#pragma once

#include "domain/invoice/invoice.hpp"

namespace tallybook {

// One step. Numbers are exact; what the step is done with beside its parts has a name.
struct ExplanationNode {
  std::string op;
  std::string label;
  Exact value;
  std::string source = {};  // inputs: where the value is kept
  std::vector<std::pair<std::string, std::string>> texts = {};
  std::vector<std::pair<std::string, Exact>> numbers = {};
  std::vector<std::size_t> lines = {};  // indexes of lines of the document
  std::vector<ExplanationNode> of = {};
};

// The events a quantity was counted from.
struct CountedEvents {
  std::string operation;  // of the aggregator; formula: it has one
  std::uint64_t count = 0;
  std::string link;           // pages through exactly these events
  std::vector<Exact> values;  // percentage prices: each event's value, in order
  std::optional<std::string> formula = {};
};

// A line with the terms it was charged by.
struct ExplainedLine {
  InvoiceLine line;
  std::optional<SubscriptionLine> source;
  std::optional<SubscriptionLine> replaced;  // a change: whose price is taken off
  std::optional<CountedEvents> events;
  // Groups of one window share its floor and cap: the lines before this one, and whether it is the
  // last. Filled by explain().
  std::vector<ExplainedLine> groups_before = {};
  bool last_group = true;
};

struct LineExplanation {
  std::string id;
  std::string name;
  ExplanationNode gross;  // rounded, before discounts
  std::int64_t discount = 0;
  std::int64_t net = 0;
  std::int64_t tax = 0;
  std::int64_t total = 0;
};

struct Explanation {
  Invoice invoice;
  std::vector<LineExplanation> lines;
  std::optional<ExplanationNode> discounts;
  ExplanationNode taxes;
};

// `minimum_fee` is that of the subscription, in minor units. A step that cannot be told from what
// is stored is an input that names where it is stored; a wrong step never is: what the tree comes
// to is what the line says.
[[nodiscard]] Explanation explain(Invoice const& invoice, std::vector<ExplainedLine> const& lines,
                                  std::optional<Exact> const& minimum_fee);

// What a line's price comes to by its terms and facts, before its rounding, whatever the line says.
// Nothing for one without terms, or that says what another line or document says.
[[nodiscard]] std::optional<ExplanationNode> derive_amount(ExplainedLine const& explained);
// The same for a line that credits another; nothing when its facts were not kept.
[[nodiscard]] std::optional<ExplanationNode> derive_credit(InvoiceLine const& line);
// The discounts of a document; their method is `stored` when its coupons do not come to them.
[[nodiscard]] std::optional<ExplanationNode> explain_discounts(
    Invoice const& invoice, std::vector<ExplainedLine> const& lines);

// The exact amount of one line, before its rounding; internal to explain().
[[nodiscard]] ExplanationNode explain_amount(ExplainedLine const& explained);
// The price of a quantity, tier by tier.
[[nodiscard]] ExplanationNode explain_price(std::vector<PriceTier> const& prices,
                                            PriceOptions const& options, ExplanationNode quantity);
// The prices of events, one by one.
[[nodiscard]] ExplanationNode explain_event_prices(std::vector<PriceTier> const& prices,
                                                   PriceOptions const& options,
                                                   ExplanationNode quantity,
                                                   std::vector<Exact> const& values);

}  // namespace tallybook
