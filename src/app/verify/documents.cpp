// Invoices and credit notes against their lines, payments, numbers and outbox rows.
#include <map>

#include "app/verify/checks.hpp"
#include "base/assert.hpp"
#include "domain/subscription/metering.hpp"
#include "reflect/describe.hpp"
#include "reflect/value.hpp"

namespace tallybook::verify_detail {

// A note mirrors what it credits: the tax of its lines is not its own.
void mirror_totals(Check const& check, std::string const& name, Invoice& note,
                   std::vector<InvoiceLine>& lines) {
  Currency const currency = Currency::parse(note.currency).value_or(Currency());
  for (auto& line : lines) {
    line.amount_excluding_tax = Money::rounded(line.exact_amount, currency).minor;
    line.amount = checked_add(line.amount_excluding_tax, line.tax_amount);
    if (!line.original_line_item_id) continue;
    auto const original = check.records<InvoiceLine>().find(line.original_line_item_id->value);
    if (!original || original->invoice_id != note.original_invoice_id)
      check.found(name + " line " + line.id.value + ": the line it credits is missing");
    else if (original->tax_rate != line.tax_rate)
      check.found(name + " line " + line.id.value + ": has another tax_rate than what it credits");
  }
  sum_totals(note, lines);
}

// What notes of other invoices were set off against: "note/amount/invoice" are their entries.
struct SetOffElsewhere {
  std::map<std::string, std::int64_t> by_note;
  std::map<std::string, std::int64_t> by_invoice;
};
SetOffElsewhere set_off_elsewhere_in(Check const& check) {
  SetOffElsewhere found;
  check.sql.query(
      "SELECT e.source_id, p.amount FROM ledger_entries e JOIN ledger_postings p ON p.entry_id = "
      "e.id WHERE e.account_id = ? AND e.mode = ? AND e.kind = 'credit_set_off' AND "
      "p.ledger_account = 'refunds_payable' AND e.source_id LIKE '%/%/%'",
      check.whose(), [&](SqlRow const& row) {
        std::string const source(row.text(0));
        found.by_note[source.substr(0, source.find('/'))] += row.integer(1);
        found.by_invoice[source.substr(source.rfind('/') + 1)] += row.integer(1);
      });
  return found;
}

// What issued notes took of an invoice, line by line, and what was set off against it.
void check_credited(Check const& check, std::string const& name, Invoice const& invoice,
                    std::vector<InvoiceLine> const& lines, SetOffElsewhere& elsewhere) {
  if (invoice.type == InvoiceType::credit_note) return;
  std::int64_t set_off = elsewhere.by_invoice[invoice.id.value];
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> taken;
  for (auto const& note : check.records<Invoice>().where(
           "original_invoice_id = ? AND number IS NOT NULL", {invoice.id.value})) {
    set_off =
        checked_add(set_off, checked_add(note.amount_credited, -elsewhere.by_note[note.id.value]));
    for (auto const& line : check.records<InvoiceLine>().where("invoice_id = ?", {note.id.value})) {
      if (!line.original_line_item_id) continue;
      auto& sums = taken[line.original_line_item_id->value];
      sums.first = checked_add(sums.first, line.amount_excluding_tax);
      sums.second = checked_add(sums.second, line.tax_amount);
    }
  }
  check.expect(name, "amount_credited", invoice.amount_credited, set_off);
  for (auto const& line : lines) {
    auto const found = taken.find(line.id.value);
    if (found == taken.end()) continue;
    auto const [net, tax] = found->second;
    bool const within = std::abs(net) <= std::abs(line.amount_excluding_tax) &&
                        std::abs(tax) <= std::abs(line.tax_amount);
    bool const whole = net == line.amount_excluding_tax;
    if (!within || (whole && tax != line.tax_amount))
      check.found(name + " line " + line.id.value + ": credit notes took " + std::to_string(net) +
                  " and tax " + std::to_string(tax) + " of " +
                  std::to_string(line.amount_excluding_tax) + " and " +
                  std::to_string(line.tax_amount));
  }
}

void compare_rates(Check const& check, std::string const& name,
                   std::vector<InvoiceLine> const& lines, std::vector<InvoiceLine> const& again) {
  std::map<std::string, std::pair<std::int64_t, std::int64_t>> rates;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto& sums = rates[lines[i].tax_rate.decimal()];
    sums.first = checked_add(sums.first, lines[i].tax_amount);
    sums.second = checked_add(sums.second, again[i].tax_amount);
  }
  for (auto const& [rate, sums] : rates)
    check.expect(name + " lines at " + rate + " %", "tax_amount", sums.first, sums.second);
}

