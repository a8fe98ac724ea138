// Numbers are exact whatever they look like, in every operation.
#include <gtest/gtest.h>

#include "events/events_support.hpp"
#include "store/events/record/record_reader.hpp"

namespace events_support {
namespace {

struct Values {
  Folder folder;
  std::unique_ptr<DuckDbEventStore> store = DuckDbEventStore::open(folder.path());
  explicit Values(std::vector<std::string> const& values) {
    std::vector<EventToStore> batch;
    for (size_t i = 0; i < values.size(); ++i)
      batch.push_back(
          event("id" + std::to_string(i), "cus_1", values[i], static_cast<std::int64_t>(i)));
    store->append(batch);
  }
  Exact of(AggregatorOperation operation) { return store->usage(query(operation)).quantity; }
};

TEST(Exactness, TenthsAddUp) {
  Values values({"0.1", "0.2"});
  EXPECT_EQ(values.of(AggregatorOperation::sum), Exact::fraction(3, 10));
  EXPECT_EQ(values.of(AggregatorOperation::avg), Exact::fraction(3, 20));
}

TEST(Exactness, TinyHugeAndExponentsMix) {
  Values values({"1e-20", "99999999999999999999999999999999999999", "1E3", "0.5", "-2.5e-1"});
  Exact const expected =
      exact("99999999999999999999999999999999999999") + exact("1e-20") + exact("1000.25");
  EXPECT_EQ(values.of(AggregatorOperation::sum), expected);
  EXPECT_EQ(values.of(AggregatorOperation::max), exact("99999999999999999999999999999999999999"));
  EXPECT_EQ(values.of(AggregatorOperation::min), Exact::fraction(-1, 4));
  EXPECT_EQ(values.of(AggregatorOperation::last), Exact::fraction(-1, 4));
  EXPECT_EQ(values.of(AggregatorOperation::avg), expected / Exact(5));
}

TEST(Exactness, SumsBeyondTheFastPathStayExact) {
  std::vector<std::string> const many(5'000, "9999999999999999999.999999999999999999");
  Values values(many);
  EXPECT_EQ(values.of(AggregatorOperation::sum),
            exact("9999999999999999999.999999999999999999") * Exact(5'000));
}

TEST(Exactness, NumericTextIsANumberAndOtherValuesAreNot) {
  Values values({"\"1.5\"", "2", "true", "null", "\"two\"", "[3]", "{\"m\":4}"});
  UsageResult const result = values.store->usage(query(AggregatorOperation::sum));
  EXPECT_EQ(result.quantity, Exact::fraction(7, 2));
  EXPECT_EQ(result.count, 2u);
}

TEST(Exactness, DistinctNumbersCompareByValue) {
  Values values({"1", "1.0", "1e0", "\"1\"", "true", "\"true\"", "null"});
  UsageResult const result = values.store->usage(query(AggregatorOperation::count_unique));
  EXPECT_EQ(result.quantity, Exact(4));
  EXPECT_EQ(result.count, 6u);
}

TEST(Exactness, NegativesAreLeftOutUnlessAllowed) {
  Values values({"5", "-3", "\"-1\"", "-0"});
  UsageQuery asked = query(AggregatorOperation::sum);
  EXPECT_EQ(values.store->usage(asked).quantity, Exact(1));
  asked.rule.allow_negative_values = false;
  EXPECT_EQ(values.store->usage(asked).quantity, Exact(5));
  EXPECT_EQ(values.store->usage(asked).count, 2u);
}

TEST(Exactness, ValuesComeInTimeOrder) {
  Values values({"3", "1e-30", "\"2\""});
  EXPECT_EQ(values.store->values(query(AggregatorOperation::sum)),
            (std::vector<Exact>{Exact(3), exact("1e-30"), Exact(2)}));
}

TEST(Exactness, TicksAreUtc) {
  Folder folder;
  auto store = DuckDbEventStore::open(folder.path());
  std::int64_t const january = parse_instant("2024-01-31T23:59:59.999Z")->ms;
  store->append({event("a", "cus_1", "1", january), event("b", "cus_1", "0.1", january + 1),
                 event("c", "cus_2", "0.2", january + 2)});
  auto const months = store->usage_over_time(query(AggregatorOperation::sum), TickSize::month);
  ASSERT_EQ(months.size(), 2u);
  EXPECT_EQ(format_instant(months[0].at), "2024-01-01T00:00:00.000Z");
  EXPECT_EQ(months[1].quantity, Exact::fraction(3, 10));
  auto const hours = store->usage_over_time(query(AggregatorOperation::count), TickSize::hour);
  ASSERT_EQ(hours.size(), 2u);
  EXPECT_EQ(format_instant(hours[0].at), "2024-01-31T23:00:00.000Z");
  auto const customers = store->usage_by_customer(query(AggregatorOperation::sum));
  ASSERT_EQ(customers.size(), 2u);
  EXPECT_EQ(customers[0].key, "cus_1");
  EXPECT_EQ(customers[0].quantity, exact("1.1"));
}

TEST(RecordReader, ReadsNestedEscapedAndRawValues) {
  std::string const record =
      R"({"id":"x","a\"b":1.10,"meta":{"region":"e\u00fc\ud83d\ude00","deep":{"n":1e-7}},"list":[1,{"a":2},"]"],)"
      R"("t":true,"z":null,"meta.region":"other"})";
  EXPECT_EQ(read_property(record, "a\"b")->text, "1.10");
  EXPECT_EQ(read_property(record, "meta.region")->text, "e\u00fc\U0001F600");
  EXPECT_EQ(read_property(record, "meta.deep.n")->text, "1e-7");
  EXPECT_EQ(read_property(record, "list")->text, R"([1,{"a":2},"]"])");
  EXPECT_EQ(read_property(record, "list")->kind, RecordValue::Kind::text);
  EXPECT_EQ(read_property(record, "t")->kind, RecordValue::Kind::boolean);
  EXPECT_EQ(read_property(record, "z")->kind, RecordValue::Kind::null);
  EXPECT_FALSE(read_property(record, "meta"));
  EXPECT_FALSE(read_property(record, "absent"));
  for (auto const& [path, value] : flatten_record(record))
    EXPECT_EQ(read_property(record, path), value) << path;
}

TEST(RecordReader, MalformedTextIsOnlyAbsent) {
  std::string const record = R"({"id":"x","a":{"b":[1,2,{"c":"d\\"}]},"n":12})";
  for (size_t cut = 0; cut < record.size(); ++cut) {
    EXPECT_NO_THROW(flatten_record(record.substr(0, cut)));
    read_property(record.substr(0, cut), "a.b");
  }
}

}  // namespace
}  // namespace events_support
