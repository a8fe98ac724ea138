// Subscriptions and what is done to them and their invoices; and requests as they are.
#include <fstream>

#include "scenarios/language/timeline.hpp"

namespace tallybook::timeline {
namespace actions_detail {

void merge(Value& into, Value const& from, int line) {
  if (from.as_object() == nullptr) throw Failure(line, "expected an object");
  for (auto const& [key, value] : *from.as_object()) into[key] = value;
}

Value with_names(std::string const& text, int line) {
  auto parsed = parse_json(text);
  if (!parsed) throw Failure(line, parsed.error().message + ": " + text);
  return *std::move(parsed);
}

}  // namespace actions_detail

// platform [x 3] [in arrears] [in advance] [quarterly] [at 80.00] [committed 1000] [min 150.00]
// [max 500.00] [counted realtime] [counted monthly [by peak]] [{...}]
Value Timeline::line_of(Statement const& statement) {
  Words words(statement);
  std::string const product = words.next("a product");
  Value line;
  line["id"] = id_of(product, statement.line);
  while (!words.done()) {
    auto const amount = [&](char const* field) {
      line[field] = Value::number(money(words.next("an amount"), statement.line).decimal(12));
    };
    if (words.take("x")) {
      line["count"] = Value::number(words.next("a count"));
    } else if (words.take("in")) {
      if (words.take("arrears"))
        line["payment_schedule"] = "end";
      else if (words.take("advance"))
        line["payment_schedule"] = "start";
      else
        throw Failure(statement.line, "expected in arrears or in advance");
    } else if (words.take("at")) {
      line["price"]["amount"] =
          Value::number(money(words.next("an amount"), statement.line).decimal(12));
    } else if (words.take("counted")) {
      std::string const often = words.next("realtime, or an interval");
      auto const interval = read_interval(often);
      line["seat_refresh"]["mode"] = interval ? "periodic" : often;
      if (interval) line["seat_refresh"]["interval"] = *interval;
      if (words.take("by")) line["seat_refresh"]["count"] = words.next("peak");
    } else if (words.take("committed")) {
      line["min_committed_count"] = Value::number(words.next("a count"));
    } else if (words.take("min")) {
      amount("min_amount");
    } else if (words.take("max")) {
      amount("max_amount");
    } else if (words.at_json()) {
      actions_detail::merge(
          line,
          actions_detail::with_names(with_ids(to_json_text(words.json()), statement.line),
                                     statement.line),
          statement.line);
    } else {
      std::string const word = words.next("an interval");
      auto const interval = read_interval(word);
      if (!interval) throw Failure(statement.line, "does not understand \"" + word + "\"");
      line["payment_interval"] = *interval;
    }
  }
  return line;
}

// subscription s1 for acme [from 2026-01-01] [manually] [calendar] [drafts] [until 2026-12-31]
// [{...}], with its products below
void Timeline::subscription(Statement const& statement) {
  Words words(statement, 1);
  std::string const name = words.next("a name");
  if (!words.take("for")) throw Failure(statement.line, "expected for and a customer");
  Value body;
  body["customer_id"] = id_of(words.next("a customer"), statement.line);
  body["activation_strategy"] = "start_date";
  auto const instant = [&] {
    return format_instant(read_instant(words.next("a day"), zone_, statement.line));
  };
  while (!words.done()) {
    if (words.take("from")) {
      body["starts_at"] = instant();
    } else if (words.take("first")) {
      body["initial_billing_at"] = instant();
    } else if (words.take("until")) {
      body["cancel_at"] = instant();
    } else if (words.take("manually")) {
      body["activation_strategy"] = "manually";
    } else if (words.take("calendar")) {
      body["billing_cycle_alignment"] = "calendar_period";
    } else if (words.take("drafts")) {
      body["generate_draft_invoices"] = true;
    } else if (words.at_json()) {
      actions_detail::merge(
          body,
          actions_detail::with_names(with_ids(to_json_text(words.json()), statement.line),
                                     statement.line),
          statement.line);
    } else {
      words.finish();
    }
  }
  for (auto const& line : statement.block) body["products"].push_back(line_of(line));
  remember(name, send(statement.line, "POST", "/v2/subscriptions", body));
}

// activate s1 | cancel s1 [STRATEGY] [on 2026-01-15] [amount 50.00] [refund external] [{...}]
// pause s1 [{...}] | reactivate s1 [on 2026-03-01] [{...}]
void Timeline::subscription_action(Statement const& statement) {
  static std::set<std::string> const strategies = {"do_nothing",     "end_of_period",
                                                   "charge_prorata", "charge_custom",
                                                   "refund_prorata", "refund_custom"};
  std::string const action = statement.words[0].text;
  Words words(statement, 1);
  std::string const id = id_of(words.next("a subscription"), statement.line);
  Value body;
  while (!words.done()) {
    if (words.at_json()) {
      actions_detail::merge(
          body,
          actions_detail::with_names(with_ids(to_json_text(words.json()), statement.line),
                                     statement.line),
          statement.line);
    } else if (words.take("on")) {
      auto const at = read_instant(words.next("a day"), zone_, statement.line);
      body[action == "cancel" ? "cancel_at" : "at"] = format_instant(at);
    } else if (words.take("amount")) {
      body["cancellation_amount"] =
          Value::number(money(words.next("an amount"), statement.line).decimal());
    } else if (words.take("refund")) {
      body["refund_method"] = words.next("wallet, external or original_payment_method");
    } else {
      std::string const strategy = words.next("a strategy");
      if (action != "cancel" || !strategies.contains(strategy))
        throw Failure(statement.line, "does not understand \"" + strategy + "\"");
      body["cancellation_strategy"] = strategy;
    }
  }
  send(statement.line, "POST", "/v1/subscriptions/" + id + "/" + action, body);
}

// pay INV-1 [50.00]: by a transfer, now
void Timeline::pay(Statement const& statement) {
  Words words(statement, 1);
  std::string const id = id_of(words.next("an invoice"), statement.line);
  auto const invoice = look(statement.line, "/v2/invoices/" + id);
  Value body;
  body["amount"] =
      words.done()
          ? *invoice.find("amount_due")
          : Value::number(read_amount(words.next("an amount"), decimals_of(invoice), statement.line)
                              .decimal());
  words.finish();
  body["process_at"] = *look(statement.line, "/v1/test-clock").find("now");
  send(statement.line, "POST", "/v1/invoices/" + id + "/transactions", body);
}

// issue DRAFT [as NAME]
void Timeline::issue(Statement const& statement) {
  Words words(statement, 1);
  std::string const id = id_of(words.next("an invoice"), statement.line);
  words.finish();
  send(statement.line, "POST", "/v1/invoices/" + id + "/validate", Value());
}

// card acme 4970000000004240 [as NAME]: a card of the sandbox, whose number says how it behaves
void Timeline::card(Statement const& statement) {
  Words words(statement, 1);
  std::string const customer = id_of(words.next("a customer"), statement.line);
  Value card, body;
  card["card"]["number"] = words.next("a number");
  card["card"]["expiration_month"] = 6;
  card["card"]["expiration_year"] = 2040;
  auto const token = send(statement.line, "POST", "/v1/sandbox/payment-methods", card);
  body["provider_name"] = "sandbox";
  body["provider_payment_method_id"] = token.get("provider_payment_method_id");
  auto const& answer =
      send(statement.line, "POST", "/v1/customers/" + customer + "/payment-methods", body);
  if (words.take("as")) remember(words.next("a name"), answer);
  words.finish();
}

// POST /v1/customers/$acme/credits {...} [as NAME]
void Timeline::call(Statement const& statement) {
  std::string const method = statement.words[0].text;
  Words words(statement, 1);
  std::string const target = with_ids(words.next("a path"), statement.line);
  std::string body;
  if (words.at_json()) body = with_ids(words.next("a body"), statement.line);
  auto const& answer = send_text(statement.line, method, target, body);
  if (words.take("as")) remember(words.next("a name"), answer);
  words.finish();
}

// name first_line line_items.0.id: a text of the last answer
void Timeline::name(Statement const& statement) {
  Words words(statement, 1);
  std::string const name = words.next("a name");
  std::string const path = words.next("a field of the last answer");
  words.finish();
  auto const* value = member_at(answer_.body, path);
  if (value == nullptr || value->as_string() == nullptr)
    throw Failure(statement.line, "no text at " + path + " in " + answer_.text);
  names_[name] = *value->as_string();
}

}  // namespace tallybook::timeline
