// A year of mixed subscriptions by one command, advancing the test clock over twelve months:
//   engine_bench FOLDER [subscriptions]
// Start days are spread over January. Of ten subscriptions four have a fee, three a fee and seats,
// one by calendar a fee, support and seats, one a fee and a yearly licence, one a fee and usage in
// two tiers with events every month. What the time goes to is measured by decorating the ports: SQL
// on the ledger's tables, all other SQL with its commits, questions to the usage store; the rest is
// rules and the documents written as JSON. The baseline inserts the same rows by prepared
// statements.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "adapters/pdf/pdf_printer.hpp"
#include "api/protocol/keys.hpp"
#include "api/snapshots.hpp"
#include "app/catalogue/catalogue.hpp"
#include "app/clock/test_clock.hpp"
#include "app/customer/customers.hpp"
#include "base/clock.hpp"
#include "bench/support/raw_rows.hpp"
#include "bench/support/report.hpp"
#include "store/events/duckdb/duckdb_event_store.hpp"
#include "store/sql/migrations.hpp"
#include "store/sqlite/sqlite_database.hpp"

namespace tallybook::bench {
namespace engine_detail {

constexpr std::int64_t new_year_ms = 1'767'225'600'000;  // 2026-01-01
constexpr std::int64_t day_ms = 86'400'000;

[[noreturn]] void give_up(std::string const& why) {
  std::fprintf(stderr, "engine_bench: %s\n", why.c_str());
  std::exit(1);
}

template <class T>
T expected(Result<T> result) {
  if (!result) give_up(result.error().message);
  return *std::move(result);
}

// Where the time went.
struct Spent {
  double store = 0;
  double ledger = 0;
  double usage = 0;
};

class MeasuredSession final : public SqlSession {
 public:
  MeasuredSession(SqlSession& inner, Spent& spent) : inner_(inner), spent_(spent) {}
  std::int64_t execute(std::string_view sql, SqlParams const& params) override {
    std::int64_t rows = 0;
    place(sql) += seconds([&] { rows = inner_.execute(sql, params); });
    return rows;
  }
  void query(std::string_view sql, SqlParams const& params,
             std::function<void(SqlRow const&)> const& each) override {
    double inside = 0;
    double const all = seconds([&] {
      inner_.query(sql, params, [&](SqlRow const& row) { inside += seconds([&] { each(row); }); });
    });
    place(sql) += all - inside;
  }
  [[nodiscard]] Dialect dialect() const override { return inner_.dialect(); }

 private:
  double& place(std::string_view sql) {
    return sql.find("ledger_") != std::string_view::npos ? spent_.ledger : spent_.store;
  }
  SqlSession& inner_;
  Spent& spent_;
};

class MeasuredDatabase final : public SqlDatabase {
 public:
  MeasuredDatabase(SqlDatabase& inner, Spent& spent) : inner_(inner), spent_(spent) {}
  void write(std::function<bool(SqlSession&)> const& work) override {
    double inside = 0;
    double const all = seconds([&] {
      inner_.write([&](SqlSession& sql) {
        MeasuredSession measured(sql, spent_);
        bool keep = false;
        inside += seconds([&] { keep = work(measured); });
        return keep;
      });
    });
    spent_.store += all - inside;
  }
  void read(std::function<void(SqlSession&)> const& work) override {
    inner_.read([&](SqlSession& sql) {
      MeasuredSession measured(sql, spent_);
      work(measured);
    });
  }
  [[nodiscard]] Dialect dialect() const override { return inner_.dialect(); }
  void backup_to(std::string const& file) override { inner_.backup_to(file); }

 private:
  SqlDatabase& inner_;
  Spent& spent_;
};

class MeasuredEvents final : public EventStore {
 public:
  MeasuredEvents(EventStore& inner, Spent& spent) : inner_(inner), spent_(spent) {}
  std::uint64_t append(std::vector<EventToStore> events) override {
    return inner_.append(std::move(events));
  }
  std::uint64_t remove(Deletion const& what) override { return inner_.remove(what); }
  UsageResult usage(UsageQuery const& query) override {
    UsageResult out;
    spent_.usage += seconds([&] { out = inner_.usage(query); });
    return out;
  }
  std::vector<Exact> values(UsageQuery const& query) override { return inner_.values(query); }
  std::vector<UsageGroup> usage_by_customer(UsageQuery const& query) override {
    return inner_.usage_by_customer(query);
  }
  std::vector<UsageGroup> usage_by_property(UsageQuery const& query,
                                            std::string const& property) override {
    return inner_.usage_by_property(query, property);
  }
  std::vector<UsageTick> usage_over_time(UsageQuery const& query, TickSize size) override {
    return inner_.usage_over_time(query, size);
  }
  EventPage list(EventListQuery const& query) override { return inner_.list(query); }
  std::vector<std::string> event_types(Tenant const& tenant) override {
    return inner_.event_types(tenant);
  }
  std::optional<TimeSpan> changed_between(Tenant const& of, std::string const& event_type,
                                          std::string const& customer_id, std::uint64_t since,
                                          std::uint64_t as_of) override {
    return inner_.changed_between(of, event_type, customer_id, since, as_of);
  }
  std::uint64_t last_sequence() override { return inner_.last_sequence(); }
  std::uint64_t last_sequence_of(Tenant const& of) override { return inner_.last_sequence_of(of); }
  std::uint64_t backup_to(std::string const& folder) override { return inner_.backup_to(folder); }

