#include "api/protocol/keys.hpp"

#include <cstdio>

#include "api/protocol/openapi.hpp"
#include "main/api_routes.hpp"
#include "main/commands.hpp"
#include "main/node.hpp"
#include "store/sql/migrations.hpp"

namespace tallybook {

int create_key(Settings const& settings, std::string const& mode, std::string const& name,
               std::vector<std::string> const& scopes) {
  auto database = open_records(settings);
  RandomIds ids;
  std::string secret;
  database->write([&](SqlSession& sql) {
    secret =
        api::create_key(sql, ids, SystemClock().now(), mode == "live" ? Mode::live : Mode::test,
                        name, scopes.empty() ? std::vector<std::string>{"*"} : scopes)
            .secret;
    return true;
  });
  std::printf("%s\n", secret.c_str());
  return 0;
}

int list_keys(Settings const& settings) {
  auto database = open_records(settings);
  database->read([](SqlSession& sql) {
    sql.query(
        "SELECT id, mode, name, hint, scopes, created_at, revoked_at FROM api_keys ORDER BY "
        "created_at, id",
        {}, [](SqlRow const& row) {
          std::printf("%s  %s  ...%s  %s  %s  %s%s\n", std::string(row.text(0)).c_str(),
                      std::string(row.text(1)).c_str(), std::string(row.text(3)).c_str(),
                      format_instant({row.integer(5)}).c_str(), std::string(row.text(4)).c_str(),
                      std::string(row.text(2)).c_str(), row.is_null(6) ? "" : "  (revoked)");
        });
  });
  return 0;
}

int revoke_key(Settings const& settings, std::string const& id) {
  auto database = open_records(settings);
  std::int64_t changed = 0;
  database->write([&](SqlSession& sql) {
    changed = sql.execute("UPDATE api_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
                          {SystemClock().now().ms, id});
    return true;
  });
  if (changed == 0) {
    std::fprintf(stderr, "no active key has the id %s\n", id.c_str());
    return 1;
  }
  std::printf("revoked %s\n", id.c_str());
  return 0;
}

int migrate_records(Settings const& settings) {
  auto database = open_records(settings);
  std::printf("the records are up to date (%zu migrations)\n", migrations().size());
  return 0;
}

int print_openapi() {
  api::Router router;
  CustomerDirectory directory;
  add_all_routes(router, directory);
  std::fputs(to_pretty_json_text(api::openapi_document(router)).c_str(), stdout);
  return 0;
}

}  // namespace tallybook
