#include "store/events/duckdb/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/unavailable.hpp"
#include "store/events/duckdb/engine.hpp"

namespace tallybook::duckdb_detail {
namespace {

[[noreturn]] void file_failed(std::string const& doing, std::string const& path) {
  throw StoreUnavailable("usage events: cannot " + doing + " " + path + ": " +
                         std::strerror(errno));
}

void sync_path(std::string const& path, int flags) {
  int const fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) file_failed("open", path);
  bool const bad = ::fsync(fd) != 0;
  ::close(fd);
  if (bad) file_failed("sync", path);
}

}  // namespace

std::string database_file(std::string const& folder) { return folder + "/events.duckdb"; }
std::string filter_file(std::string const& folder) { return folder + "/seen.filter"; }

void sync_folder(std::string const& folder) { sync_path(folder, O_RDONLY | O_DIRECTORY); }

void copy_file_durably(std::string const& from, std::string const& to) {
  std::error_code problem;
  std::filesystem::copy_file(from, to, problem);
  if (problem)
    throw StoreUnavailable("usage events: cannot copy " + from + " to " + to + ": " +
                           problem.message());
  sync_path(to, O_RDWR);
}

FolderLock::FolderLock(std::string const& folder) {
  std::string const path = folder + "/lock";
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd_ < 0) file_failed("open", path);
  if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
  bool const taken = errno == EWOULDBLOCK;
  ::close(fd_);
  if (!taken) file_failed("lock", path);
  throw StoreUnavailable("usage events: the folder " + folder +
                         " is already open in another process; only one may own it");
}

FolderLock::~FolderLock() { ::close(fd_); }

std::uint64_t key_hash_at(Connection& connection, std::uint64_t sequence) {
  if (sequence == 0) return 0;
  return static_cast<std::uint64_t>(connection.one_whole(
      "SELECT key_hash FROM events WHERE sequence = " + std::to_string(sequence)));
}

}  // namespace tallybook::duckdb_detail
