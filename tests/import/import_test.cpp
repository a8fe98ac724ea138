// Importing files and billing what they say, through the command itself.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>

#include "app/usage/csv_reader.hpp"
#include "app/verify/verify.hpp"
#include "main/commands.hpp"
#include "support/folder_installation.hpp"

namespace import_tests {

using namespace installation_support;

ImportFile arguments(std::string const& file, std::string const& customer) {
  ImportFile wanted;
  wanted.file = file;
  wanted.mode = "test";
  wanted.customer = customer;
  wanted.event_type = "request";
  wanted.timestamp_column = "TIMESTAMP";
  return wanted;
}

std::string written(TemporaryFolder const& folder, char const* name, std::string const& text) {
  std::ofstream(folder.sub(name), std::ios::binary) << text;
  return folder.sub(name);
}

// A command needs the folder for itself, so the installation is closed meanwhile.
struct Output {
  int status;
  std::string out;
};
Output import(std::string const& data, ImportFile const& wanted) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Output output{import_event_file(Installation::settings_of(data), wanted), ""};
  output.out = testing::internal::GetCapturedStdout() + testing::internal::GetCapturedStderr();
  return output;
}

std::vector<StoredEvent> events_of(Node& node, Tenant const& tenant, char const* type = "request") {
  EventListQuery query;
  query.tenant = tenant;
  query.event_type = type;
  query.ascending = true;
  query.take = 1'000'000;
  return node.events().list(query).events;
}

class Import : public testing::Test {
 protected:
  Import() : data(folder.sub("data")) {
    Installation made(data, at("2023-11-01T00:00:00Z"));
    tenant = made.tenant;
    made.customer("acme");
  }
  std::vector<StoredEvent> stored() {
    Node node(Installation::settings_of(data));
    return events_of(node, tenant);
  }
  TemporaryFolder folder;
  std::string data;
  Tenant tenant;
};

