#include "adapters/sandbox/sandbox_provider.hpp"

#include <algorithm>

#include "adapters/sandbox/test_numbers.hpp"
#include "base/assert.hpp"
#include "base/crash_point.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace sandbox {

constexpr std::int64_t day = 86'400'000;
constexpr std::int64_t dispute_fee = 1'500;  // minor units

constexpr char const* tables[] = {
    "CREATE TABLE IF NOT EXISTS tokens (token TEXT PRIMARY KEY, account_id TEXT NOT NULL, mode "
    "TEXT NOT NULL, number BIGINT NOT NULL, brand TEXT, last_4 TEXT, expires TEXT, ending TEXT, "
    "declines BIGINT NOT NULL DEFAULT 0)",
    "CREATE TABLE IF NOT EXISTS movements (provider TEXT NOT NULL, key TEXT NOT NULL, account_id "
    "TEXT NOT NULL, mode TEXT NOT NULL, kind TEXT NOT NULL, token TEXT NOT NULL, charge_key TEXT "
    "NOT NULL, amount BIGINT NOT NULL, currency TEXT NOT NULL, id TEXT NOT NULL, state TEXT NOT "
    "NULL, later_state TEXT, later_at BIGINT, error_type TEXT, error_message TEXT, fee BIGINT NOT "
    "NULL DEFAULT 0, dispute_at BIGINT, won_at BIGINT, created_at BIGINT NOT NULL, PRIMARY KEY "
    "(provider, key))",
    "CREATE INDEX IF NOT EXISTS movements_refunds ON movements (provider, charge_key)",
    "CREATE TABLE IF NOT EXISTS lost_requests (provider TEXT NOT NULL, key TEXT NOT NULL, PRIMARY "
    "KEY (provider, key))",
    "CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY AUTOINCREMENT, provider TEXT NOT "
    "NULL, account_id TEXT NOT NULL, mode TEXT NOT NULL, key TEXT NOT NULL, at BIGINT NOT NULL, "
    "sequence BIGINT)",
    "CREATE INDEX IF NOT EXISTS events_at ON events (provider, account_id, mode, at)",
    "CREATE INDEX IF NOT EXISTS events_sequence ON events (provider, account_id, mode, sequence)"};

struct Token {
  ProviderToken shown;
  TestNumber const* number = nullptr;
  std::int64_t declines = 0;
};

struct Movement {
  std::string kind, token, charge_key, currency, id, state, later_state, error_message;
  std::int64_t amount = 0;
  PaymentErrorType error_type = PaymentErrorType::unknown;
  std::int64_t fee = 0;
  std::optional<Instant> later_at, dispute_at, won_at;
  Instant created_at;
};

std::string mode_of(Tenant const& tenant) { return tenant.mode == Mode::test ? "test" : "live"; }

std::string text_or_empty(SqlRow const& row, int column) {
  return row.is_null(column) ? std::string() : std::string(row.text(column));
}
std::optional<std::string> maybe_text(SqlRow const& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return std::string(row.text(column));
}
std::optional<Instant> maybe_instant(SqlRow const& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return Instant{row.integer(column)};
}
SqlValue value_of(std::optional<Instant> at) {
  if (at) return at->ms;
  return std::monostate{};
}
SqlValue value_of(std::optional<std::string> const& text) {
  if (text) return *text;
  return std::monostate{};
}

std::optional<Token> load_token(SqlSession& sql, Tenant const& tenant, std::string const& token) {
  std::optional<Token> found;
  sql.query(
      "SELECT number, brand, last_4, expires, ending, declines FROM tokens WHERE token = ? AND "
      "account_id = ? AND mode = ?",
      {token, tenant.account_id, mode_of(tenant)}, [&](SqlRow const& row) {
        auto const index = static_cast<std::size_t>(row.integer(0));
        TB_ASSERT(index < test_numbers().size());
        found.emplace();
        found->number = &test_numbers()[index];
        found->shown = {token,
                        found->number->type,
                        maybe_text(row, 1),
                        maybe_text(row, 2),
                        maybe_text(row, 3),
                        maybe_text(row, 4)};
        found->declines = row.integer(5);
      });
  return found;
}

constexpr char const* movement_columns =
    "kind, token, charge_key, currency, id, state, later_state, error_type, error_message, amount, "
    "fee, later_at, dispute_at, won_at, created_at";

