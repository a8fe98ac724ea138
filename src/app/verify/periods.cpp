// What was charged for which period, and what subscriptions are due next.
#include <map>
#include <tuple>

#include "app/verify/checks.hpp"
#include "domain/subscription/billing.hpp"

namespace tallybook::verify_detail {

// A period of several lines: each window and group of its usage once; what is late is an adjustment
// of its own.
void check_parts(Check const& check, std::string const& source, std::int64_t start) {
  using Part = std::tuple<std::optional<Instant>, std::optional<Instant>,
                          std::optional<std::string>, std::optional<Instant>>;
  std::map<Part, int> parts;
  for (auto const& line : check.records<InvoiceLine>().where(
           "subscription_line_id = ? AND period_start_on = ? AND entry_type = 'debit' AND NOT "
           "EXISTS "
           "(SELECT 1 FROM invoices n WHERE n.account_id = invoice_lines.account_id AND n.mode = "
           "invoice_lines.mode AND n.id = invoice_lines.invoice_id AND n.original_invoice_id IS "
           "NOT "
           "NULL)",
           {source, start})) {
    auto const facts = line.charge.value_or(ChargeFacts{});
    if (facts.kind == ChargeKind::late_usage && line.original_line_item_id) continue;
    if (facts.kind == ChargeKind::overage) continue;
    // What is counted by its time, or was cut by a change, has parts within a day.
    bool const timed =
        facts.basis == ProrationBasis::milliseconds || facts.kind == ChargeKind::change;
    auto const moment = timed ? line.period_starts_at : std::nullopt;
    int const times = ++parts[{facts.usage_from, facts.usage_to, facts.group, moment}];
    if (times > 1)
      check.found("subscription line " + source + ": the period from " +
                  format_date({static_cast<std::int32_t>(start)}) + " is charged " +
                  std::to_string(times) + " times" + (facts.group ? " for " + *facts.group : ""));
  }
}

void check_charges(Check const& check) {
  check.sql.query(
      "SELECT c.subscription_line_id, c.period_start_on, c.invoice_line_id FROM charges c LEFT "
      "JOIN invoice_lines l ON l.id = c.invoice_line_id "
      "AND l.subscription_line_id = c.subscription_line_id AND l.period_start_on = "
      "c.period_start_on WHERE c.account_id = ? AND c.mode = ? AND l.id IS NULL",
      check.whose(), [&](SqlRow const& row) {
        check.found("charge of " + std::string(row.text(0)) + " from " +
                    format_date({static_cast<std::int32_t>(row.integer(1))}) +
                    ": its invoice line " + std::string(row.text(2)) + " is missing");
      });
  // Credits used beyond a balance are billed when they are found, of no period; a note on what was
  // given back has lines that charge.
  auto whose = check.whose();
  whose.emplace_back(std::string(R"(%"kind":"overage"%)"));
  check.sql.query(
      "SELECT l.id, l.invoice_id FROM invoice_lines l JOIN invoices n ON n.id = l.invoice_id AND "
      "n.original_invoice_id IS NULL LEFT JOIN charges c ON "
      "c.subscription_line_id = l.subscription_line_id AND c.period_start_on = l.period_start_on "
      "WHERE l.account_id = ? AND l.mode = ? AND l.subscription_line_id IS NOT NULL AND "
      "l.entry_type = 'debit' AND c.invoice_line_id IS NULL AND COALESCE(l.charge, '') NOT LIKE ?",
      whose, [&](SqlRow const& row) {
        check.found("invoice " + std::string(row.text(1)) + " line " + std::string(row.text(0)) +
                    ": has no charge row of its period");
      });
  std::vector<std::pair<std::string, std::int64_t>> several;
  check.sql.query(
      "SELECT subscription_line_id, period_start_on FROM invoice_lines WHERE account_id "
      "= ? AND mode = ? AND subscription_line_id IS NOT NULL AND entry_type = 'debit' "
      "GROUP BY subscription_line_id, period_start_on HAVING COUNT(*) > 1",
      check.whose(), [&](SqlRow const& row) { several.emplace_back(row.text(0), row.integer(1)); });
  for (auto const& [line, start] : several) check_parts(check, line, start);
}

void check_subscriptions(Check const& check) {
  for_all<Subscription>(check, [&](Subscription const& subscription) {
    ++check.report.subscriptions;
    auto const lines = check.records<SubscriptionLine>().where(
        "subscription_id = ? AND replaced_at IS NULL ORDER BY position", {subscription.id.value});
    auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
    auto const shown = [](std::optional<Instant> const& at) {
      return at ? format_instant(*at) : std::string("none");
    };
    auto const due = next_due(subscription, lines, zone);
    if (due != subscription.next_due_at)
      check.found("subscription " + subscription.id.value + ": next_due_at is " +
                  shown(subscription.next_due_at) + ", expected " + shown(due));
    if (!check.records<Customer>().find(subscription.customer_id.value))
      check.found("subscription " + subscription.id.value + ": its customer is missing");
  });
}

}  // namespace tallybook::verify_detail
