// Durable events per second through HTTP, beside the bare engine's appender on the same rows:
//   ingest_bench FOLDER [batches]
// The program itself serves; the client sends prepared bodies of 1,000 events on 4 connections and
// shares the machine with it. Every record id is new, duplicates are looked for all the same.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/clock.hpp"
#include "bench/support/bare_duckdb.hpp"
#include "bench/support/program.hpp"
#include "bench/support/report.hpp"

namespace tallybook::bench {
namespace ingest_detail {

constexpr std::size_t batch_size = 1'000;
constexpr int connections = 4;
constexpr int customers = 60;
constexpr std::size_t warm_up = 20;

EventToStore made_event(std::uint64_t n, Instant first) {
  std::uint64_t const product = n * 0x9E3779B97F4A7C15ULL;
  std::uint64_t const mixed = product ^ (product >> 29);
  char id[40];
  std::snprintf(id, sizeof id, "evt_%016llx%08llx", static_cast<unsigned long long>(mixed),
                static_cast<unsigned long long>(n));
  EventToStore event;
  event.customer_id = "customer-" + std::to_string(mixed % customers);
  event.event_type = "llm";
  event.record_id = id;
  event.timestamp = first + static_cast<std::int64_t>(n / 100);
  event.record_json =
      std::string("{\"id\":\"") + id + "\",\"tokens\":" + std::to_string(mixed % 1000) + "." +
      std::to_string(mixed / 1000 % 100) + ",\"region\":\"eu-west-" + std::to_string(mixed % 7) +
      "\",\"model\":\"m" + std::to_string(mixed % 13) + "\"}";
  return event;
}

std::string body_of(std::vector<EventToStore> const& events, std::size_t from) {
  std::string body = "[";
  for (std::size_t i = from; i < from + batch_size; ++i) {
    auto const& event = events[i];
    if (body.size() > 1) body += ',';
    body += "{\"customer_id\":\"" + event.customer_id + "\",\"event_type\":\"" + event.event_type +
            "\",\"timestamp\":\"" + format_instant(event.timestamp) +
            "\",\"record\":" + event.record_json + "}";
  }
  return body + "]";
}

// Sends the requests of [from, to) on 4 connections; every answer must hold every event.
double send_all(Program& program, std::vector<std::string> const& requests, std::size_t from,
                std::size_t to) {
  std::atomic<std::size_t> next{from};
  return seconds([&] {
    std::vector<std::thread> threads;
    for (int i = 0; i < connections; ++i) {
      threads.emplace_back([&] {
        Connection connection(program.port());
        for (std::size_t mine = next++; mine < to; mine = next++) {
          Reply const reply = connection.exchange(requests[mine]);
          if (reply.status == 201 && reply.body.ends_with("\"events_failed\":[]}")) continue;
          std::fprintf(stderr, "batch refused: %d %s\n", reply.status,
                       reply.body.substr(0, 300).c_str());
          std::exit(1);
        }
      });
    }
    for (auto& thread : threads) thread.join();
  });
}

void run(std::string const& folder, std::size_t batches) {
  std::size_t const all = batches + warm_up;
  Instant const first = SystemClock().now() - 60'000;
  std::vector<EventToStore> events;
  events.reserve(all * batch_size);
  for (std::uint64_t n = 0; n < all * batch_size; ++n) events.push_back(made_event(n, first));

  Program program(folder + "/installation");
  for (int i = 0; i < customers; ++i) {
    program.call(
        "POST", "/v1/customers",
        "{\"name\":\"C\",\"currency\":\"EUR\",\"country\":\"FR\",\"external_id\":\"customer-" +
            std::to_string(i) + "\"}",
        201);
  }
  std::vector<std::string> requests;
  for (std::size_t i = 0; i < all; ++i)
    requests.push_back(
        request_text("POST", "/v1/events/batch", program.key(), body_of(events, i * batch_size)));
  send_all(program, requests, 0, warm_up);
  double const spent = send_all(program, requests, warm_up, all);
  double const measured = static_cast<double>(batches * batch_size);
  std::string const counted = program.call("GET", "/v1/events?event_type=llm&take=0", "", 200);
  if (counted.find(":" + std::to_string(all * batch_size)) == std::string::npos) {
    std::fprintf(stderr, "events are missing: %s\n", counted.c_str());
    std::exit(1);
  }
  double const memory = resident_mb(std::to_string(program.process()));

  std::filesystem::remove(folder + "/bare.duckdb");
  double bare = 0;
  {
    BareDuckDb engine(folder + "/bare.duckdb");
    events.erase(events.begin(), events.begin() + warm_up * batch_size);
    bare = measured / engine.append(events, batch_size);
  }
  std::filesystem::remove(folder + "/bare.duckdb");
  Figure figure{"durable events through HTTP", measured / spent, "events/s",
                "DuckDB appender alone", bare};
  figure.least_ratio = 0.4;
  figure.least = 100'000;
  report(figure);
  report({"memory of the program afterwards", memory, "MB"});
  note(std::to_string(batches * batch_size) + " events of " + std::to_string(customers) +
       " customers in batches of 1,000 on 4 connections; the client runs on the same cores. The "
       "baseline appends the same rows row by row, 1,000 to a "
       "transaction, with the same log limit (64 MB), and does nothing else: no HTTP, no checks, "
       "no duplicates looked for. The store may put batches that wait at the same time into one "
       "commit; the baseline never does.");
}

}  // namespace ingest_detail
}  // namespace tallybook::bench

int main(int count, char** words) {
  if (count < 2) return std::fprintf(stderr, "ingest_bench FOLDER [batches]\n"), 2;
  std::filesystem::create_directories(words[1]);
  tallybook::bench::ingest_detail::run(
      words[1], static_cast<std::size_t>(tallybook::bench::argument(count, words, 2, 400)));
}
