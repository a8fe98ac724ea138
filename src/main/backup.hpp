// Backups: one file (tar, compressed with zstd) with the records, the usage events and a manifest
// of versions and checksums.
//
// The records are copied first. They name usage by its sequence and events are only ever added, so
// the copy of the events, taken later, holds everything the records refer to.
#pragma once

#include <string>

#include "app/ports/event_store.hpp"
#include "store/sql/session.hpp"

namespace tallybook {

struct BackupMade {
  std::uint64_t sequence = 0;  // of the newest event in it
  std::uint64_t bytes = 0;     // of the file
};

// Copies into `work_folder` (made and removed) and writes `file` at once or not at all. Without
// `records` the backup holds the events only. While serving as well. Throws StoreUnavailable.
BackupMade make_backup(SqlDatabase* records, EventStore& events, std::string const& work_folder,
                       std::string const& file);

// Unpacks `file` beside `folder`, checks every file against the manifest and only then puts it in
// place. Throws StoreUnavailable when the folder is not empty or the backup is damaged. Returns the
// sequence of the newest event in it.
std::uint64_t restore_backup(std::string const& file, std::string const& folder);

}  // namespace tallybook