void compare_totals(Check const& check, std::string const& name, Invoice const& invoice,
                    std::vector<InvoiceLine> const& lines) {
  Invoice again = invoice;
  auto lines_again = lines;
  if (invoice.original_invoice_id) {
    mirror_totals(check, name, again, lines_again);
  } else {
    compute_totals(again, lines_again);
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string const line = name + " line " + lines[i].id.value;
    check.expect(line, "position", lines[i].position, static_cast<std::int64_t>(i));
    check.expect(line, "amount_excluding_tax", lines[i].amount_excluding_tax,
                 lines_again[i].amount_excluding_tax);
    // Which line of a rate got the odd unit is the shape of the rule at its time: within one unit
    // of its own tax, and the rate's sum below.
    auto const& is = lines[i].tax_amount;
    if (std::abs(is - lines_again[i].tax_amount) > 1 || invoice.original_invoice_id)
      check.expect(line, "tax_amount", is, lines_again[i].tax_amount);
    check.expect(line, "amount", lines[i].amount, lines[i].amount_excluding_tax + is);
  }
  compare_rates(check, name, lines, lines_again);
  check.expect(name, "amount_excluding_tax", invoice.amount_excluding_tax,
               again.amount_excluding_tax);
  check.expect(name, "discount_amount", invoice.discount_amount, again.discount_amount);
  check.expect(name, "tax_amount", invoice.tax_amount, again.tax_amount);
  check.expect(name, "total_amount", invoice.total_amount, again.total_amount);
  check.expect(name, "amount_fixed", invoice.amount_fixed, again.amount_fixed);
}

void check_payments(Check const& check, std::string const& name, Invoice const& invoice) {
  std::int64_t paid = 0;
  bool const note = invoice.type == InvoiceType::credit_note;
  for (auto const& transaction : check.records<Transaction>().where(
           "invoice_id = ? AND status = 'settled'", {invoice.id.value})) {
    // A credit note is settled by paying back, an invoice by paying less what was taken back.
    bool const back = transaction.type == TransactionType::refund ||
                      transaction.type == TransactionType::chargeback;
    paid = checked_add(paid, back == note ? transaction.amount : -transaction.amount);
  }
  for (auto const& part :
       check.records<TransactionAllocation>().where("invoice_id = ?", {invoice.id.value}))
    paid = checked_add(paid, part.amount);
  check.expect(name, "amount_paid", invoice.amount_paid, paid);
  check.expect(name, "amount_due", invoice.amount_due,
               invoice.total_amount - invoice.amount_paid - invoice.amount_credited);
}

void check_status(Check const& check, std::string const& name, Invoice const& invoice) {
  std::string const status(reflect::enum_name(invoice.status));
  if (!invoice.number) {
    bool const unissued =
        invoice.status == InvoiceStatus::draft || invoice.status == InvoiceStatus::open ||
        invoice.status == InvoiceStatus::grace_period ||
        invoice.status == InvoiceStatus::missing_info || invoice.status == InvoiceStatus::closed ||
        invoice.status == InvoiceStatus::charged_on_parent ||
        invoice.status == InvoiceStatus::pending_parent_concat ||
        invoice.status == InvoiceStatus::archived;
    if (!unissued) check.found(name + ": is " + status + " without a number");
    if (invoice.sequence_number || invoice.issued_at)
      check.found(name + ": has a sequence number or a date of issue without a number");
    return;
  }
  auto const expected = settled_status(invoice);
  if (invoice.status != expected)
    check.found(name + ": is " + status + ", its payments make it " +
                std::string(reflect::enum_name(expected)));
  bool const ours = !invoice.imported.value_or(false);
  if (ours != invoice.sequence_number.has_value() || !invoice.issued_at || !invoice.due_at)
    check.found(name + ": has a number but no sequence number, date of issue or due date");
  if (invoice.settled_at.has_value() != (invoice.amount_due == 0))
    check.found(name + ": settled_at does not fit the status " + status);
}

// A document that was charged on an organisation's: the line there that stands for it says the
// same.
void check_organisation(Check const& check, std::string const& name, Invoice const& invoice) {
  bool const waits = invoice.status == InvoiceStatus::pending_parent_concat;
  if (invoice.status != InvoiceStatus::charged_on_parent && !waits) return;
  auto const grouped =
      check.records<InvoiceLine>().where("child_invoice_id = ?", {invoice.id.value});
  if (waits) {
    if (invoice.parent_invoice_id || !grouped.empty())
      check.found(name + ": waits for its organisation and is on an invoice of it");
    auto const customer = check.records<Customer>().find(invoice.customer_id.value);
    if (!customer || !customer->organisation_id)
      check.found(name + ": waits for an organisation, its customer belongs to none");
    return;
  }
  auto const parent = invoice.parent_invoice_id
                          ? check.records<Invoice>().find(invoice.parent_invoice_id->value)
                          : std::nullopt;
  if (!parent) return check.found(name + ": the organisation's invoice is missing");
  if (grouped.empty()) {
    if (parent->number)
      check.expect(name, "what its organisation is charged", invoice.total_amount,
                   parent->total_amount);
    return;
  }
  if (grouped.size() > 1 || grouped.front().invoice_id != parent->id)
    check.found(name + ": is charged on other invoices than its organisation's " +
                parent->id.value);
  bool const turned = parent->type == InvoiceType::credit_note;
  auto const net = grouped.front().amount_excluding_tax;
  check.expect(name, "the net of its line on the organisation's invoice", turned ? -net : net,
               invoice.amount_excluding_tax);
}