TEST_F(Import, RowsBecomeEvents) {
  auto const file =
      written(folder, "a.csv",
              "\xEF\xBB\xBFTIMESTAMP,tokens,price,zip,note\r\n2023-11-16 "
              "18:15:46.6805900,12,-0.50,007,\"a, \"\"b\"\"\nc\"\r\n1700158546000,0,1e3,,x");
  EXPECT_EQ(import(data, arguments(file, "acme")).status, 0);
  auto const events = stored();
  ASSERT_EQ(events.size(), 2U);
  auto const expected = [](StoredEvent const& event, std::string const& rest) {
    return "{\"id\":\"" + event.record_id + "\"," + rest + "}";
  };
  EXPECT_EQ(events[0].record_json,
            expected(events[0], R"("tokens":0,"price":"1e3","zip":"","note":"x")"));
  EXPECT_EQ(events[1].record_json,
            expected(events[1], R"("tokens":12,"price":-0.50,"zip":"007","note":"a, \"b\"\nc")"));
  EXPECT_EQ(events[1].timestamp, at("2023-11-16T18:15:46.680Z"));
  EXPECT_EQ(events[1].record_id.size(), 32U);
}

TEST_F(Import, EqualRowsStayDistinctAndASecondRunChangesNothing) {
  auto const file =
      written(folder, "a.csv",
              "TIMESTAMP,n\n1700158546000,1\n1700158546000,1\n1700158546000,2\n1700158546000,1\n");
  EXPECT_NE(import(data, arguments(file, "acme")).out.find("accepted 4 (0 replaced), refused 0"),
            std::string::npos);
  std::set<std::string> ids;
  for (auto const& event : stored()) ids.insert(event.record_id);
  EXPECT_EQ(ids.size(), 4U);
  EXPECT_NE(import(data, arguments(file, "acme")).out.find("accepted 4 (4 replaced), refused 0"),
            std::string::npos);
  std::set<std::string> again;
  for (auto const& event : stored()) again.insert(event.record_id);
  EXPECT_EQ(again, ids);
}

TEST_F(Import, NamedRecordIds) {
  auto wanted = arguments(written(folder, "a.csv",
                                  "key,TIMESTAMP,n\nx,1700158546000,1\ny,1700158546001,2\nx,"
                                  "1700158546002,3\n,1700158546003,4\n"),
                          "acme");
  wanted.record_id_column = "key";
  auto const first = import(data, wanted);
  EXPECT_EQ(first.status, 1);
  EXPECT_NE(first.out.find("accepted 3 (0 replaced), refused 1"), std::string::npos) << first.out;
  EXPECT_NE(first.out.find("line 5: key: is empty"), std::string::npos) << first.out;
  ASSERT_EQ(stored().size(), 2U);
  // x comes twice in the file and had one live event before: it is replaced once.
  EXPECT_NE(import(data, wanted).out.find("accepted 3 (2 replaced), refused 1"), std::string::npos);
}

TEST_F(Import, RefusedRowsAreCountedAndTwentyAreShown) {
  std::string text = "TIMESTAMP,n\n1700158546000,1\n";
  for (int i = 0; i < 30; ++i) text += i % 2 == 0 ? "never,1\n" : "1700158546000,1,2\n";
  text += "1700158546000,\xFF\n";
  text += "1700158546000," + std::string(70'000, 'x') + "\n";
  auto const output = import(data, arguments(written(folder, "a.csv", text), "acme"));
  EXPECT_EQ(output.status, 1);
  EXPECT_NE(output.out.find("accepted 1 (0 replaced), refused 32"), std::string::npos)
      << output.out.substr(0, 3'000);
  EXPECT_NE(output.out.find("line 3: TIMESTAMP: \"never\" is no time"), std::string::npos);
  EXPECT_NE(output.out.find("line 4: has 3 fields, the header 2"), std::string::npos);
  EXPECT_NE(output.out.find("and 12 more"), std::string::npos);
  EXPECT_EQ(output.out.find("line 23:"), std::string::npos);
}

TEST_F(Import, UnusableArgumentsStoreNothing) {
  auto const good = written(folder, "a.csv", "TIMESTAMP,n\n1700158546000,1\n");
  EXPECT_EQ(import(data, arguments(good, "nobody")).status, 2);
  EXPECT_EQ(import(data, arguments(folder.sub("missing.csv"), "acme")).status, 2);
  EXPECT_EQ(import(data, arguments(written(folder, "b.csv", "time,n\n1,1\n"), "acme")).status, 2);
  EXPECT_EQ(import(data, arguments(written(folder, "c.csv", ""), "acme")).status, 2);
  EXPECT_EQ(import(data, arguments(written(folder, "d.csv", "TIMESTAMP,id\n1,1\n"), "acme")).status,
            2);
  EXPECT_EQ(
      import(data, arguments(written(folder, "e.csv", "TIMESTAMP,n,n\n1,1,1\n"), "acme")).status,
      2);
  EXPECT_TRUE(stored().empty());
}

// --- real requests, billed ----------------------------------------------------------------------

std::string shared_folder() {
  if (char const* named = std::getenv("TALLYBOOK_SHARED")) return named;
  return std::string(TALLYBOOK_SOURCE_DIR) + "/../shared";
}

struct Sums {
  std::uint64_t rows = 0;
  std::int64_t context = 0;
  std::int64_t generated = 0;
};

// Read without the program's own reader: a line is "time,context,generated".
Sums sums_of(std::string const& file) {
  Sums sums;
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  while (std::getline(stream, line)) {
    long long context = 0, generated = 0;
    if (std::sscanf(line.c_str(), "%*[^,],%lld,%lld", &context, &generated) != 2) continue;
    ++sums.rows;
    sums.context += context;
    sums.generated += generated;
  }
  return sums;
}

// Cents for `tokens`: 0.25 a thousand for the first two million, 0.2 up to ten, 0.125 beyond.
Exact input_price(std::int64_t tokens) {
  std::int64_t const first = std::min<std::int64_t>(tokens, 2'000'000);
  std::int64_t const second =
      std::min<std::int64_t>(std::max<std::int64_t>(tokens - 2'000'000, 0), 8'000'000);
  std::int64_t const third = std::max<std::int64_t>(tokens - 10'000'000, 0);
  return Exact(first) * Exact::fraction(25, 100'000) +
         Exact(second) * Exact::fraction(20, 100'000) +
         Exact(third) * Exact::fraction(125, 1'000'000);
}
// 1.5 a thousand for the first hundred thousand, 0.9 beyond.
Exact output_price(std::int64_t tokens) {
  std::int64_t const first = std::min<std::int64_t>(tokens, 100'000);
  return Exact(first) * Exact::fraction(15, 10'000) +
         Exact(tokens - first) * Exact::fraction(9, 10'000);
}

void bill_file(std::string const& csv, Sums const& sums) {
  TemporaryFolder folder;
  std::string const data = folder.sub("data");
  Tenant tenant;
  {
    Installation made(data, at("2023-11-01T00:00:00Z"));
    tenant = made.tenant;
    auto const customer = made.customer("buyer");
    auto const input =
        made.product(ProductType::dynamic, "Input tokens", PriceType::volume,
                     {tier(Exact(0), Exact(2'000'000), Exact::fraction(1, 4), 1'000),
                      tier(Exact(2'000'000), Exact(10'000'000), Exact::fraction(1, 5), 1'000),
                      tier(Exact(10'000'000), {}, Exact::fraction(1, 8), 1'000)},
                     made.aggregator("request", AggregatorOperation::sum, "ContextTokens"));
    auto const output =
        made.product(ProductType::dynamic, "Output tokens", PriceType::volume,
                     {tier(Exact(0), Exact(100'000), Exact::fraction(3, 2), 1'000),
                      tier(Exact(100'000), {}, Exact::fraction(9, 10), 1'000)},
                     made.aggregator("request", AggregatorOperation::sum, "GeneratedTokens"));
    made.subscribe(customer, {input, output}, "2023-11-01T00:00:00Z");
  }
  auto const imported = import(data, arguments(csv, "buyer"));
  ASSERT_EQ(imported.status, 0) << imported.out;
  EXPECT_NE(imported.out.find("accepted " + std::to_string(sums.rows) + " (0 replaced), refused 0"),
            std::string::npos)
      << imported.out;
  Node node(Installation::settings_of(data));
  EXPECT_EQ(events_of(node, tenant).size(), sums.rows);
  ASSERT_TRUE(advance_test_clock(node.services(), tenant, at("2023-12-10T00:00:00Z")).has_value());
  std::vector<InvoiceLine> lines;
  node.database().read([&](SqlSession& sql) {
    lines = Records<InvoiceLine>(sql, tenant).where("1=1 ORDER BY position");
  });
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].usage_quantity, Exact(sums.context));
  EXPECT_EQ(lines[1].usage_quantity, Exact(sums.generated));
  EXPECT_EQ(lines[0].exact_amount, input_price(sums.context));
  EXPECT_EQ(lines[1].exact_amount, output_price(sums.generated));
  EXPECT_EQ(lines[0].amount_excluding_tax, input_price(sums.context).round());
  EXPECT_EQ(lines[1].amount_excluding_tax, output_price(sums.generated).round());
  EXPECT_TRUE(verify(node.database(), node.events()).clean());
}

TEST(RealUsage, InvoicesEqualExactSums) {
  std::string const folder = shared_folder() + "/data/llm-usage";
  if (!std::filesystem::exists(folder + "/code.csv")) {
    std::printf("note: %s is not here; a small made-up file is billed instead\n", folder.c_str());
    TemporaryFolder made;
    bill_file(written(made, "small.csv",
                      "TIMESTAMP,ContextTokens,GeneratedTokens\r\n2023-11-16 "
                      "18:15:46.6805900,1999999,99999\r\n2023-11-16 18:15:47.0000001,9000002,7"),
              {2, 11'000'001, 100'006});
    return;
  }
  auto const code = sums_of(folder + "/code.csv");
  EXPECT_EQ(code.rows, 8'819U);
  EXPECT_EQ(code.context, 18'059'974);
  EXPECT_EQ(code.generated, 245'896);
  bill_file(folder + "/code.csv", code);
  auto const conversation = sums_of(folder + "/conversation.csv");
  EXPECT_EQ(conversation.rows, 19'366U);
  EXPECT_EQ(conversation.context, 22'361'870);
  EXPECT_EQ(conversation.generated, 4'088'665);
  bill_file(folder + "/conversation.csv", conversation);
}

}  // namespace import_tests
