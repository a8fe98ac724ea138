// What a scenario says must be true, compared line by line.
#include <algorithm>

#include "scenarios/language/timeline.hpp"

namespace tallybook::timeline {
namespace expect_detail {

// Words for fields that are amounts.
std::map<std::string, std::string> const& amounts() {
  static std::map<std::string, std::string> const list = {
      {"net", "amount_excluding_tax"},
      {"tax", "tax_amount"},
      {"total", "total_amount"},
      {"due", "amount_due"},
      {"paid", "amount_paid"},
      {"discount", "discount_amount"},
      {"arr", "estimated_arr"},
      {"contract_value", "contract_value"},
      {"minimum_invoice_fee", "minimum_invoice_fee"},
      {"next_amount", "next_payment_amount"},
      {"cancellation_amount", "cancellation_amount"}};
  return list;
}

std::string field_name(std::string const& word) {
  if (word == "next_payment") return "next_payment_at";
  if (word == "ends") return "period_ends_at";
  if (word == "starts") return "period_starts_at";
  return word;
}

std::string text_of(Value const& body, std::string const& key) {
  auto const* value = body.find(key);
  if (value == nullptr || value->is_null()) return "-";
  return value->as_string() != nullptr ? *value->as_string() : to_json_text(*value);
}

std::string amount_of(Value const& body, std::string const& key, int decimals) {
  auto const* value = body.find(key);
  return value == nullptr ? "-" : show_amount(*value, decimals);
}

std::string period_of(Value const& line, TimeZone const& zone) {
  auto const* from = line.find("period_starts_at");
  auto const* to = line.find("period_ends_at");
  if (from == nullptr || to == nullptr || from->is_null() || to->is_null()) return "-";
  return show_field(*from, zone) + " - " + show_field(*to, zone);
}

std::string joined(std::vector<std::string> const& cells) {
  std::string text;
  for (auto const& cell : cells) text += (text.empty() ? "" : " | ") + cell;
  return text;
}

// "a | b |c" as cells without the spaces around them.
std::vector<std::string> cells_of(std::string const& text) {
  std::vector<std::string> cells;
  std::size_t from = 0;
  for (;;) {
    auto const end = text.find('|', from);
    std::string cell = text.substr(from, end == std::string::npos ? end : end - from);
    auto const first = cell.find_first_not_of(' ');
    cell = first == std::string::npos ? ""
                                      : cell.substr(first, cell.find_last_not_of(' ') - first + 1);
    if (cell.size() > 1 && cell.front() == '"' && cell.back() == '"')
      cell = cell.substr(1, cell.size() - 2);
    cells.push_back(cell);
    if (end == std::string::npos) return cells;
    from = end + 1;
  }
}

// One invoice line: name, dates, quantity, net amount, and its discount when it has one.
std::string row_of(Value const& line, TimeZone const& zone, int decimals) {
  std::vector<std::string> cells = {text_of(line, "name"), period_of(line, zone),
                                    text_of(line, "units_count"),
                                    amount_of(line, "amount_excluding_tax", decimals)};
  if (text_of(line, "discount_amount") != "0")
    cells.push_back("less " + amount_of(line, "discount_amount", decimals));
  return joined(cells);
}

}  // namespace expect_detail

void Timeline::expect(Statement const& statement) {
  Words words(statement, 1);
  if (words.take("invoice")) return expect_document(statement, words, "invoice");
  if (words.take("credit")) {
    if (!words.take("note")) throw Failure(statement.line, "expected credit note");
    return expect_document(statement, words, "credit_note");
  }
  if (words.take("document")) return expect_document(statement, words, "document");
  if (words.take("subscription")) return expect_subscription(statement, words);
  if (words.take("answer")) return expect_answer(statement, words);
  if (words.take("events")) return expect_events(statement, words);
  if (words.take("ledger")) return expect_ledger(statement, words);
  if (words.take("error")) return expect_error(statement, words);
  if (words.take("nothing")) {
    if (!words.take("new")) throw Failure(statement.line, "expected nothing new");
    words.finish();
    return expect_nothing_new(statement.line);
  }
  throw Failure(statement.line,
                "expects one of: invoice, credit note, document, subscription, answer, events, "
                "ledger, error, nothing new");
}

std::vector<Timeline::Document> Timeline::unseen(int line) {
  std::vector<Document> list;
  std::string cursor;
  for (;;) {
    auto const page = look(line, "/v2/invoices?order=asc&limit=100&status=all" +
                                     (cursor.empty() ? "" : "&cursor=" + cursor));
    for (auto const& invoice : *page.find("data")->as_array()) {
      std::string const id = expect_detail::text_of(invoice, "id");
      std::string const status = expect_detail::text_of(invoice, "status");
      if (status != "open" && status != "archived" && !seen_.contains(id))
        list.push_back({id, invoice});
    }
    auto const* next = member_at(page, "next_cursor");
    if (next == nullptr || next->as_string() == nullptr) return list;
    cursor = *next->as_string();
  }
}

void Timeline::fields(Statement const& statement, Value const& body,
                      std::vector<std::string>& expected, std::vector<std::string>& actual,
                      int decimals) {
  Words words(statement);
  std::string left, right;
  while (!words.done()) {
    std::string const key = words.next("a field");
    std::string const wanted = with_ids(words.next("the value of " + key), statement.line);
    auto const known = expect_detail::amounts().find(key);
    std::string const path =
        known != expect_detail::amounts().end() ? known->second : expect_detail::field_name(key);
    auto const* value = member_at(body, path);
    if (value == nullptr) throw Failure(statement.line, "there is no field " + path);
    std::string const space = left.empty() ? "" : "  ";
    left += space + key + " " + wanted;
    right += space + key + " " +
             (known != expect_detail::amounts().end() ? show_amount(*value, decimals)
                                                      : show_field(*value, zone_));
  }
  expected.push_back(left);
  actual.push_back(right);
}

// expect invoice INV-1 to_pay [on 2026-01-31] [due 2026-03-02] [for acme] [as NAME]
//   Platform | 2026-01-31 - 2026-02-27 | 1 | 100.00
//   net 100.00 tax 20.00 total 120.00
// The next one not looked at yet. "again" after the number looks at one a second time; a draft is
// called "-" and gets its name from "as". "open for s1" is the running period's.
void Timeline::expect_document(Statement const& statement, Words& words, std::string const& type) {
  using namespace expect_detail;
  std::string const number = words.next("a number");
  Value body;
  std::string shown_number = number;
  if (number == "open") {
    if (!words.take("for")) throw Failure(statement.line, "expected open for and a subscription");
    auto const list = look(statement.line, "/v2/invoices?status=open&subscription_id=" +
                                               id_of(words.next("a subscription"), statement.line));
    auto const* first = member_at(list, "data.0.id");
    if (first == nullptr) throw Failure(statement.line, "no open invoice");
    body = look(statement.line, "/v2/invoices/" + *first->as_string());
    shown_number = "-";
  } else if (words.take("again")) {
    body = look(statement.line, "/v2/invoices/" + id_of(number, statement.line));
    shown_number = text_of(body, "number");
  } else {
    auto const list = unseen(statement.line);
    if (list.empty()) throw Failure(statement.line, "expected another document; there is none");
    body = list.front().body;
    seen_.insert(list.front().id);
  }
  if (auto const id = text_of(body, "id"), given = text_of(body, "number"); given != "-")
    names_[given] = id;
  int const decimals = decimals_of(body);
  std::vector<std::string> expected, actual;
  std::string left = type + " " + shown_number,
              right = text_of(body, "type") + " " + text_of(body, "number");
  std::string status = number == "open" ? "open" : words.next("a status");
  left += " " + status;
  right += " " + text_of(body, "status");
  while (!words.done()) {
    auto const also = [&](std::string const& word, std::string const& wanted,
                          std::string const& found) {
      left += " " + word + " " + wanted;
      right += " " + word + " " + found;
    };
    if (words.take("on")) {
      also("on", words.next("a day"), show_field(*body.find("issued_at"), zone_));
    } else if (words.take("due")) {
      also("due", words.next("a day"), show_field(*body.find("due_at"), zone_));
    } else if (words.take("of")) {
      also("of", words.next("a number"), text_of(body, "original_invoice_number"));
    } else if (words.take("for")) {
      also("for", id_of(words.next("a customer"), statement.line),
           *member_at(body, "customer.id")->as_string());
    } else if (words.take("as")) {
      names_[words.next("a name")] = text_of(body, "id");
    } else {
      words.finish();
    }
  }
  expected.push_back(left);
  actual.push_back(right);
  bool sums = false;
  for (auto const& line : statement.block) {
    if (line.text.find('|') != std::string::npos) expected.push_back(joined(cells_of(line.text)));
    sums = sums || line.starts("net") || line.starts("total");
  }
  if (!sums) throw Failure(statement.line, "say what it sums to: net 100.00, or total 120.00");
  for (auto const& line : *body.find("line_items")->as_array())
    actual.push_back(row_of(line, zone_, decimals));
  for (auto const& line : statement.block) {
    if (line.text.find('|') == std::string::npos) fields(line, body, expected, actual, decimals);
  }
  compare(statement.line, "this document is not as expected", expected, actual);
}

// expect subscription s1 active
//   next_payment 2026-02-01 arr 1200.00
void Timeline::expect_subscription(Statement const& statement, Words& words) {
  std::string const name = words.next("a subscription");
  auto const body = look(statement.line, "/v2/subscriptions/" + id_of(name, statement.line));
  std::vector<std::string> expected, actual;
  expected.push_back("subscription " + name + " " + words.next("a status"));
  actual.push_back("subscription " + name + " " + expect_detail::text_of(body, "status"));
  words.finish();
  for (auto const& line : statement.block) fields(line, body, expected, actual, decimals_of(body));
  compare(statement.line, "the subscription is not as expected", expected, actual);
}

// expect answer
//   data.0.balance 300
void Timeline::expect_answer(Statement const& statement, Words& words) {
  words.finish();
  if (statement.block.empty()) throw Failure(statement.line, "expects nothing of the answer");
  std::vector<std::string> expected, actual;
  for (auto const& line : statement.block)
    fields(line, answer_.body, expected, actual, decimals_of(answer_.body));
  compare(statement.line, "the answer is not as expected: " + answer_.text, expected, actual);
}

// expect events [KIND ...]: what was announced since the last look, of these kinds only
//   subscription.created subscription.activated
void Timeline::expect_events(Statement const& statement, Words& words) {
  std::vector<std::string> kinds, expected, actual;
  while (!words.done()) kinds.push_back(words.next("a kind of event") + ".");
  for (auto const& line : statement.block) {
    for (auto const& word : line.words) expected.push_back(word.text);
  }
  auto const tenant = book_.tenant();
  book_.database().read([&](SqlSession& sql) {
    sql.query(
        "SELECT sequence, event_type FROM outbox WHERE account_id = ? AND mode = 'test' AND "
        "sequence > ? ORDER BY sequence",
        {tenant.account_id, events_seen_}, [&](SqlRow const& row) {
          events_seen_ = row.integer(0);
          std::string const type(row.text(1));
          if (kinds.empty() ||
              std::ranges::any_of(kinds, [&](auto const& kind) { return type.starts_with(kind); }))
            actual.push_back(type);
        });
  });
  compare(statement.line, "other events were announced", expected, actual);
}

// expect ledger: every account that is not at zero, debit positive
//   receivable 120.00
void Timeline::expect_ledger(Statement const& statement, Words& words) {
  words.finish();
  std::vector<std::string> expected, actual;
  for (auto const& line : statement.block) {
    Words pair(line);
    std::string const account = pair.next("an account");
    expected.push_back(account + " " + pair.next("an amount"));
    pair.finish();
  }
  auto const tenant = book_.tenant();
  book_.database().read([&](SqlSession& sql) {
    sql.query(
        "SELECT p.ledger_account, SUM(p.amount) FROM ledger_postings p JOIN ledger_entries e ON "
        "e.id = p.entry_id WHERE e.account_id = ? AND e.mode = 'test' GROUP BY p.ledger_account "
        "HAVING SUM(p.amount) <> 0",
        {tenant.account_id}, [&](SqlRow const& row) {
          actual.push_back(std::string(row.text(0)) + " " +
                           show_amount(Value(row.integer(1)), decimals_));
        });
  });
  std::ranges::sort(expected);
  std::ranges::sort(actual);
  compare(statement.line, "the ledger stands elsewhere", expected, actual);
}

// expect error 409 [field cancel_at] [saying "cancelled"]
void Timeline::expect_error(Statement const& statement, Words& words) {
  std::string const status = words.next("a status");
  std::vector<std::string> expected = {"error " + status};
  std::vector<std::string> actual = {"error " + std::to_string(answer_.status)};
  std::string const shown = answer_.text;
  while (!words.done()) {
    if (words.take("field")) {
      std::string const field = words.next("a field");
      auto const* fields = answer_.body.find("errors");
      bool const named = fields != nullptr && fields->find(field) != nullptr;
      expected.push_back("field " + field);
      actual.push_back(named ? expected.back()
                             : "fields " + (fields != nullptr ? to_json_text(*fields) : "none"));
    } else if (words.take("saying")) {
      std::string const text = words.next("a text");
      expected.push_back("saying " + text);
      actual.push_back(shown.find(text) != std::string::npos ? expected.back() : "saying " + shown);
    } else {
      words.finish();
    }
  }
  compare(statement.line, "it was not refused as expected: " + shown, expected, actual);
}

std::vector<std::string> Timeline::described(std::vector<Document> const& documents) const {
  std::vector<std::string> text;
  for (auto const& document : documents) {
    auto const& body = document.body;
    int const decimals = decimals_of(body);
    text.push_back(expect_detail::text_of(body, "type") + " " +
                   expect_detail::text_of(body, "number") + " " +
                   expect_detail::text_of(body, "status") + " on " +
                   show_field(*body.find("issued_at"), zone_));
    for (auto const& row : *body.find("line_items")->as_array())
      text.push_back(expect_detail::row_of(row, zone_, decimals));
    text.push_back("net " + expect_detail::amount_of(body, "amount_excluding_tax", decimals) +
                   "  tax " + expect_detail::amount_of(body, "tax_amount", decimals) + "  total " +
                   expect_detail::amount_of(body, "total_amount", decimals));
  }
  return text;
}

void Timeline::expect_nothing_new(int line) {
  compare(line, "documents the scenario does not mention", {}, described(unseen(line)));
}

std::vector<std::string> Timeline::bill() {
  seen_.clear();
  return described(unseen(0));
}

}  // namespace tallybook::timeline
