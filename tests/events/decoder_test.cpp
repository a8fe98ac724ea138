// The ingestion decoder: what is accepted, what each refusal says, and what fails the whole call.
#include <gtest/gtest.h>

#include "store/events/decode/event_decoder.hpp"

namespace {

using namespace tallybook;

std::string item(std::string const& record,
                 std::string const& timestamp = "\"2026-01-31T09:05:00Z\"") {
  return R"({"customer_id":"cus_1","event_type":"calls","timestamp":)" + timestamp +
         R"(,"record":)" + record + "}";
}

DecodedEvent one(std::string const& text) {
  auto decoded = decode_event(text);
  EXPECT_TRUE(decoded) << (decoded ? "" : decoded.error().message);
  return decoded ? *decoded : DecodedEvent{};
}

std::string reason(std::string const& text) { return one(text).reason; }

std::string failure(std::string const& body) {
  auto decoded = decode_events(body);
  return decoded ? "decoded" : decoded.error().message;
}

TEST(Decoder, AcceptsAndKeepsNumbersUntouched) {
  DecodedEvent const event = one(
      " " +
      item(R"({ "id" : "a b", "n": 1.10, "big":12345678901234567890123456789012345678, "e":1E-20 ,)"
           R"("meta":{"region":"eu"},"list":[1,"x",null,true] })") +
      "\n");
  EXPECT_EQ(event.reason, "");
  EXPECT_EQ(event.customer_ref, "cus_1");
  EXPECT_EQ(event.event_type, "calls");
  EXPECT_EQ(event.record_id, "a b");
  EXPECT_EQ(format_instant(event.timestamp), "2026-01-31T09:05:00.000Z");
  EXPECT_EQ(event.record_json,
            R"({"id":"a b","n":1.10,"big":12345678901234567890123456789012345678,"e":1E-20,)"
            R"("meta":{"region":"eu"},"list":[1,"x",null,true]})");
}

TEST(Decoder, KeepsTheItemAsItCame) {
  std::string const bad = R"({ "customer_id": "", "x": [1, {"y": 2}] })";
  auto const decoded =
      decode_events("[ " + item(R"({"id":"a"})") + " , " + bad + " , 5, [1, [2]] ]");
  ASSERT_TRUE(decoded);
  ASSERT_EQ(decoded->size(), 4u);
  EXPECT_EQ((*decoded)[3].original_json, "[1, [2]]");
  EXPECT_EQ((*decoded)[0].original_json, item(R"({"id":"a"})"));
  EXPECT_EQ((*decoded)[0].reason, "");
  EXPECT_EQ((*decoded)[1].original_json, bad);
  EXPECT_EQ((*decoded)[1].reason, "[1].customer_id: must not be empty");
  EXPECT_EQ((*decoded)[2].reason, "[2]: must be an object");
  EXPECT_EQ((*decoded)[2].original_json, "5");
}

TEST(Decoder, AcceptsTheWrappedFormAndProperties) {
  auto const decoded = decode_events(
      R"({"events":[{"customer_id":"c","event_type":"t","timestamp":0,"properties":{"id":7}}],"other":{"a":[]}})");
  ASSERT_TRUE(decoded);
  ASSERT_EQ(decoded->size(), 1u);
  EXPECT_EQ((*decoded)[0].reason, "");
  EXPECT_EQ((*decoded)[0].record_id, "7");
  EXPECT_EQ((*decoded)[0].record_json, R"({"id":7})");
}

TEST(Decoder, Timestamps) {
  std::string const record = R"({"id":"a"})";
  EXPECT_EQ(one(item(record, "1704067200123")).timestamp.ms, 1704067200123);
  EXPECT_EQ(one(item(record, "\"1704067200123\"")).timestamp.ms, 1704067200123);
  EXPECT_EQ(one(item(record, "\"2200-12-31T23:59:59.999Z\"")).reason, "");
  EXPECT_EQ(reason(item(record, "\"2201-01-01T00:00:00Z\"")),
            "timestamp: must be within the years 1970 to 2200");
  EXPECT_EQ(reason(item(record, "-1")), "timestamp: must be within the years 1970 to 2200");
  for (char const* bad : {"1.5", "1e3", "\"2026-01-31\"", "\"2026-01-31T00:00:00+01:00\"", "null",
                          "[]", "{}", "\"\"", "99999999999999999999"})
    EXPECT_TRUE(reason(item(record, bad)).starts_with("timestamp: must be ISO 8601")) << bad;
}

TEST(Decoder, RefusesRecordsWithTheirPath) {
  EXPECT_EQ(reason(item("5")), "record: must be an object");
  EXPECT_EQ(reason(item("{}")), "record.id: is required");
  EXPECT_EQ(reason(item(R"({"id":""})")), "record.id: must not be empty");
  EXPECT_EQ(reason(item(R"({"id":true})")), "record.id: must be a string");
  EXPECT_EQ(reason(item(R"({"id":{"a":1}})")), "record.id: must be a string");
  EXPECT_EQ(reason(item(R"({"id":"a","id":"b"})")), "record.id: is given twice");
  EXPECT_EQ(reason(item(R"({"id":"a","m":{"x":1},"m":2})")), "record.m: is given twice");
  EXPECT_EQ(reason(item(R"({"id":"a","m":{"x":1},"m.x":2})")), "record.m.x: is given twice");
  EXPECT_EQ(reason(item(R"({"id":"a","l":[{"x":1}]})")),
            "record.l: an array may hold only strings, numbers, booleans and null");
  EXPECT_EQ(reason(item(R"({"id":"a","a":{"b":{"c":{"d":{"e":{"f":1}}}}}})")), "");
  EXPECT_EQ(reason(item(R"({"id":"a","a":{"b":{"c":{"d":{"e":{"f":{}}}}}}})")),
            "record.a.b.c.d.e.f: objects nest at most 5 deep");
  EXPECT_EQ(reason(item(R"({"id":"a","n":"x\u0000y"})")),
            "record.n: must not contain the character NUL");
  EXPECT_EQ(reason(item(R"({"id":"a\u0000"})")), "record.id: must not contain the character NUL");
  EXPECT_EQ(reason(item("{\"id\":\"" + std::string(201, 'x') + "\"}")),
            "record.id: must be at most 200 bytes");
  EXPECT_EQ(reason(item(R"({"id":"a","t":")" + std::string(70'000, 'x') + "\"}")),
            "record: must be at most 65536 bytes");
  std::string many = R"({"id":"a")";
  for (int i = 0; i < 199; ++i) many += ",\"p" + std::to_string(i) + "\":1";
  EXPECT_EQ(reason(item(many + "}")), "");
  EXPECT_EQ(reason(item(many + ",\"q\":1}")), "record: must have at most 200 properties");
}

