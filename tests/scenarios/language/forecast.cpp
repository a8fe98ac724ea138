#include "scenarios/language/forecast.hpp"

#include <algorithm>

#include "app/subscription/timeline.hpp"
#include "reflect/describe.hpp"
#include "scenarios/language/figures.hpp"
#include "store/sql/tables.hpp"

namespace tallybook::timeline {
namespace forecast_detail {

std::string text_at(Value const& value, char const* path) {
  auto const* found = member_at(value, path);
  if (found == nullptr || found->is_null()) return "";
  return found->as_string() != nullptr ? *found->as_string() : to_json_text(*found);
}

std::optional<Instant> instant_at(Value const& value, char const* path) {
  auto const text = text_at(value, path);
  return text.empty() ? std::nullopt : parse_instant(text);
}

std::vector<Value> all_of(testing::Installation& book, std::string const& target) {
  std::vector<Value> all;
  for (int skip = 0;; skip += 100) {
    auto const page = book.get(target + "&take=100&skip=" + std::to_string(skip));
    auto const* list = page.at("data").as_array();
    if (list == nullptr) return all;
    all.insert(all.end(), list->begin(), list->end());
    if (list->size() < 100) return all;
  }
}

// In review an invoice may be below zero, of which a credit note is made when it is issued.
std::string described(Invoice const& invoice) {
  auto const net = invoice.amount_excluding_tax;
  if (invoice.type == InvoiceType::invoice && net < 0) return "credit_note " + std::to_string(-net);
  return std::string(reflect::enum_name(invoice.type)) + " " + std::to_string(net);
}

// Seats that follow events: those sent since the clock moved last are counted when it moves again.
bool follows_events(Value const& subscription) {
  auto const* products = member_at(subscription, "products");
  return products != nullptr && products->as_array() != nullptr &&
         std::ranges::any_of(*products->as_array(), [](Value const& product) {
           return text_at(product, "seat_refresh.mode") == "realtime";
         });
}

}  // namespace forecast_detail

using namespace forecast_detail;

Forecast::Forecast(testing::Installation& book, Instant now, Instant to)
    : book_(book), now_(now), to_(to) {
  for (auto const& subscription : all_of(book_, "/v2/subscriptions?status=any")) {
    auto const id = text_at(subscription, "id");
    Payment const payment{instant_at(subscription, "next_payment_at"),
                          text_at(subscription, "next_payment_amount")};
    // The same on its own, with its phases.
    auto const alone = book_.get("/v2/subscriptions/" + id).body;
    EXPECT_EQ(text_at(alone, "next_payment_at"), text_at(subscription, "next_payment_at")) << id;
    EXPECT_EQ(text_at(alone, "next_payment_amount"), payment.amount) << id;
    if (follows_events(alone)) unforeseen_ = true;
    auto const status = text_at(subscription, "status");
    if (status == "active" || status == "pending" || status == "paused") {
      payments_[id] = payment;
      ask_timeline(id);
    }
  }
}

void Forecast::ask_timeline(std::string const& id) {
  auto const ahead = preview_timeline(book_.services(), book_.tenant(Mode::test),
                                      SubscriptionId(id), std::nullopt, 1000, to_);
  ASSERT_TRUE(ahead.has_value()) << id;
  EXPECT_NE(ahead->stop_reason, TimelineStop::max_events);
  for (auto const& event : ahead->events) {
    // Overdue, after a failure was made good: it happens when the clock moves.
    if (event.at <= now_) unforeseen_ = true;
    for (auto const& [invoice, lines] : event.invoices) {
      if (!invoice.subscription_id || invoice.original_invoice_id) continue;
      documents_.emplace_back(event.at, described(invoice));
    }
  }
}

std::string Forecast::differences() const {
  std::string problems;
  if (unforeseen_) return problems;
  std::map<std::string, std::string> source;  // which a version replaced
  std::map<std::string, std::string> whose;
  for (auto const& subscription : all_of(book_, "/v2/subscriptions?status=any")) {
    auto const id = text_at(subscription, "id");
    // Nor are payments that fail.
    if (text_at(subscription, "status") == "errored") return problems;
    whose[id] = text_at(subscription, "customer_id");
    source[id] =
        text_at(book_.get("/v2/subscriptions/" + id).body, "transition_from_subscription_id");
  }
  std::vector<std::pair<Instant, std::string>> made;
  struct Paid {
    std::int64_t net = 0;
    bool used = false;
  };
  std::map<std::string, std::map<Instant, Paid>> paid;  // by subscription and its sources
  // The API does not show when a document was made.
  std::vector<Invoice> documents;
  std::set<std::string> used;  // documents with usage, which counts as none in the next payment
  book_.database().read([&](SqlSession& sql) {
    documents = Records<Invoice>(sql, book_.tenant(Mode::test))
                    .where(
                        "created_at > ? AND created_at <= ? AND subscription_id IS NOT NULL AND "
                        "status <> 'open' AND original_invoice_id IS NULL ORDER BY created_at, id",
                        {now_.ms, to_.ms});
    for (auto const& invoice : documents) {
      auto const lines = Records<InvoiceLine>(sql, book_.tenant(Mode::test))
                             .where("invoice_id = ?", {invoice.id.value});
      if (std::ranges::any_of(lines, [](InvoiceLine const& line) {
            return line.usage_quantity || (line.charge && line.charge->kind == ChargeKind::overage);
          }))
        used.insert(invoice.id.value);
    }
  });
  for (auto const& invoice : documents) {
    bool const note = invoice.type == InvoiceType::credit_note;
    made.emplace_back(invoice.created_at, described(invoice));
    if (note && !used.contains(invoice.id.value)) continue;
    // The organisation's document shows the same once more.
    if (invoice.customer_id.value != whose[invoice.subscription_id->value]) continue;
    for (auto id = invoice.subscription_id->value; !id.empty(); id = source[id]) {
      auto& sum = paid[id][invoice.created_at];
      sum.net += invoice.amount_excluding_tax;
      sum.used = sum.used || used.contains(invoice.id.value);
    }
  }
  auto foretold = documents_;
  std::ranges::sort(made);
  std::ranges::sort(foretold);
  std::vector<std::pair<Instant, std::string>> only_foretold;
  std::vector<std::pair<Instant, std::string>> only_made;
  std::ranges::set_difference(foretold, made, std::back_inserter(only_foretold));
  std::ranges::set_difference(made, foretold, std::back_inserter(only_made));
  for (auto const& [at, text] : only_foretold)
    problems += "foretold and not made: " + format_instant(at) + " " + text + "\n";
  for (auto const& [at, text] : only_made)
    problems += "made and not foretold: " + format_instant(at) + " " + text + "\n";
  for (auto const& [id, payment] : payments_) {
    auto const& of = paid[id];
    bool const beyond = payment.at && *payment.at > to_;
    std::string const said =
        payment.at && !beyond ? format_instant(*payment.at) + " " + payment.amount : "";
    std::string came;
    if (!of.empty()) {
      auto const& [at, sum] = *of.begin();
      // Only overage or late usage came: none of it was to be foreseen.
      if (sum.used && (!payment.at || *payment.at > at)) continue;
      came = format_instant(at) + " " + (sum.used ? payment.amount : std::to_string(sum.net));
    }
    if (said != came)
      problems += "next payment of " + id + ": said \"" + said + "\", came \"" + came + "\"\n";
  }
  return problems;
}

}  // namespace tallybook::timeline
