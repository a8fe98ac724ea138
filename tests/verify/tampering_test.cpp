// Tampering: a changed byte of what was posted or issued is found, wherever it is.
#include <fstream>
#include <random>
#include <set>

#include "app/ledger/proof.hpp"
#include "app/payment/payments.hpp"
#include "app/verify/verify.hpp"
#include "app/wallet/loading.hpp"
#include "base/sha256.hpp"
#include "store/sqlite/sqlite_database.hpp"
#include "support/folder_installation.hpp"

namespace tampering_tests {

using namespace installation_support;

// Two days of invoices, a payment, a credit note, one day closed and one open.
void fill(Installation& made) {
  auto const acme = made.customer("acme");
  auto const seat =
      made.product(ProductType::flat_fee, "Platform", PriceType::fee, {tier({}, {}, Exact(9999))});
  auto const sold = made.subscribe(acme, {seat}, "2026-01-01T00:00:00Z");
  made.advance("2026-02-01T12:00:00Z");
  made.advance("2026-02-03T12:00:00Z");
  auto const first = made.unit([&](UnitOfWork& work) -> Result<InvoiceId> {
    return work.records<Invoice>().where("number = 'INV-1'").at(0).id;
  });
  made.unit([&](UnitOfWork& work) {
    NewPayment payment;
    payment.amount = 11999;
    payment.process_at = work.now();
    payment.bank_account_id = "bac_1";
    return record_payment(work, first, payment);
  });
  made.unit([&](UnitOfWork& work) {
    CancelTerms terms;
    terms.strategy = CancellationStrategy::refund_prorata;
    terms.refund_method = RefundMethod::external;
    return cancel_subscription(work, sold, terms);
  });
  made.unit([&](UnitOfWork& work) { return update_wallet_settings(work, {true, true, {}, {}}); });
  auto const wallet = made.unit([&](UnitOfWork& work) { return create_wallet(work, acme, {}); }).id;
  NewLoad load;
  load.amount = 700;
  made.unit([&](UnitOfWork& work) { return load_wallet(work, wallet, load); });
  load.type = AutoLoadType::free;
  load.comment = "gift";
  made.unit([&](UnitOfWork& work) { return load_wallet(work, wallet, load); });
  made.unit([&](UnitOfWork& work) {
    auto const gift = work.records<WalletTransaction>().first("type = 'credit_free'");
    return revert_load(work, wallet, gift->id);
  });
  seal_ledger(made.node.services(), made.tenant);
}

class Tampering : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder();
    made_ = new Installation(folder_->sub("data"), at("2026-01-01T00:00:00Z"));
    fill(*made_);
  }
  static void TearDownTestSuite() {
    delete made_;
    delete folder_;
  }
  static inline TemporaryFolder* folder_ = nullptr;
  static inline Installation* made_ = nullptr;
};

// What proves itself by other means (settlement) or may change without meaning (a note of when).
std::set<std::string> const not_posted = {"invoices.updated_at",
                                          "invoices.attempt_count",
                                          "invoices.collect_at",
                                          "invoices.refunded_at",
                                          "invoices.settled_at",
                                          "invoices.payment_method_id",
                                          "invoices.payment_method_type",
                                          "transactions.updated_at",
                                          "transactions.refunded_at",
                                          "transactions.refunded_amount",
                                          "transactions.look_again_at",
                                          "transactions.last_refreshed_at",
                                          "ledger_entries.sequence",
                                          "ledger_heads.day",
                                          "wallets.state",
                                          "wallets.low_projected_balance_threshold",
                                          "wallets.is_auto_load_enabled",
                                          "wallets.auto_load_reset",
                                          "wallets.created_at",
                                          "wallets.updated_at"};

struct Column {
  std::string table, name, where;
};

std::vector<Column> columns_of(SqlDatabase& database) {
  std::map<std::string, std::string> const tables = {{"invoices", "number IS NOT NULL"},
                                                     {"invoice_lines", "1 = 1"},
                                                     {"wallets", "1 = 1"},
                                                     {"wallet_transactions", "source_id = id"},
                                                     {"transactions", "status = 'settled'"},
                                                     {"ledger_entries", "1 = 1"},
                                                     {"ledger_postings", "1 = 1"},
                                                     {"ledger_roots", "1 = 1"},
                                                     {"ledger_heads", "1 = 1"}};
  std::vector<Column> columns;
  database.read([&](SqlSession& sql) {
    for (auto const& [table, where] : tables) {
      sql.query("SELECT name FROM pragma_table_info('" + table + "')", {}, [&](SqlRow const& row) {
        std::string const name(row.text(0));
        if (not_posted.count(table + "." + name) == 0) columns.push_back({table, name, where});
      });
    }
  });
  return columns;
}

