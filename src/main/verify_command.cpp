// `tallybook verify`: recomputes a stopped installation.
#include <cstdio>

#include "app/verify/state_hash.hpp"
#include "app/verify/verify.hpp"
#include "main/commands.hpp"
#include "main/node.hpp"

namespace tallybook {

int verify_data(Settings const& settings) {
  Node node(settings);
  ProviderBooks const books{*node.services().providers, node.services().clock};
  auto const report = verify(node.database(), node.events(), &books);
  for (auto const& finding : report.findings) std::printf("%s\n", finding.c_str());
  if (!report.clean()) {
    std::fprintf(stderr, "%zu findings\n", report.findings.size());
    return 1;
  }
  std::printf(
      "all is consistent: %lld invoices with %lld lines (%lld counted again from usage, %lld "
      "priced again, %lld by hand, imported or as another document says), %lld "
      "ledger entries, %lld subscriptions, %lld credit balances, %lld movements of providers; %lld "
      "bytes of "
      "entries and documents "
      "proved unchanged\n",
      static_cast<long long>(report.invoices), static_cast<long long>(report.lines),
      static_cast<long long>(report.usage_lines), static_cast<long long>(report.priced_lines),
      static_cast<long long>(report.mirrored_lines), static_cast<long long>(report.ledger_entries),
      static_cast<long long>(report.subscriptions), static_cast<long long>(report.credits),
      static_cast<long long>(report.provider_movements),
      static_cast<long long>(report.proved_bytes));
  return 0;
}

int print_state_hash(Settings const& settings) {
  Node node(settings);
  std::vector<std::string> lines;
  node.database().read([&](SqlSession& sql) {
    lines.clear();
    std::vector<std::string> accounts;
    sql.query("SELECT id FROM accounts ORDER BY created_at, id", {},
              [&](SqlRow const& row) { accounts.emplace_back(row.text(0)); });
    for (auto const& account : accounts) {
      for (Mode const mode : {Mode::test, Mode::live})
        lines.push_back(account + " " + std::string(mode_text(mode)) + " " +
                        state_hash(sql, {account, mode}));
    }
  });
  for (auto const& line : lines) std::printf("%s\n", line.c_str());
  return 0;
}

}  // namespace tallybook
