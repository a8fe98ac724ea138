// The commands of the program; each returns the process's exit status.
#pragma once

#include <string>
#include <vector>

#include "main/settings.hpp"

namespace tallybook {

int serve(Settings const& settings);
int create_key(Settings const& settings, std::string const& mode, std::string const& name,
               std::vector<std::string> const& scopes);
int list_keys(Settings const& settings);
int revoke_key(Settings const& settings, std::string const& id);
int migrate_records(Settings const& settings);
int print_openapi();
// Fills an empty installation; 1 on one that has data, 0 without a word when `if_empty`.
int make_demo(Settings const& settings, bool if_empty);
// On a stopped folder: prints what is inconsistent, one line each; 1 when there is anything.
int verify_data(Settings const& settings);
// On a stopped folder: one hash over all records of each account and mode.
int print_state_hash(Settings const& settings);

// Prints a verdict for each golden case of the files and a count for each theme; 1 when a case
// fails, 2 when a file cannot be read. Needs no data.
int run_golden(std::vector<std::string> const& files);

// Exchange rates from a file in the European Central Bank's CSV or XML form; 2 when it cannot be read.
int import_rate_file(Settings const& settings, std::string const& path);

// While serving as well. Restoring wants an empty folder.
int make_backup_file(Settings const& settings, std::string const& to, bool events_only);
int restore_backup_file(Settings const& settings, std::string const& from);

struct ImportFile {
  std::string file;
  std::string mode;    // test or live; a server's key says it otherwise
  std::string server;  // http://host:port; empty: the folder
  std::string api_key;
  std::string customer;
  std::string event_type;
  std::string timestamp_column;
  std::string record_id_column;  // empty: ids are made from the rows
};
// 1 when a row was refused, 2 when the arguments cannot be used; nothing is stored then.
int import_event_file(Settings const& settings, ImportFile const& wanted);

}  // namespace tallybook
