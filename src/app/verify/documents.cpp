// Invoices and credit notes against their lines, payments, numbers and outbox rows.
#include <map>

#include "app/verify/checks.hpp"
#include "base/assert.hpp"
#include "reflect/describe.hpp"
#include "reflect/value.hpp"

namespace tallybook::verify_detail {

void compare_totals(Check const& check, std::string const& name, Invoice const& invoice,
                    std::vector<InvoiceLine> const& lines) {
  Invoice again = invoice;
  auto lines_again = lines;
  compute_totals(again, lines_again);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string const line = name + " line " + lines[i].id.value;
    check.expect(line, "position", lines[i].position, static_cast<std::int64_t>(i));
    check.expect(line, "amount_excluding_tax", lines[i].amount_excluding_tax,
                 lines_again[i].amount_excluding_tax);
    check.expect(line, "tax_amount", lines[i].tax_amount, lines_again[i].tax_amount);
    check.expect(line, "amount", lines[i].amount, lines_again[i].amount);
  }
  check.expect(name, "amount_excluding_tax", invoice.amount_excluding_tax,
               again.amount_excluding_tax);
  check.expect(name, "discount_amount", invoice.discount_amount, again.discount_amount);
  check.expect(name, "tax_amount", invoice.tax_amount, again.tax_amount);
  check.expect(name, "total_amount", invoice.total_amount, again.total_amount);
  check.expect(name, "amount_fixed", invoice.amount_fixed, again.amount_fixed);
}

void check_payments(Check const& check, std::string const& name, Invoice const& invoice) {
  std::int64_t paid = 0;
  for (auto const& transaction : check.records<Transaction>().where(
           "invoice_id = ? AND status = 'settled'", {invoice.id.value})) {
    // A credit note is settled by paying back, an invoice by everything else.
    bool const refund = transaction.type == TransactionType::refund;
    if (refund == (invoice.type == InvoiceType::credit_note))
      paid = checked_add(paid, transaction.amount);
  }
  check.expect(name, "amount_paid", invoice.amount_paid, paid);
  check.expect(name, "amount_due", invoice.amount_due, invoice.total_amount - invoice.amount_paid);
}

void check_status(Check const& check, std::string const& name, Invoice const& invoice) {
  std::string const status(reflect::enum_name(invoice.status));
  if (!invoice.number) {
    if (invoice.status != InvoiceStatus::draft && invoice.status != InvoiceStatus::grace_period)
      check.found(name + ": is " + status + " without a number");
    if (invoice.sequence_number || invoice.issued_at)
      check.found(name + ": has a sequence number or a date of issue without a number");
    return;
  }
  auto const expected = status_after_payment(invoice, invoice.amount_paid);
  if (invoice.status != expected)
    check.found(name + ": is " + status + ", its payments make it " +
                std::string(reflect::enum_name(expected)));
  if (!invoice.sequence_number || !invoice.issued_at || !invoice.due_at)
    check.found(name + ": has a number but no sequence number, date of issue or due date");
  if (invoice.settled_at.has_value() != (invoice.status == InvoiceStatus::paid))
    check.found(name + ": settled_at does not fit the status " + status);
}

void check_invoices(Check const& check) {
  for_all<Invoice>(check, [&](Invoice const& invoice) {
    ++check.report.invoices;
    std::string const name = name_of(invoice);
    try {
      auto const lines = check.records<InvoiceLine>().where("invoice_id = ? ORDER BY position",
                                                            {invoice.id.value});
      check.report.lines += static_cast<std::int64_t>(lines.size());
      if (lines.empty()) check.found(name + ": has no lines");
      compare_totals(check, name, invoice, lines);
      check_payments(check, name, invoice);
      check_status(check, name, invoice);
      for (auto const& line : lines) check_usage(check, invoice, line);
    } catch (BrokenInvariant const& problem) {
      check.found(name + ": cannot be computed: " + problem.what());
    }
  });
  auto const lost = check.sql.number(
      "SELECT COUNT(*) FROM invoice_lines l LEFT JOIN invoices i ON i.id = l.invoice_id WHERE "
      "l.account_id = ? AND l.mode = ? AND i.id IS NULL",
      check.whose());
  if (lost > 0) check.found("invoice lines: " + std::to_string(lost) + " belong to no invoice");
  auto const unpaired = check.sql.number(
      "SELECT COUNT(*) FROM transactions t LEFT JOIN invoices i ON i.id = t.invoice_id WHERE "
      "t.account_id = ? AND t.mode = ? AND (i.id IS NULL OR i.currency <> t.currency)",
      check.whose());
  if (unpaired > 0)
    check.found("transactions: " + std::to_string(unpaired) + " have no invoice of their currency");
}

