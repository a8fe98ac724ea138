#include "support/installation.hpp"

#include <unistd.h>

#include <cstdlib>

#include "app/entity/invoicing_entities.hpp"
#include "app/ledger/sealing.hpp"
#include "app/verify/verify.hpp"
#include "main/api_routes.hpp"
#include "store/events/duckdb/duckdb_event_store.hpp"
#include "store/postgres/postgres_database.hpp"
#include "store/sql/migrations.hpp"
#include "store/sqlite/sqlite_database.hpp"

namespace tallybook::testing {

TempFolder::TempFolder(std::string const& parent) {
  auto const place =
      parent.empty() ? std::filesystem::temp_directory_path() : std::filesystem::path(parent);
  std::string pattern = (place / "tallybook-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = pattern;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

namespace installation_detail {

std::string server() {
  char const* url = std::getenv("TALLYBOOK_TEST_POSTGRES");
  if (url == nullptr)
    throw std::runtime_error(
        "TALLYBOOK_TEST_POSTGRES is not set: run the program through "
        "tests/support/with_postgres.sh");
  return url;
}

std::unique_ptr<SqlDatabase> new_schema(PostgresCommits commits) {
  static int count = 0;
  std::string const schema = "t" + std::to_string(getpid()) + "_" + std::to_string(++count);
  open_postgres(server(), 1)->write([&](SqlSession& sql) {
    sql.execute("CREATE SCHEMA " + schema);
    return true;
  });
  return open_postgres(server() + "?options=-csearch_path%3D" + schema, 6, commits);
}

// A file with the tables and nothing in them, made once.
std::string const& empty_file() {
  static TempFolder const folder;
  static std::string const file = [] {
    std::string const path = folder.path() + "/empty.db";
    migrate(*open_sqlite(path, 1), Instant{0});
    return path;
  }();
  return file;
}

// Schemas with their tables, lent to one installation after the other: making the tables takes
// longer than most tests. What the last one left is deleted first. One that was lent often is left
// behind: what is deleted there slows it down.
class Schemas {
 public:
  std::shared_ptr<SqlDatabase> lend() {
    if (free_.empty()) {
      auto made = std::make_unique<Schema>();
      made->database = new_schema(PostgresCommits::unsynced);
      migrate(*made->database, Instant{0});
      free_.push_back(std::move(made));
    }
    auto schema = std::shared_ptr<Schema>(free_.back().release(), [this](Schema* back) {
      std::unique_ptr<Schema> kept(back);
      if (kept->lent < most) free_.push_back(std::move(kept));
    });
    free_.pop_back();
    if (schema->lent++ > 0) clear(*schema->database);
    return {schema, schema->database.get()};
  }

 private:
  static constexpr int most = 40;
  struct Schema {
    std::unique_ptr<SqlDatabase> database;
    int lent = 0;
  };

  static void clear(SqlDatabase& database) {
    database.write([](SqlSession& sql) {
      std::vector<std::string> statements;
      // Those that refer to others first.
      sql.query(
          "SELECT c.relname FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace "
          "AND c.relkind = 'r' AND c.relname <> 'schema_migrations' ORDER BY NOT EXISTS (SELECT 1 "
          "FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'), c.relname",
          {}, [&](SqlRow const& row) {
            statements.push_back("DELETE FROM " + std::string(row.text(0)));
          });
      sql.query(
          "SELECT c.relname FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace "
          "AND c.relkind = 'S'",
          {}, [&](SqlRow const& row) {
            statements.push_back("SELECT setval('" + std::string(row.text(0)) + "', 1, false)");
          });
      for (auto const& statement : statements) sql.execute(statement);
      return true;
    });
  }

  std::vector<std::unique_ptr<Schema>> free_;
};

// A record database with its tables and nothing in them.
std::shared_ptr<SqlDatabase> empty_database(Dialect dialect, TempFolder const& folder,
                                            bool durable) {
  if (dialect == Dialect::sqlite) {
    std::string const file = folder.path() + "/records.db";
    std::filesystem::copy_file(empty_file(), file);
    return open_sqlite(file, 2);
  }
  if (!durable) {
    // Never destroyed: installations that live until the end give theirs back.
    static auto& schemas = *new Schemas;
    return schemas.lend();
  }
  auto database = new_schema(PostgresCommits::durable);
  migrate(*database, Instant{0});
  return database;
}

}  // namespace installation_detail

std::unique_ptr<SqlDatabase> fresh_database(Dialect dialect, TempFolder const& folder) {
  if (dialect == Dialect::sqlite) return open_sqlite(folder.path() + "/records.db", 2);
  return installation_detail::new_schema(PostgresCommits::durable);
}

std::string memory_folder() {
  char const* const memory = "/dev/shm";
  return std::filesystem::is_directory(memory) ? memory : "";
}

std::string OrderedIds::next(std::string_view prefix) {
  std::lock_guard const lock(mutex_);
  std::string number = std::to_string(++count_);
  return std::string(prefix) + "_" +
         std::string(14 - std::min<std::size_t>(14, number.size()), '0') + number;
}

Value const* Answer::step(Value const* value, std::string const& key) {
  static Value const missing;
  Value const* next = value->find(key);
  if (next == nullptr && value->as_array() != nullptr && !key.empty() &&
      key.find_first_not_of("0123456789") == std::string::npos) {
    auto const index = std::stoul(key);
    if (index < value->as_array()->size()) next = &(*value->as_array())[index];
  }
  if (next == nullptr) {
    ADD_FAILURE() << "no \"" << key << "\" in " << to_json_text(*value).substr(0, 600);
    return &missing;
  }
  return next;
}

std::string Answer::header(std::string const& name) const {
  for (auto const& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

Installation::Installation(Dialect dialect, std::string const& parent, bool durable)
    : folder_(parent) {
  database_ = installation_detail::empty_database(dialect, folder_, durable);
  events_ = DuckDbEventStore::open(folder_.path() + "/events");
  sandbox_database_ = open_sqlite(folder_.path() + "/sandbox.db", 2);
  sandbox_book_ = std::make_unique<SandboxBook>(*sandbox_database_);
  sandbox_ = std::make_unique<SandboxProvider>(*sandbox_book_, ids_, "sandbox", true);
  sandbox_backup_ =
      std::make_unique<SandboxProvider>(*sandbox_book_, ids_, "sandbox_backup", false);
  providers_.add(*sandbox_);
  providers_.add(*sandbox_backup_);
  services_ = std::make_unique<Services>(Services{*database_, *events_, clock_, ids_, snapshots_,
                                                  printer_, nullptr, nullptr, &providers_});
  api_ = std::make_unique<api::Api>(*services_, api::ApiOptions{});
  add_all_routes(api_->router(), directory_);
  key_ = make_key(Mode::test);
}

void Installation::open_account() {
  std::string const key = make_key(Mode::test);
  account_ = ids_.next("acc");
  database_->write([&](SqlSession& sql) {
    sql.execute("INSERT INTO accounts (id, name, created_at) VALUES (?, ?, ?)",
                {account_, std::string("Scenario"), clock_.now().ms});
    for (Mode const mode : {Mode::test, Mode::live})
      create_default_entity(sql, ids_, {account_, mode}, clock_.now());
    sql.execute("UPDATE api_keys SET account_id = ? WHERE hash = ?",
                {account_, api::hash_key(key)});
    return true;
  });
  key_ = key;
}

std::string Installation::make_key(Mode mode, std::vector<std::string> scopes) {
  std::string secret;
  database_->write([&](SqlSession& sql) {
    auto const made = api::create_key(sql, ids_, clock_.now(), mode, "test", scopes);
    secret = made.secret;
    account_ = made.record.account_id.value;
    return true;
  });
  return secret;
}

Answer Installation::call(std::string const& method, std::string const& target,
                          std::string const& body, std::vector<std::string> const& headers) {
  Request request;
  request.method = method;
  request.target = target;
  request.path = target.substr(0, target.find('?'));
  if (auto const mark = target.find('?'); mark != std::string::npos)
    request.query = target.substr(mark + 1);
  request.body = body;
  request.request_id = "test";
  request.headers = {{"host", "billing.test"}, {"content-type", "application/json"}};
  bool own_key = false;
  for (auto const& line : headers) {
    auto const colon = line.find(": ");
    if (line.starts_with("authorization")) own_key = true;
    if (line.starts_with("content-type")) request.headers.pop_back();
    request.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
  }
  if (!own_key && !key_.empty()) request.headers.emplace_back("authorization", "Bearer " + key_);
  Response const response = api_->handle(request);
  Answer answer{response.status, response.body, {}, response.headers};
  if (auto parsed = parse_json(response.body)) answer.body = *std::move(parsed);
  return answer;
}

void Installation::set_clock(std::string const& instant) {
  auto const answer = put("/v1/test-clock", "{\"now\":\"" + instant + "\"}");
  ASSERT_EQ(answer.status, 200) << answer.text;
}

Answer Installation::advance(std::string const& instant) {
  auto answer = post("/v1/test-clock/advance", "{\"to\":\"" + instant + "\"}");
  EXPECT_EQ(answer.status, 200) << answer.text;
  return answer;
}

namespace installation_detail {

std::string created(Answer const& answer) {
  EXPECT_EQ(answer.status, 201) << answer.text;
  return answer.status == 201 ? answer.get("id") : "";
}

}  // namespace installation_detail

std::string Installation::customer(std::string const& fields) {
  return installation_detail::created(post("/v1/customers", "{" + fields + "}"));
}

std::string Installation::flat_fee(std::string const& amount, std::string const& interval,
                                   std::string const& currency) {
  return installation_detail::created(
      post("/v1/products",
           R"({"type":"flat_fee","name":"Platform","price_configurations":[{"currency":")" +
               currency + R"(","billing_interval":)" + interval +
               R"(,"type":"fee","prices":[{"type":"fee","amount":)" + amount + "}]}]}"));
}

std::string Installation::seats(std::string const& amount, std::string const& interval) {
  return installation_detail::created(post(
      "/v1/products",
      R"({"type":"seat","name":"Seats","price_configurations":[{"currency":"EUR","billing_interval":)" +
          interval + R"(,"type":"volume","prices":[{"type":"volume","from":0,"to":null,"amount":)" +
          amount + "}]}]}"));
}

std::string Installation::usage_product(std::string const& prices, std::string const& aggregator,
                                        std::string const& type) {
  return installation_detail::created(post(
      "/v1/products",
      R"({"type":"dynamic","name":"Tokens","aggregator":)" + aggregator +
          R"(,"price_configurations":[{"currency":"EUR","billing_interval":{"period":"months","count":1},"type":")" +
          type + R"(","prices":)" + prices + "}]}"));
}

