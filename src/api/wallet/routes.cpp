#include "api/wallet/routes.hpp"

#include "api/protocol/reply.hpp"
#include "app/wallet/loading.hpp"
#include "reflect/patch.hpp"

namespace tallybook::api {

struct MoneyAmount {
  std::int64_t amount = 0;
};
BOOST_DESCRIBE_STRUCT(MoneyAmount, (), (amount))

struct WalletV1 {
  std::string id;
  std::string customer_id;
  WalletState state{};
  std::string currency;
  MoneyAmount balance;
  MoneyAmount projected_balance;
  std::optional<std::int64_t> low_projected_balance_threshold;
  bool is_auto_load_enabled = false;
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(WalletV1, (),
                      (id, customer_id, state, currency, balance, projected_balance,
                       low_projected_balance_threshold, is_auto_load_enabled, created_at))

// The same of a wallet that loads itself; the other kind has none of these keys.
struct WalletAutoLoadV1 : WalletV1 {
  std::optional<AutoLoadType> auto_load_type;
  std::optional<std::int64_t> auto_load_amount;
  bool auto_load_reset = false;
  std::optional<Interval> auto_load_interval;
  std::optional<Instant> auto_load_next_date;
  std::optional<std::int64_t> auto_load_threshold;
};
BOOST_DESCRIBE_STRUCT(WalletAutoLoadV1, (WalletV1),
                      (auto_load_type, auto_load_amount, auto_load_reset, auto_load_interval,
                       auto_load_next_date, auto_load_threshold))

struct WalletUpdate {
  std::optional<WalletState> state;
  std::optional<bool> is_auto_load_enabled;
  std::optional<AutoLoadType> auto_load_type;
  std::optional<std::int64_t> auto_load_amount;
  std::optional<bool> auto_load_reset;
  Patch<Interval> auto_load_interval;
  Patch<Instant> auto_load_next_date;
  Patch<std::int64_t> auto_load_threshold;
  Patch<std::int64_t> low_projected_balance_threshold;
};
BOOST_DESCRIBE_STRUCT(WalletUpdate, (),
                      (state, is_auto_load_enabled, auto_load_type, auto_load_amount,
                       auto_load_reset, auto_load_interval, auto_load_next_date,
                       auto_load_threshold, low_projected_balance_threshold))

struct WalletCreate : WalletUpdate {
  std::string customer_id;
};
BOOST_DESCRIBE_STRUCT(WalletCreate, (WalletUpdate), (customer_id))

struct WalletLoad {
  std::optional<AutoLoadType> type;
  std::optional<std::int64_t> amount;
  std::optional<std::int64_t> amount_free;
  std::optional<std::string> comment;
  std::optional<std::string> document_status;
  std::optional<std::string> transaction_id;
  std::optional<std::string> invoice_id;
  std::optional<std::vector<std::string>> invoice_line_item_ids;
  std::optional<Instant> date;
  std::optional<std::string> bank_account_id;
  std::optional<std::string> reference;
  // Units with a price, of older clients: refused.
  std::optional<Exact> paid_credits;
  std::optional<Exact> free_credits;
};
BOOST_DESCRIBE_STRUCT(WalletLoad, (),
                      (type, amount, amount_free, comment, document_status, transaction_id,
                       invoice_id, invoice_line_item_ids, date, bank_account_id, reference,
                       paid_credits, free_credits))

struct WalletTransactionV1 {
  std::string id;
  WalletTransactionType type{};
  std::int64_t amount = 0;
  std::optional<std::string> comment;
  std::optional<std::string> invoice_id;
  std::optional<std::string> original_transaction_id;
  std::optional<std::string> reverted_by;
  Instant created_at;
};
BOOST_DESCRIBE_STRUCT(WalletTransactionV1, (),
                      (id, type, amount, comment, invoice_id, original_transaction_id, reverted_by,
                       created_at))

struct WalletTransactionEvent : WalletTransactionV1 {
  std::string wallet_id;
  std::string customer_id;
  std::string currency;
  MoneyAmount balance;
};
BOOST_DESCRIBE_STRUCT(WalletTransactionEvent, (WalletTransactionV1),
                      (wallet_id, customer_id, currency, balance))

struct WalletSettingsV1 {
  bool enabled = false;
  bool allow_free_credits = false;
  bool allow_topup_on_portal = false;
  std::vector<std::string> product_ids;
  std::optional<Instant> updated_at;
};
BOOST_DESCRIBE_STRUCT(WalletSettingsV1, (),
                      (enabled, allow_free_credits, allow_topup_on_portal, product_ids, updated_at))

struct WalletSettingsUpdate {
  std::optional<bool> enabled;
  std::optional<bool> allow_free_credits;
  std::optional<bool> allow_topup_on_portal;
  std::optional<std::vector<std::string>> product_ids;
};
BOOST_DESCRIBE_STRUCT(WalletSettingsUpdate, (),
                      (enabled, allow_free_credits, allow_topup_on_portal, product_ids))

namespace wallet_routes {

std::string render(Call& call, Wallet const& wallet) {
  WalletAutoLoadV1 wire;
  wire.id = wallet.id.value;
  wire.customer_id = wallet.customer_id.value;
  wire.state = wallet.state;
  wire.currency = wallet.currency;
  wire.balance = {wallet.balance};
  wire.projected_balance = {projected_balance(*call.sql, call.tenant, wallet)};
  wire.low_projected_balance_threshold = wallet.low_projected_balance_threshold;
  wire.is_auto_load_enabled = wallet.is_auto_load_enabled;
  wire.created_at = wallet.created_at;
  if (!wallet.is_auto_load_enabled) return reflect::to_text(static_cast<WalletV1 const&>(wire));
  wire.auto_load_type = wallet.auto_load_type;
  wire.auto_load_amount = wallet.auto_load_amount;
  wire.auto_load_reset = wallet.auto_load_reset;
  wire.auto_load_interval = wallet.auto_load_interval;
  wire.auto_load_next_date = wallet.auto_load_next_date;
  wire.auto_load_threshold = wallet.auto_load_threshold;
  return reflect::to_text(wire);
}

void fill(WalletTransactionV1& wire, WalletTransaction const& movement) {
  wire.id = movement.id.value;
  wire.type = movement.type;
  wire.amount = movement.amount;
  wire.comment = movement.comment;
  // A gift's credit note is no invoice of the customer's.
  if (movement.invoice_id && movement.type != WalletTransactionType::credit_free)
    wire.invoice_id = movement.invoice_id->value;
  if (movement.original_transaction_id)
    wire.original_transaction_id = movement.original_transaction_id->value;
  if (movement.reverted_by) wire.reverted_by = movement.reverted_by->value;
  wire.created_at = movement.created_at;
}

std::string render_movement(WalletTransaction const& movement) {
  WalletTransactionV1 wire;
  fill(wire, movement);
  return reflect::to_text(wire);
}

Condition of_customer(Call& call) {
  Condition condition;
  auto const* customer = call.query.find("customer_id");
  if (customer != nullptr && !customer->empty()) condition.add("customer_id = ?", {*customer});
  return condition;
}

Result<Reply> list(Call& call) {
  return offset_list<Wallet>(call, {}, of_customer(call),
                             [&](Wallet const& wallet) { return render(call, wallet); });
}

Result<Reply> list_bare(Call& call) {
  auto const condition = of_customer(call);
  std::string body;
  for (auto const& wallet :
       Records<Wallet>(*call.sql, call.tenant)
           .where(condition.sql + " ORDER BY created_at DESC, id DESC", condition.params))
    body += (body.empty() ? "" : ",") + render(call, wallet);
  return Reply{200, "[" + body + "]"};
}

Result<Reply> get(Call& call) {
  auto const wallet = Records<Wallet>(*call.sql, call.tenant).find(call.id());
  if (!wallet) return fail(errors::not_found("Wallet"));
  return Reply{200, render(call, *wallet)};
}

WalletTerms terms_of(WalletUpdate const& body) {
  return {body.state,
          body.is_auto_load_enabled.value_or(false),
          body.auto_load_type,
          body.auto_load_amount,
          body.auto_load_reset,
          body.auto_load_interval,
          body.auto_load_next_date,
          body.auto_load_threshold,
          body.low_projected_balance_threshold};
}

Result<Reply> create(Call& call) {
  TB_TRY(body, read_body<WalletCreate>(call));
  TB_TRY(wallet, create_wallet(*call.work, CustomerId(body.customer_id), terms_of(body)));
  return Reply{201, render(call, wallet)};
}

Result<Reply> update(Call& call) {
  TB_TRY(body, read_body<WalletUpdate>(call));
  if (!body.is_auto_load_enabled)
    return fail(errors::invalid_field("is_auto_load_enabled", "required"));
  TB_TRY(wallet, update_wallet(*call.work, WalletId(call.id()), terms_of(body)));
  return Reply{200, render(call, wallet)};
}

Result<Reply> load(Call& call) {
  TB_TRY(body, read_body<WalletLoad>(call));
  if (body.paid_credits || body.free_credits)
    return fail(errors::invalid_field(
        body.paid_credits ? "paid_credits" : "free_credits",
        "wallets hold money, not units; give amount or amount_free in minor units"));
  NewLoad wanted{body.type,
                 body.amount,
                 body.amount_free,
                 body.comment,
                 body.document_status,
                 body.transaction_id,
                 body.invoice_id,
                 body.invoice_line_item_ids.value_or(std::vector<std::string>()),
                 body.date,
                 body.bank_account_id,
                 body.reference};
  TB_TRY(wallet, load_wallet(*call.work, WalletId(call.id()), wanted));
  return Reply{200, render(call, wallet)};
}

Result<Reply> revert(Call& call) {
  TB_TRY(debit, revert_load(*call.work, WalletId(call.id()),
                            WalletTransactionId(call.id("transaction_id"))));
  return Reply{200, render_movement(debit)};
}

std::vector<FilterField> const& movement_fields() {
  static std::vector<FilterField> const list = {
      {"type", "type", FieldKind::choice, {"credit_free", "credit_paid", "debit"}},
      {"amount", "amount", FieldKind::number},
      {"invoice_id", "CASE WHEN type = 'credit_free' THEN NULL ELSE invoice_id END"}};
  return list;
}

// A text within a LIKE pattern.
std::string escaped(std::string const& text) {
  std::string pattern;
  for (char const c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern;
}

Result<Reply> transactions(Call& call) {
  if (!Records<Wallet>(*call.sql, call.tenant).find(call.id()))
    return fail(errors::not_found("Wallet"));
  Condition condition;
  condition.add("wallet_id = ?", {call.id()});
  auto const* comment = call.query.find("comment");
  if (comment != nullptr && !comment->empty())
    condition.add("LOWER(comment) LIKE LOWER(?) ESCAPE '\\'", {"%" + escaped(*comment) + "%"});
  return offset_list<WalletTransaction>(call, movement_fields(), condition, render_movement,
                                        "position DESC");
}

WalletSettingsV1 to_api(WalletSettings const& settings) {
  return {settings.enabled, settings.allow_free_credits, settings.allow_topup_on_portal,
          settings.product_ids, settings.updated_at};
}

Result<Reply> get_settings(Call& call) {
  return reply_with(to_api(wallet_settings(*call.sql, call.tenant)));
}

Result<Reply> change_settings(Call& call) {
  TB_TRY(body, read_body<WalletSettingsUpdate>(call));
  TB_TRY(settings,
         update_wallet_settings(*call.work, {body.enabled, body.allow_free_credits,
                                             body.allow_topup_on_portal, body.product_ids}));
  return reply_with(to_api(settings));
}

// The older verb: all three switches are required.
Result<Reply> replace_settings(Call& call) {
  TB_TRY(body, read_body<WalletSettingsUpdate>(call));
  for (auto const& [given, name] :
       {std::pair(body.enabled.has_value(), "enabled"),
        std::pair(body.allow_free_credits.has_value(), "allow_free_credits"),
        std::pair(body.allow_topup_on_portal.has_value(), "allow_topup_on_portal")}) {
    if (!given) return fail(errors::invalid_field(name, "required"));
  }
  return change_settings(call);
}

SchemaOf bare_list() {
  return [](reflect::Schemas& schemas) {
    Value array;
    array["type"] = "array";
    array["items"] = schemas.of<WalletAutoLoadV1>();
    return array;
  };
}

}  // namespace wallet_routes

std::string wallet_transaction_json(Wallet const& wallet, WalletTransaction const& movement) {
  WalletTransactionEvent wire;
  wallet_routes::fill(wire, movement);
  wire.wallet_id = wallet.id.value;
  wire.customer_id = wallet.customer_id.value;
  wire.currency = wallet.currency;
  wire.balance = {wallet.balance};
  return reflect::to_text(wire);
}

// A table: one route a line.
// clang-format off
void add_wallet_routes(Router& router) {
  using namespace wallet_routes;
  char const* const tag = "Wallets";
  char const* const scope = "wallets";
  auto const one = schema<WalletAutoLoadV1>();
  std::vector<QueryParameter> const by_customer = {{"customer_id", "wallets of that customer"}};
  auto paged = offset_parameters({});
  paged.insert(paged.end(), by_customer.begin(), by_customer.end());
  auto movements = offset_parameters(movement_fields());
  movements.push_back({"comment", "a part of the comment, in any case"});
  router.add({"GET", "/v2/wallets", tag, "List wallets", RouteKind::read, scope, 200, {}, offset_schema<WalletAutoLoadV1>(), paged, list});
  router.add({"GET", "/v1/wallets", tag, "List wallets (v1)", RouteKind::read, scope, 200, {}, bare_list(), by_customer, list_bare});
  router.add({"POST", "/v1/wallets", tag, "Open a customer's wallet", RouteKind::write, scope, 201, schema<WalletCreate>(), one, {}, create});
  router.add({"GET", "/v1/wallets/settings", tag, "The account's wallet switches", RouteKind::read, scope, 200, {}, schema<WalletSettingsV1>(), {}, get_settings});
  router.add({"PATCH", "/v1/wallets/settings", tag, "Change the wallet switches", RouteKind::write, scope, 200, schema<WalletSettingsUpdate>(), schema<WalletSettingsV1>(), {}, change_settings});
  router.add({"PUT", "/v1/wallets/settings", tag, "Set the wallet switches", RouteKind::write, scope, 200, schema<WalletSettingsUpdate>(), schema<WalletSettingsV1>(), {}, replace_settings});
  router.add({"GET", "/v1/wallets/{id}", tag, "Get a wallet", RouteKind::read, scope, 200, {}, one, {}, get});
  router.add({"PUT", "/v1/wallets/{id}", tag, "Change a wallet", RouteKind::write, scope, 200, schema<WalletUpdate>(), one, {}, update});
  router.add({"POST", "/v1/wallets/{id}/load", tag, "Load a wallet", RouteKind::write, scope, 200, schema<WalletLoad>(), one, {}, load});
  router.add({"GET", "/v1/wallets/{id}/transactions", tag, "The movements of a wallet, newest first", RouteKind::read, scope, 200, {}, offset_schema<WalletTransactionV1>(), movements, transactions});
  router.add({"POST", "/v1/wallets/{id}/transactions/{transaction_id}/revert", tag, "Take a load back", RouteKind::write, scope, 200, {}, schema<WalletTransactionV1>(), {}, revert});
}
// clang-format on

}  // namespace tallybook::api