// One byte of every stored value of the column in one row changes: text in its last byte, numbers
// by one. Returns whether there was a value.
bool change(SqlSession& sql, Column const& column, std::int64_t row) {
  std::string const& name = column.name;
  return sql.execute("UPDATE " + column.table + " SET " + name + " = CASE WHEN typeof(" + name +
                         ") = 'text' THEN substr(" + name + ", 1, length(" + name +
                         ") - 1) || CASE WHEN substr(" + name +
                         ", -1) = 'z' THEN 'y' ELSE 'z' END ELSE " + name +
                         " + 1 END WHERE rowid = (SELECT rowid FROM " + column.table + " WHERE " +
                         column.where + " AND " + name + " IS NOT NULL AND " + name +
                         " <> '' ORDER BY rowid LIMIT 1 OFFSET ?)",
                     {row}) == 1;
}

TEST_F(Tampering, EveryColumnOfWhatWasPosted) {
  auto& database = made_->node.database();
  ASSERT_TRUE(verify(database, made_->node.events()).clean());
  TemporaryFolder copies;
  int tried = 0;
  for (auto const& column : columns_of(database)) {
    for (std::int64_t row = 0; row < 4; ++row) {
      std::string const copy = copies.sub("copy.db");
      std::filesystem::remove(copy);
      database.backup_to(copy);
      auto const changed_held = open_sqlite(copy);
      SqlDatabase& changed = *changed_held;
      bool there = false;
      try {
        changed.write([&](SqlSession& sql) { return there = change(sql, column, row); });
      } catch (StoreUnavailable const&) {
        continue;  // a unique index refuses it
      }
      if (!there) break;
      ++tried;
      auto const report = verify(changed, made_->node.events());
      EXPECT_FALSE(report.clean())
          << column.table << "." << column.name << " row " << row << " was changed unseen";
    }
  }
  EXPECT_GT(tried, 200);
}

std::string bytes_of(std::string const& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The stored bytes of everything posted, in a fixed order; empty when the file cannot be read.
std::string contents(SqlDatabase& database, std::vector<Column> const& columns) {
  std::string text;
  try {
    database.read([&](SqlSession& sql) {
      for (auto const& column : columns) {
        sql.query("SELECT " + column.name + " FROM " + column.table + " WHERE " + column.where +
                      " ORDER BY rowid",
                  {}, [&](SqlRow const& row) {
                    text += row.is_null(0) ? "-" : std::string(row.text(0));
                    text += '\n';
                  });
      }
    });
  } catch (std::exception const&) {
    return "";
  }
  return text;
}

// Any byte of the file: when it changes what was posted, verify names a place.
TEST_F(Tampering, AnyByteOfTheDatabaseFile) {
  auto const columns = columns_of(made_->node.database());
  TemporaryFolder copies;
  std::string const original = copies.sub("original.db");
  made_->node.database().backup_to(original);
  std::string const bytes = bytes_of(original);
  std::string const before = [&] {
    auto const held = open_sqlite(original);
    SqlDatabase& whole = *held;
    return contents(whole, columns);
  }();
  std::mt19937_64 random(20260131);
  int found = 0;
  for (int i = 0; i < 1500; ++i) {
    std::string damaged = bytes;
    auto const at = random() % damaged.size();
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (random() % 8)));
    std::string const path = copies.sub("damaged_" + std::to_string(i) + ".db");
    std::ofstream(path, std::ios::binary) << damaged;
    bool clean = false;
    try {
      auto const changed_held = open_sqlite(path);
      SqlDatabase& changed = *changed_held;
      if (contents(changed, columns) == before) {
        std::filesystem::remove(path);
        continue;  // outside of what was posted
      }
      clean = verify(changed, made_->node.events()).clean();
    } catch (StoreUnavailable const&) {
      // The file does not open any more: nobody can overlook that.
    }
    EXPECT_FALSE(clean) << "byte " << at << " was changed unseen";
    ++found;
    std::filesystem::remove(path);
  }
  EXPECT_GT(found, 40);
}

