// Names and small file operations of a store's folder. All throw StoreUnavailable. Internal to
// src/store/events/duckdb.
#pragma once

#include <cstdint>
#include <string>

namespace tallybook::duckdb_detail {

std::string database_file(std::string const& folder);
std::string filter_file(std::string const& folder);
void sync_folder(std::string const& folder);
void copy_file_durably(std::string const& from, std::string const& to);

// The one process that owns a folder; released when it ends, however it ends.
class FolderLock {
 public:
  explicit FolderLock(std::string const& folder);
  ~FolderLock();
  FolderLock(FolderLock const&) = delete;

 private:
  int fd_ = -1;
};

class Connection;
// The key hash of the version with this sequence; 0 when there is none.
std::uint64_t key_hash_at(Connection& connection, std::uint64_t sequence);

}  // namespace tallybook::duckdb_detail