 private:
  EventStore& inner_;
  Spent& spent_;
};

struct Books {
  std::unique_ptr<SqlDatabase> database;
  std::unique_ptr<EventStore> events;
  Spent spent;
  std::unique_ptr<MeasuredDatabase> measured_database;
  std::unique_ptr<MeasuredEvents> measured_events;
  FixedClock clock{Instant{new_year_ms}};
  RandomIds ids;
  api::WireSnapshots snapshots;
  PdfPrinter printer;
  std::unique_ptr<Services> services;
  Tenant tenant;
  std::vector<std::string> metered;  // customers with usage

  explicit Books(std::string const& folder) {
    database = open_sqlite(folder + "/tallybook.db", 4);
    migrate(*database, clock.now());
    events = DuckDbEventStore::open(folder + "/events");
    measured_database = std::make_unique<MeasuredDatabase>(*database, spent);
    measured_events = std::make_unique<MeasuredEvents>(*events, spent);
    services = std::make_unique<Services>(
        Services{*measured_database, *measured_events, clock, ids, snapshots, printer});
    database->write([&](SqlSession& sql) {
      tenant = {api::create_key(sql, ids, clock.now(), Mode::test, "bench", {"*"})
                    .record.account_id.value,
                Mode::test};
      return true;
    });
    expected(in_unit(*services, tenant,
                     [&](UnitOfWork& work) { return set_test_clock(work, clock.now()); }));
  }
};

NewLine line_of(ProductId const& product, PriceType type, Exact amount, WirePeriod every) {
  NewLine line;
  line.product_id = product;
  line.price_type = type;
  PriceTier tier;
  tier.type = type;
  if (type == PriceType::volume) tier.from = Exact(0);
  tier.amount = std::move(amount);
  line.prices = {tier};
  line.payment_interval = Interval{every, 1};
  line.path = "products[0]";
  return line;
}

struct Catalogue {
  ProductId platform, support, seats, licence, calls;

  explicit Catalogue(UnitOfWork& work) {
    auto const made = [&](ProductType type, std::string const& name) {
      Product product;
      product.id = work.new_id<ProductTag>();
      product.type = type;
      product.name = name;
      product.created_at = product.updated_at = work.now();
      if (type == ProductType::dynamic) {
        Aggregator aggregator;
        aggregator.name = "Calls";
        aggregator.entity = "call";
        aggregator.operation = AggregatorOperation::sum;
        aggregator.property = "n";
        product.aggregator_id = expected(create_aggregator(work, std::move(aggregator))).id.value;
      }
      work.records<Product>().insert(product);
      return product.id;
    };
    platform = made(ProductType::flat_fee, "Platform");
    support = made(ProductType::flat_fee, "Support");
    seats = made(ProductType::seat, "Seats");
    licence = made(ProductType::flat_fee, "Licence");
    calls = made(ProductType::dynamic, "Calls");
  }

  [[nodiscard]] std::vector<NewLine> lines(int i) const {
    std::vector<NewLine> lines = {line_of(platform, PriceType::fee, 4990, WirePeriod::months)};
    int const kind = i % 10;
    if (kind >= 4 && kind <= 7) {
      lines.push_back(line_of(seats, PriceType::volume, 1250, WirePeriod::months));
      lines.back().count = Exact(1 + i % 40);
    }
    if (kind == 7) lines.push_back(line_of(support, PriceType::fee, 1500, WirePeriod::months));
    if (kind == 8) lines.push_back(line_of(licence, PriceType::fee, 120000, WirePeriod::years));
    if (kind == 9) {
      auto tiered = line_of(calls, PriceType::volume, 10, WirePeriod::months);
      tiered.prices[0].to = Exact(1000);
      tiered.prices.push_back(tiered.prices[0]);
      tiered.prices[1].from = Exact(1000);
      tiered.prices[1].to.reset();
      tiered.prices[1].amount = 5;
      tiered.payment_schedule = PaymentSchedule::end;
      lines.push_back(std::move(tiered));
    }
    return lines;
  }
};

void make_subscriptions(Books& books, int count) {
  auto const catalogue = expected(in_unit(*books.services, books.tenant, [](UnitOfWork& work) {
    return Result<Catalogue>(Catalogue(work));
  }));
  for (int from = 0; from < count; from += 500) {
    expected(in_unit(*books.services, books.tenant, [&](UnitOfWork& work) -> Result<bool> {
      for (int i = from; i < std::min(count, from + 500); ++i) {
        Customer customer;
        customer.name = "Customer " + std::to_string(i);
        customer.currency = "EUR";
        customer.country = "FR";
        customer.external_id = "customer-" + std::to_string(i);
        customer.tax_rate_custom = Exact(20);
        NewSubscription wanted;
        wanted.subscription.customer_id = expected(create_customer(work, customer, false)).id;
        // After the clock: the run starts them as well.
        wanted.subscription.starts_at = Instant{new_year_ms + (1 + i % 27) * day_ms};
        wanted.phases.resize(1);
        wanted.phases[0].lines = catalogue.lines(i);
        if (i % 10 == 7)
          wanted.phases[0].phase.billing_cycle_alignment = BillingCycleAlignment::calendar_period;
        if (i % 10 == 9) books.metered.push_back(wanted.subscription.customer_id.value);
        expected(create_subscription(work, std::move(wanted)));
      }
      return true;
    }));
  }
}

// Two events a month and customer.
void send_usage(Books& books) {
  for (int month = 0; month < 12; ++month) {
    std::vector<EventToStore> events;
    for (std::size_t i = 0; i < books.metered.size(); ++i) {
      for (int n = 0; n < 2; ++n) {
        EventToStore event;
        event.tenant = books.tenant;
        event.event_type = "call";
        event.record_id = std::to_string(month) + "-" + std::to_string(i) + "-" + std::to_string(n);
        event.customer_id = books.metered[i];
        event.timestamp = Instant{new_year_ms + (month * 30 + 10 + 7 * n) * day_ms};
        event.record_json = R"({"id":")" + event.record_id + R"(","n":)" +
                            std::to_string(100 + (i * 37) % 1500) + "}";
        events.push_back(std::move(event));
      }
    }
    books.events->append(std::move(events));
  }
}

// Memory while something runs, sampled ten times a second.
class Watch {
 public:
  Watch()
      : thread_([this] {
          while (!done_) {
            samples_.push_back(resident_mb());
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
          }
        }) {}
  std::vector<double> samples() {
    done_ = true;
    if (thread_.joinable()) thread_.join();
    return samples_;
  }

