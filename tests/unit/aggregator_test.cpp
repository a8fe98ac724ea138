#include "domain/usage/aggregator.hpp"

#include <gtest/gtest.h>

namespace tallybook {
namespace aggregator_test {

using Kind = RecordValue::Kind;
RecordValue number(char const* digits) { return {Kind::number, digits}; }
RecordValue text(char const* value) { return {Kind::text, value}; }

UsageEvent event(std::int64_t at, RecordValue value, char const* region = "eu") {
  static std::uint64_t sequence = 0;
  return {"rec", "cus", {at}, {{"v", std::move(value)}, {"meta.region", text(region)}}, ++sequence};
}

AggregatorRule rule(AggregatorOperation operation) {
  AggregatorRule out;
  out.event_type = "call";
  out.operation = operation;
  if (operation != AggregatorOperation::count) out.property = "v";
  return out;
}

std::string quantity(AggregatorOperation operation, std::vector<UsageEvent> const& events,
                     bool negative = false) {
  AggregatorRule with = rule(operation);
  with.allow_negative_values = negative;
  return aggregate(with, events).quantity.str();
}

TEST(Aggregator, EachOperationOnTheSameEvents) {
  std::vector<UsageEvent> const events = {
      event(1, number("0.1")), event(5, text("0.2")),      event(3, number("4")),
      event(2, text("many")),  event(9, {Kind::null, ""}), event(4, {Kind::boolean, "true"})};
  EXPECT_EQ(quantity(AggregatorOperation::count, events), "6");
  EXPECT_EQ(quantity(AggregatorOperation::sum, events), "43/10");
  EXPECT_EQ(quantity(AggregatorOperation::max, events), "4");
  EXPECT_EQ(quantity(AggregatorOperation::min, events), "1/10");
  EXPECT_EQ(quantity(AggregatorOperation::avg, events), "43/30");
  EXPECT_EQ(quantity(AggregatorOperation::last, events), "1/5");
  EXPECT_EQ(quantity(AggregatorOperation::count_unique, events), "5");
  EXPECT_EQ(aggregate(rule(AggregatorOperation::sum), events).count, 3u);
}

TEST(Aggregator, NoEvents_IsZero) {
  for (auto operation :
       {AggregatorOperation::count, AggregatorOperation::sum, AggregatorOperation::max,
        AggregatorOperation::avg, AggregatorOperation::last, AggregatorOperation::count_unique}) {
    EXPECT_EQ(quantity(operation, {}), "0");
  }
}

TEST(Aggregator, NegativeValues_TakePartOnlyWhenAllowed) {
  std::vector<UsageEvent> const events = {event(1, number("5")), event(2, number("-2"))};
  EXPECT_EQ(quantity(AggregatorOperation::sum, events), "5");
  EXPECT_EQ(quantity(AggregatorOperation::sum, events, true), "3");
  EXPECT_EQ(quantity(AggregatorOperation::last, events), "5");
  EXPECT_EQ(quantity(AggregatorOperation::min, events, true), "-2");
  EXPECT_EQ(
      quantity(AggregatorOperation::max, {event(1, number("-7")), event(2, number("-2"))}, true),
      "-2");
}

TEST(Aggregator, Last_TiesGoToTheLaterIngestion) {
  std::vector<UsageEvent> events = {event(7, number("1")), event(7, number("2"))};
  EXPECT_EQ(quantity(AggregatorOperation::last, events), "2");
  std::swap(events[0], events[1]);
  EXPECT_EQ(quantity(AggregatorOperation::last, events), "2");
}

TEST(Aggregator, CountUnique_NumbersByValueTextAsText) {
  EXPECT_EQ(
      quantity(AggregatorOperation::count_unique, {event(1, number("1.0")), event(2, number("1")),
                                                   event(3, text("1")), event(4, text("1.0"))}),
      "3");
}

TEST(EventFilter, OperatorsOnOneProperty) {
  struct Row {
    FilterOperator op;
    std::vector<RecordValue> wanted;
    RecordValue value;
    bool passes;
  };
  RecordValue const null;
  for (Row const& row : {
           Row{FilterOperator::equals, {number("5")}, number("5.0"), true},
           Row{FilterOperator::equals, {number("5")}, text("5.0"), true},
           Row{FilterOperator::equals, {text("5")}, text("5.0"), false},
           Row{FilterOperator::equals, {null}, null, false},
           Row{FilterOperator::equals, {{Kind::boolean, "true"}}, {Kind::boolean, "true"}, true},
           Row{FilterOperator::not_, {text("a")}, text("b"), true},
           Row{FilterOperator::not_, {text("a")}, null, true},
           Row{FilterOperator::lt, {number("10")}, text("9"), true},
           Row{FilterOperator::lte, {number("9")}, number("9.0"), true},
           Row{FilterOperator::gt, {number("9")}, number("9"), false},
           Row{FilterOperator::gte, {text("2026-01-01")}, text("2026-01-02"), true},
           Row{FilterOperator::gt, {number("1")}, text("abc"), false},
           Row{FilterOperator::contains, {text("bc")}, text("abcd"), true},
           Row{FilterOperator::startsWith, {text("ab")}, text("abcd"), true},
           Row{FilterOperator::endWith, {text("ab")}, text("abcd"), false},
           Row{FilterOperator::in, {text("a"), text("b")}, text("b"), true},
           Row{FilterOperator::notIn, {text("a"), text("b")}, text("b"), false},
           Row{FilterOperator::isNull, {}, null, true},
           Row{FilterOperator::isNotNull, {}, text(""), true},
       }) {
    EventFilter const filter{FilterConditional::and_, {{"v", row.op, row.wanted}}};
    EXPECT_EQ(passes(filter, event(1, row.value)), row.passes)
        << static_cast<int>(row.op) << row.value.text;
  }
}

TEST(EventFilter, ConditionalsAndNestedProperties) {
  EventFilter filter{FilterConditional::and_,
                     {{"meta.region", FilterOperator::equals, {text("us")}},
                      {"v", FilterOperator::gt, {number("3")}}}};
  EXPECT_FALSE(passes(filter, event(1, number("5"), "eu")));
  filter.conditional = FilterConditional::or_;
  EXPECT_TRUE(passes(filter, event(1, number("5"), "eu")));
  EXPECT_TRUE(passes({FilterConditional::or_, {}}, event(1, number("5"))));
}

TEST(AggregatorRule, Check_NamesTheField) {
  auto const path = [](AggregatorRule const& checked) {
    auto const result = check(checked);
    return result ? std::string() : result.error().fields.at(0).path;
  };
  EXPECT_EQ(path(rule(AggregatorOperation::count)), "");
  AggregatorRule broken = rule(AggregatorOperation::sum);
  broken.property.clear();
  EXPECT_EQ(path(broken), "property");
  broken = rule(AggregatorOperation::sum);
  broken.event_type.clear();
  EXPECT_EQ(path(broken), "event_type");
  broken = rule(AggregatorOperation::sum);
  broken.where.fields = {{"v", FilterOperator::isNull, {}}, {"v", FilterOperator::in, {}}};
  EXPECT_EQ(path(broken), "filters[1].value");
}

}  // namespace aggregator_test
}  // namespace tallybook