Movement movement_of(SqlRow const& row, int first = 0) {
  Movement movement;
  movement.kind = row.text(first);
  movement.token = row.text(first + 1);
  movement.charge_key = row.text(first + 2);
  movement.currency = row.text(first + 3);
  movement.id = row.text(first + 4);
  movement.state = row.text(first + 5);
  movement.later_state = text_or_empty(row, first + 6);
  if (auto const error = maybe_text(row, first + 7))
    movement.error_type =
        reflect::enum_from<PaymentErrorType>(*error).value_or(PaymentErrorType::unknown);
  movement.error_message = text_or_empty(row, first + 8);
  movement.amount = row.integer(first + 9);
  movement.fee = row.integer(first + 10);
  movement.later_at = maybe_instant(row, first + 11);
  movement.dispute_at = maybe_instant(row, first + 12);
  movement.won_at = maybe_instant(row, first + 13);
  movement.created_at = Instant{row.integer(first + 14)};
  return movement;
}

std::optional<Movement> load_movement(SqlSession& sql, std::string const& provider,
                                      Tenant const& tenant, std::string const& key) {
  std::optional<Movement> found;
  sql.query(std::string("SELECT ") + movement_columns +
                " FROM movements WHERE provider = ? AND key = ? AND account_id = ? AND mode = ?",
            {provider, key, tenant.account_id, mode_of(tenant)},
            [&](SqlRow const& row) { found = movement_of(row); });
  return found;
}

void insert_movement(SqlSession& sql, std::string const& provider, Tenant const& tenant,
                     std::string const& key, Movement const& movement) {
  sql.execute(
      "INSERT INTO movements (provider, key, account_id, mode, kind, token, charge_key, amount, "
      "currency, id, state, later_state, later_at, error_type, error_message, fee, dispute_at, "
      "won_at, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {provider, key, tenant.account_id, mode_of(tenant), movement.kind, movement.token,
       movement.charge_key, movement.amount, movement.currency, movement.id, movement.state,
       movement.later_state, value_of(movement.later_at),
       std::string(reflect::enum_name(movement.error_type)), movement.error_message, movement.fee,
       value_of(movement.dispute_at), value_of(movement.won_at), movement.created_at.ms});
}

void insert_event(SqlSession& sql, std::string const& provider, Tenant const& tenant,
                  std::string const& key, Instant at) {
  sql.execute("INSERT INTO events (provider, account_id, mode, key, at) VALUES (?, ?, ?, ?, ?)",
              {provider, tenant.account_id, mode_of(tenant), key, at.ms});
}

std::string state_at(Movement const& movement, Instant now) {
  return movement.later_at && *movement.later_at <= now ? movement.later_state : movement.state;
}

// Paid back of the charge before `until`, or on its way.
std::int64_t refunded(SqlSession& sql, std::string const& provider, std::string const& charge_key,
                      Instant until) {
  std::int64_t sum = 0;
  sql.query(std::string("SELECT ") + movement_columns +
                " FROM movements WHERE provider = ? AND charge_key = ? AND kind = 'refund'",
            {provider, charge_key}, [&](SqlRow const& row) {
              auto const movement = movement_of(row);
              if (movement.created_at < until && state_at(movement, until) != "failed")
                sum += movement.amount;
            });
  return sum;
}

MoneyAnswer answer_of(SqlSession& sql, std::string const& provider, std::string const& key,
                      Movement const& movement, Instant now) {
  MoneyAnswer answer;
  auto const state = state_at(movement, now);
  answer.state = state == "settled"   ? MoneyState::settled
                 : state == "pending" ? MoneyState::pending
                                      : MoneyState::failed;
  answer.id = movement.id;
  answer.fee = movement.fee;
  answer.error_type = movement.error_type;
  answer.error_message = movement.error_message;
  if (answer.state == MoneyState::settled && movement.dispute_at && *movement.dispute_at <= now) {
    Dispute dispute{"dis_" + movement.id, 0, dispute_fee,
                    movement.won_at && *movement.won_at <= now};
    dispute.amount = movement.amount - refunded(sql, provider, key, *movement.dispute_at);
    if (dispute.amount > 0) answer.dispute = dispute;
  }
  return answer;
}

MoneyAnswer refused(std::string message) {
  MoneyAnswer answer;
  answer.state = MoneyState::failed;
  answer.error_type = PaymentErrorType::provider_error;
  answer.error_message = std::move(message);
  return answer;
}

