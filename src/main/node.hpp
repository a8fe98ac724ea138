// Node: one installation opened for work: the data folder, the record database, the usage store
// and the services use cases need.
#pragma once

#include <memory>

#include "adapters/pdf/pdf_printer.hpp"
#include "adapters/sandbox/sandbox_provider.hpp"
#include "api/snapshots.hpp"
#include "app/unit_of_work.hpp"
#include "main/settings.hpp"

namespace tallybook {

// Holds the data folder against a second process for as long as it lives; the kernel lets go of it
// when the process dies.
class FolderLock {
 public:
  // Throws StoreUnavailable when another process holds it.
  explicit FolderLock(std::string const& folder);
  ~FolderLock();
  FolderLock(FolderLock const&) = delete;
  FolderLock& operator=(FolderLock const&) = delete;

 private:
  int descriptor_ = -1;
};

// The record database alone, migrated: what `keys` and `migrate` need, also while a server runs.
std::unique_ptr<SqlDatabase> open_records(Settings const& settings);

class Node {
 public:
  // Makes the folder, takes the lock (and on PostgreSQL the node lock), opens and migrates. Throws
  // StoreUnavailable with what to do.
  explicit Node(Settings settings);
  ~Node();

  [[nodiscard]] Services& services() { return *services_; }
  [[nodiscard]] SqlDatabase& database() { return *database_; }
  [[nodiscard]] EventStore& events() { return *events_; }
  [[nodiscard]] Settings const& settings() const { return settings_; }

 private:
  Settings settings_;
  std::unique_ptr<FolderLock> lock_;
  struct Held;
  std::unique_ptr<Held> held_;
  std::unique_ptr<SqlDatabase> database_;
  std::unique_ptr<EventStore> events_;
  SystemClock clock_;
  RandomIds ids_;
  api::WireSnapshots snapshots_;
  PdfPrinter printer_;
  std::unique_ptr<TaxNumberRegister> tax_numbers_;
  std::unique_ptr<TaxEngine> tax_engine_;
  std::unique_ptr<SqlDatabase> sandbox_database_;
  std::unique_ptr<SandboxBook> sandbox_book_;
  std::unique_ptr<SandboxProvider> sandbox_;
  std::unique_ptr<SandboxProvider> sandbox_backup_;
  PaymentProviders providers_;
  std::unique_ptr<Services> services_;
};

// Every account and mode that has something to run, for the scheduler and checks.
std::vector<Tenant> all_tenants(SqlSession& sql);

std::string sqlite_file(Settings const& settings);
std::string events_folder(Settings const& settings);
std::string sandbox_file(Settings const& settings);

}  // namespace tallybook
