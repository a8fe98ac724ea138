// What was charged for which period, and what subscriptions are due next.
#include "app/verify/checks.hpp"
#include "domain/subscription/billing.hpp"

namespace tallybook::verify_detail {

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
  check.sql.query(
      "SELECT l.id, l.invoice_id FROM invoice_lines l LEFT JOIN charges c ON "
      "c.subscription_line_id = l.subscription_line_id AND c.period_start_on = l.period_start_on "
      "AND c.invoice_line_id = l.id "
      "WHERE l.account_id = ? AND l.mode = ? AND l.subscription_line_id IS NOT NULL AND "
      "l.entry_type = 'debit' AND c.invoice_line_id IS NULL",
      check.whose(), [&](SqlRow const& row) {
        check.found("invoice " + std::string(row.text(1)) + " line " + std::string(row.text(0)) +
                    ": has no charge row of its period");
      });
  check.sql.query(
      "SELECT subscription_line_id, period_start_on, COUNT(*) FROM invoice_lines WHERE account_id "
      "= ? AND mode = ? AND subscription_line_id IS NOT NULL AND entry_type = 'debit' "
      "GROUP BY subscription_line_id, period_start_on HAVING COUNT(*) > 1",
      check.whose(), [&](SqlRow const& row) {
        check.found("subscription line " + std::string(row.text(0)) + ": the period from " +
                    format_date({static_cast<std::int32_t>(row.integer(1))}) + " is charged " +
                    std::to_string(row.integer(2)) + " times");
      });
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
