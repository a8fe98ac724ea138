// `tallybook demo`: a company that sells an AI API, three and a half months of it, in test mode and
// through the same use cases the API calls.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <map>
#include <stdexcept>

#include "api/protocol/keys.hpp"
#include "app/billing/billing_run.hpp"
#include "app/catalogue/catalogue.hpp"
#include "app/clock/test_clock.hpp"
#include "app/credit/credits.hpp"
#include "app/customer/customers.hpp"
#include "app/entity/invoicing_entities.hpp"
#include "app/payment/payments.hpp"
#include "app/subscription/subscriptions.hpp"
#include "main/commands.hpp"
#include "main/demo_companies.hpp"
#include "main/demo_usage.hpp"
#include "main/node.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace demo_detail {

constexpr std::int64_t day_ms = 86'400'000;
constexpr Date first_day{20'666};       // 2026-08-01
constexpr Date last_day{20'666 + 106};  // 2026-11-15: where the clock stays
constexpr std::size_t append_batch = 5'000;
constexpr std::uint64_t seed = 20'260'801;

Instant midnight(Date date) { return {date.days * day_ms}; }

template <class T>
T must(Result<T> result) {
  if (result) return *std::move(result);
  std::string text = result.error().message;
  for (auto const& field : result.error().fields) text += "; " + field.path + ": " + field.reason;
  throw std::runtime_error("demo: " + text);
}

struct Catalogue {
  ProductId starter, scale, enterprise, seats, input, output, calls, images;
};

// A minor unit of the euro prices below in each currency.
struct CurrencyRate {
  char const* code;
  Exact per_euro_minor;
};
std::vector<CurrencyRate> const& rates() {
  static std::vector<CurrencyRate> const all = {{"EUR", 1},
                                                {"USD", Exact::fraction(11, 10)},
                                                {"GBP", Exact::fraction(17, 20)},
                                                {"JPY", Exact::fraction(8, 5)},
                                                {"CHF", Exact::fraction(19, 20)},
                                                {"SEK", Exact::fraction(23, 2)},
                                                {"CAD", Exact::fraction(3, 2)},
                                                {"AUD", Exact::fraction(33, 20)}};
  return all;
}

class Demo {
 public:
  Demo(Node& node, Tenant tenant) : node_(node), tenant_(tenant), usage_(tenant, seed) {}

  void build();
  [[nodiscard]] std::uint64_t events() const { return events_; }

 private:
  template <class Work>
  auto unit(Work&& work) {
    return must(in_unit(node_.services(), tenant_, std::forward<Work>(work)));
  }

  void set_up_seller();
  void make_catalogue();
  AggregatorId aggregator(char const* name, char const* event, AggregatorOperation operation,
                          char const* property, char const* unit);
  ProductId product(ProductType type, char const* name, char const* description,
                    std::optional<AggregatorId> const& aggregator, PriceType price,
                    std::vector<PriceTier> const& euro, std::optional<Interval> interval,
                    bool whole);
  void sign_up(std::size_t index, Date today);
  std::vector<NewLine> lines_for(std::size_t index) const;
  void open_credits(CustomerId const& customer, std::size_t index);
  void append(std::vector<EventToStore> events);
  void pay(Date today);
  void pay_invoice(Invoice const& invoice, std::int64_t age);
  void use_credits(Date today);
  void cancel_one();

  Node& node_;
  Tenant tenant_;
  DemoUsage usage_;
  Catalogue catalogue_;
  std::vector<DemoConsumer> consumers_;
  std::map<std::string, std::size_t> index_of_;  // customer id -> row of the companies
  std::vector<CustomerId> credit_customers_;
  std::map<std::string, bool> half_paid_;  // by invoice id
  std::optional<SubscriptionId> to_cancel_;
  std::uint64_t events_ = 0;
};

void Demo::set_up_seller() {
  unit([&](UnitOfWork& work) -> Result<int> {
    auto entity = default_entity(work);
    entity.name = "Lumen Inference SAS";
    entity.trade_name = "Lumen AI";
    entity.address_line1 = "9 rue du Sentier";
    entity.zip_code = "75002";
    entity.city = "Paris";
    entity.registration_number = "912 345 678 R.C.S. Paris";
    entity.tax_id = "FR48912345678";
    entity.billing_email = "billing@lumen-inference.example";
    entity.invoice_number_pattern = "LUM-{YYYY}-{number}";
    entity.credit_note_number_pattern = "LUM-CN-{YYYY}-{number}";
    entity.default_payment_delay = 15;
    entity.invoice_grace_period_duration = 2;
    entity.manual_tax_rate = Exact(20);
    entity.tax_engine = TaxEngineKind::manual;
    entity.invoice_footer =
        "Lumen Inference SAS, share capital 50,000 EUR. Questions: billing@lumen-inference.example";
    entity.invoice_late_fees =
        "Late payment: three times the legal interest rate and a fixed 40 EUR for collection "
        "costs.";
    entity.brand_color = "#4f46e5";
    TB_TRY(updated, update_entity(work, entity));
    (void)updated;
    return 0;
  });
}

AggregatorId Demo::aggregator(char const* name, char const* event, AggregatorOperation operation,
                              char const* property, char const* unit_name) {
  return unit([&](UnitOfWork& work) -> Result<AggregatorId> {
    Aggregator wanted;
    wanted.name = name;
    wanted.entity = event;
    wanted.operation = operation;
    if (property != nullptr) wanted.property = property;
    wanted.unit_name = unit_name;
    if (std::string_view(event) == "llm_request") wanted.exposed_event_keys = {"model", "region"};
    TB_TRY(made, create_aggregator(work, wanted));
    return made.id;
  });
}

// One product with a price configuration in every currency; `euro` are its prices in euro cents.
ProductId Demo::product(ProductType type, char const* name, char const* description,
                        std::optional<AggregatorId> const& aggregator, PriceType price,
                        std::vector<PriceTier> const& euro, std::optional<Interval> interval,
                        bool whole) {
  return unit([&](UnitOfWork& work) -> Result<ProductId> {
    Product wanted;
    wanted.type = type;
    wanted.name = name;
    wanted.description = description;
    wanted.public_description = description;
    wanted.description_display_interval_dates = type != ProductType::credit;
    if (aggregator && type == ProductType::dynamic) wanted.aggregator_id = aggregator->value;
    if (aggregator && type == ProductType::credit) {
      wanted.credit_aggregators = {{aggregator->value, Exact(4)}};
      wanted.low_credits_threshold = Exact(200);
      wanted.unit_name = "credit";
      wanted.is_available_on_subscription = false;
    }
    if (type == ProductType::seat) wanted.unit_name = "seat";
    std::vector<PriceConfiguration> configurations;
    for (auto const& rate : rates()) {
      PriceConfiguration configuration;
      configuration.currency = rate.code;
      configuration.billing_interval = interval;
      configuration.type = price;
      auto tiers = euro;
      for (auto& tier : tiers) {
        tier.id = work.services().ids.next("pri");
        tier.type = price;
        tier.amount *= rate.per_euro_minor;
        if (whole) tier.amount = tier.amount.rounded(0);
      }
      TB_TRY(checked, checked_prices(std::move(tiers), price, "prices"));
      configuration.prices = std::move(checked);
      configurations.push_back(std::move(configuration));
    }
    TB_TRY(made, create_product(work, wanted, configurations));
    return made.id;
  });
}

PriceTier tier(std::optional<Exact> from, std::optional<Exact> to, Exact amount,
               Exact unit_count = 1) {
  PriceTier made;
  made.from = std::move(from);
  made.to = std::move(to);
  made.amount = std::move(amount);
  made.unit_count = std::move(unit_count);
  return made;
}

void Demo::make_catalogue() {
  Interval const month{WirePeriod::months, 1};
  Interval const year{WirePeriod::years, 1};
  auto const fee = [](std::int64_t cents) {
    return std::vector<PriceTier>{tier({}, {}, Exact(cents))};
  };
  auto const input =
      aggregator("Input tokens", "llm_request", AggregatorOperation::sum, "input_tokens", "token");
  auto const output = aggregator("Output tokens", "llm_request", AggregatorOperation::sum,
                                 "output_tokens", "token");
  auto const calls =
      aggregator("API calls", "llm_request", AggregatorOperation::count, nullptr, "call");
  auto const images =
      aggregator("Images", "image_generation", AggregatorOperation::count, nullptr, "image");
  catalogue_.starter =
      product(ProductType::flat_fee, "Platform Starter", "API access for small teams", {},
              PriceType::fee, fee(4'900), month, true);
  catalogue_.scale =
      product(ProductType::flat_fee, "Platform Scale", "Higher limits and support on working days",
              {}, PriceType::fee, fee(49'900), month, true);
  catalogue_.enterprise =
      product(ProductType::flat_fee, "Platform Enterprise", "Own capacity and a service agreement",
              {}, PriceType::fee, fee(1'188'000), year, true);
  catalogue_.seats = product(
      ProductType::seat, "Console seats", "Members of the web console", {}, PriceType::volume,
      {tier(Exact(0), Exact(5), Exact(1'500)), tier(Exact(5), {}, Exact(1'200))}, month, true);
  // Euro cents per 1,000 tokens: 0.25 is 2.50 EUR for a million.
  catalogue_.input = product(
      ProductType::dynamic, "Input tokens", "Tokens sent to the models", input, PriceType::volume,
      {tier(Exact(0), Exact(1'000'000), Exact::fraction(25, 100), 1'000),
       tier(Exact(1'000'000), Exact(5'000'000), Exact::fraction(21, 100), 1'000),
       tier(Exact(5'000'000), {}, Exact::fraction(165, 1'000), 1'000)},
      month, false);
  catalogue_.output =
      product(ProductType::dynamic, "Output tokens", "Tokens the models answered", output,
              PriceType::volume,
              {tier(Exact(0), Exact(250'000), Exact::fraction(110, 100), 1'000),
               tier(Exact(250'000), Exact(1'000'000), Exact::fraction(95, 100), 1'000),
               tier(Exact(1'000'000), {}, Exact::fraction(78, 100), 1'000)},
              month, false);
  catalogue_.calls = product(
      ProductType::dynamic, "API calls", "Requests beyond the first thousand", calls,
      PriceType::volume,
      {tier(Exact(0), Exact(1'000), Exact(0)), tier(Exact(1'000), {}, Exact::fraction(35, 1'000))},
      month, false);
  auto pack = tier({}, {}, Exact(4'000));
  pack.pack_size = 1'000;
  catalogue_.images =
      product(ProductType::credit, "Image credits", "Prepaid credits; an image takes four", images,
              PriceType::bundle, {pack}, {}, true);
}

std::vector<NewLine> Demo::lines_for(std::size_t index) const {
  auto const& company = demo_companies()[index];
  std::vector<NewLine> lines;
  auto const add = [&](ProductId const& id) -> NewLine& {
    NewLine line;
    line.product_id = id;
    line.path = "products[" + std::to_string(lines.size()) + "]";
    return lines.emplace_back(std::move(line));
  };
  if (index % 10 == 3) {
    add(catalogue_.enterprise);
  } else {
    add(index % 10 < 4 ? catalogue_.scale : catalogue_.starter);
  }
  if (index % 3 != 2) add(catalogue_.seats).count = Exact(static_cast<int>(2 + index % 11));
  add(catalogue_.input);
  auto& output = add(catalogue_.output);
  if (index % 10 == 3) output.min_committed_count = Exact(500'000);
  add(catalogue_.calls);
  if (index % 20 == 7 && std::string_view(company.currency) == "EUR")
    lines.back().max_amount = Exact(20'000);
  return lines;
}

void Demo::sign_up(std::size_t index, Date today) {
  auto const& company = demo_companies()[index];
  auto const customer_id = unit([&](UnitOfWork& work) -> Result<CustomerId> {
    Customer customer;
    customer.name = company.name;
    customer.type = CustomerType::corporate;
    customer.currency = company.currency;
    customer.external_id = company.external_id;
    customer.billing_email = std::string("accounts@") + company.external_id + ".example";
    customer.invoice_emails = {*customer.billing_email};
    customer.billing_address =
        Address{company.name, company.street, {}, company.city, company.zip, {}, company.country};
    if (company.tax_id != nullptr) customer.tax_ids = {{company.tax_id, TaxIdStatus::unknown}};
    if (company.tax_percent >= 0) customer.tax_rate_custom = Exact(company.tax_percent);
    if (index % 15 == 4) customer.custom_payment_delay = 45;
    customer.payment_method_type =
        index % 4 == 0 ? PaymentMethodType::card : PaymentMethodType::transfer;
    TB_TRY(made, create_customer(work, customer, false));
    return made.id;
  });
  index_of_[customer_id.value] = index;
  bool const images = index % 12 == 5;
  consumers_.push_back({customer_id.value, today,
                        static_cast<int>(1 + (index * index + index / 3) % 5),
                        static_cast<int>(index % 3), images});
  if (index % 12 == 11) return open_credits(customer_id, index);  // buys credits only
  unit([&](UnitOfWork& work) -> Result<int> {
    NewSubscription wanted;
    wanted.subscription.customer_id = customer_id;
    wanted.subscription.name = std::string("API access of ") + company.name;
    wanted.subscription.starts_at = midnight(today);
    if (index % 7 == 2) wanted.subscription.purchase_order = "PO-" + std::to_string(4'100 + index);
    NewPhase phase;
    phase.phase.billing_cycle_alignment = index % 2 == 0 ? BillingCycleAlignment::calendar_period
                                                         : BillingCycleAlignment::anniversary;
    phase.lines = lines_for(index);
    wanted.phases.push_back(std::move(phase));
    TB_TRY(made, create_subscription(work, std::move(wanted)));
    if (index == 41) to_cancel_ = made.subscription.id;
    return 0;
  });
  if (images) open_credits(customer_id, index);
}

void Demo::open_credits(CustomerId const& customer, std::size_t index) {
  auto const product = catalogue_.images;
  unit([&](UnitOfWork& work) -> Result<int> {
    TB_TRY(opened, open_credit(work, customer, {product, {}, Exact(0), {}}));
    TB_TRY(welcome, topup_credit(work, opened, Exact(400), work.now() + 60 * day_ms));
    TB_TRY(credit, find_credit(work, customer, product));
    CreditPurchaseTerms terms;
    terms.count = Exact(static_cast<int>(2'000 + 1'000 * (index % 3)));
    auto const configurations = configurations_of(work.sql(), work.tenant(), product);
    for (auto const& configuration : configurations) {
      if (configuration.currency == demo_companies()[index].currency)
        terms.price_id = configuration.prices.front().id;
    }
    TB_TRY(bought, purchase_credit(work, credit, terms));
    (void)welcome;
    (void)bought;
    return 0;
  });
  credit_customers_.push_back(customer);
}

void Demo::append(std::vector<EventToStore> events) {
  events_ += events.size();
  for (std::size_t at = 0; at < events.size(); at += append_batch) {
    auto const end = std::min(events.size(), at + append_batch);
    node_.events().append(
        {std::make_move_iterator(events.begin() + static_cast<std::ptrdiff_t>(at)),
         std::make_move_iterator(events.begin() + static_cast<std::ptrdiff_t>(end))});
  }
}

// Most customers pay some days after the invoice, a few half of it, a few never.
void Demo::pay(Date today) {
  std::vector<Invoice> open;
  node_.database().read([&](SqlSession& sql) {
    open = Records<Invoice>(sql, tenant_)
               .where(
                   "type = 'invoice' AND (status = 'to_pay' OR status = 'partially_paid') ORDER BY "
                   "issued_at, sequence_number");
  });
  for (auto const& invoice : open)
    pay_invoice(invoice, (midnight(today).ms - invoice.issued_at->ms) / day_ms);
}

void Demo::pay_invoice(Invoice const& invoice, std::int64_t age) {
  std::size_t const index = index_of_.at(invoice.customer_id.value);
  bool const never =
      index % 17 == 9 || (index % 23 == 14 && invoice.issued_at->ms / day_ms % 2 == 0);
  if (never || age < static_cast<std::int64_t>(1 + (index * 5) % 19)) return;
  NewPayment payment;
  payment.amount = invoice.amount_due;
  if (index % 19 == 6) {
    if (half_paid_[invoice.id.value]) return;  // the rest stays open
    half_paid_[invoice.id.value] = true;
    payment.amount = std::max<std::int64_t>(1, invoice.amount_due / 2);
  }
  unit([&](UnitOfWork& work) -> Result<int> {
    payment.process_at = work.now();
    payment.method = index % 4 == 0 ? TransactionMethod::card : TransactionMethod::transfer;
    TB_TRY(paid, record_payment(work, invoice.id, payment));
    (void)paid;
    return 0;
  });
}

void Demo::use_credits(Date today) {
  for (auto const& customer : credit_customers_) {
    unit([&](UnitOfWork& work) -> Result<int> {
      TB_TRY(credit, find_credit(work, customer, catalogue_.images));
      if (weekday(today) == 3) {
        TB_TRY(used, use_credit(work, credit, Exact(25), "render-" + format_date(today)));
        (void)used;
      }
      return 0;
    });
  }
}

void Demo::cancel_one() {
  if (!to_cancel_) return;
  unit([&](UnitOfWork& work) -> Result<int> {
    CancelTerms terms;
    terms.strategy = CancellationStrategy::refund_prorata;
    terms.reason = "Moved to another provider";
    TB_TRY(ended, cancel_subscription(work, *to_cancel_, terms));
    (void)ended;
    return 0;
  });
}

void Demo::build() {
  unit([&](UnitOfWork& work) -> Result<int> {
    TB_TRY(clock, set_test_clock(work, midnight(first_day)));
    (void)clock;
    return 0;
  });
  set_up_seller();
  make_catalogue();
  std::size_t signed_up = 0;
  std::size_t const companies = demo_companies().size();
  // Day by day, as it would have happened: bill what fell due, sign up, sell, be paid.
  for (Date today = first_day; today <= last_day; today = today + 1) {
    must(advance_test_clock(node_.services(), tenant_, midnight(today)));
    std::size_t const wanted =
        std::min(companies, 22 + static_cast<std::size_t>(today - first_day));
    for (; signed_up < wanted; ++signed_up) sign_up(signed_up, today);
    pay(today);
    if (weekday(today) % 3 == 0) use_credits(today);
    if (today == first_day + 89) cancel_one();
    if (today < last_day) append(usage_.day(today, consumers_));
  }
}

void row(char const* label, std::string const& value) {
  std::printf("  %-34s %s\n", label, value.c_str());
}

void print_money(SqlSession& sql, Tenant const& tenant) {
  SqlParams const whose = {tenant.account_id, std::string(mode_text(tenant.mode))};
  std::printf("\n  %-9s %18s %18s %18s\n", "currency", "invoiced", "paid", "due");
  sql.query(
      "SELECT currency, SUM(total_amount), SUM(amount_paid), SUM(amount_due) FROM invoices WHERE "
      "account_id = ? AND mode = ? AND type = 'invoice' AND number IS NOT NULL "
      "GROUP BY currency ORDER BY currency",
      whose, [](SqlRow const& line) {
        std::string const code(line.text(0));
        int const decimals = Currency::parse(code).value_or(Currency()).decimals();
        std::printf("  %-9s %18s %18s %18s\n", code.c_str(),
                    format_minor(line.integer(1), decimals).c_str(),
                    format_minor(line.integer(2), decimals).c_str(),
                    format_minor(line.integer(3), decimals).c_str());
      });
}

void print_result(Node& node, Tenant const& tenant, std::uint64_t events, std::string const& took) {
  node.database().read([&](SqlSession& sql) {
    std::printf("Lumen Inference SAS, test mode, clock frozen at %s\n\n",
                format_instant(midnight(last_day)).c_str());
    row("customers", std::to_string(Records<Customer>(sql, tenant).count()));
    row("products", std::to_string(Records<Product>(sql, tenant).count()));
    row("subscriptions", std::to_string(Records<Subscription>(sql, tenant).count()));
    row("credit balances", std::to_string(Records<CustomerCredit>(sql, tenant).count()));
    row("usage events", std::to_string(events));
    SqlParams const whose = {tenant.account_id, std::string(mode_text(tenant.mode))};
    sql.query(
        "SELECT type, status, COUNT(*) FROM invoices WHERE account_id = ? AND mode = ? GROUP BY "
        "type, status ORDER BY type DESC, status",
        whose, [](SqlRow const& line) {
          std::string const label = (line.text(0) == "invoice" ? "invoices " : "credit notes ") +
                                    std::string(line.text(1));
          row(label.c_str(), std::to_string(line.integer(2)));
        });
    row("invoices overdue",
        std::to_string(Records<Invoice>(sql, tenant)
                           .count("type = 'invoice' AND amount_due > 0 AND due_at < ?",
                                  {midnight(last_day).ms})));
    row("payments", std::to_string(Records<Transaction>(sql, tenant).count()));
    print_money(sql, tenant);
  });
  std::printf("\n  made in %s seconds; the key is in %s/demo.key\n", took.c_str(),
              node.settings().data.c_str());
}

// Only the owner may read it, also when the file was there before.
void write_key(std::string const& file, std::string const& key) {
  int const descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  std::string const text = key + "\n";
  bool const written =
      descriptor >= 0 && ::fchmod(descriptor, 0600) == 0 &&
      ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  if (descriptor >= 0) ::close(descriptor);
  if (!written) throw StoreUnavailable("cannot write " + file);
}

bool has_data(Node& node) {
  if (node.events().last_sequence() > 0) return true;
  std::int64_t rows = 0;
  node.database().read([&](SqlSession& sql) {
    for (char const* table : {"customers", "products", "aggregators", "subscriptions", "invoices"})
      rows += sql.number(std::string("SELECT COUNT(*) FROM ") + table);
  });
  return rows > 0;
}

}  // namespace demo_detail

int make_demo(Settings const& settings, bool if_empty) {
  auto const started = std::chrono::steady_clock::now();
  Node node(settings);
  if (demo_detail::has_data(node)) {
    if (if_empty) return 0;
    std::fprintf(stderr,
                 "%s already holds data; the demonstration wants an empty folder and database\n",
                 settings.data.c_str());
    return 1;
  }
  api::NewKey key;
  node.database().write([&](SqlSession& sql) {
    key = api::create_key(sql, node.services().ids, SystemClock().now(), Mode::test, "demo", {"*"});
    return true;
  });
  Tenant const tenant{key.record.account_id.value, Mode::test};
  demo_detail::Demo demo(node, tenant);
  demo.build();
  demo_detail::write_key(settings.data + "/demo.key", key.secret);
  auto const tenths = std::chrono::duration_cast<std::chrono::milliseconds>(
                          std::chrono::steady_clock::now() - started)
                          .count() /
                      100;
  demo_detail::print_result(node, tenant, demo.events(),
                            std::to_string(tenths / 10) + "." + std::to_string(tenths % 10));
  return 0;
}

}  // namespace tallybook
