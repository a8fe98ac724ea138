// A whole installation for tests: records in SQLite or PostgreSQL, usage events in DuckDB, a clock
// that stands still, ids in order, the API in front. Every test of tests/store and tests/scenarios
// runs on both databases; without PostgreSQL they fail.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "adapters/pdf/pdf_printer.hpp"
#include "adapters/sandbox/sandbox_provider.hpp"
#include "api/protocol/api.hpp"
#include "api/protocol/keys.hpp"
#include "api/snapshots.hpp"
#include "app/usage/customer_directory.hpp"
#include "reflect/value.hpp"

namespace tallybook::testing {

// A folder of its own, gone afterwards; in the folder for temporary files, or in `parent`.
class TempFolder {
 public:
  explicit TempFolder(std::string const& parent = "");
  ~TempFolder();
  TempFolder(TempFolder const&) = delete;
  TempFolder& operator=(TempFolder const&) = delete;
  [[nodiscard]] std::string const& path() const { return path_; }

 private:
  std::string path_;
};

// A record database of that kind without tables; PostgreSQL gets a schema of its own.
std::unique_ptr<SqlDatabase> fresh_database(Dialect dialect, TempFolder const& folder);

// A folder for files that need not outlive the machine; "" where there is none.
std::string memory_folder();

class OrderedIds final : public IdSource {
 public:
  std::string next(std::string_view prefix) override;

 private:
  std::mutex mutex_;
  long count_ = 0;
};

// An answer of the API, read as JSON.
struct Answer {
  int status = 0;
  std::string text;
  Value body;
  std::vector<std::pair<std::string, std::string>> headers;

  // at("data", "0", "id"): the member or element; a missing one fails the test and gives null.
  template <class... Keys>
  [[nodiscard]] Value const& at(Keys const&... keys) const {
    Value const* value = &body;
    ((value = step(value, keys)), ...);
    return *value;
  }
  // The same as text: strings bare, everything else as JSON.
  template <class... Keys>
  [[nodiscard]] std::string get(Keys const&... keys) const {
    Value const& value = at(keys...);
    return value.as_string() != nullptr ? *value.as_string() : to_json_text(value);
  }
  [[nodiscard]] std::string header(std::string const& name) const;

 private:
  static Value const* step(Value const* value, std::string const& key);
};

class Installation {
 public:
  // Its files are made in `parent`, or where temporary files go. Not durable: commits of PostgreSQL
  // do not wait for the disk, for tests that are about what is stored and not how.
  explicit Installation(Dialect dialect, std::string const& parent = "", bool durable = true);

  // Goes on as another account, empty and without a clock of its own, beside the ones before.
  void open_account();

  // `body` is JSON text; `headers` are "name: value".
  Answer call(std::string const& method, std::string const& target, std::string const& body = "",
              std::vector<std::string> const& headers = {});
  Answer get(std::string const& target) { return call("GET", target); }
  Answer post(std::string const& target, std::string const& body = "") {
    return call("POST", target, body);
  }
  Answer put(std::string const& target, std::string const& body = "") {
    return call("PUT", target, body);
  }

  // Freezes test mode's time; and moves it, running what falls due.
  void set_clock(std::string const& instant);
  Answer advance(std::string const& instant);

  // Shortcuts that fail the test when the answer is not a success; each returns the new id.
  std::string customer(std::string const& fields =
                           R"("name":"Acme","currency":"EUR","country":"FR","external_id":"acme")");
  std::string flat_fee(std::string const& amount,
                       std::string const& interval = R"({"period":"months","count":1})",
                       std::string const& currency = "EUR");
  std::string seats(std::string const& amount,
                    std::string const& interval = R"({"period":"months","count":1})");
  std::string usage_product(
      std::string const& prices,
      std::string const& aggregator = R"({"entity":"llm","operation":"sum","property":"tokens"})",
      std::string const& type = "volume");
  std::string subscribe(std::string const& customer, std::string const& products,
                        std::string const& more = "");
  std::string event(std::string const& id, std::string const& timestamp,
                    std::string const& properties, std::string const& customer = "acme",
                    std::string const& type = "llm");

  // "number status total | name units net; ..." of each invoice, oldest first; not the open ones.
  std::vector<std::string> invoices(std::string const& query = "");
  std::vector<std::string> outbox();  // event types in order
  // The sum of all postings per ledger account, "receivable 12000 EUR".
  std::map<std::string, std::int64_t> ledger();

  [[nodiscard]] Services& services() { return *services_; }
  [[nodiscard]] SqlDatabase& database() { return *database_; }
  [[nodiscard]] Tenant tenant(Mode mode = Mode::test) const { return {account_, mode}; }
  [[nodiscard]] FixedClock& machine_clock() { return clock_; }
  void use_key(std::string key) { key_ = std::move(key); }
  std::string make_key(Mode mode, std::vector<std::string> scopes = {"*"});

 private:
  TempFolder folder_;
  std::shared_ptr<SqlDatabase> database_;
  std::unique_ptr<EventStore> events_;
  FixedClock clock_{*parse_instant("2026-01-01T00:00:00Z")};
  OrderedIds ids_;
  api::WireSnapshots snapshots_;
  PdfPrinter printer_;
  std::unique_ptr<SqlDatabase> sandbox_database_;
  std::unique_ptr<SandboxBook> sandbox_book_;
  std::unique_ptr<SandboxProvider> sandbox_;
  std::unique_ptr<SandboxProvider> sandbox_backup_;
  PaymentProviders providers_;
  std::unique_ptr<Services> services_;
  CustomerDirectory directory_;
  std::unique_ptr<api::Api> api_;
  std::string key_;
  std::string account_;
};

// Test base: one installation per database, verified at the end.
class OnBothDatabases : public ::testing::TestWithParam<Dialect> {
 protected:
  // Whatever a scenario did, the books must add up after it.
  void TearDown() override;
  Installation book{GetParam(), memory_folder(), false};
};

inline std::string dialect_name(::testing::TestParamInfo<Dialect> const& info) {
  return info.param == Dialect::sqlite ? "SQLite" : "PostgreSQL";
}

#define TB_ON_BOTH_DATABASES(suite)                                                        \
  INSTANTIATE_TEST_SUITE_P(, suite, ::testing::Values(Dialect::sqlite, Dialect::postgres), \
                           ::tallybook::testing::dialect_name)

}  // namespace tallybook::testing