void check_invoices(Check const& check) {
  Terms terms(check);
  auto elsewhere = set_off_elsewhere_in(check);
  for_all<Invoice>(check, [&](Invoice const& invoice) {
    ++check.report.invoices;
    std::string const name = name_of(invoice);
    terms.forget();
    try {
      auto const lines = check.records<InvoiceLine>().where("invoice_id = ? ORDER BY position",
                                                            {invoice.id.value});
      check.report.lines += static_cast<std::int64_t>(lines.size());
      bool const counted_on_sight = invoice.status == InvoiceStatus::open;
      if (lines.empty() != counted_on_sight)
        check.found(name + (lines.empty() ? ": has no lines" : ": is open and has stored lines"));
      compare_totals(check, name, invoice, lines);
      check_credited(check, name, invoice, lines, elsewhere);
      check_payments(check, name, invoice);
      check_status(check, name, invoice);
      check_organisation(check, name, invoice);
      for (auto const& line : lines) check_usage(check, terms, invoice, line);
      check_prices(check, terms, invoice, lines);
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
      "t.account_id = ? AND t.mode = ? AND (CASE WHEN t.invoice_id IS NULL THEN "
      "t.invoicing_entity_id IS NULL ELSE i.id IS NULL OR i.currency <> t.currency END)",
      check.whose());
  if (unpaired > 0)
    check.found("transactions: " + std::to_string(unpaired) + " have no invoice of their currency");
}

void Terms::forget() {
  constexpr std::size_t most = 1000;
  if (lines_.size() > most) lines_.clear();
  if (aggregators_.size() > most) aggregators_.clear();
  if (subscriptions_.size() > most) subscriptions_.clear();
}

std::optional<UsageQuery> usage_query(Check const& check, Terms& terms, InvoiceLine const& line,
                                      SubscriptionLine const& source) {
  if (!source.aggregator_id || !line.usage_sequence || !line.period_starts_at ||
      !line.period_ends_at)
    return std::nullopt;
  auto const& aggregator = terms.aggregator(*source.aggregator_id);
  // Who used it; the invoice may be its organisation's.
  auto const& subscription = terms.subscription(source.subscription_id.value);
  if (!aggregator || !subscription) return std::nullopt;
  UsageQuery query;
  query.tenant = check.tenant;
  query.rule = rule_of(*aggregator);
  query.customer_ids = {subscription->customer_id.value};
  query.from = *line.period_starts_at;
  query.to = *line.period_ends_at;
  if (line.charge && line.charge->usage_to) {
    query.rule = rule_of_group(query.rule, source, line.charge->group);
    query.from = line.charge->usage_from.value_or(since_ever);
    query.to = *line.charge->usage_to;
  }
  query.as_of = static_cast<std::uint64_t>(*line.usage_sequence);
  return query;
}

// What a stored quantity was counted from is still there, up to the sequence it was counted at.
void check_usage(Check const& check, Terms& terms, Invoice const& invoice,
                 InvoiceLine const& line) {
  if (!line.usage_quantity || !line.usage_sequence || !line.subscription_line_id) return;
  std::string const name = name_of(invoice) + " line " + line.id.value;
  auto const sequence = static_cast<std::uint64_t>(*line.usage_sequence);
  if (sequence > check.events.last_sequence()) {
    check.found(name + ": was counted at event " + std::to_string(sequence) +
                ", the events end at " + std::to_string(check.events.last_sequence()));
    return;
  }
  auto const& source = terms.line(line.subscription_line_id->value);
  if (!source || !source->aggregator_id)
    return check.found(name + ": its subscription line or aggregator is missing");
  if (!terms.aggregator(*source->aggregator_id))
    return check.found(name + ": aggregator " + *source->aggregator_id + " is missing");
  if (!line.period_starts_at || !line.period_ends_at)
    return check.found(name + ": counts usage without a period");
  auto const query = usage_query(check, terms, line, *source);
  if (!query) return check.found(name + ": its subscription is missing");
  // What a period nobody used was billed, taken off again now that there are groups.
  bool const taken_off = source->group_by && line.charge && !line.charge->group &&
                         (line.charge->billed_before || line.charge->quantity_before);
  check.expect(name, "usage_quantity", *line.usage_quantity,
               taken_off ? Exact(0) : check.events.usage(*query).quantity);
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
      "AND imported IS NULL ORDER BY id",
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
