// The clock, parties, catalogue and usage of a scenario.
#include "money/currency.hpp"
#include "scenarios/language/forecast.hpp"
#include "scenarios/language/timeline.hpp"

namespace tallybook::timeline {
namespace world_detail {

void merge(Value& into, Value const& from) {
  for (auto const& [key, value] : *from.as_object()) into[key] = value;
}

Value decimal(Exact const& amount) { return Value::number(amount.decimal(12)); }

std::string number_text(std::string const& text) {
  return Exact::parse(text) ? text : to_json_text(Value(text));
}

}  // namespace world_detail

// clock 2026-01-31
void Timeline::clock(Statement const& statement) {
  Words words(statement, 1);
  now_ = read_instant(words.next("a day"), zone_, statement.line);
  words.finish();
  Value body;
  body["now"] = format_instant(*now_);
  send(statement.line, "PUT", "/v1/test-clock", body);
}

// advance to 2026-03-01 | advance 10 days
void Timeline::advance(Statement const& statement) {
  Words words(statement, 1);
  Instant to;
  if (words.take("to")) {
    to = read_instant(words.next("a day"), zone_, statement.line);
  } else {
    if (!now_) throw Failure(statement.line, "set the clock first");
    int const count = std::stoi(words.next("to, or a number of days or hours"));
    std::string const unit = words.next("days or hours");
    std::int64_t const day = 86'400'000;
    if (unit != "days" && unit != "day" && unit != "hours" && unit != "hour")
      throw Failure(statement.line, "expected days or hours");
    to = *now_ + count * (unit.starts_with("day") ? day : day / 24);
  }
  words.finish();
  std::vector<Instant> stops;
  if (telling_.split_advances && now_ && to.ms - now_->ms > 2) {
    std::uniform_int_distribution<std::int64_t> anywhere(now_->ms + 1, to.ms - 1);
    for (int i = 0; i < 3; ++i) stops.push_back({anywhere(random_)});
    std::sort(stops.begin(), stops.end());
  }
  stops.push_back(to);
  for (Instant const stop : stops) {
    std::optional<Forecast> forecast;
    if (telling_.foresees && now_) forecast.emplace(book_, *now_, stop);
    Value body;
    body["to"] = format_instant(stop);
    send(statement.line, "POST", "/v1/test-clock/advance", body);
    now_ = stop;
    if (!forecast) continue;
    auto const problems = forecast->differences();
    if (!problems.empty()) throw Failure(statement.line, "not as foretold:\n" + problems);
  }
}

Value Timeline::entity_now(int line) {
  auto const list = look(line, "/v1/invoicing-entities");
  auto const* first = member_at(list, "data.0");
  if (first == nullptr) throw Failure(line, "no invoicing entity");
  return *first;
}

// zone Europe/Paris: where days are cut from here on
void Timeline::zone(Statement const& statement) {
  Words words(statement, 1);
  std::string const name = words.next("a time zone");
  words.finish();
  auto const zone = TimeZone::find(name);
  if (!zone) throw Failure(statement.line, "no time zone \"" + name + "\"");
  Value body;
  body["timezone"] = name;
  send(statement.line, "PUT",
       "/v1/invoicing-entities/" + *entity_now(statement.line).find("id")->as_string(), body);
  zone_ = *zone;
}

// entity {"invoice_grace_period_duration": 0}
void Timeline::entity(Statement const& statement) {
  Words words(statement, 1);
  auto const body = words.json();
  words.finish();
  send_text(statement.line, "PUT",
            "/v1/invoicing-entities/" + *entity_now(statement.line).find("id")->as_string(),
            with_ids(to_json_text(body), statement.line));
}

// currency JPY: of what the scenario makes and writes from here on
void Timeline::currency(Statement const& statement) {
  Words words(statement, 1);
  currency_ = words.next("a currency");
  words.finish();
  auto const known = Currency::parse(currency_);
  if (!known) throw Failure(statement.line, "no currency " + currency_);
  decimals_ = known->decimals();
}

// customer acme [tax 20] [country FR] [exempt] [{...}]
void Timeline::customer(Statement const& statement) {
  Words words(statement, 1);
  std::string const name = words.next("a name");
  Value body;
  body["name"] = name;
  body["external_id"] = name;
  body["currency"] = currency_;
  while (!words.done()) {
    if (words.take("tax")) {
      body["tax_rate_custom"] = Value::number(words.next("a rate"));
    } else if (words.take("country")) {
      body["country"] = words.next("a country");
    } else if (words.take("exempt")) {
      body["taxability"] = "exempt";
    } else if (words.at_json()) {
      auto more = parse_json(with_ids(to_json_text(words.json()), statement.line));
      world_detail::merge(body, *more);
    } else {
      words.finish();
    }
  }
  remember(name, send(statement.line, "POST", "/v1/customers", body));
}

// aggregator tokens sum n of llm [{...}] | aggregator calls count of llm
void Timeline::aggregator(Statement const& statement) {
  Words words(statement, 1);
  std::string const name = words.next("a name");
  Value body;
  body["name"] = name;
  body["operation"] = words.next("an operation");
  if (!words.take("of")) {
    body["property"] = words.next("of, or a property");
    if (!words.take("of")) throw Failure(statement.line, "expected of and an event type");
  }
  body["entity"] = words.next("an event type");
  if (words.at_json()) world_detail::merge(body, words.json());
  words.finish();
  remember(name, send(statement.line, "POST", "/v1/aggregators", body));
}

// from 0 to 100 at 0.10 [per 10] [pack 100] [flat 5.00] [incomplete pay_in_full]
// percent 1.5 [floor 0.20] [cap 5.00] [fee 0.10]
Value Timeline::price_of(Statement const& statement, std::string const& type) {
  Words words(statement);
  Value price;
  price["type"] = type;
  bool open = type == "volume" || type == "bulk" || type == "packaged" || type == "bps";
  while (!words.done()) {
    auto const amount = [&](char const* field) {
      price[field] = world_detail::decimal(money(words.next("an amount"), statement.line));
    };
    auto const number = [&](char const* field) {
      price[field] = Value::number(words.next("a number"));
    };
    if (words.take("from")) {
      number("from");
    } else if (words.take("to")) {
      number("to");
      open = false;
    } else if (words.take("at")) {
      amount("amount");
    } else if (words.take("per")) {
      number("unit_count");
    } else if (words.take("pack")) {
      number("pack_size");
    } else if (words.take("percent")) {
      number("percentage");
    } else if (words.take("flat")) {
      amount("flat_amount");
    } else if (words.take("floor")) {
      amount("per_unit_floor");
    } else if (words.take("cap")) {
      amount("per_unit_cap");
    } else if (words.take("fee")) {
      amount("per_unit_fee");
    } else if (words.take("incomplete")) {
      price[type == "packaged" ? "on_bucket_incomplete" : "on_tier_incomplete"] =
          words.next("pro_rata, pay_in_full or do_not_charge");
    } else {
      words.finish();
    }
  }
  if (open) price["to"] = nullptr;
  return price;
}

// product platform fee 100.00 monthly
// product seats seat [of AGGREGATOR] 20.00 monthly | product desks seat volume monthly, with tiers
// below product tokens usage of AGGREGATOR volume monthly, with tiers below product pack
// credits 10.00 for 100 [beyond 0.15] monthly
void Timeline::product(Statement const& statement) {
  static std::set<std::string> const models = {"volume", "bulk", "packaged", "bps"};
  Words words(statement, 1);
  std::string const name = words.next("a name");
  std::string const kind = words.next("fee, seat, usage or credits");
  Value body, configuration, prices{Value::Array{}}, more;
  body["name"] = name;
  configuration["currency"] = currency_;
  std::string type = "fee";
  std::optional<Value> interval;
  auto const single = [&](char const* model, std::string const& amount) {
    type = model;
    Value price;
    price["type"] = type;
    price["amount"] = world_detail::decimal(money(amount, statement.line));
    if (type == "volume") price["from"] = 0;
    if (type == "volume") price["to"] = nullptr;
    prices.push_back(price);
  };
  if (kind == "fee") {
    body["type"] = "flat_fee";
    single("fee", words.next("an amount"));
  } else if (kind == "seat") {
    body["type"] = "seat";
    if (words.take("of"))
      body["aggregator_id"] = id_of(words.next("an aggregator"), statement.line);
    std::string const next = words.next("an amount or a price model");
    if (models.contains(next))
      type = next;
    else
      single("volume", next);
  } else if (kind == "usage") {
    body["type"] = "dynamic";
    if (!words.take("of")) throw Failure(statement.line, "expected of and an aggregator");
    body["aggregator_id"] = id_of(words.next("an aggregator"), statement.line);
    std::string const next = words.next("an amount or a price model");
    if (models.contains(next))
      type = next;
    else
      single("volume", next);
  } else if (kind == "credits") {
    body["type"] = "credit";
    single("bundle", words.next("an amount"));
    if (words.take("for"))
      (*prices.as_array())[0]["pack_size"] = Value::number(words.next("a count"));
    if (words.take("beyond"))
      (*prices.as_array())[0]["overage_amount"] =
          world_detail::decimal(money(words.next("an amount"), statement.line));
  } else {
    throw Failure(statement.line, "expected fee, seat, usage or credits");
  }
  if (!words.done() && !words.at_json()) {
    interval = read_interval(words.next("an interval"));
    if (!interval) throw Failure(statement.line, "expected an interval: monthly, yearly, once ...");
  }
  if (words.at_json()) more = words.json();
  words.finish();
  for (auto const& tier : statement.block) prices.push_back(price_of(tier, type));
  if (interval) configuration["billing_interval"] = *interval;
  configuration["type"] = type;
  configuration["prices"] = prices;
  body["price_configurations"].push_back(configuration);
  if (!more.is_null())
    world_detail::merge(body, *parse_json(with_ids(to_json_text(more), statement.line)));
  auto const& answer = send(statement.line, "POST", "/v1/products", body);
  remember(name, answer);
  if (auto const* price = member_at(answer.body, "price_configurations.0.prices.0.id");
      price != nullptr && price->as_string() != nullptr)
    names_[name + "_price"] = *price->as_string();
  types_[name] = kind;
}

// usage acme llm 2026-01-05 [tokens=500 ...] [id e1] [times 3]
void Timeline::usage(Statement const& statement) {
  Words words(statement, 1);
  Value event, record;
  event["customer_id"] = words.next("a customer");
  event["event_type"] = words.next("an event type");
  event["timestamp"] = format_instant(read_instant(words.next("a day"), zone_, statement.line));
  std::optional<std::string> id;
  int times = 1;
  std::string properties;
  while (!words.done()) {
    if (words.take("id")) {
      id = words.next("an id");
    } else if (words.take("times")) {
      times = std::stoi(words.next("a number"));
    } else {
      std::string const word = words.next("a property");
      auto const equals = word.find('=');
      if (equals == std::string::npos)
        throw Failure(statement.line, "does not understand \"" + word + "\"");
      properties += "," + to_json_text(Value(word.substr(0, equals))) + ":" +
                    world_detail::number_text(word.substr(equals + 1));
    }
  }
  for (int i = 0; i < times; ++i) {
    // Named by its place in the scenario, so that sending it again is sending the same event.
    std::string const record_id =
        id ? *id : "line-" + std::to_string(statement.line) + "-" + std::to_string(i);
    std::string const text = "{\"id\":" + to_json_text(Value(record_id)) + properties + "}";
    auto const parsed = parse_json(text);
    if (!parsed) throw Failure(statement.line, parsed.error().message);
    event["record"] = *parsed;
    send(statement.line, "POST", "/v1/events", event);
    ++sent_;
  }
}

// unsend e1: takes the event back
void Timeline::unsend(Statement const& statement) {
  Words words(statement, 1);
  Value body;
  body["matching"] = "record_ids";
  while (!words.done()) body["record_ids"].push_back(words.next("an id"));
  send(statement.line, "DELETE", "/v1/events", body);
}

}  // namespace tallybook::timeline