std::string Installation::subscribe(std::string const& customer, std::string const& products,
                                    std::string const& more) {
  return installation_detail::created(
      post("/v2/subscriptions", R"({"customer_id":")" + customer +
                                    R"(","activation_strategy":"start_date","products":)" +
                                    products + more + "}"));
}

std::string Installation::event(std::string const& id, std::string const& timestamp,
                                std::string const& properties, std::string const& customer,
                                std::string const& type) {
  auto const answer =
      post("/v1/events", R"({"customer_id":")" + customer + R"(","event_type":")" + type +
                             R"(","timestamp":")" + timestamp + R"(","record":{"id":")" + id +
                             "\"" + (properties.empty() ? "" : "," + properties) + "}}");
  EXPECT_EQ(answer.status, 201) << answer.text;
  return id;
}

std::vector<std::string> Installation::invoices(std::string const& query) {
  auto const answer = get("/v2/invoices?order=asc&limit=100&status=all" + query);
  EXPECT_EQ(answer.status, 200) << answer.text;
  std::vector<std::string> list;
  for (auto const& invoice : *answer.at("data").as_array()) {
    auto const text = [](Value const& holder, char const* key) {
      Value const& value = *holder.find(key);
      return value.as_string() != nullptr ? *value.as_string() : to_json_text(value);
    };
    if (text(invoice, "status") == "open") continue;  // of periods that still run
    std::string line = text(invoice, "number") + " " + text(invoice, "status") + " " +
                       text(invoice, "total_amount") + " |";
    for (auto const& item : *invoice.find("line_items")->as_array()) {
      line += " " + text(item, "name") + " " + text(item, "units_count") + " " +
              text(item, "amount_excluding_tax") + ";";
    }
    list.push_back(std::move(line));
  }
  return list;
}

std::vector<std::string> Installation::outbox() {
  std::vector<std::string> types;
  database_->read([&](SqlSession& sql) {
    sql.query("SELECT event_type FROM outbox ORDER BY sequence", {},
              [&](SqlRow const& row) { types.emplace_back(row.text(0)); });
  });
  return types;
}

std::map<std::string, std::int64_t> Installation::ledger() {
  std::map<std::string, std::int64_t> sums;
  database_->read([&](SqlSession& sql) {
    sql.query(
        "SELECT p.ledger_account, SUM(p.amount) FROM ledger_postings p JOIN ledger_entries e ON "
        "e.id = p.entry_id GROUP BY p.ledger_account",
        {}, [&](SqlRow const& row) { sums[std::string(row.text(0))] = row.integer(1); });
  });
  return sums;
}

void OnBothDatabases::TearDown() {
  for (Mode const mode : {Mode::test, Mode::live}) seal_ledger(book.services(), book.tenant(mode));
  auto const report = verify(book.database(), book.services().events);
  for (auto const& finding : report.findings) ADD_FAILURE() << "verify: " << finding;
}

}  // namespace tallybook::testing
