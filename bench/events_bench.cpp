// Usage events against the bare engine, in one run on one machine:
//   events_bench FOLDER [events] [customers] [months]
// One customer's month among all events, spread evenly over some months and ingested in time order,
// beside the bare aggregate on the store's own layout; the worst case is all events in one month.
// Besides: appends of 1,000-event commits from 4 threads without HTTP; how long reopening takes
// after a kill; memory after opening an empty folder.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "bench/support/bare_duckdb.hpp"
#include "bench/support/report.hpp"
#include "store/events/duckdb/duckdb_event_store.hpp"

namespace tallybook::bench {
namespace events_detail {

constexpr int batch_size = 1'000;
constexpr int append_threads = 4;
constexpr std::int64_t start_ms = 1'704'067'200'000;  // 2024-01-01
constexpr std::int64_t month_ms = 31LL * 24 * 3'600'000;
constexpr std::int64_t kill_after = 2'000'000;
Tenant const tenant{"acc_bench", Mode::live};

// What is stored: so many events of so many customers, spread evenly over so many months.
struct Load {
  std::uint64_t events = 0;
  std::uint64_t customers = 0;
  std::int64_t months = 0;
};

EventToStore made_event(std::uint64_t n, Load const& load) {
  std::uint64_t const mixed = (n * 0x9E3779B97F4A7C15ULL) ^ ((n * 0x9E3779B97F4A7C15ULL) >> 29);
  char id[40];
  std::snprintf(id, sizeof id, "evt_%016llx%08llx", static_cast<unsigned long long>(mixed),
                static_cast<unsigned long long>(n));
  std::string record =
      std::string("{\"id\":\"") + id + "\",\"tokens\":" + std::to_string(mixed % 1000) + "." +
      std::to_string(mixed / 1000 % 100) + ",\"region\":\"eu-west-" + std::to_string(mixed % 7) +
      "\",\"model\":\"m" + std::to_string(mixed % 13) + "\"}";
  auto const at = start_ms + load.months * month_ms / 1000 * static_cast<std::int64_t>(n) /
                                 static_cast<std::int64_t>(load.events) * 1000;
  return {tenant,      "cus_" + std::to_string(mixed % load.customers),
          "calls",     id,
          Instant{at}, std::move(record),
          false};
}

// Appends [from, to) from several threads and returns the seconds spent in append().
double append_range(EventStore& store, std::uint64_t from, std::uint64_t to, Load const& load) {
  std::vector<std::vector<EventToStore>> batches;
  for (std::uint64_t n = from; n < to; n += batch_size) {
    std::vector<EventToStore> batch;
    for (std::uint64_t i = n; i < std::min(to, n + batch_size); ++i)
      batch.push_back(made_event(i, load));
    batches.push_back(std::move(batch));
  }
  return seconds([&] {
    std::atomic<size_t> next{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < append_threads; ++t)
      threads.emplace_back([&] {
        for (size_t mine = next++; mine < batches.size(); mine = next++)
          store.append(std::move(batches[mine]));
      });
    for (auto& thread : threads) thread.join();
  });
}

UsageQuery usage_of(std::string const& customer, AggregatorOperation operation, std::int64_t from,
                    std::int64_t to) {
  UsageQuery query;
  query.tenant = tenant;
  query.rule.event_type = "calls";
  query.rule.operation = operation;
  if (operation != AggregatorOperation::count) query.rule.property = "tokens";
  query.customer_ids = {customer};
  query.from = Instant{from};
  query.to = Instant{to};
  return query;
}

struct Read {
  double ours = 0;
  double bare = 0;
};

// The same aggregate of one customer in [from, to), by the store and by the bare engine on a copy.
Read measure(EventStore& store, BareDuckDb& bare, AggregatorOperation operation,
             std::string const& select, std::int64_t from, std::int64_t to) {
  std::int64_t const code = bare.run("SELECT id FROM customers WHERE name = 'cus_77'");
  std::string const sql =
      "SELECT " + select + " FROM events WHERE stream = 0 AND customer = " + std::to_string(code) +
      " AND ts >= " + std::to_string(from) + " AND ts < " + std::to_string(to) + " AND NOT deleted";
  // In turns, so that a busy moment of the machine hits both.
  std::vector<double> plain, ours;
  for (int i = 0; i < 31; ++i) {
    plain.push_back(seconds([&] { bare.run(sql); }) * 1e3);
    ours.push_back(seconds([&] { store.usage(usage_of("cus_77", operation, from, to)); }) * 1e3);
  }
  Read read;
  read.bare = median(plain);
  read.ours = median(ours);
  return read;
}

void measure_reads(EventStore& store, BareDuckDb& bare, Load const& load) {
  struct Case {
    char const* name;
    AggregatorOperation operation;
    std::string select;
  };
  std::string const number = "TRY_CAST(json_extract_string(record, '$.tokens') AS DECIMAL(38,18))";
  std::vector<Case> const cases = {
      {"sum", AggregatorOperation::sum, "count(*), sum(" + number + ")"},
      {"count", AggregatorOperation::count, "count(*)"},
      {"max", AggregatorOperation::max, "count(*), max(" + number + ")"},
      {"average", AggregatorOperation::avg, "count(*), avg(" + number + ")"},
      {"last", AggregatorOperation::last, "count(*), arg_max(" + number + ", ts)"},
      {"count unique", AggregatorOperation::count_unique, "count(DISTINCT " + number + ")"},
  };
  std::int64_t const from = start_ms + (load.months / 2) * month_ms;
  for (auto const& one : cases) {
    Read const read = measure(store, bare, one.operation, one.select, from, from + month_ms);
    Figure figure{std::string("one customer's month: ") + one.name, read.ours, "ms", "bare query",
                  read.bare};
    figure.most_ratio = 2;
    figure.most = 25;
    report(figure);
  }
  // Every row lies in the range: what a month costs when all events fall into it.
  Read const worst = measure(store, bare, AggregatorOperation::sum, cases.front().select, start_ms,
                             start_ms + load.months * month_ms);
  report({"worst case, all events in the range: sum", worst.ours, "ms", "bare query", worst.bare});
}

void measure_reopening(std::string const& folder, Load load) {
  load.events = std::min<std::uint64_t>(load.events, kill_after);
  std::filesystem::remove_all(folder);
  pid_t const child = ::fork();
  if (child == 0) {
    auto store = DuckDbEventStore::open(folder);
    for (std::uint64_t from = 0; from < load.events; from += 200'000)
      append_range(*store, from, std::min(load.events, from + 200'000), load);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  std::uint64_t last = 0;
  double const spent = seconds([&] { last = DuckDbEventStore::open(folder)->last_sequence(); });
  if (last != load.events) {
    std::fprintf(stderr, "events were lost: %llu\n", static_cast<unsigned long long>(last));
    std::exit(1);
  }
  report(
      {"reopening after a kill at " + std::to_string(load.events) + " events", spent * 1e3, "ms"});
  std::filesystem::remove_all(folder);
}

void run(std::string const& folder, Load const& load) {
  measure_reopening(folder + "/killed", load);
  constexpr std::uint64_t step = 300'000;
  double bare_rate = 0;
  {
    std::filesystem::remove(folder + "/bare.duckdb");
    std::vector<EventToStore> events;
    for (std::uint64_t n = 0; n < step; ++n) events.push_back(made_event(n, load));
    BareDuckDb bare(folder + "/bare.duckdb");
    bare_rate = static_cast<double>(step) / bare.append(events, batch_size);
  }
  std::filesystem::remove(folder + "/bare.duckdb");
  std::filesystem::remove_all(folder + "/store");
  auto store = DuckDbEventStore::open(folder + "/store");
  double spent = 0;
  for (std::uint64_t from = 0; from < load.events; from += step)
    spent += append_range(*store, from, std::min(load.events, from + step), load);
  report({"appends to the store, without HTTP", static_cast<double>(load.events) / spent,
          "events/s", "DuckDB appender alone", bare_rate});
  std::string const copy = folder + "/copy";
  std::filesystem::remove_all(copy);
  store->backup_to(copy);
  {
    BareDuckDb bare(copy + "/events.duckdb");
    measure_reads(*store, bare, load);
  }
  report({"memory after all of it", resident_mb(), "MB"});
  store.reset();
  std::filesystem::remove_all(copy);
  std::filesystem::remove_all(folder + "/store");
  note(std::to_string(load.events) + " events of " + std::to_string(load.customers) +
       " customers, spread evenly over " + std::to_string(load.months) +
       " months and ingested in time order, as live traffic arrives; the month in the middle is "
       "asked for. The middle of 31 reads. The baseline is the same aggregate as a "
       "bare query on a copy of the same file. The worst case asks for all months at once, which "
       "reads as many rows as if all events lay in one month.");
}

}  // namespace events_detail
}  // namespace tallybook::bench

int main(int count, char** words) {
  using namespace tallybook::bench;
  if (count < 2)
    return std::fprintf(stderr, "events_bench FOLDER [events] [customers] [months]\n"), 2;
  std::filesystem::create_directories(words[1]);
  events_detail::run(words[1], {static_cast<std::uint64_t>(argument(count, words, 2, 10'000'000)),
                                static_cast<std::uint64_t>(argument(count, words, 3, 10'000)),
                                argument(count, words, 4, 3)});
}
