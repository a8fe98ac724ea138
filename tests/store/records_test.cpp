// The record stores behave alike: what is written is read, what fails leaves nothing, one commit
// serves many.
#include <atomic>
#include <thread>

#include "reflect/describe.hpp"
#include "store/sql/migrations.hpp"
#include "store/sql/tables.hpp"
#include "support/installation.hpp"

namespace tallybook {

using testing::fresh_database;
using testing::TempFolder;

class Records_ : public ::testing::TestWithParam<Dialect> {
 protected:
  TempFolder folder;
  std::unique_ptr<SqlDatabase> database = fresh_database(GetParam(), folder);
  Tenant tenant{"cli_1", Mode::test};
  void SetUp() override { migrate(*database, {0}); }

  Customer sample(std::string const& id) {
    Customer customer;
    customer.id = CustomerId(id);
    customer.name = "Zo\xC3\xAB \"quoted\" \xE6\xBC\xA2\xE5\xAD\x97 O'Neil";
    customer.currency = "EUR";
    customer.tax_rate_custom = Exact::fraction(1, 3);
    customer.tax_ids = {{"FR001", TaxIdStatus::unknown}};
    customer.billing_address =
        Address{"A", "1 rue", std::nullopt, "Lyon", "69001", std::nullopt, "FR"};
    customer.timezone = "Etc/UTC";
    customer.invoicing_entity_id = EntityId("ive_1");
    customer.properties.text = R"({"a":[1,2.50,"x"]})";
    customer.created_at = customer.updated_at = Instant{1767225600123};
    return customer;
  }
};
TB_ON_BOTH_DATABASES(Records_);

TEST_P(Records_, WhatIsWrittenIsReadBack_EveryKindOfField) {
  auto const written = sample("cus_1");
  database->write([&](SqlSession& sql) {
    Records<Customer>(sql, tenant).insert(written);
    return true;
  });
  database->read([&](SqlSession& sql) {
    auto const read = Records<Customer>(sql, tenant).find("cus_1");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->name, written.name);
    EXPECT_EQ(read->tax_rate_custom, written.tax_rate_custom);
    EXPECT_EQ(read->billing_address, written.billing_address);
    EXPECT_EQ(read->properties, written.properties);
    EXPECT_EQ(read->created_at, written.created_at);
    EXPECT_FALSE(read->type);
    EXPECT_FALSE(read->deleted_at);
  });
}

TEST_P(Records_, AnUpdateOfWhatChanged_LeavesTheOtherColumnsAlone) {
  auto const stored = sample("cus_1");
  auto changed = stored;
  changed.tax_rate_custom = std::nullopt;
  changed.domain = "example.com";
  changed.billing_address->city = "Paris";
  database->write([&](SqlSession& sql) {
    Records<Customer> customers(sql, tenant);
    customers.insert(stored);
    sql.execute("UPDATE customers SET name = 'kept' WHERE id = 'cus_1'");
    customers.update_changed(stored, stored);
    customers.update_changed(stored, changed);
    return true;
  });
  database->read([&](SqlSession& sql) {
    auto const read = Records<Customer>(sql, tenant).find("cus_1");
    ASSERT_TRUE(read);
    EXPECT_EQ(read->name, "kept");
    EXPECT_FALSE(read->tax_rate_custom);
    EXPECT_EQ(read->domain, changed.domain);
    EXPECT_EQ(read->billing_address, changed.billing_address);
    EXPECT_EQ(read->tax_ids.size(), 1U);
  });
}

TEST_P(Records_, AnotherAccountOrModeSeesNothing) {
  database->write([&](SqlSession& sql) {
    Records<Customer>(sql, tenant).insert(sample("cus_1"));
    return true;
  });
  database->read([&](SqlSession& sql) {
    EXPECT_FALSE(Records<Customer>(sql, {"cli_1", Mode::live}).find("cus_1"));
    EXPECT_FALSE(Records<Customer>(sql, {"cli_2", Mode::test}).find("cus_1"));
    EXPECT_EQ(Records<Customer>(sql, {"cli_2", Mode::test}).count(), 0);
  });
}

TEST_P(Records_, AFailedUnitLeavesNothing) {
  database->write([&](SqlSession& sql) {
    Records<Customer>(sql, tenant).insert(sample("cus_1"));
    return false;
  });
  EXPECT_THROW(database->write([&](SqlSession& sql) -> bool {
    Records<Customer>(sql, tenant).insert(sample("cus_2"));
    throw std::runtime_error("dies here");
  }),
               std::runtime_error);
  database->read([&](SqlSession& sql) { EXPECT_EQ(Records<Customer>(sql, tenant).count(), 0); });
}