bool card_expired(ProviderToken const& token, Instant now) {
  return token.expiration_date && format_instant(now).substr(0, 7) > *token.expiration_date;
}

// What charging the token does; stored by the caller.
Movement decide(SqlSession& sql, Token const& token, ChargeOrder const& order, Instant now) {
  auto const& number = *token.number;
  Movement movement;
  movement.kind = "charge";
  movement.token = order.token;
  movement.amount = order.amount;
  movement.currency = order.currency;
  movement.created_at = now;
  movement.state = "settled";
  movement.error_type = number.error;
  movement.error_message = std::string(number.message);
  Instant const later = now + number.days * day;
  if (card_expired(token.shown, now)) {
    movement.state = "failed";
    movement.error_type = PaymentErrorType::payment_method_expired;
    movement.error_message = "The card has expired";
    return movement;
  }
  switch (number.behaviour) {
    case Behaviour::fails:
      movement.state = "failed";
      break;
    case Behaviour::declines_twice:
      if (token.declines < 2) {
        movement.state = "failed";
        sql.execute("UPDATE tokens SET declines = declines + 1 WHERE token = ?", {order.token});
      }
      break;
    case Behaviour::settles_later:
    case Behaviour::fails_later:
      movement.state = "pending";
      movement.later_state = number.behaviour == Behaviour::settles_later ? "settled" : "failed";
      movement.later_at = later;
      break;
    case Behaviour::charged_back_and_won:
      movement.won_at = later + 10 * day;
      [[fallthrough]];
    case Behaviour::charged_back:
      movement.dispute_at = later;
      break;
    case Behaviour::keeps_a_fee:
      movement.fee = order.amount / 50;
      break;
    default:
      break;
  }
  return movement;
}

}  // namespace sandbox

SandboxBook::SandboxBook(SqlDatabase& database) : database_(database) {
  database_.write([](SqlSession& sql) {
    for (auto const* table : sandbox::tables) sql.execute(table);
    return true;
  });
}

Result<ProviderToken> SandboxProvider::tokenise(Tenant const& tenant, CardDetails const& card) {
  auto const* number = sandbox::find_test_number(card.number);
  if (number == nullptr || number->type != PaymentMethodType::card)
    return fail(errors::invalid_field(
        "card.number", "the sandbox takes its test numbers only; see docs/recipes/payments.md"));
  if (card.expiration_month < 1 || card.expiration_month > 12)
    return fail(errors::invalid_field("card.expiration_month", "expected 1 to 12"));
  if (card.expiration_year < 2000 || card.expiration_year > 2199)
    return fail(errors::invalid_field("card.expiration_year", "expected a year of four digits"));
  ProviderToken token;
  token.type = number->type;
  token.brand = std::string(number->brand);
  token.last_4_digits = std::string(number->number.substr(number->number.size() - 4));
  std::string const month = std::to_string(card.expiration_month);
  token.expiration_date =
      std::to_string(card.expiration_year) + (month.size() == 1 ? "-0" : "-") + month;
  return keep(tenant, std::move(token),
              static_cast<std::size_t>(number - sandbox::test_numbers().data()));
}

Result<ProviderToken> SandboxProvider::tokenise(Tenant const& tenant,
                                                AccountDetails const& account) {
  auto const* number = sandbox::find_test_number(account.number);
  if (number == nullptr || number->type != account.type)
    return fail(
        errors::invalid_field("account.number",
                              "the sandbox takes its test numbers of the named type only; see "
                              "docs/recipes/payments.md"));
  ProviderToken token;
  token.type = number->type;
  token.account_number_ending = std::string(number->number.substr(number->number.size() - 4));
  return keep(tenant, std::move(token),
              static_cast<std::size_t>(number - sandbox::test_numbers().data()));
}

Result<ProviderToken> SandboxProvider::keep(Tenant const& tenant, ProviderToken token,
                                            std::size_t number) {
  token.token = ids_.next("tok");
  book_.database().write([&](SqlSession& sql) {
    using sandbox::value_of;
    sql.execute(
        "INSERT INTO tokens (token, account_id, mode, number, brand, last_4, expires, ending) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        {token.token, tenant.account_id, sandbox::mode_of(tenant),
         static_cast<std::int64_t>(number), value_of(token.brand), value_of(token.last_4_digits),
         value_of(token.expiration_date), value_of(token.account_number_ending)});
    return true;
  });
  return token;
}

