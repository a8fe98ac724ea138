// What tests of whole use cases share: a folder that goes away and an installation in it, in test
// mode with a frozen clock.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>

#include "api/protocol/keys.hpp"
#include "app/billing/billing_run.hpp"
#include "app/catalogue/catalogue.hpp"
#include "app/clock/test_clock.hpp"
#include "app/credit/credits.hpp"
#include "app/customer/customers.hpp"
#include "app/entity/invoicing_entities.hpp"
#include "app/invoice/invoicing.hpp"
#include "app/subscription/subscriptions.hpp"
#include "main/node.hpp"

namespace installation_support {

using namespace tallybook;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    static std::atomic<int> next{0};
    path_ = (std::filesystem::temp_directory_path() /
             ("tallybook_test_" + std::to_string(::getpid()) + "_" + std::to_string(next++)))
                .string();
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(TemporaryFolder const&) = delete;
  [[nodiscard]] std::string const& path() const { return path_; }
  [[nodiscard]] std::string sub(std::string const& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline Instant at(char const* text) { return parse_instant(text).value(); }

inline PriceTier tier(std::optional<Exact> from, std::optional<Exact> to, Exact amount,
                      Exact unit_count = 1) {
  PriceTier made;
  made.id = "pri_" + amount.decimal() + "x";
  made.from = std::move(from);
  made.to = std::move(to);
  made.amount = std::move(amount);
  made.unit_count = std::move(unit_count);
  return made;
}

class Installation {
 public:
  template <class T>
  static T succeeded(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().message);
    return *std::move(result);
  }
  // Runs a use case that must succeed.
  template <class Work>
  auto unit(Work&& work) {
    return succeeded(in_unit(node.services(), tenant, std::forward<Work>(work)));
  }

  explicit Installation(std::string const& folder, Instant now) : node(settings_of(folder)) {
    node.database().write([&](SqlSession& sql) {
      tenant.account_id = api::create_key(sql, node.services().ids, now, Mode::test, "test", {"*"})
                              .record.account_id.value;
      return true;
    });
    unit([&](UnitOfWork& work) { return set_test_clock(work, now); });
  }

  static Settings settings_of(std::string const& folder) {
    Settings settings;
    settings.data = folder;
    return settings;
  }

  void advance(char const* to) { succeeded(advance_test_clock(node.services(), tenant, at(to))); }

  CustomerId customer(char const* external_id, char const* currency = "EUR") {
    return unit([&](UnitOfWork& work) -> Result<CustomerId> {
      Customer wanted;
      wanted.name = std::string("Company ") + external_id;
      wanted.external_id = external_id;
      wanted.currency = currency;
      wanted.tax_rate_custom = Exact(20);
      TB_TRY(made, create_customer(work, wanted, false));
      return made.id;
    });
  }

  AggregatorId aggregator(char const* event, AggregatorOperation operation,
                          char const* property = nullptr) {
    return unit([&](UnitOfWork& work) -> Result<AggregatorId> {
      Aggregator wanted;
      wanted.entity = event;
      wanted.operation = operation;
      if (property != nullptr) wanted.property = property;
      TB_TRY(made, create_aggregator(work, wanted));
      return made.id;
    });
  }

  ProductId product(ProductType type, char const* name, PriceType price,
                    std::vector<PriceTier> tiers, std::optional<AggregatorId> const& counted = {}) {
    return unit([&](UnitOfWork& work) -> Result<ProductId> {
      Product wanted;
      wanted.type = type;
      wanted.name = name;
      if (counted) wanted.aggregator_id = counted->value;
      for (auto& each : tiers) each.type = price;
      TB_TRY(checked, checked_prices(std::move(tiers), price, "prices"));
      PriceConfiguration configuration;
      configuration.currency = "EUR";
      if (type != ProductType::credit)
        configuration.billing_interval = Interval{WirePeriod::months, 1};
      configuration.type = price;
      configuration.prices = checked;
      std::vector<PriceConfiguration> configurations = {configuration};
      TB_TRY(made, create_product(work, wanted, configurations));
      return made.id;
    });
  }

  SubscriptionId subscribe(CustomerId const& customer_id, std::vector<ProductId> const& products,
                           char const* starts_at) {
    return unit([&](UnitOfWork& work) -> Result<SubscriptionId> {
      NewSubscription wanted;
      wanted.subscription.customer_id = customer_id;
      wanted.subscription.starts_at = at(starts_at);
      NewPhase phase;
      for (auto const& id : products) {
        NewLine line;
        line.product_id = id;
        line.path = "products[" + std::to_string(phase.lines.size()) + "]";
        phase.lines.push_back(std::move(line));
      }
      wanted.phases.push_back(std::move(phase));
      TB_TRY(made, create_subscription(work, std::move(wanted)));
      return made.subscription.id;
    });
  }

  void event(CustomerId const& customer_id, std::string const& type, std::string const& id,
             Instant when, std::string const& members) {
    node.events().append({{tenant, customer_id.value, type, id, when,
                           "{\"id\":\"" + id + "\"" + members + "}", false}});
  }

  Node node;
  Tenant tenant{"", Mode::test};
};

}  // namespace installation_support
