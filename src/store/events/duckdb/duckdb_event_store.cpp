#include "store/events/duckdb/duckdb_event_store.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "base/assert.hpp"
#include "base/unavailable.hpp"
#include "store/events/duckdb/core.hpp"
#include "store/events/duckdb/files.hpp"
#include "store/events/duckdb/reader.hpp"
#include "store/events/duckdb/writer.hpp"

namespace tallybook {
namespace duckdb_detail {

constexpr std::int64_t layout_version = 1;

// `name` in streams is the event type, in customers the customer id. `ts` is in UTC milliseconds.
// superseded repeats where the old version is found, so that a read joins only its own part.
constexpr char const* create_tables =
    "CREATE TABLE layout(version BIGINT);"
    "CREATE TABLE streams(id INTEGER, account VARCHAR, mode INTEGER, name VARCHAR);"
    "CREATE TABLE customers(id INTEGER, account VARCHAR, mode INTEGER, name VARCHAR);"
    "CREATE TABLE events(sequence BIGINT, stream INTEGER, customer INTEGER, ts BIGINT, key_hash "
    "BIGINT,"
    " deleted BOOLEAN, record_id VARCHAR, record VARCHAR);"
    "CREATE TABLE suspects(sequence BIGINT, stream INTEGER, key_hash BIGINT);"
    "CREATE TABLE superseded(stream INTEGER, customer INTEGER, ts BIGINT, old_sequence BIGINT, "
    "by_sequence BIGINT)";

void prepare_layout(Connection& connection) {
  bool const made =
      connection.one_whole("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'layout'") > 0;
  if (!made) {
    Transaction transaction(connection);
    connection.run(create_tables);
    connection.run(fmt::format("INSERT INTO layout VALUES ({})", layout_version));
    transaction.commit();
    return;
  }
  std::int64_t const found = connection.one_whole("SELECT version FROM layout");
  if (found != layout_version)
    throw StoreUnavailable(fmt::format(
        "usage events: the folder has layout {}, this program reads {}", found, layout_version));
}

EngineOptions engine_options(std::string const& folder, DuckDbEventStoreOptions const& options) {
  return {database_file(folder), folder + "/tmp", options.memory_limit, options.wal_limit,
          options.threads};
}

void make_folder(std::string const& folder) {
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem)
    throw StoreUnavailable("usage events: cannot create " + folder + ": " + problem.message());
}

// Engine errors while opening may be C++ exceptions of other kinds; callers know only one.
template <class Body>
auto unavailable_only(Body const& body) {
  try {
    return body();
  } catch (StoreUnavailable const&) {
    throw;
  } catch (BrokenInvariant const&) {
    throw;  // our bug, not the world's
  } catch (std::exception const& problem) {
    throw StoreUnavailable(std::string("usage events: ") + problem.what());
  }
}

}  // namespace duckdb_detail

struct DuckDbEventStore::Parts {
  std::string folder;
  duckdb_detail::FolderLock lock;
  duckdb_detail::Core core;
  std::optional<duckdb_detail::Writer> writer;
  duckdb_detail::Reader reader;

  Parts(std::string const& where, DuckDbEventStoreOptions const& options)
      : folder(where),
        lock(where),
        core(duckdb_detail::engine_options(where, options)),
        reader(core) {
    {
      auto connection = core.engine.lease();
      duckdb_detail::register_functions(*connection, core.evaluations);
      duckdb_detail::prepare_layout(*connection);
      core.streams.load(*connection);
      core.customers.load(*connection);
      load_state(*connection);
    }
    writer.emplace(core, folder);
  }

  void load_state(duckdb_detail::Connection& connection) {
    core.durable =
        static_cast<std::uint64_t>(connection.one_whole("SELECT max(sequence) FROM events"));
    core.newest.opened_at(core.durable.load());
    auto spans = connection.query(
        "SELECT stream, min(sequence), max(sequence) FROM suspects GROUP BY stream");
    while (spans.next()) {
      auto const stream = static_cast<duckdb_detail::Code>(spans.whole(0));
      core.unresolved.note(stream, static_cast<std::uint64_t>(spans.whole(1)));
      core.unresolved.note(stream, static_cast<std::uint64_t>(spans.whole(2)));
    }
    auto streams = connection.query("SELECT DISTINCT stream FROM superseded");
    while (streams.next())
      core.unresolved.has_superseded(static_cast<duckdb_detail::Code>(streams.whole(0)));
  }

