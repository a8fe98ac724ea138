// Providers that lose, delay, double and reorder what they are asked and what they say: whatever
// happens, every cent the provider moved is in one transaction, and no charge is made twice.
// TALLYBOOK_LONG: more seeds and steps; TALLYBOOK_SEED repeats one.
#include <algorithm>
#include <deque>
#include <random>

#include "app/verify/verify.hpp"
#include "support/installation.hpp"

namespace tallybook {

class FaultyProvider final : public PaymentProvider {
 public:
  FaultyProvider(PaymentProvider& inner, std::mt19937& chance) : inner_(inner), chance_(chance) {}
  bool calm = false;

  // Requests that were under way arrive now, in any order.
  void deliver() {
    std::shuffle(under_way_.begin(), under_way_.end(), chance_);
    while (!under_way_.empty()) {
      try {
        under_way_.back()();
      } catch (ProviderSilent const&) {
        // Nobody waits for this answer any more.
      }
      under_way_.pop_back();
    }
  }

  std::string const& name() const override { return inner_.name(); }
  bool test_only() const override { return true; }
  bool charges_tokens_of(std::string_view provider) const override {
    return inner_.charges_tokens_of(provider);
  }
  Result<ProviderToken> tokenise(Tenant const& tenant, CardDetails const& card) override {
    return inner_.tokenise(tenant, card);
  }
  Result<ProviderToken> tokenise(Tenant const& tenant, AccountDetails const& account) override {
    return inner_.tokenise(tenant, account);
  }
  std::optional<ProviderToken> describe(Tenant const& tenant, std::string const& token) override {
    return inner_.describe(tenant, token);
  }
  MoneyAnswer charge(Tenant const& tenant, ChargeOrder const& order, Instant now) override {
    return disturbed([this, tenant, order, now] { return inner_.charge(tenant, order, now); });
  }
  MoneyAnswer refund(Tenant const& tenant, RefundOrder const& order, Instant now) override {
    return disturbed([this, tenant, order, now] { return inner_.refund(tenant, order, now); });
  }
  MoneyAnswer find(Tenant const& tenant, std::string const& key, Instant now) override {
    if (happens(15)) throw ProviderSilent("find was lost");
    return inner_.find(tenant, key, now);
  }
  bool cancel(Tenant const& tenant, std::string const& key, Instant now) override {
    if (happens(15)) throw ProviderSilent("cancel was lost");
    bool const cancelled = inner_.cancel(tenant, key, now);
    if (happens(15)) throw ProviderSilent("the answer to cancel was lost");
    return cancelled;
  }
  ProviderEvents events_since(Tenant const& tenant, std::string const& cursor,
                              Instant now) override {
    if (happens(10)) throw ProviderSilent("events were lost");
    auto events = inner_.events_since(tenant, cursor, now);
    auto const doubled = events.keys;
    if (happens(40)) events.keys.insert(events.keys.end(), doubled.begin(), doubled.end());
    std::shuffle(events.keys.begin(), events.keys.end(), chance_);
    if (happens(20)) {
      // Some come with a later reading only.
      events.keys.resize(events.keys.size() / 2);
      events.cursor = cursor;
    }
    return events;
  }
  std::optional<Instant> next_event_at(Tenant const& tenant, std::string const& cursor) override {
    return inner_.next_event_at(tenant, cursor);
  }
  std::optional<std::vector<StatementLine>> statement(Tenant const& tenant, Instant now) override {
    return inner_.statement(tenant, now);
  }

 private:
  bool happens(int percent) { return !calm && static_cast<int>(chance_() % 100) < percent; }

  template <class Work>
  MoneyAnswer disturbed(Work work) {
    if (happens(8)) throw ProviderSilent("the request was lost");
    if (happens(8)) {
      under_way_.push_back([work] { work(); });
      throw ProviderSilent("the request is still under way");
    }
    if (happens(6)) {
      if (happens(50)) under_way_.push_back([work] { work(); });
      MoneyAnswer answer;
      answer.state = MoneyState::unavailable;
      return answer;
    }
    if (happens(20)) work();  // the network sends it twice
    auto answer = work();
    if (happens(10)) throw ProviderSilent("the answer was lost");
    return answer;
  }

  PaymentProvider& inner_;
  std::mt19937& chance_;
  std::deque<std::function<void()>> under_way_;
};

class Story {
 public:
  explicit Story(Dialect dialect, unsigned seed)
      : chance_(seed),
        book_(dialect),
        first_(*book_.services().providers->find("sandbox"), chance_),
        second_(*book_.services().providers->find("sandbox_backup"), chance_) {
    providers_.add(first_);
    providers_.add(second_);
    book_.services().providers = &providers_;
    now_ = *parse_instant("2026-01-01T00:00:00Z");
    book_.set_clock(format_instant(now_));
    product_ = book_.flat_fee("10000");
    auto const entity = book_.get("/v1/invoicing-entities").get("data", "0", "id");
    book_.put("/v1/invoicing-entities/" + entity + "/payment-providers",
              R"({"card":["sandbox","sandbox_backup"]})");
  }