TEST_P(Records_, ASecondRowWithTheSameKeyIsRefusedWithoutHarm) {
  database->write([&](SqlSession& sql) {
    Records<Customer> customers(sql, tenant);
    EXPECT_TRUE(customers.insert_if_new(sample("cus_1")));
    EXPECT_FALSE(customers.insert_if_new(sample("cus_1")));
    auto other = sample("cus_2");
    EXPECT_TRUE(customers.insert_if_new(other));
    return true;
  });
  EXPECT_THROW(database->write([&](SqlSession& sql) {
    Records<Customer>(sql, tenant).insert(sample("cus_1"));
    return true;
  }),
               UniqueViolation);
  database->read([&](SqlSession& sql) { EXPECT_EQ(Records<Customer>(sql, tenant).count(), 2); });
}

TEST_P(Records_, AReaderKeepsItsSnapshotWhileOthersWrite) {
  database->read([&](SqlSession& sql) {
    EXPECT_EQ(Records<Customer>(sql, tenant).count(), 0);
    std::thread([&] {
      database->write([&](SqlSession& other) {
        Records<Customer>(other, tenant).insert(sample("cus_1"));
        return true;
      });
    }).join();
    EXPECT_EQ(Records<Customer>(sql, tenant).count(), 0);
  });
  database->read([&](SqlSession& sql) { EXPECT_EQ(Records<Customer>(sql, tenant).count(), 1); });
}

TEST_P(Records_, ManyWritersAtOnce_EachCountsOnce_FailuresStayTheirOwn) {
  database->write([](SqlSession& sql) {
    sql.execute(
        "INSERT INTO number_sequences (account_id, mode, invoicing_entity_id, kind, next_number, "
        "first_number) VALUES ('cli_1', 'test', 'ive_1', 'invoice', 1, 1)");
    return true;
  });
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 25; ++i) {
        try {
          database->write([&](SqlSession& sql) -> bool {
            std::int64_t taken = 0;
            sql.query(
                "UPDATE number_sequences SET next_number = next_number + 1 WHERE "
                "invoicing_entity_id = ? AND kind = ? RETURNING next_number - 1",
                {std::string("ive_1"), std::string("invoice")},
                [&](SqlRow const& row) { taken = row.integer(0); });
            if (i % 5 == 4) throw std::runtime_error("gives the number back");
            Records<Customer>(sql, tenant).insert(sample("cus_" + std::to_string(taken)));
            return true;
          });
        } catch (std::runtime_error const&) {
          ++failed;
        }
        (void)t;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(failed, 40);
  database->read([&](SqlSession& sql) {
    // 160 commits took 160 numbers without a gap: the unique key would have refused a second one.
    EXPECT_EQ(Records<Customer>(sql, tenant).count(), 160);
    EXPECT_EQ(sql.number("SELECT next_number FROM number_sequences"), 161);
  });
}

TEST_P(Records_, MigratingAgainChangesNothing_ANewerDatabaseIsRefused) {
  EXPECT_EQ(migrate(*database, {0}), 0);
  database->write([](SqlSession& sql) {
    sql.execute(
        "INSERT INTO schema_migrations (name, applied_at) VALUES ('9999_from_the_future', 0)");
    return true;
  });
  EXPECT_THROW(migrate(*database, {0}), StoreUnavailable);
}

namespace records_test {

template <class T>
void expect_columns(SqlDatabase& database) {
  std::string columns;
  reflect::for_each_field_type<T>(
      [&](char const* name, auto) { columns += std::string(columns.empty() ? "" : ", ") + name; });
  // A column the table lacks, or one the struct lacks and the table requires, fails here.
  EXPECT_NO_THROW(database.read([&](SqlSession& sql) {
    sql.query("SELECT " + columns + " FROM " + TableOf<T>::name + " LIMIT 0", {},
              [](SqlRow const&) {});
  })) << TableOf<T>::name;
}

}  // namespace records_test

TEST_P(Records_, TheDescribedFieldsAreTheTablesColumns) {
  using records_test::expect_columns;
  expect_columns<InvoicingEntity>(*database);
  expect_columns<Customer>(*database);
  expect_columns<Product>(*database);
  expect_columns<PriceConfiguration>(*database);
  expect_columns<Aggregator>(*database);
  expect_columns<Subscription>(*database);
  expect_columns<SubscriptionPhase>(*database);
  expect_columns<SubscriptionLine>(*database);
  expect_columns<Invoice>(*database);
  expect_columns<InvoiceLine>(*database);
  expect_columns<Transaction>(*database);
  expect_columns<CustomerCredit>(*database);
  expect_columns<CreditGrant>(*database);
  expect_columns<CreditUse>(*database);
  expect_columns<CreditTransaction>(*database);
}

}  // namespace tallybook
