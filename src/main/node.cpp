#include "main/node.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>

#include "adapters/tax_engine/http_tax_engine.hpp"
#include "adapters/vies/vies_register.hpp"
#include "store/events/duckdb/duckdb_event_store.hpp"
#include "store/postgres/postgres_database.hpp"
#include "store/sql/migrations.hpp"
#include "store/sqlite/sqlite_database.hpp"

namespace tallybook {

struct Node::Held {
  std::unique_ptr<NodeLock> node_lock;
};

std::string sqlite_file(Settings const& settings) { return settings.data + "/tallybook.db"; }
std::string events_folder(Settings const& settings) { return settings.data + "/events"; }
std::string sandbox_file(Settings const& settings) { return settings.data + "/sandbox.db"; }

FolderLock::FolderLock(std::string const& folder) {
  std::string const file = folder + "/lock";
  descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor_ < 0) throw StoreUnavailable("cannot write in the data folder " + folder);
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    ::close(descriptor_);
    throw StoreUnavailable("another Tallybook process uses the data folder " + folder +
                           "; stop it first");
  }
}

FolderLock::~FolderLock() { ::close(descriptor_); }

namespace node_detail {

void make_folder(std::string const& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem)
    throw StoreUnavailable("cannot make the data folder " + folder + ": " + problem.message());
}

}  // namespace node_detail

std::unique_ptr<SqlDatabase> open_records(Settings const& settings) {
  std::unique_ptr<SqlDatabase> database;
  if (settings.database.empty()) {
    node_detail::make_folder(settings.data);
    database = open_sqlite(sqlite_file(settings), settings.workers);
  } else if (settings.database.starts_with("postgres://") ||
             settings.database.starts_with("postgresql://")) {
    database = open_postgres(settings.database, settings.workers + 4);
  } else {
    throw StoreUnavailable("--database expects postgres://user:password@host:port/name");
  }
  migrate(*database, SystemClock().now());
  return database;
}

Node::Node(Settings settings) : settings_(std::move(settings)), held_(std::make_unique<Held>()) {
  node_detail::make_folder(settings_.data);
  lock_ = std::make_unique<FolderLock>(settings_.data);
  database_ = open_records(settings_);
  if (database_->dialect() == Dialect::postgres)
    held_->node_lock = take_node_lock(settings_.database);
  DuckDbEventStoreOptions options;
  options.memory_limit = settings_.duckdb_memory;
  events_ = DuckDbEventStore::open(events_folder(settings_), options);
  // In the data folder also when the records are elsewhere: the provider outlives their loss.
  sandbox_database_ = open_sqlite(sandbox_file(settings_), 2);
  sandbox_book_ = std::make_unique<SandboxBook>(*sandbox_database_);
  sandbox_ = std::make_unique<SandboxProvider>(*sandbox_book_, ids_, "sandbox", true);
  sandbox_backup_ =
      std::make_unique<SandboxProvider>(*sandbox_book_, ids_, "sandbox_backup", false);
  providers_.add(*sandbox_);
  providers_.add(*sandbox_backup_);
  if (!settings_.vies_url.empty())
    tax_numbers_ = std::make_unique<ViesRegister>(settings_.vies_url);
  if (!settings_.tax_engine_url.empty())
    tax_engine_ =
        std::make_unique<HttpTaxEngine>(settings_.tax_engine_url, settings_.tax_engine_key);
  services_ = std::make_unique<Services>(Services{*database_, *events_, clock_, ids_, snapshots_,
                                                  printer_, tax_numbers_.get(), tax_engine_.get(), &providers_});
}

Node::~Node() = default;

std::vector<Tenant> all_tenants(SqlSession& sql) {
  std::vector<Tenant> tenants;
  sql.query("SELECT id FROM accounts ORDER BY created_at, id", {}, [&](SqlRow const& row) {
    for (Mode const mode : {Mode::test, Mode::live})
      tenants.push_back({std::string(row.text(0)), mode});
  });
  return tenants;
}

}  // namespace tallybook
