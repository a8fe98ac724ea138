#include "api/credit/routes.hpp"

#include "api/protocol/reply.hpp"
#include "app/credit/credits.hpp"

namespace tallybook::api {

struct CustomerCreditV1 {
  std::string product_id;
  std::string customer_id;
  std::string name;
  Exact current_balance;
  Exact overage;
  std::optional<Exact> low_count_threshold;
  std::optional<Instant> last_refreshed_at;
  std::optional<CreditAutoTopup> auto_topup;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(CustomerCreditV1, (),
                      (product_id, customer_id, name, current_balance, overage, low_count_threshold,
                       last_refreshed_at, auto_topup, created_at, updated_at))

struct CreditCreate {
  std::string product_id;
  std::optional<std::string> name;
  std::optional<Exact> current_balance;
  std::optional<Exact> low_count_threshold;
  std::optional<CreditAutoTopup> auto_topup;
};
BOOST_DESCRIBE_STRUCT(CreditCreate, (),
                      (product_id, name, current_balance, low_count_threshold, auto_topup))

struct CreditUpdate {
  Patch<std::string> name;
  Patch<Exact> low_count_threshold;
  Patch<CreditAutoTopup> auto_topup;
};
BOOST_DESCRIBE_STRUCT(CreditUpdate, (), (name, low_count_threshold, auto_topup))

struct CreditTopup {
  Exact credit_count;
  std::optional<Instant> expires_at;
};
BOOST_DESCRIBE_STRUCT(CreditTopup, (), (credit_count, expires_at))

struct CreditPurchase {
  Exact credit_count;
  std::optional<std::int64_t> amount_excluding_tax;
  std::optional<std::string> price_id;
  std::optional<Instant> expires_at;
};
BOOST_DESCRIBE_STRUCT(CreditPurchase, (),
                      (credit_count, amount_excluding_tax, price_id, expires_at))

struct CreditPurchaseResult {
  std::string invoice_id;
  Exact new_credit_balance;
};
BOOST_DESCRIBE_STRUCT(CreditPurchaseResult, (), (invoice_id, new_credit_balance))

struct CreditUsage {
  Exact usage_retained;
  std::optional<std::string> event_id;
};
BOOST_DESCRIBE_STRUCT(CreditUsage, (), (usage_retained, event_id))

struct CreditTransactionV1 {
  std::string id;
  std::optional<std::string> product_id;
  std::optional<CreditPrice> price;
  std::string customer_id;
  std::optional<std::string> payment_method_id;
  std::optional<std::string> invoice_id;
  std::optional<std::string> event_id;
  std::optional<std::string> aggregator_id;
  std::optional<Instant> expires_at;
  CreditTransactionType type{};
  CreditSource source{};
  std::optional<std::int64_t> amount_excluding_tax;
  Exact credit_count;
  Exact balance_after;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(CreditTransactionV1, (),
                      (id, product_id, price, customer_id, payment_method_id, invoice_id, event_id,
                       aggregator_id, expires_at, type, source, amount_excluding_tax, credit_count,
                       balance_after, created_at, updated_at))

namespace credit_routes {

CustomerCreditV1 to_api(CustomerCredit const& credit) {
  return {credit.product_id.value,  credit.customer_id.value, credit.name,
          credit.current_balance,   credit.overage,           credit.low_count_threshold,
          credit.last_refreshed_at, auto_topup_of(credit),    credit.created_at,
          credit.updated_at};
}

CreditTransactionV1 to_api(CreditTransaction const& transaction) {
  CreditTransactionV1 wire;
  wire.id = transaction.id.value;
  wire.product_id = transaction.product_id.value;
  wire.price = transaction.price;
  wire.customer_id = transaction.customer_id.value;
  if (transaction.invoice_id) wire.invoice_id = transaction.invoice_id->value;
  wire.event_id = transaction.event_id;
  wire.aggregator_id = transaction.aggregator_id;
  wire.expires_at = transaction.expires_at;
  wire.type = transaction.type;
  wire.source = transaction.source;
  wire.amount_excluding_tax = transaction.amount_excluding_tax;
  wire.credit_count = transaction.credit_count;
  wire.balance_after = transaction.balance_after;
  wire.created_at = transaction.created_at;
  wire.updated_at = transaction.updated_at;
  return wire;
}

std::vector<FilterField> const& fields() {
  static std::vector<FilterField> const list = {{"product_id", "product_id"},
                                                {"customer_id", "customer_id"},
                                                {"updated_at", "updated_at", FieldKind::instant}};
  return list;
}

std::vector<FilterField> const& transaction_fields() {
  static std::vector<FilterField> const list = {
      {"id", "id"},
      {"type", "type", FieldKind::choice, {"topup", "usage", "expiration"}},
      {"invoice_id", "invoice_id"},
      {"created_at", "created_at", FieldKind::instant}};
  return list;
}

// These reads show balances: the usage that arrived is deducted first, in a transaction of its own
// and only where there is some.
template <class Read>
Result<Reply> after_folding(Call& call, CreditFilter const& which, Read&& read) {
  fold_usage(call.services, call.tenant, which, INT64_MAX);
  std::optional<Result<Reply>> reply;
  call.services.database.read([&](SqlSession& sql) {
    call.sql = &sql;
    reply.emplace(read(call));
  });
  return *std::move(reply);
}

Result<void> customer_exists(Call& call) {
  auto const customer = Records<Customer>(*call.sql, call.tenant).find(call.id());
  if (!customer || customer->deleted_at) return fail(errors::not_found("Customer"));
  return {};
}

// Over all customers the scheduler's last round is good enough.
Result<Reply> list_all(Call& call) {
  return offset_list<CustomerCredit>(call, fields(), {}, [](CustomerCredit const& credit) {
    return reflect::to_text(to_api(credit));
  });
}

Result<Reply> list_stored(Call& call) {
  TB_CHECK(customer_exists(call));
  Condition condition;
  condition.add("customer_id = ?", {call.id()});
  return offset_list<CustomerCredit>(call, {}, condition, [](CustomerCredit const& credit) {
    return reflect::to_text(to_api(credit));
  });
}

Result<CustomerCredit> stored(Call& call) {
  auto credit =
      Records<CustomerCredit>(*call.sql, call.tenant)
          .first("customer_id = ? AND product_id = ?", {call.id(), call.id("product_id")});
  if (!credit) {
    TB_CHECK(customer_exists(call));
    return fail(errors::not_found("Credit"));
  }
  return *std::move(credit);
}

Result<Reply> list(Call& call) {
  return after_folding(call, {CustomerId(call.id()), std::nullopt}, list_stored);
}

Result<Reply> get(Call& call) {
  return after_folding(call, {CustomerId(call.id()), ProductId(call.id("product_id"))},
                       [](Call& reading) -> Result<Reply> {
                         TB_TRY(credit, stored(reading));
                         return reply_with(to_api(credit));
                       });
}

Result<Reply> open(Call& call) {
  TB_TRY(body, read_body<CreditCreate>(call));
  TB_TRY(credit, open_credit(*call.work, CustomerId(call.id()),
                             {ProductId(body.product_id), body.name,
                              body.current_balance.value_or(Exact(0)), body.low_count_threshold,
                              body.auto_topup}));
  return reply_with(to_api(credit), 201);
}

Result<CustomerCredit> locked(Call& call) {
  return find_credit(*call.work, CustomerId(call.id()), ProductId(call.id("product_id")));
}

Result<Reply> update(Call& call) {
  TB_TRY(body, read_body<CreditUpdate>(call));
  TB_TRY(credit, locked(call));
  std::string name = credit.name;
  body.name.apply(name);
  auto threshold = credit.low_count_threshold;
  body.low_count_threshold.apply(threshold);
  auto automatic = auto_topup_of(credit);
  body.auto_topup.apply(automatic);
  TB_TRY(updated, update_credit(*call.work, std::move(credit), name, threshold, automatic));
  return reply_with(to_api(updated));
}

Result<Reply> topup(Call& call) {
  TB_TRY(body, read_body<CreditTopup>(call));
  TB_TRY(credit, locked(call));
  TB_TRY(transaction,
         topup_credit(*call.work, std::move(credit), body.credit_count, body.expires_at));
  return reply_with(to_api(transaction), 201);
}

Result<Reply> purchase(Call& call) {
  TB_TRY(body, read_body<CreditPurchase>(call));
  TB_TRY(credit, locked(call));
  TB_TRY(bought, purchase_credit(*call.work, std::move(credit),
                                 {body.credit_count, body.amount_excluding_tax, body.price_id,
                                  body.expires_at}));
  return reply_with(CreditPurchaseResult{bought.invoice_id.value, bought.new_balance}, 201);
}

Result<Reply> use(Call& call) {
  TB_TRY(body, read_body<CreditUsage>(call));
  TB_TRY(credit, locked(call));
  TB_TRY(transaction,
         use_credit(*call.work, std::move(credit), body.usage_retained, body.event_id));
  return reply_with(to_api(transaction), 201);
}

Result<Reply> stored_transactions(Call& call) {
  TB_TRY(credit, stored(call));
  Condition condition;
  condition.add("credit_id = ?", {credit.id.value});
  return offset_list<CreditTransaction>(
      call, transaction_fields(), condition,
      [](CreditTransaction const& row) { return reflect::to_text(to_api(row)); }, "position DESC");
}

Result<Reply> transactions(Call& call) {
  return after_folding(call, {CustomerId(call.id()), ProductId(call.id("product_id"))},
                       stored_transactions);
}

}  // namespace credit_routes

std::string credit_json(CustomerCredit const& credit) {
  return reflect::to_text(credit_routes::to_api(credit));
}
std::string credit_transaction_json(CreditTransaction const& transaction) {
  return reflect::to_text(credit_routes::to_api(transaction));
}

// A table: one route a line.
// clang-format off
void add_credit_routes(Router& router) {
  using namespace credit_routes;
  char const* const tag = "Customers > Credits";
  char const* const scope = "credits";
  std::string const one = "/v1/customers/{id}/credits/{product_id}";
  router.add({"GET", "/v1/customers/credits", tag, "List the credits of all customers", RouteKind::read, scope, 200, {}, offset_schema<CustomerCreditV1>(), offset_parameters(fields()), list_all});
  router.add({"GET", "/v1/customers/{id}/credits", tag, "List a customer's credits", RouteKind::free, scope, 200, {}, offset_schema<CustomerCreditV1>(), offset_parameters({}), list});
  router.add({"POST", "/v1/customers/{id}/credits", tag, "Open a balance of a credit product", RouteKind::write, scope, 201, schema<CreditCreate>(), schema<CustomerCreditV1>(), {}, open});
  router.add({"GET", one, tag, "Get a credit", RouteKind::free, scope, 200, {}, schema<CustomerCreditV1>(), {}, get});
  router.add({"PUT", one, tag, "Change a credit's settings", RouteKind::write, scope, 200, schema<CreditUpdate>(), schema<CustomerCreditV1>(), {}, update});
  router.add({"POST", one + "/topup", tag, "Add free credits", RouteKind::write, scope, 201, schema<CreditTopup>(), schema<CreditTransactionV1>(), {}, topup});
  router.add({"POST", one + "/purchase", tag, "Sell credits on an invoice", RouteKind::write, scope, 201, schema<CreditPurchase>(), schema<CreditPurchaseResult>(), {}, purchase});
  router.add({"POST", one + "/usage", tag, "Use credits", RouteKind::write, scope, 201, schema<CreditUsage>(), schema<CreditTransactionV1>(), {}, use});
  router.add({"GET", one + "/transactions", tag, "The movements of a credit, newest first", RouteKind::free, scope, 200, {}, offset_schema<CreditTransactionV1>(), offset_parameters(transaction_fields()), transactions});
}
// clang-format on

}  // namespace tallybook::api