TEST(Decoder, RefusesItemsWithTheirPath) {
  EXPECT_EQ(reason("{}"), "customer_id: is required");
  EXPECT_EQ(reason(R"({"customer_id":5,"event_type":"t","timestamp":0,"record":{"id":"a"}})"),
            "customer_id: must be a string");
  EXPECT_EQ(reason(R"({"customer_id":"c","event_type":"t","timestamp":0})"), "record: is required");
  EXPECT_EQ(
      reason(
          R"({"customer_id":"c","customer_id":"c","event_type":"t","timestamp":0,"record":{"id":"a"}})"),
      "customer_id: is given twice");
  EXPECT_EQ(
      reason(
          R"({"customer_id":"c","event_type":"t","timestamp":0,"record":{"id":"a"},"properties":{}})"),
      "properties: record and properties are the same; give one");
  EXPECT_EQ(reason(R"({"customer_id":")" + std::string(201, 'c') +
                   R"(","event_type":"t","timestamp":0})"),
            "customer_id: must be at most 200 bytes");
}

TEST(Decoder, FailsTheWholeCall) {
  std::string const good = item(R"({"id":"a"})");
  EXPECT_EQ(failure("[]"), "at least one event is required");
  EXPECT_EQ(failure("{\"events\":[]}"), "at least one event is required");
  EXPECT_EQ(failure("{}"), "the body must be an array of events");
  EXPECT_EQ(failure("5"), "the body must be an array of events");
  EXPECT_EQ(failure("{\"events\":5}"), "events must be an array");
  EXPECT_EQ(failure(""), "the body is empty");
  EXPECT_EQ(failure("[" + good + "] []"), "there is more after the JSON value");
  EXPECT_EQ(failure("[" + item("{\"id\":\"\xff\"}") + "]"), "the body is not valid UTF-8");
  for (std::string const& bad :
       {"[" + good, "[" + good + ",]", "[" + good + good + "]",
        "[" + item(R"({"id":"a","n":01})") + "]", "[" + item(R"({"id":"a","n":tru})") + "]",
        "[" + item(R"({"id":"a","n":"\x"})") + "]", "[" + item(R"({"id":"a","n":1.})") + "]",
        std::string("[{\"x\":[1,}]}]"), std::string("["), std::string("[{]")})
    EXPECT_NE(failure(bad), "decoded") << bad;
  std::string many = "[";
  for (int i = 0; i < 5'000; ++i) many += (i > 0 ? "," : "") + good;
  EXPECT_EQ(failure(many + "]"), "decoded");
  EXPECT_EQ(failure(many + "," + good + "]"), "at most 5000 events are accepted in one request");
  EXPECT_EQ(failure("[" + std::string(100, '[') + std::string(100, ']') + "]"),
            "objects and arrays are nested too deeply");
}

TEST(Decoder, MalformedTextNeverPassesByCutting) {
  std::string const body =
      "[" + item(R"({"id":"a","m":{"x":[1,"\u00fc"],"y":null},"n":-1.5e3})") + "]";
  ASSERT_TRUE(decode_events(body));
  for (size_t cut = 0; cut < body.size(); ++cut)
    EXPECT_FALSE(decode_events(body.substr(0, cut))) << cut;
}

}  // namespace
