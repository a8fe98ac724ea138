#include "store/events/duckdb/writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/log.hpp"
#include "base/unavailable.hpp"
#include "store/events/duckdb/files.hpp"

namespace tallybook::duckdb_detail {
namespace {

// One group's memory and latency stay bounded; a larger single call is still one group.
constexpr size_t most_events_per_group = 50'000;
// Opening replays at most this many rows into the filter (a fraction of a second).
constexpr std::uint64_t snapshot_every = 4'000'000;

std::vector<Column> const event_columns = {Column::whole64, Column::whole32, Column::whole32,
                                           Column::whole64, Column::whole64, Column::boolean,
                                           Column::text,    Column::text};

struct Suspect {
  Code stream;
  std::uint64_t sequence;
  std::uint64_t hash;
};

void write_suspects(std::vector<Suspect> const& suspects, Connection& connection) {
  if (suspects.empty()) return;
  TableAppender appender(connection, "suspects",
                         {Column::whole64, Column::whole32, Column::whole64});
  for (auto const& suspect : suspects) {
    appender.whole(static_cast<std::int64_t>(suspect.sequence));
    appender.whole(suspect.stream);
    appender.whole(static_cast<std::int64_t>(suspect.hash));
    appender.end_row();
  }
  appender.finish();
}

}  // namespace

Writer::Writer(Core& core, std::string folder)
    : core_(core), folder_(std::move(folder)), connection_(core.engine) {
  load_filter();
}

Writer::~Writer() {
  try {
    std::lock_guard lock(writing_);
    if (core_.durable.load() != saved_until_) save_filter(folder_);
  } catch (std::exception const& problem) {
    // Opening rebuilds the filter from the table.
    log::warn(std::string("usage events: the filter's snapshot was not written: ") +
              problem.what());
  }
}

void Writer::save_filter(std::string const& folder) {
  std::uint64_t const sequence = core_.durable.load();
  filter_.save(filter_file(folder), {sequence, key_hash_at(connection_, sequence)});
  if (folder == folder_) saved_until_ = sequence;
}

void Writer::load_filter() {
  std::uint64_t const last = core_.durable.load();
  auto const covered = filter_.load(filter_file(folder_));
  std::uint64_t from = 0;
  // A snapshot of another history (files mixed by hand) must not hide ids: the row it ends with
  // has to be the row we have.
  if (covered && covered->sequence <= last &&
      covered->mark == key_hash_at(connection_, covered->sequence)) {
    from = covered->sequence;
  } else {
    filter_ = SeenFilter();
  }
  Rows rows =
      connection_.stream(fmt::format("SELECT key_hash FROM events WHERE sequence > {}", from));
  while (rows.next()) filter_.seen_or_add(static_cast<std::uint64_t>(rows.whole(0)));
  saved_until_ = from;
  if (from == 0 || last - from > snapshot_every) save_filter(folder_);
}

std::uint64_t Writer::append(std::vector<EventToStore> events) {
  if (events.empty()) return core_.durable.load();
  Ticket mine;
  mine.events = std::move(events);
  std::unique_lock lock(queue_mutex_);
  queue_.push_back(&mine);
  while (!mine.done) {
    if (leading_) {
      queue_changed_.wait(lock);
      continue;
    }
    leading_ = true;
    std::vector<Ticket*> const group = take_group();
    lock.unlock();
    commit(group);
    lock.lock();
    for (Ticket* ticket : group) ticket->done = true;
    leading_ = false;
    queue_changed_.notify_all();
  }
  lock.unlock();
  if (mine.problem) std::rethrow_exception(mine.problem);
  return mine.last;
}

std::vector<Writer::Ticket*> Writer::take_group() {
  std::vector<Ticket*> group;
  size_t events = 0;
  while (!queue_.empty() &&
         (group.empty() || events + queue_.front()->events.size() <= most_events_per_group)) {
    events += queue_.front()->events.size();
    group.push_back(queue_.front());
    queue_.pop_front();
  }
  return group;
}

void Writer::commit(std::vector<Ticket*> const& group) {
  std::lock_guard lock(writing_);
  try {
    write_versions(group);
  } catch (StoreUnavailable const&) {
    for (Ticket* ticket : group) ticket->problem = std::current_exception();
  } catch (std::exception const& problem) {
    auto const unavailable = StoreUnavailable(std::string("usage events: ") + problem.what());
    for (Ticket* ticket : group) ticket->problem = std::make_exception_ptr(unavailable);
  }
}

void Writer::write_versions(std::vector<Ticket*> const& group) {
  std::uint64_t sequence = core_.durable.load();
  Dictionary::Additions streams(core_.streams);
  Dictionary::Additions customers(core_.customers);
  std::vector<Suspect> suspects;
  NewestOf newest;
  Transaction transaction(connection_);
  {
    TableAppender versions(connection_, "events", event_columns);
    for (Ticket* ticket : group) {
      for (EventToStore const& event : ticket->events) {
        Code const stream = streams.code(event.tenant, event.event_type);
        std::uint64_t const hash = record_key_hash(stream, event.record_id);
        ++sequence;
        // Added before the commit: an id too many in the filter is only a suspect too many.
        if (filter_.seen_or_add(hash)) suspects.push_back({stream, sequence, hash});
        versions.whole(static_cast<std::int64_t>(sequence));
        versions.whole(stream);
        versions.whole(customers.code(event.tenant, event.customer_id));
        versions.whole(event.timestamp.ms);
        versions.whole(static_cast<std::int64_t>(hash));
        versions.boolean(event.deleted);
        versions.text(event.record_id);
        versions.text(event.record_json);
        versions.end_row();
        if (newest.empty() || newest.back().first != event.tenant)
          newest.emplace_back(event.tenant, sequence);
        newest.back().second = sequence;
      }
      ticket->last = sequence;
    }
    versions.finish();
  }
  write_suspects(suspects, connection_);
  core_.streams.write(streams, connection_);
  core_.customers.write(customers, connection_);
  transaction.commit();
  core_.streams.publish(std::move(streams));
  core_.customers.publish(std::move(customers));
  for (auto const& suspect : suspects) core_.unresolved.note(suspect.stream, suspect.sequence);
  after_commit(sequence, newest);
}

// Readers may see up to `sequence` from here on.
void Writer::after_commit(std::uint64_t sequence, NewestOf const& newest) {
  core_.durable.store(sequence);
  for (auto const& [tenant, last] : newest) core_.newest.note(tenant, last);
  // The engine syncs the log itself, but not the folder that names a log it just created.
  struct stat wal {};
  if (::stat((database_file(folder_) + ".wal").c_str(), &wal) == 0 && wal.st_ino != wal_inode_) {
    sync_folder(folder_);
    wal_inode_ = wal.st_ino;
  }
  if (sequence - saved_until_ < snapshot_every) return;
  try {
    save_filter(folder_);
  } catch (StoreUnavailable const& problem) {
    saved_until_ = sequence;  // tried; the events are durable without it
    log::warn(problem.what());
  }
}

void Writer::paused(std::function<void()> const& body) {
  std::lock_guard lock(writing_);
  std::lock_guard resolving(core_.resolving);
  body();
}

std::uint64_t Writer::remove(EventStore::Deletion const& what) {
  bool const bounded = !what.record_ids.empty() || what.customer_id || what.event_type;
  if (!bounded && !what.all) return 0;
  std::lock_guard lock(writing_);
  return remove_now(what);
}

std::uint64_t Writer::remove_now(EventStore::Deletion const& what) {
  std::uint64_t const last = core_.durable.load();
  LiveVersions live;
  live.as_of = last;
  if (what.event_type) {
    if (auto stream = core_.streams.find(what.tenant, *what.event_type))
      live.streams.push_back(*stream);
  } else {
    live.streams = core_.streams.codes(what.tenant);
  }
  if (what.customer_id) {
    auto customer = core_.customers.find(what.tenant, *what.customer_id);
    if (!customer) return 0;
    live.customers.push_back(*customer);
  }
  if (live.streams.empty()) return 0;
  core_.resolve(live.streams, last);
  std::string sql = live.sql();
  if (!what.record_ids.empty()) {
    std::vector<std::int64_t> hashes;
    for (Code stream : live.streams)
      for (auto const& id : what.record_ids)
        hashes.push_back(static_cast<std::int64_t>(record_key_hash(stream, id)));
    sql += fmt::format(" AND e.key_hash IN ({}) AND e.record_id IN (?", fmt::join(hashes, ","));
    for (size_t i = 1; i < what.record_ids.size(); ++i) sql += ",?";
    sql += ")";
  }
  Transaction transaction(connection_);
  connection_.query(
      "CREATE OR REPLACE TEMP TABLE gone AS SELECT e.sequence AS old_sequence, e.stream, "
      "e.customer, e.ts,"
      " e.key_hash, e.record_id, row_number() OVER (ORDER BY e.sequence) AS place" +
          sql,
      what.record_ids);
  auto const count = static_cast<std::uint64_t>(connection_.one_whole("SELECT count(*) FROM gone"));
  if (count > 0) {
    connection_.run(fmt::format(
        "INSERT INTO events SELECT {} + place, stream, customer, ts, key_hash, true, record_id, ''"
        " FROM gone ORDER BY place",
        last));
    connection_.run(fmt::format(
        "INSERT INTO superseded SELECT stream, customer, ts, old_sequence, {} + place FROM gone",
        last));
  }
  connection_.run("DROP TABLE gone");
  transaction.commit();
  for (Code stream : live.streams) core_.unresolved.has_superseded(stream);
  after_commit(last + count, {{what.tenant, last + count}});
  return count;
}

}  // namespace tallybook::duckdb_detail
