// Finalising invoices and proving the books:
//   money_bench FOLDER [invoices]
// Drafts of two lines are finalised by 1 and by 16 clients at once, each in its own durable
// transaction: number, totals, tax, ledger entry, outbox. The baseline commits one row in a durable
// transaction, as often, by one client. Then everything is sealed, and `verify` recomputes it; its
// baseline reads the same rows and does nothing with them.
#include <sqlite3.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "adapters/pdf/pdf_printer.hpp"
#include "api/protocol/keys.hpp"
#include "api/snapshots.hpp"
#include "app/customer/customers.hpp"
#include "app/invoice/manual.hpp"
#include "app/ledger/sealing.hpp"
#include "app/verify/verify.hpp"
#include "base/clock.hpp"
#include "bench/support/report.hpp"
#include "store/events/duckdb/duckdb_event_store.hpp"
#include "store/sql/migrations.hpp"
#include "store/sqlite/sqlite_database.hpp"

namespace tallybook::bench {
namespace money_detail {

[[noreturn]] void give_up(std::string const& why) {
  std::fprintf(stderr, "money_bench: %s\n", why.c_str());
  std::exit(1);
}

struct Books {
  std::unique_ptr<SqlDatabase> database;
  std::unique_ptr<EventStore> events;
  FixedClock clock{Instant{1'767'225'600'000}};  // 2026-01-01
  RandomIds ids;
  api::WireSnapshots snapshots;
  PdfPrinter printer;
  std::unique_ptr<Services> services;
  Tenant tenant;

  explicit Books(std::string const& folder) {
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

std::vector<InvoiceId> make_drafts(Books& books, int count) {
  std::vector<InvoiceId> drafts;
  for (int from = 0; from < count; from += 200) {
    auto const made = in_unit(*books.services, books.tenant, [&](UnitOfWork& work) -> Result<bool> {
      Customer customer;
      customer.name = "Customer " + std::to_string(from);
      customer.currency = "EUR";
      customer.tax_rate_custom = Exact(20);
      TB_TRY(buyer, create_customer(work, customer, false));
      for (int i = from; i < std::min(count, from + 200); ++i) {
        NewInvoice wanted;
        wanted.customer_id = buyer.id;
        wanted.status = InvoiceStatus::draft;
        NewInvoiceLine platform, support;
        platform.name = "Platform";
        platform.unit_amount = 4990;
        support.name = "Support";
        support.unit_amount = 1500;
        wanted.lines = {platform, support};
        TB_TRY(draft, create_invoice(work, wanted));
        drafts.push_back(draft.invoice.id);
      }
      return true;
    });
    if (!made) give_up(made.error().message);
  }
  return drafts;
}

// Every client takes the next draft until there is none.
double finalise(Books& books, std::vector<InvoiceId> const& drafts, int clients) {
  std::atomic<std::size_t> next{0};
  std::atomic<int> refused{0};
  double const spent = seconds([&] {
    std::vector<std::thread> threads;
    for (int i = 0; i < clients; ++i) {
      threads.emplace_back([&] {
        for (std::size_t at = next++; at < drafts.size(); at = next++) {
          auto const issued = in_unit(*books.services, books.tenant, [&](UnitOfWork& work) {
            return validate_invoice(work, drafts[at]);
          });
          if (!issued) ++refused;
        }
      });
    }
    for (auto& thread : threads) thread.join();
  });
  if (refused > 0) give_up(std::to_string(refused) + " were refused");
  return spent;
}

// One durable row a transaction, with the program's own settings.
double bare_commits(std::string const& file, std::size_t count) {
  std::filesystem::remove(file);
  sqlite3* db = nullptr;
  sqlite3_open(file.c_str(), &db);
  auto const run = [&](char const* sql) {
    if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) give_up(sqlite3_errmsg(db));
  };
  run("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (id INTEGER PRIMARY KEY, "
      "text TEXT);");
  double const spent = seconds([&] {
    for (std::size_t i = 0; i < count; ++i)
      run("BEGIN IMMEDIATE; INSERT INTO t (text) VALUES ('one row of about sixty bytes, as a "
          "ledger entry has'); COMMIT;");
  });
  sqlite3_close(db);
  return spent;
}

double bare_read(std::string const& file) {
  sqlite3* db = nullptr;
  sqlite3_open(file.c_str(), &db);
  double const spent = seconds([&] {
    for (char const* table : {"invoices", "invoice_lines", "ledger_entries", "ledger_postings",
                              "transactions", "outbox"}) {
      sqlite3_stmt* statement = nullptr;
      sqlite3_prepare_v2(db, ("SELECT * FROM " + std::string(table)).c_str(), -1, &statement,
                         nullptr);
      while (sqlite3_step(statement) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(statement); ++i) sqlite3_column_text(statement, i);
      }
      sqlite3_finalize(statement);
    }
  });
  sqlite3_close(db);
  return spent;
}

void run(std::string const& folder, int invoices) {
  std::filesystem::remove_all(folder + "/books");
  std::filesystem::create_directories(folder + "/books");
  Books books(folder + "/books");
  auto const drafts = make_drafts(books, 2 * invoices);
  std::vector<InvoiceId> const first(drafts.begin(), drafts.begin() + invoices);
  std::vector<InvoiceId> const second(drafts.begin() + invoices, drafts.end());
  double const bare = invoices / bare_commits(folder + "/bare.db", first.size());
  for (auto const& [clients, part] : {std::pair(1, first), std::pair(16, second)}) {
    double const rate = invoices / finalise(books, part, clients);
    report({"finalisations, " + std::to_string(clients) + (clients == 1 ? " client" : " clients"),
            rate,
            "invoices/s",
            "durable commits of one row, one client",
            bare,
            {},
            {},
            {},
            {}});
  }
  double const sealing = seconds([&] { seal_ledger(*books.services, books.tenant); });
  report({"sealing the chain", 2 * invoices / sealing, "entries/s"});
  VerifyReport found;
  double const spent = seconds([&] { found = verify(*books.database, *books.events); });
  if (!found.clean()) give_up(found.findings.front());
  double const megabytes = static_cast<double>(found.proved_bytes) / 1e6;
  double const read = bare_read(folder + "/books/tallybook.db");
  report({"ledger verification",
          megabytes / spent,
          "MB/s",
          "reading the same rows",
          megabytes / read,
          {},
          {},
          {},
          {}});
  note(std::to_string(2 * invoices) +
       " invoices of two lines. A finalisation is one durable transaction of its own; 16 clients "
       "share disk flushes. Verification counts "
       "the bytes it hashes - entries and the facts of what they document - in the time of the "
       "whole of verify, which recomputes totals, tax, numbers and balances besides.");
}

}  // namespace money_detail
}  // namespace tallybook::bench

int main(int count, char** words) {
  if (count < 2) return std::fprintf(stderr, "money_bench FOLDER [invoices]\n"), 2;
  std::filesystem::create_directories(words[1]);
  tallybook::bench::money_detail::run(
      words[1], static_cast<int>(tallybook::bench::argument(count, words, 2, 3'000)));
}