 private:
  std::atomic<bool> done_{false};
  std::vector<double> samples_;
  std::thread thread_;
};

double highest(std::vector<double> const& samples, std::size_t from, std::size_t to) {
  double most = 0;
  for (std::size_t i = from; i < to && i < samples.size(); ++i) most = std::max(most, samples[i]);
  return most;
}

void run(std::string const& folder, int subscriptions) {
  std::filesystem::remove_all(folder + "/installation");
  std::filesystem::create_directories(folder + "/installation");
  Books books(folder + "/installation");
  make_subscriptions(books, subscriptions);
  send_usage(books);
  std::string const copy = folder + "/copy.db";
  for (char const* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(copy + suffix);
  books.database->backup_to(copy);
  books.spent = {};
  Watch watch;
  Advanced done;
  double const spent = seconds([&] {
    done = expected(advance_test_clock(*books.services, books.tenant,
                                       Instant{new_year_ms + 365 * day_ms - 1000}));
  });
  auto const memory = watch.samples();
  Spent const parts = books.spent;
  std::int64_t const invoices = done.counts.invoices_created;
  if (done.counts.subscriptions_activated != subscriptions || invoices < 12 * subscriptions)
    give_up("billed " + std::to_string(invoices) + " invoices of " +
            std::to_string(done.counts.subscriptions_activated) + " subscriptions");
  double const bare = insert_rows(folder + "/installation/tallybook.db", copy,
                                  std::max<std::int64_t>(1, invoices / 250));
  double const months = 12.0 * subscriptions;
  Figure figure{"a year of subscriptions", months / spent, "subscription-months/s",
                "the same rows by bare inserts", months / bare};
  figure.least_ratio = 0.3;
  report(figure);
  auto const share = [&](char const* name, double value) {
    report({std::string("share spent in ") + name, 100 * value / spent, "%"});
  };
  share("rules and documents", spent - parts.store - parts.ledger - parts.usage);
  share("the store", parts.store);
  share("the ledger's tables", parts.ledger);
  share("counting usage", parts.usage);
  // Flat: the last quarter of the year needs no more than the second one.
  std::size_t const quarter = memory.size() / 4;
  report({"memory in the last quarter of the run",
          highest(memory, 3 * quarter, memory.size()),
          "MB",
          "its second quarter",
          highest(memory, quarter, 2 * quarter),
          {},
          1.25});
  note(std::to_string(subscriptions) + " subscriptions, " + std::to_string(invoices) +
       " invoices, one command over twelve months of test clock; SQLite file, every transaction "
       "synced. A tenth of them is metered: their invoices are counted twice, at the period's end "
       "and when the review ends. The baseline inserts the invoices, lines, charges, entries, "
       "postings and outbox rows the run added into a copy of the file as it was before, 250 "
       "invoices' rows to a transaction; it leaves out the run's updates.");
  for (char const* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(copy + suffix);
}

}  // namespace engine_detail
}  // namespace tallybook::bench

int main(int count, char** words) {
  if (count < 2) return std::fprintf(stderr, "engine_bench FOLDER [subscriptions]\n"), 2;
  std::filesystem::create_directories(words[1]);
  tallybook::bench::engine_detail::run(
      words[1], static_cast<int>(tallybook::bench::argument(count, words, 2, 10'000)));
}