  std::uint64_t backup(std::string const& target) {
    duckdb_detail::make_folder(target);
    std::error_code problem;
    if (!std::filesystem::is_empty(target, problem) || problem)
      throw StoreUnavailable("usage events: the backup folder " + target + " is not empty");
    std::uint64_t sequence = 0;
    // With nothing being written the files are what a crash would leave: a state opening recovers.
    writer->paused([&] {
      sequence = core.durable.load();
      std::string const from = duckdb_detail::database_file(folder);
      std::string const to = duckdb_detail::database_file(target);
      duckdb_detail::copy_file_durably(from, to);
      if (std::filesystem::exists(from + ".wal"))
        duckdb_detail::copy_file_durably(from + ".wal", to + ".wal");
      writer->save_filter(target);
    });
    duckdb_detail::sync_folder(target);
    return sequence;
  }
};

using duckdb_detail::unavailable_only;

std::unique_ptr<DuckDbEventStore> DuckDbEventStore::open(std::string const& folder,
                                                         DuckDbEventStoreOptions const& options) {
  return unavailable_only([&] {
    duckdb_detail::make_folder(folder);
    return std::unique_ptr<DuckDbEventStore>(
        new DuckDbEventStore(std::make_unique<Parts>(folder, options)));
  });
}

DuckDbEventStore::DuckDbEventStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
DuckDbEventStore::~DuckDbEventStore() = default;

std::uint64_t DuckDbEventStore::append(std::vector<EventToStore> events) {
  return parts_->writer->append(std::move(events));
}
std::uint64_t DuckDbEventStore::remove(Deletion const& what) {
  return unavailable_only([&] { return parts_->writer->remove(what); });
}
UsageResult DuckDbEventStore::usage(UsageQuery const& query) {
  return unavailable_only([&] { return parts_->reader.usage(query); });
}
std::vector<Exact> DuckDbEventStore::values(UsageQuery const& query) {
  return unavailable_only([&] { return parts_->reader.values(query); });
}
std::vector<UsageGroup> DuckDbEventStore::usage_by_customer(UsageQuery const& query) {
  return unavailable_only([&] { return parts_->reader.by_customer(query); });
}
std::vector<UsageGroup> DuckDbEventStore::usage_by_property(UsageQuery const& query,
                                                            std::string const& property) {
  return unavailable_only([&] { return parts_->reader.by_property(query, property); });
}
std::vector<UsageTick> DuckDbEventStore::usage_over_time(UsageQuery const& query, TickSize size) {
  return unavailable_only([&] { return parts_->reader.over_time(query, size); });
}
EventPage DuckDbEventStore::list(EventListQuery const& query) {
  return unavailable_only([&] { return parts_->reader.list(query); });
}
std::vector<std::string> DuckDbEventStore::event_types(Tenant const& tenant) {
  return unavailable_only([&] { return parts_->reader.event_types(tenant); });
}
std::optional<TimeSpan> DuckDbEventStore::changed_between(Tenant const& tenant,
                                                          std::string const& event_type,
                                                          std::string const& customer_id,
                                                          std::uint64_t since,
                                                          std::uint64_t as_of) {
  return unavailable_only([&] {
    return parts_->reader.changed_between(tenant, event_type, customer_id, since, as_of);
  });
}
ReplacedEvents DuckDbEventStore::replaced_between(Tenant const& tenant,
                                                  std::string const& event_type,
                                                  std::string const& customer_id,
                                                  std::uint64_t since, std::uint64_t as_of) {
  return unavailable_only([&] {
    return parts_->reader.replaced_between(tenant, event_type, customer_id, since, as_of);
  });
}
std::uint64_t DuckDbEventStore::last_sequence() { return parts_->core.durable.load(); }
std::uint64_t DuckDbEventStore::last_sequence_of(Tenant const& tenant) {
  return parts_->core.newest.of(tenant);
}
std::uint64_t DuckDbEventStore::backup_to(std::string const& folder) {
  return unavailable_only([&] { return parts_->backup(folder); });
}

}  // namespace tallybook