std::optional<ProviderToken> SandboxProvider::describe(Tenant const& tenant,
                                                       std::string const& token) {
  std::optional<ProviderToken> shown;
  book_.database().read([&](SqlSession& sql) {
    if (auto found = sandbox::load_token(sql, tenant, token)) shown = std::move(found->shown);
  });
  return shown;
}

MoneyAnswer SandboxProvider::charge(Tenant const& tenant, ChargeOrder const& order, Instant now) {
  using namespace sandbox;
  MoneyAnswer answer;
  bool silent = false;
  book_.database().write([&](SqlSession& sql) {
    silent = false;
    if (auto const known = load_movement(sql, name_, tenant, order.key)) {
      bool const same = known->kind == "charge" && known->amount == order.amount &&
                        known->currency == order.currency && known->token == order.token;
      answer = same ? answer_of(sql, name_, order.key, *known, now)
                    : refused("The key was used for another order");
      return true;
    }
    auto const token = load_token(sql, tenant, order.token);
    if (!token) {
      answer = refused("No such token");
      answer.error_type = PaymentErrorType::payment_method_invalid;
      return true;
    }
    auto const behaviour = token->number->behaviour;
    if (behaviour == Behaviour::first_provider_down && first_) {
      answer = {};
      answer.state = MoneyState::unavailable;
      answer.error_message = "The provider is down";
      return true;
    }
    if (behaviour == Behaviour::request_lost &&
        sql.execute(
            "INSERT INTO lost_requests (provider, key) VALUES (?, ?) ON CONFLICT DO NOTHING",
            {name_, order.key}) == 1) {
      silent = true;
      return true;
    }
    auto movement = decide(sql, *token, order, now);
    movement.id = ids_.next("sbx");
    insert_movement(sql, name_, tenant, order.key, movement);
    for (auto const& at : {movement.later_at, movement.dispute_at, movement.won_at}) {
      if (at) insert_event(sql, name_, tenant, order.key, *at);
    }
    silent = behaviour == Behaviour::answer_lost;
    if (silent) insert_event(sql, name_, tenant, order.key, now + 30'000);
    answer = answer_of(sql, name_, order.key, movement, now);
    return true;
  });
  crash_point("sandbox.charged");
  if (silent) throw ProviderSilent(name_ + " did not answer");
  return answer;
}

MoneyAnswer SandboxProvider::refund(Tenant const& tenant, RefundOrder const& order, Instant now) {
  using namespace sandbox;
  MoneyAnswer answer;
  book_.database().write([&](SqlSession& sql) {
    if (auto const known = load_movement(sql, name_, tenant, order.key)) {
      bool const same = known->kind == "refund" && known->amount == order.amount &&
                        known->charge_key == order.charge_key;
      answer = same ? answer_of(sql, name_, order.key, *known, now)
                    : refused("The key was used for another order");
      return true;
    }
    auto const charge = load_movement(sql, name_, tenant, order.charge_key);
    auto const token = charge ? load_token(sql, tenant, charge->token) : std::nullopt;
    Movement movement;
    movement.kind = "refund";
    movement.charge_key = order.charge_key;
    movement.amount = order.amount;
    movement.currency = order.currency;
    movement.created_at = now;
    movement.id = ids_.next("sbx");
    movement.state = "settled";
    auto const refuse = [&](char const* why) {
      movement.state = "failed";
      movement.error_type = PaymentErrorType::provider_error;
      movement.error_message = why;
    };
    if (!charge || !token || charge->kind != "charge" || state_at(*charge, now) != "settled") {
      refuse("There is no settled charge to refund");
    } else if (charge->dispute_at && *charge->dispute_at <= now) {
      refuse("The charge was charged back");
    } else if (refunded(sql, name_, order.charge_key, now + 1) + order.amount > charge->amount) {
      refuse("More than what is left of the charge");
    } else if (token->number->behaviour == Behaviour::refund_fails) {
      refuse("The bank refuses refunds");
    } else if (token->number->behaviour == Behaviour::refund_later) {
      movement.state = "pending";
      movement.later_state = "settled";
      movement.later_at = now + token->number->days * day;
    }
    movement.token = charge ? charge->token : std::string();
    insert_movement(sql, name_, tenant, order.key, movement);
    if (movement.later_at) insert_event(sql, name_, tenant, order.key, *movement.later_at);
    answer = answer_of(sql, name_, order.key, movement, now);
    return true;
  });
  crash_point("sandbox.refunded");
  return answer;
}

MoneyAnswer SandboxProvider::find(Tenant const& tenant, std::string const& key, Instant now) {
  MoneyAnswer answer;
  book_.database().read([&](SqlSession& sql) {
    auto const known = sandbox::load_movement(sql, name_, tenant, key);
    answer = known ? sandbox::answer_of(sql, name_, key, *known, now) : MoneyAnswer{};
  });
  return answer;
}

bool SandboxProvider::cancel(Tenant const& tenant, std::string const& key, Instant now) {
  using namespace sandbox;
  bool cancelled = false;
  book_.database().write([&](SqlSession& sql) {
    auto const known = load_movement(sql, name_, tenant, key);
    if (known) {
      cancelled = known->state == "failed";
      return false;
    }
    Movement movement;
    movement.kind = "charge";
    movement.created_at = now;
    movement.state = "failed";
    movement.error_type = PaymentErrorType::provider_error;
    movement.error_message = "Cancelled before it was charged";
    insert_movement(sql, name_, tenant, key, movement);
    cancelled = true;
    return true;
  });
  return cancelled;
}

// An event gets its place in the order when its time has come and it is first read: a cursor never
// passes one that was made later with an earlier time.
ProviderEvents SandboxProvider::events_since(Tenant const& tenant, std::string const& cursor,
                                             Instant now) {
  SqlParams const whose = {name_, tenant.account_id, sandbox::mode_of(tenant)};
  std::int64_t const after = cursor.empty() ? 0 : std::stoll(cursor);
  ProviderEvents events;
  book_.database().write([&](SqlSession& sql) {
    events = {{}, cursor};
    std::vector<std::int64_t> due;
    auto params = whose;
    params.emplace_back(now.ms);
    sql.query(
        "SELECT id FROM events WHERE provider = ? AND account_id = ? AND mode = ? AND sequence IS "
        "NULL AND at <= ? ORDER BY at, id",
        params, [&](SqlRow const& row) { due.push_back(row.integer(0)); });
    std::int64_t last = sql.number(
        "SELECT MAX(sequence) FROM events WHERE provider = ? AND account_id = ? AND mode = ?",
        whose);
    for (auto const id : due)
      sql.execute("UPDATE events SET sequence = ? WHERE id = ?", {++last, id});
    params.back() = after;
    sql.query(
        "SELECT key, sequence FROM events WHERE provider = ? AND account_id = ? AND mode = ? AND "
        "sequence > ? ORDER BY sequence",
        params, [&](SqlRow const& row) {
          events.keys.emplace_back(row.text(0));
          events.cursor = std::to_string(row.integer(1));
        });
    return !due.empty();
  });
  return events;
}

std::optional<Instant> SandboxProvider::next_event_at(Tenant const& tenant,
                                                      std::string const& cursor) {
  std::optional<Instant> at;
  book_.database().read([&](SqlSession& sql) {
    sql.query(
        "SELECT MIN(at) FROM events WHERE provider = ? AND account_id = ? AND mode = ? AND "
        "(sequence IS NULL OR sequence > ?)",
        {name_, tenant.account_id, sandbox::mode_of(tenant),
         cursor.empty() ? std::int64_t{0} : std::int64_t{std::stoll(cursor)}},
        [&](SqlRow const& row) { at = sandbox::maybe_instant(row, 0); });
  });
  return at;
}

std::optional<std::vector<StatementLine>> SandboxProvider::statement(Tenant const& tenant,
                                                                     Instant now) {
  std::vector<StatementLine> lines;
  book_.database().read([&](SqlSession& sql) {
    lines.clear();
    sql.query(
        std::string("SELECT key, ") + sandbox::movement_columns +
            " FROM movements WHERE provider = ? AND account_id = ? AND mode = ? ORDER BY key",
        {name_, tenant.account_id, sandbox::mode_of(tenant)}, [&](SqlRow const& row) {
          auto const movement = sandbox::movement_of(row, 1);
          auto const state = sandbox::state_at(movement, now);
          lines.push_back({std::string(row.text(0)), movement.kind == "refund", movement.amount,
                           state == "settled"   ? MoneyState::settled
                           : state == "pending" ? MoneyState::pending
                                                : MoneyState::failed});
        });
  });
  return lines;
}

}  // namespace tallybook
