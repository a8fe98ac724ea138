// A billing run, beside the same rows inserted by nothing but prepared statements:
//   billing_bench FOLDER [subscriptions] [batch]
// Each subscription has a fee, a second fee and seats, and its own customer; all fall due at the
// same instant. The first month is billed when they are created; the measured run bills the second
// one. The baseline starts from a copy of the file as it was before the run and inserts every row
// the run added to each table, in the same order and in transactions of the same size.
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "adapters/pdf/pdf_printer.hpp"
#include "api/protocol/keys.hpp"
#include "api/snapshots.hpp"
#include "app/billing/billing_run.hpp"
#include "app/catalogue/catalogue.hpp"
#include "app/customer/customers.hpp"
#include "base/clock.hpp"
#include "bench/support/raw_rows.hpp"
#include "bench/support/report.hpp"
#include "store/events/duckdb/duckdb_event_store.hpp"
#include "store/sql/migrations.hpp"
#include "store/sqlite/sqlite_database.hpp"

namespace tallybook::bench {
namespace billing_detail {

[[noreturn]] void give_up(std::string const& why) {
  std::fprintf(stderr, "billing_bench: %s\n", why.c_str());
  std::exit(1);
}

struct Installation {
  std::unique_ptr<SqlDatabase> database;
  std::unique_ptr<EventStore> events;
  FixedClock clock{Instant{1'767'225'600'000}};  // 2026-01-01
  RandomIds ids;
  api::WireSnapshots snapshots;
  PdfPrinter printer;
  std::unique_ptr<Services> services;
  Tenant tenant;

  explicit Installation(std::string const& folder) {
    database = open_sqlite(folder + "/tallybook.db", 4);
    migrate(*database, clock.now());
    events = DuckDbEventStore::open(folder + "/events");
    services =
        std::make_unique<Services>(Services{*database, *events, clock, ids, snapshots, printer});
    database->write([&](SqlSession& sql) {
      tenant = {api::create_key(sql, ids, clock.now(), Mode::live, "bench", {"*"})
                    .record.account_id.value,
                Mode::live};
      return true;
    });
  }
};

template <class T>
T expected(Result<T> result) {
  if (!result) give_up(result.error().message);
  return *std::move(result);
}

ProductId made_product(UnitOfWork& work, ProductType type, std::string const& name) {
  Product product;
  product.id = work.new_id<ProductTag>();
  product.type = type;
  product.name = name;
  product.created_at = product.updated_at = work.now();
  work.records<Product>().insert(product);
  return product.id;
}

NewLine line_of(ProductId const& product, PriceType type, Exact amount, int count) {
  NewLine line;
  line.product_id = product;
  line.price_type = type;
  PriceTier tier;
  tier.type = type;
  if (type == PriceType::volume) tier.from = Exact(0);
  tier.amount = amount;
  line.prices = {tier};
  line.payment_interval = Interval{WirePeriod::months, 1};
  line.count = Exact(count);
  line.path = "products[0]";
  return line;
}

void make_subscriptions(Installation& book, int count) {
  ProductId platform, support, seats;
  auto const made = [&](std::function<void(UnitOfWork&)> const& body) {
    book.database->write([&](SqlSession& sql) {
      UnitOfWork work(*book.services, sql, book.tenant, book.clock.now());
      body(work);
      return true;
    });
  };
  made([&](UnitOfWork& work) {
    platform = made_product(work, ProductType::flat_fee, "Platform");
    support = made_product(work, ProductType::flat_fee, "Support");
    seats = made_product(work, ProductType::seat, "Seats");
  });
  for (int from = 0; from < count; from += 500) {
    made([&](UnitOfWork& work) {
      for (int i = from; i < std::min(count, from + 500); ++i) {
        Customer customer;
        customer.name = "Customer " + std::to_string(i);
        customer.currency = "EUR";
        customer.country = "FR";
        customer.external_id = "customer-" + std::to_string(i);
        customer.billing_email = "billing@customer-" + std::to_string(i) + ".example";
        customer.billing_address =
            Address{customer.name, "1 rue de la Paix", {}, "Paris", "75002", {}, "FR"};
        customer.tax_rate_custom = Exact(20);
        NewSubscription wanted;
        wanted.subscription.customer_id = expected(create_customer(work, customer, false)).id;
        wanted.phases.resize(1);
        wanted.phases[0].lines = {line_of(platform, PriceType::fee, 4990, 1),
                                  line_of(support, PriceType::fee, 1500, 1),
                                  line_of(seats, PriceType::volume, 1250, 1 + i % 40)};
        expected(create_subscription(work, std::move(wanted)));
      }
    });
  }
}

void run(std::string const& folder, int subscriptions, int batch) {
  std::filesystem::remove_all(folder + "/installation");
  std::filesystem::create_directories(folder + "/installation");
  Installation book(folder + "/installation");
  double const setup = seconds([&] { make_subscriptions(book, subscriptions); });
  std::string const copy = folder + "/copy.db";
  for (char const* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(copy + suffix);
  book.database->backup_to(copy);
  double const memory_before = resident_mb();
  book.clock.set(Instant{1'769'904'000'000 + 3'600'000});  // 2026-02-01, an hour later
  RunCounts counts;
  double const spent = seconds(
      [&] { counts = run_due(*book.services, book.tenant, book.clock.now(), false, {}, batch); });
  double const memory_after = resident_mb();
  if (counts.invoices_issued != subscriptions)
    give_up("billed " + std::to_string(counts.invoices_issued));
  double const bare =
      insert_rows(folder + "/installation/tallybook.db", copy, (subscriptions + batch - 1) / batch);
  Figure figure{"billing run", subscriptions / spent, "invoices/s", "the same rows by bare inserts",
                subscriptions / bare};
  figure.least_ratio = 0.3;
  figure.least = 1'500;
  report(figure);
  report({"memory the run added", memory_after - memory_before, "MB"});
  report({"subscriptions created and first month billed", subscriptions / setup, "per second"});
  note(std::to_string(subscriptions) +
       " subscriptions with three lines each (two fees, one seat product), all due at the same "
       "instant; SQLite file, every transaction synced. "
       "The baseline inserts the rows the run added (invoices, lines, charges, ledger entries and "
       "postings, outbox) into a copy of the file as it was before, " +
       std::to_string(batch) +
       " subscriptions' rows to a transaction; it leaves out the run's updates of subscriptions "
       "and lines.");
  for (char const* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(copy + suffix);
}

}  // namespace billing_detail
}  // namespace tallybook::bench

int main(int count, char** words) {
  if (count < 2) return std::fprintf(stderr, "billing_bench FOLDER [subscriptions] [batch]\n"), 2;
  std::filesystem::create_directories(words[1]);
  tallybook::bench::billing_detail::run(
      words[1], static_cast<int>(tallybook::bench::argument(count, words, 2, 20'000)),
      static_cast<int>(tallybook::bench::argument(count, words, 3, tallybook::run_batch)));
}