std::string proof_json(InvoiceProof const& proof) {
  auto const quoted = [](std::string const& text) {
    std::string json = "\"";
    for (char const c : text) {
      if (c == '"' || c == '\\') json += '\\';
      if (c == '\n') {
        json += "\\n";
      } else {
        json += c;
      }
    }
    return json + "\"";
  };
  auto const day = [&](DayRoot const& root) {
    return "{\"day\":" + quoted(format_date(root.day)) +
           ",\"first_position\":" + std::to_string(root.first_position) +
           ",\"last_position\":" + std::to_string(root.last_position) +
           ",\"tree_root\":" + quoted(root.tree_root) + ",\"root\":" + quoted(root.root) + "}";
  };
  std::string json = "{\"format\":\"tallybook_proof_1\",\"document\":" + quoted(proof.document) +
                     ",\"entry\":" + quoted(proof.entry) +
                     ",\"position\":" + std::to_string(proof.position) + ",\"path\":[";
  for (std::size_t i = 0; i < proof.path.size(); ++i) {
    json += std::string(i == 0 ? "" : ",") +
            "{\"side\":" + (proof.path[i].left ? "\"left\"" : "\"right\"") +
            ",\"hash\":" + quoted(proof.path[i].hash) + "}";
  }
  json += "],\"root_before\":" + quoted(proof.root_before) + ",\"day\":" + day(proof.day) +
          ",\"day_is_closed\":" + (proof.closed ? "true" : "false") + ",\"later_days\":[";
  for (std::size_t i = 0; i < proof.later.size(); ++i)
    json += (i == 0 ? "" : ",") + day(proof.later[i]);
  return json + "]}";
}

int checked_outside(std::string const& json, std::string const& more = "") {
  TemporaryFolder folder;
  std::string const file = folder.sub("proof.json");
  std::ofstream(file) << json;
  std::string const command = std::string("python3 ") + TALLYBOOK_SOURCE_DIR +
                              "/tools/verify_proof.py " + file + more + " > /dev/null 2>&1";
  return WEXITSTATUS(std::system(command.c_str()));
}

TEST_F(Tampering, ProofsHoldOutside_AndNoneOfThemCanBeBent) {
  std::vector<InvoiceId> ids;
  made_->node.database().read([&](SqlSession& sql) {
    for (auto const& invoice :
         Records<Invoice>(sql, made_->tenant).where("number IS NOT NULL ORDER BY created_at, id"))
      ids.push_back(invoice.id);
  });
  ASSERT_GE(ids.size(), 3u);
  bool closed = false, open = false;
  for (auto const& id : ids) {
    auto const proof = prove_invoice(made_->node.services(), made_->tenant, id);
    ASSERT_TRUE(proof.has_value());
    closed = closed || proof->closed;
    open = open || !proof->closed;
    std::string const json = proof_json(*proof);
    EXPECT_EQ(checked_outside(json), 0) << json;
    std::string const root = " --root " + format_date(proof->day.day) + "=";
    EXPECT_EQ(checked_outside(json, root + proof->day.root), 0);
    EXPECT_EQ(checked_outside(json, root + sha256("another")), 1);
  }
  EXPECT_TRUE(closed && open);
  auto const proof = *prove_invoice(made_->node.services(), made_->tenant, ids.front());
  auto const bent = [&](auto change) {
    auto other = proof;
    change(other);
    return checked_outside(proof_json(other));
  };
  EXPECT_EQ(bent([](InvoiceProof& p) { p.document.replace(p.document.find("11999"), 5, "11998"); }),
            1);
  EXPECT_EQ(bent([](InvoiceProof& p) { p.entry += "revenue=0\n"; }), 1);
  EXPECT_EQ(bent([](InvoiceProof& p) { p.position += 1; }), 1);
  EXPECT_EQ(bent([](InvoiceProof& p) { p.day.tree_root = sha256(""); }), 1);
  EXPECT_EQ(bent([](InvoiceProof& p) { p.day.root = sha256(""); }), 1);
  EXPECT_EQ(bent([](InvoiceProof& p) { p.root_before = sha256(""); }), 1);
  EXPECT_EQ(bent([](InvoiceProof& p) { p.path.push_back({true, sha256("")}); }), 1);
  EXPECT_EQ(bent([](InvoiceProof& p) {
              if (!p.later.empty())
                p.later.front().tree_root = sha256("");
              else
                p.day.root = "";
            }),
            1);
}

TEST_F(Tampering, SealingAgainChangesNothing) {
  EXPECT_EQ(seal_ledger(made_->node.services(), made_->tenant), 0);
  auto const draft = prove_invoice(made_->node.services(), made_->tenant, InvoiceId("inv_none"));
  ASSERT_FALSE(draft.has_value());
  EXPECT_EQ(draft.error().code, ErrorCode::not_found);
}

}  // namespace tampering_tests
