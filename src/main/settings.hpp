// What every command can be told: by flags, TALLYBOOK_* environment variables or a config file.
#pragma once

#include <string>
#include <vector>

namespace tallybook {

struct Settings {
  std::string data = "./data";  // the folder of everything local
  std::string database;         // empty: SQLite in the folder; postgres://... otherwise
  std::string listen = "127.0.0.1:8080";
  std::string public_url;  // what absolute links start with
  std::vector<std::string> trusted_proxies;
  std::string rate_limits = "off";  // off | vendor
  std::string vies_url;             // empty: VAT numbers are judged by their digits alone
  std::string tax_engine_url;       // empty: no entity may choose the external engine
  std::string tax_engine_key;
  std::string log_level = "info";
  std::string duckdb_memory = "1GB";
  int workers = 4;
};

}  // namespace tallybook
