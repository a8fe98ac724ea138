#include "app/explain/explaining.hpp"

#include "domain/subscription/metering.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace explaining_detail {

struct Reader {
  SqlSession& sql;
  Tenant const& tenant;
  EventStore& events;
};

// Whatever a group is called, as the value of a query parameter.
std::string percent_encoded(std::string_view text) {
  constexpr char const* digits = "0123456789ABCDEF";
  std::string out;
  for (char const c : text) {
    bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (plain) {
      out += c;
      continue;
    }
    auto const byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string link_to(std::string const& aggregator, std::string const& customer,
                    UsageQuery const& query) {
  return "/v1/aggregators/" + aggregator + "/usage/events?customer_id=" + customer +
         "&start_date=" + format_instant(query.from) + "&end_date=" + format_instant(query.to) +
         "&as_of=" + std::to_string(query.as_of);
}

std::optional<CountedEvents> events_of(Reader const& reader, InvoiceLine const& line,
                                       SubscriptionLine const& source) {
  if (!line.usage_quantity || !line.usage_sequence || !source.aggregator_id) return std::nullopt;
  auto const& charge = line.charge;
  bool const by_window = charge && charge->usage_to;
  auto const from = by_window ? charge->usage_from.value_or(since_ever) : line.period_starts_at;
  auto const to = by_window ? charge->usage_to : line.period_ends_at;
  auto const aggregator =
      Records<Aggregator>(reader.sql, reader.tenant).find(*source.aggregator_id);
  auto const subscription =
      Records<Subscription>(reader.sql, reader.tenant).find(source.subscription_id.value);
  if (!from || !to || !aggregator || !subscription) return std::nullopt;
  UsageQuery query;
  query.tenant = reader.tenant;
  bool const grouped = !source.price_groups.empty() || source.group_by;
  query.rule = rule_of(*aggregator);
  if (grouped)
    query.rule = rule_of_group(query.rule, source, charge ? charge->group : std::nullopt);
  query.customer_ids = {subscription->customer_id.value};
  query.from = *from;
  query.to = *to;
  query.as_of = static_cast<std::uint64_t>(*line.usage_sequence);
  CountedEvents counted;
  counted.operation = aggregator->formula_sql
                          ? std::string("formula")
                          : std::string(reflect::enum_name(aggregator->operation));
  counted.formula = aggregator->formula_sql;
  counted.count = reader.events.usage(query).count;
  counted.link = link_to(aggregator->id.value, subscription->customer_id.value, query);
  if (grouped) {
    counted.link += "&subscription_line_id=" + source.id.value;
    if (charge && charge->group) counted.link += "&price_group=" + percent_encoded(*charge->group);
  }
  if (source.price_type == PriceType::bps) counted.values = reader.events.values(query);
  return counted;
}

}  // namespace explaining_detail

Explanation explain_document(SqlSession& sql, Tenant const& tenant, EventStore& events,
                             InvoiceWithLines const& document) {
  using namespace explaining_detail;
  Reader const reader{sql, tenant, events};
  std::vector<ExplainedLine> lines;
  for (auto const& line : document.lines) {
    ExplainedLine explained{line, std::nullopt, std::nullopt, std::nullopt};
    if (line.subscription_line_id) {
      explained.source =
          Records<SubscriptionLine>(sql, tenant).find(line.subscription_line_id->value);
      if (explained.source) explained.events = events_of(reader, line, *explained.source);
    }
    if (line.charge && line.charge->replaced_line_id)
      explained.replaced =
          Records<SubscriptionLine>(sql, tenant).find(*line.charge->replaced_line_id);
    lines.push_back(std::move(explained));
  }
  std::optional<Exact> minimum;
  if (document.invoice.subscription_id) {
    auto const subscription =
        Records<Subscription>(sql, tenant).find(document.invoice.subscription_id->value);
    if (subscription) minimum = subscription->minimum_invoice_fee;
  }
  return explain(document.invoice, lines, minimum);
}

}  // namespace tallybook
