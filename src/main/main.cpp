// The program: one binary, one command line. Every setting is a flag, a TALLYBOOK_* environment
// variable and a key of the config file.
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include "base/log.hpp"
#include "main/commands.hpp"

namespace tallybook {
namespace main_detail {

void add_settings(CLI::App& app, Settings& settings) {
  // The library reads the file before the environment: the variable is looked up here.
  char const* const file = std::getenv("TALLYBOOK_CONFIG");
  app.set_config("--config", file == nullptr ? "" : file,
                 "read settings from this file (key = value); also TALLYBOOK_CONFIG",
                 file != nullptr);
  // A misspelt key is an error, not a setting that quietly does nothing.
  app.allow_config_extras(CLI::config_extras_mode::error);
  app.add_option("--data", settings.data, "folder of everything local")
      ->envname("TALLYBOOK_DATA")
      ->capture_default_str();
  app.add_option("--database", settings.database,
                 "postgres://user:password@host:port/name instead of SQLite in the folder")
      ->envname("TALLYBOOK_DATABASE");
  app.add_option("--log-level", settings.log_level, "debug, info, warn, error or off")
      ->envname("TALLYBOOK_LOG_LEVEL")
      ->capture_default_str();
  app.add_option("--duckdb-memory", settings.duckdb_memory, "memory the usage store may take")
      ->envname("TALLYBOOK_DUCKDB_MEMORY")
      ->capture_default_str();
  app.add_option("--workers", settings.workers, "threads that answer requests")
      ->envname("TALLYBOOK_WORKERS")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
}

// Known to every command, so that one config file serves them all.
void add_serve_settings(CLI::App& app, Settings& settings) {
  char const* const group = "Serving";
  app.add_option("--listen", settings.listen, "HOST:PORT")
      ->envname("TALLYBOOK_LISTEN")
      ->capture_default_str()
      ->group(group);
  app.add_option("--public-url", settings.public_url,
                 "what absolute links start with, such as https://billing.example.com")
      ->envname("TALLYBOOK_PUBLIC_URL")
      ->group(group);
  app.add_option("--trusted-proxy", settings.trusted_proxies,
                 "address or CIDR whose X-Forwarded-* headers are believed; repeatable")
      ->envname("TALLYBOOK_TRUSTED_PROXY")
      ->group(group);
  app.add_option("--rate-limits", settings.rate_limits,
                 "off, or vendor: 200 reads, 50 writes, 1000 ingestion calls per 10 s")
      ->envname("TALLYBOOK_RATE_LIMITS")
      ->check(CLI::IsMember({"off", "vendor"}))
      ->capture_default_str()
      ->group(group);
}

// Others that tax is asked of; empty means that nobody is.
void add_tax_settings(CLI::App& app, Settings& settings) {
  char const* const group = "Taxes";
  auto const url = CLI::Validator(
      [](std::string& text) {
        bool const good =
            text.empty() || text.starts_with("http://") || text.starts_with("https://");
        return good ? std::string() : std::string("expected http:// or https://");
      },
      "URL");
  app.add_option("--vies-url", settings.vies_url,
                 "register that is asked about VAT numbers; nobody when empty")
      ->envname("TALLYBOOK_VIES_URL")
      ->check(url)
      ->group(group);
  app.add_option("--tax-engine-url", settings.tax_engine_url,
                 "external tax engine invoicing entities may choose")
      ->envname("TALLYBOOK_TAX_ENGINE_URL")
      ->check(url)
      ->group(group);
  app.add_option("--tax-engine-key", settings.tax_engine_key, "bearer token of that engine")
      ->envname("TALLYBOOK_TAX_ENGINE_KEY")
      ->group(group);
}

void add_serve(CLI::App& app, Settings& settings, int& status) {
  auto* command = app.add_subcommand("serve", "serve the API, the console and the documentation");
  command->footer(
      "Takes the settings of `tallybook --help`, among them --data, --listen HOST:PORT,\n"
      "--public-url, --trusted-proxy and --rate-limits.");
  command->fallthrough();
  command->callback([&] { status = serve(settings); });
}

struct KeyArguments {
  std::string mode = "test";
  std::string name = "default";
  std::string id;
  std::vector<std::string> scopes;
};

void add_keys(CLI::App& app, Settings& settings, KeyArguments& arguments, int& status) {
  auto* keys = app.add_subcommand("keys", "API keys; works while serving");
  keys->require_subcommand(1);
  keys->fallthrough();
  auto* create = keys->add_subcommand("create", "make a key and print it, once");
  create->fallthrough();
  create->add_option("--mode", arguments.mode, "test or live")
      ->check(CLI::IsMember({"test", "live"}))
      ->required();
  create->add_option("--name", arguments.name, "what it is for")->capture_default_str();
  create->add_option("--scope", arguments.scopes,
                     "resource:read or resource:write; repeatable; everything when absent");
  create->callback(
      [&] { status = create_key(settings, arguments.mode, arguments.name, arguments.scopes); });
  auto* list = keys->add_subcommand("list", "list the keys without their secrets");
  list->fallthrough();
  list->callback([&] { status = list_keys(settings); });
  auto* revoke = keys->add_subcommand("revoke", "revoke a key by its id");
  revoke->fallthrough();
  revoke->add_option("id", arguments.id, "key_...")->required();
  revoke->callback([&] { status = revoke_key(settings, arguments.id); });
}

struct DemoArguments {
  bool if_empty = false;
};

void add_demo(CLI::App& app, Settings& settings, DemoArguments& arguments, int& status) {
  auto* demo =
      app.add_subcommand("demo", "fill an empty folder with a made-up company, in test mode");
  demo->fallthrough();
  demo->add_flag("--if-empty", arguments.if_empty,
                 "do nothing, successfully, when there is data already");
  demo->callback([&] { status = make_demo(settings, arguments.if_empty); });
}

void add_events(CLI::App& app, Settings& settings, ImportFile& arguments, int& status) {
  auto* events = app.add_subcommand("events", "usage events");
  events->require_subcommand(1);
  events->fallthrough();
  auto* import = events->add_subcommand(
      "import", "import a CSV file into a stopped folder, or into a server with --server");
  import->fallthrough();
  import->add_option("--file", arguments.file, "CSV with a header line")->required();
  import->add_option("--mode", arguments.mode, "test or live; not with --server")
      ->check(CLI::IsMember({"test", "live"}));
  import->add_option("--server", arguments.server,
                     "URL of a running server, such as http://127.0.0.1:8080");
  import->add_option("--api-key", arguments.api_key, "key of that server")
      ->envname("TALLYBOOK_API_KEY");
  import->add_option("--customer", arguments.customer, "id or external id")->required();
  import->add_option("--event-type", arguments.event_type, "type of the events")->required();
  import
      ->add_option("--timestamp-column", arguments.timestamp_column,
                   "column of the time; without a zone it is UTC")
      ->required();
  import->add_option("--record-id-column", arguments.record_id_column,
                     "column of the record id; made from the rows when absent");
  import->callback([&] { status = import_event_file(settings, arguments);
});
}  // namespace main_detail

struct BackupArguments {
  std::string file;
  bool events_only = false;
};

void add_backup(CLI::App& app, Settings& settings, BackupArguments& arguments, int& status) {
  auto* backup =
      app.add_subcommand("backup", "write records and events into one file; works while serving");
  backup->fallthrough();
  backup->add_option("--to", arguments.file, "the file; must not exist")->required();
  backup->add_flag("--events-only", arguments.events_only,
                   "without the records, for installations on PostgreSQL");
  backup->callback(
      [&] { status = make_backup_file(settings, arguments.file, arguments.events_only); });
  auto* restore = app.add_subcommand("restore", "unpack a backup into an empty folder");
  restore->fallthrough();
  restore->add_option("--from", arguments.file, "the backup")->required();
  restore->callback([&] { status = restore_backup_file(settings, arguments.file); });
}

void add_golden(CLI::App& app, std::vector<std::string>& files, int& status) {
  auto* golden = app.add_subcommand("golden", "run files of golden billing cases, one line a case");
  golden->footer(
      "Each line: pass, fail, not-applicable KEY or unmapped KIND; the id; what we got; what was\n"
      "wanted; tabs between. Then a count for each theme. Ends with 1 when a case fails, with 2\n"
      "when a file cannot be read.");
  golden->fallthrough();
  golden->add_option("files", files, "JSON files with a list of cases")->required();
  golden->callback([&] { status = run_golden(files); });
}

void add_rates(CLI::App& app, Settings const& settings, std::string& file, int& status) {
  auto* rates = app.add_subcommand("rates", "exchange rates for accounting currencies");
  rates->fallthrough();
  rates->require_subcommand(1);
  auto* import = rates->add_subcommand("import", "store the rates of a file");
  import->footer("The file has the form of the European Central Bank's reference rates: CSV with a\n"
                 "heading \"Date, USD, JPY, ...\" or its XML. Rates of a day replace earlier ones.");
  import->fallthrough();
  import->add_option("file", file, "CSV or XML")->required();
  import->callback([&] { status = import_rate_file(settings, file); });
}

int run(int argc, char** argv) {
  ::umask(077);  // books are for their owner only
  CLI::App app{"Tallybook: quote-to-cash billing in one program"};
  app.name("tallybook");
  Settings settings;
  KeyArguments keys;
  DemoArguments demo;
  ImportFile imported;
  BackupArguments backup;
  std::vector<std::string> golden_files;
  std::string rates_file;
  int status = 0;
  app.require_subcommand(1);
  app.fallthrough();
  add_settings(app, settings);
  add_serve_settings(app, settings);
  add_tax_settings(app, settings);
  add_serve(app, settings, status);
  add_keys(app, settings, keys, status);
  add_demo(app, settings, demo, status);
  add_events(app, settings, imported, status);
  add_backup(app, settings, backup, status);
  add_golden(app, golden_files, status);
  add_rates(app, settings, rates_file, status);
  app.add_subcommand("verify", "recompute a stopped installation and print what does not add up")
      ->fallthrough()
      ->callback([&] { status = verify_data(settings); });
  app.add_subcommand("state-hash", "print a hash over all records of each account and mode")
      ->fallthrough()
      ->callback([&] { status = print_state_hash(settings); });
  app.add_subcommand("migrate", "bring the records up to date")->fallthrough()->callback([&] {
    status = migrate_records(settings);
  });
  app.add_subcommand("openapi", "print the OpenAPI document")->fallthrough()->callback([&] {
    status = print_openapi();
  });
  app.parse_complete_callback([&] {
    if (!log::set_level(settings.log_level))
      throw CLI::ValidationError("--log-level", "expected debug, info, warn, error or off");
  });
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& stop) {
    return app.exit(stop);
  } catch (std::exception const& problem) {
    std::fprintf(stderr, "tallybook: %s\n", problem.what());
    return 1;
  }
  return status;
}

}  // namespace tallybook
}  // namespace tallybook

int main(int argc, char** argv) { return tallybook::main_detail::run(argc, argv); }