// What a stored quantity was counted from is still there, up to the sequence it was counted at.
void check_usage(Check const& check, Invoice const& invoice, InvoiceLine const& line) {
  if (!line.usage_quantity || !line.usage_sequence || !line.subscription_line_id) return;
  std::string const name = name_of(invoice) + " line " + line.id.value;
  auto const sequence = static_cast<std::uint64_t>(*line.usage_sequence);
  if (sequence > check.events.last_sequence()) {
    check.found(name + ": was counted at event " + std::to_string(sequence) +
                ", the events end at " + std::to_string(check.events.last_sequence()));
    return;
  }
  auto const source = check.records<SubscriptionLine>().find(line.subscription_line_id->value);
  if (!source || !source->aggregator_id)
    return check.found(name + ": its subscription line or aggregator is missing");
  auto const aggregator = check.records<Aggregator>().find(*source->aggregator_id);
  if (!aggregator)
    return check.found(name + ": aggregator " + *source->aggregator_id + " is missing");
  if (!line.period_starts_at || !line.period_ends_at)
    return check.found(name + ": counts usage without a period");
  UsageQuery query;
  query.tenant = check.tenant;
  query.rule = rule_of(*aggregator);
  query.customer_ids = {invoice.customer_id.value};
  query.from = *line.period_starts_at;
  query.to = *line.period_ends_at;
  query.as_of = sequence;
  check.expect(name, "usage_quantity", *line.usage_quantity, check.events.usage(query).quantity);
  ++check.report.usage_lines;
}

void check_sequence(Check const& check, std::string const& entity, std::string const& kind,
                    std::int64_t first, std::int64_t next) {
  std::string const name = "numbers of " + entity + " " + kind;
  std::int64_t expected = first;
  check.sql.query(
      "SELECT sequence_number, number, id FROM invoices WHERE account_id = ? AND mode = ? AND "
      "invoicing_entity_id = ? AND type = ? AND sequence_number IS NOT NULL ORDER BY "
      "sequence_number",
      {check.tenant.account_id, std::string(mode_text(check.tenant.mode)), entity, kind},
      [&](SqlRow const& row) {
        std::int64_t const number = row.integer(0);
        if (number > expected)
          check.found(name + ": " + std::to_string(expected) + " to " + std::to_string(number - 1) +
                      " are missing");
        if (number < expected)
          check.found(name + ": " + std::to_string(number) + " is given twice or before the first");
        expected = std::max(expected, number + 1);
        // The pattern may have changed since; the number itself is in every one.
        if (row.text(1).find(std::to_string(number)) == std::string_view::npos) {
          check.found(name + ": " + std::string(row.text(2)) + " is called " +
                      std::string(row.text(1)) + ", its sequence number is " +
                      std::to_string(number));
        }
      });
  if (expected != next)
    check.found(name + ": the next one is " + std::to_string(next) + ", expected " +
                std::to_string(expected));
}

void check_numbers(Check const& check) {
  struct Row {
    std::string entity, kind;
    std::int64_t first, next;
  };
  std::vector<Row> rows;
  check.sql.query(
      "SELECT invoicing_entity_id, kind, first_number, next_number FROM number_sequences WHERE "
      "account_id = ? AND mode = ? ORDER BY invoicing_entity_id, kind",
      check.whose(), [&](SqlRow const& row) {
        rows.push_back(
            {std::string(row.text(0)), std::string(row.text(1)), row.integer(2), row.integer(3)});
      });
  for (auto const& row : rows) check_sequence(check, row.entity, row.kind, row.first, row.next);
}

void check_outbox(Check const& check) {
  std::map<std::string, int> announced;
  check.sql.query(
      "SELECT payload FROM outbox WHERE account_id = ? AND mode = ? AND (event_type = "
      "'invoice.ready' OR event_type = 'credit_note.ready')",
      check.whose(), [&](SqlRow const& row) {
        auto const payload = parse_json(row.text(0));
        auto const* data = payload ? payload->find("data") : nullptr;
        auto const* id = data != nullptr ? data->find("id") : nullptr;
        auto const* text = id != nullptr ? id->as_string() : nullptr;
        if (text != nullptr) ++announced[*text];
      });
  check.sql.query(
      "SELECT id, number FROM invoices WHERE account_id = ? AND mode = ? AND number IS NOT NULL "
      "ORDER BY id",
      check.whose(), [&](SqlRow const& row) {
        std::string const id(row.text(0));
        auto const at = announced.find(id);
        int const times = at == announced.end() ? 0 : at->second;
        if (times != 1)
          check.found("outbox: " + id + " (" + std::string(row.text(1)) +
                      ") was announced as ready " + std::to_string(times) + " times");
        if (at != announced.end()) announced.erase(at);
      });
  for (auto const& [id, times] : announced)
    check.found("outbox: " + id + " was announced as ready but is not issued");
}

}  // namespace tallybook::verify_detail