  void run(int steps) {
    for (int step = 0; step < steps; ++step) {
      switch (chance_() % 10) {
        case 0:
          sign_up();
          break;
        case 1:
        case 2:
          on_an_invoice("/charge", "");
          break;
        case 3:
          on_an_invoice("/charge", R"({"amount":700})");
          break;
        case 4:
          on_an_invoice("/transactions",
                        R"({"amount":900,"process_at":")" + format_instant(now_) + "\"}");
          break;
        case 5:
          refund();
          break;
        case 6:
          cancel();
          break;
        case 7:
          first_.deliver();
          second_.deliver();
          break;
        default:
          advance(static_cast<std::int64_t>(chance_() % 40) * 1'800'000);
          break;
      }
    }
  }

  void settle() {
    first_.deliver();
    second_.deliver();
    first_.calm = second_.calm = true;
    for (int day = 0; day < 20; ++day) advance(86'400'000);
  }

  // Every movement of both providers against the transactions, both ways.
  void compare() {
    ProviderBooks const books{providers_, book_.machine_clock()};
    // The event store of this installation holds nothing.
    auto const report = verify(book_.database(), book_.services().events, &books);
    for (auto const& finding : report.findings) ADD_FAILURE() << finding;
    std::map<std::string, std::int64_t> provider, ours;
    std::int64_t open = 0;
    for (auto* each : providers_.all()) {
      auto const statement = each->statement(book_.tenant(), now_);
      for (auto const& line : *statement) {
        if (line.state == MoneyState::settled)
          provider[line.key] += line.refund ? -line.amount : line.amount;
      }
    }
    book_.database().read([&](SqlSession& sql) {
      for (auto const& transaction :
           Records<Transaction>(sql, book_.tenant()).where("sent_at IS NOT NULL")) {
        bool const won = transaction.type != TransactionType::refund &&
                         transaction.original_transaction_id.has_value();
        if (won || transaction.type == TransactionType::chargeback) continue;
        if (transaction.status == TransactionStatus::to_process) ++open;
        if (transaction.status == TransactionStatus::settled)
          ours[transaction.id.value] += transaction.type == TransactionType::refund
                                            ? -transaction.amount
                                            : transaction.amount;
      }
    });
    EXPECT_EQ(open, 0) << "orders nobody knows the end of";
    EXPECT_EQ(provider, ours);
    EXPECT_GT(ours.size(), 5u);
  }

 private:
  void sign_up() {
    static char const* const numbers[] = {
        "4970000000004240", "4970000000001204", "4970000000001303", "4970000000001402",
        "4970000000001501", "4970000000001600", "4970000000001709", "4970000000001808",
        "4970000000002103", "4970000000000107", "4970000000002004", "4970000000001907"};
    std::string const number = numbers[chance_() % std::size(numbers)];
    std::string const name = "c" + std::to_string(++customers_);
    auto const customer =
        book_.customer(R"("name":"C","currency":"EUR","external_id":")" + name + "\"");
    auto const token = book_.post(
        "/v1/sandbox/payment-methods",
        R"({"card":{"number":")" + number + R"(","expiration_month":6,"expiration_year":2031}})");
    book_.post("/v1/customers/" + customer + "/payment-methods",
               R"({"provider_name":"sandbox","provider_payment_method_id":")" +
                   token.get("provider_payment_method_id") + "\"}");
    book_.subscribe(customer, "[{\"id\":\"" + product_ + "\"}]");
  }
  std::string one_of(std::string const& table, std::string const& condition) {
    std::vector<std::string> ids;
    book_.database().read([&](SqlSession& sql) {
      sql.query("SELECT id FROM " + table + " WHERE " + condition + " ORDER BY id", {},
                [&](SqlRow const& row) { ids.emplace_back(row.text(0)); });
    });
    return ids.empty() ? "" : ids[chance_() % ids.size()];
  }
  void expect_answer(testing::Answer const& answer) {
    EXPECT_TRUE(answer.status < 500) << answer.text;
  }
  void on_an_invoice(std::string const& action, std::string const& body) {
    auto const id = one_of("invoices", "type = 'invoice' AND number IS NOT NULL");
    if (!id.empty()) expect_answer(book_.post("/v1/invoices/" + id + action, body));
  }
  void refund() {
    auto const id = one_of("transactions", "status = 'settled'");
    if (!id.empty() && chance_() % 3 == 0)
      expect_answer(book_.post("/v1/transactions/" + id + "/refund"));
  }
  void cancel() {
    auto const id = one_of("subscriptions", "status = 'active'");
    if (!id.empty() && chance_() % 3 == 0)
      expect_answer(book_.post("/v1/subscriptions/" + id + "/cancel",
                               R"({"pro_rata":true,"refund_method":"original_payment_method"})"));
  }
  void advance(std::int64_t ms) {
    now_ = now_ + ms;
    book_.advance(format_instant(now_));
  }

  std::mt19937 chance_;
  testing::Installation book_;
  FaultyProvider first_, second_;
  PaymentProviders providers_;
  Instant now_;
  std::string product_;
  int customers_ = 0;
};

class Faults : public ::testing::TestWithParam<Dialect> {};
TB_ON_BOTH_DATABASES(Faults);

TEST_P(Faults, ProviderAndBooksAgree) {
  bool const many = std::getenv("TALLYBOOK_LONG") != nullptr;
  char const* given = std::getenv("TALLYBOOK_SEED");
  unsigned const seed =
      given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device()();
  for (unsigned round = 0; round < (many ? 6u : 3u); ++round) {
    SCOPED_TRACE("TALLYBOOK_SEED=" + std::to_string(seed + round));
    Story story(GetParam(), seed + round);
    story.run(many ? 1'500 : 200);
    story.settle();
    story.compare();
  }
}

}  // namespace tallybook
