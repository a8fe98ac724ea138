#include "app/usage/shared_counts.hpp"

#include "domain/usage/aggregator.hpp"

namespace tallybook {
namespace shared_detail {

void add(std::string& text, std::string_view part) {
  text += std::to_string(part.size());
  text += ':';
  text += part;
}

void add(std::string& text, EventFilter const& filter) {
  text += filter.conditional == FilterConditional::and_ ? "&" : "|";
  text += std::to_string(filter.fields.size());
  for (auto const& field : filter.fields) {
    add(text, field.property);
    text += std::to_string(static_cast<int>(field.op)) + "," + std::to_string(field.values.size());
    for (auto const& value : field.values) {
      text += std::to_string(static_cast<int>(value.kind));
      add(text, value.text);
    }
  }
}

void add(std::string& text, std::vector<EventFilter> const& filters) {
  text += "[" + std::to_string(filters.size());
  for (auto const& filter : filters) add(text, filter);
}

// Two questions with one text count the same events of a customer in the same way.
std::string text_of(UsageQuery const& query) {
  auto const& rule = query.rule;
  std::string text = std::to_string(query.from.ms) + "/" + std::to_string(query.to.ms) + "/" +
                     std::to_string(static_cast<int>(rule.operation)) +
                     (rule.allow_negative_values ? "-" : "+");
  add(text, rule.event_type);
  add(text, rule.property);
  add(text, rule.where);
  add(text, rule.also);
  add(text, rule.unless);
  if (rule.group) {
    add(text, rule.group->property);
    add(text, rule.group->text);
  }
  return text;
}

}  // namespace shared_detail

SharedCounts::SharedCounts(std::vector<std::string> customer_ids)
    : customer_ids_(customer_ids.begin(), customer_ids.end()) {}

UsageResult SharedCounts::usage(EventStore& events, UsageQuery const& query) {
  bool const shareable = customer_ids_.size() > 1 && query.customer_ids.size() == 1 &&
                         customer_ids_.contains(query.customer_ids.front()) &&
                         query.as_of == latest_sequence && !query.rule.formula &&
                         query.rule.operation != AggregatorOperation::weighted_sum;
  if (!shareable) return events.usage(query);
  auto& window = windows_[shared_detail::text_of(query)];
  if (++window.asked == 1) return events.usage(query);
  if (!window.counted) {
    UsageQuery all = query;
    all.customer_ids.assign(customer_ids_.begin(), customer_ids_.end());
    all.as_of = window.as_of = events.last_sequence();
    for (auto& group : events.usage_by_customer(all))
      window.by_customer.emplace(group.key, std::move(group));
    window.counted = true;
  }
  UsageResult result;
  result.as_of = window.as_of;
  auto const found = window.by_customer.find(query.customer_ids.front());
  if (found == window.by_customer.end()) {
    result.quantity = quantity_of_nothing(query.rule);
    return result;
  }
  result.quantity = found->second.quantity;
  result.count = found->second.count;
  return result;
}

}  // namespace tallybook
