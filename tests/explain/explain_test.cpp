// Explanations against an independent calculator: random lines over all price models, prorations,
// commitments, floors, caps, coupons, minimum fees and taxes, recomputed by tools/recompute.py.
// TALLYBOOK_LONG: 100,000 lines instead of 5,000. TALLYBOOK_SEED repeats a run.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

#include "api/invoice/explanation.hpp"
#include "domain/invoice/discounting.hpp"
#include "domain/subscription/billing.hpp"
#include "domain/subscription/minimum_line.hpp"

namespace tallybook {
namespace {

class Chance {
 public:
  explicit Chance(std::uint64_t seed) : engine_(seed) {}
  std::int64_t from(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(engine_);
  }
  bool one_in(int n) { return from(1, n) == 1; }
  Exact fraction(std::int64_t most) { return Exact::fraction(from(0, most * 12), from(1, 12)); }
  template <class T>
  T any_of(std::vector<T> const& list) {
    return list[static_cast<std::size_t>(from(0, static_cast<std::int64_t>(list.size()) - 1))];
  }

 private:
  std::mt19937_64 engine_;
};

std::optional<Exact> perhaps(Chance& chance, std::int64_t most) {
  if (!chance.one_in(3)) return std::nullopt;
  return chance.fraction(most);
}

PriceTier random_tier(Chance& chance, PriceType type) {
  PriceTier tier;
  tier.type = type;
  tier.amount = chance.fraction(3000);
  tier.on_incomplete = chance.any_of<OnIncomplete>(
      {OnIncomplete::pro_rata, OnIncomplete::pay_in_full, OnIncomplete::do_not_charge});
  if (type == PriceType::packaged || chance.one_in(3)) tier.unit_count = chance.from(1, 20);
  if (type == PriceType::bps) {
    tier.percentage = chance.fraction(30);
    tier.per_unit_fee = perhaps(chance, 50);
    tier.per_unit_floor = perhaps(chance, 40);
    if (chance.one_in(3)) tier.per_unit_cap = tier.per_unit_floor.value_or(0) + chance.fraction(90);
  }
  if (type == PriceType::bundle) tier.pack_size = chance.from(1, 30);
  tier.flat_amount = perhaps(chance, 500);
  return tier;
}

std::vector<PriceTier> random_prices(Chance& chance, PriceType type) {
  bool const tiered = type == PriceType::volume || type == PriceType::packaged ||
                      type == PriceType::bulk || type == PriceType::bps;
  auto const count = tiered ? chance.from(1, 4) : 1;
  std::vector<PriceTier> prices;
  Exact from = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    auto tier = random_tier(chance, type);
    if (tiered) {
      tier.from = from;
      if (i + 1 < count) {
        from += chance.from(1, 60);
        tier.to = from;
      }
    }
    prices.push_back(std::move(tier));
  }
  auto checked = checked_prices(prices, type, "prices");
  return checked ? *std::move(checked) : random_prices(chance, type);
}

PriceOptions random_options(Chance& chance) {
  PriceOptions options;
  if (chance.one_in(3)) options.volume = VolumeMeans::all_units;
  if (chance.one_in(3)) options.flat_amounts = FlatAmounts::reached_only;
  if (chance.one_in(3)) options.percentage = PercentageMeans::graduated_total;
  options.flat_at_zero = chance.one_in(3);
  options.fee_inside_clamp = chance.one_in(3);
  options.floor_at_zero = chance.one_in(4);
  if (chance.one_in(3)) options.free_events = chance.from(0, 4);
  if (chance.one_in(3)) options.free_amount = chance.fraction(200);
  return options;
}

void set_period(Chance& chance, InvoiceLine& line) {
  Date const start{static_cast<std::int32_t>(chance.from(20'000, 21'000))};
  auto const cycle_days = chance.from(1, 366);
  auto const days = chance.one_in(2) ? cycle_days : chance.from(1, cycle_days);
  line.period_start_on = start;
  line.period_end_on = start + static_cast<int>(days);
  line.charge.emplace();
  line.charge->cycle_start_on = start;
  line.charge->cycle_end_on = start + static_cast<int>(cycle_days);
  line.charge->fraction = Exact::fraction(days, cycle_days);
  if (chance.one_in(8)) {
    line.charge->basis = ProrationBasis::milliseconds;
    line.charge->fraction = Exact::fraction(chance.from(1, 31 * 86'400), 31 * 86'400);
  }
}

void charge_fixed(Chance& chance, ExplainedLine& explained) {
  auto& source = *explained.source;
  source.type = ProductType::flat_fee;
  source.price_type = chance.any_of<PriceType>(
      {PriceType::fee, PriceType::volume, PriceType::bulk, PriceType::packaged, PriceType::bundle});
  source.prices = random_prices(chance, source.price_type);
  if (chance.one_in(2)) source.price_options = random_options(chance);
  source.count = chance.one_in(2) ? Exact(chance.from(0, 200)) : chance.fraction(100);
  explained.line.units_count = source.count;
  auto const price = [&](SubscriptionLine const& line) {
    return price_quantity(line.prices, line.count, line.price_options.value_or(PriceOptions()))
               .amount_minor *
           explained.line.charge->fraction;
  };
  explained.line.exact_amount = price(source);
  if (!chance.one_in(4)) return;
  explained.replaced = source;
  explained.replaced->count = chance.fraction(100);
  explained.line.charge->kind = ChargeKind::change;
  explained.line.charge->replaced_line_id = "sli_before";
  explained.line.units_count = source.count - explained.replaced->count;
  explained.line.exact_amount -= price(*explained.replaced);
}

void charge_usage(Chance& chance, ExplainedLine& explained) {
  auto& source = *explained.source;
  source.type = ProductType::dynamic;
  source.aggregator_id = "agg_1";
  source.price_type = chance.any_of<PriceType>(
      {PriceType::fee, PriceType::volume, PriceType::bulk, PriceType::packaged, PriceType::bps});
  source.prices = random_prices(chance, source.price_type);
  source.min_committed_count = perhaps(chance, 80);
  source.min_amount = perhaps(chance, 3000);
  if (chance.one_in(3)) source.max_amount = source.min_amount.value_or(0) + chance.fraction(9000);
  CountedEvents events{"sum", 0, "/v1/aggregators/agg_1/usage/events", {}};
  for (std::int64_t i = chance.from(0, 6); i > 0; --i)
    events.values.push_back(chance.one_in(9) ? -chance.fraction(50) : chance.fraction(120));
  Exact quantity;
  for (auto const& value : events.values) quantity += value;
  events.count = events.values.size();
  explained.line.usage_quantity = quantity;
  explained.line.usage_sequence = chance.from(1, 1000);
  bool const by_options = chance.one_in(3);
  if (by_options) {
    // Without commitment and bounds the price is all there is.
    source.price_options = random_options(chance);
    source.min_committed_count = source.min_amount = source.max_amount = std::nullopt;
    auto const priced = source.price_type == PriceType::bps
                            ? price_events(source.prices, events.values, *source.price_options)
                            : price_quantity(source.prices, quantity, *source.price_options);
    explained.line.exact_amount = priced.amount_minor;
  } else {
    explained.line.exact_amount =
        charge_amount(source, explained.line.charge->fraction, quantity, events.values)
            .amount_minor;
  }
  if (chance.one_in(6)) {
    explained.line.charge->billed_before = chance.fraction(500);
    explained.line.exact_amount -= *explained.line.charge->billed_before;
  }
  explained.events = std::move(events);
}

ExplainedLine random_line(Chance& chance, int index) {
  ExplainedLine explained;
  auto& line = explained.line;
  line.id = InvoiceLineId("ili_" + std::to_string(index));
  line.name = "Line \"" + std::to_string(index) + "\"";
  line.position = index;
  line.tax_rate = chance.any_of<Exact>(
      {0, 20, Exact::fraction(11, 2), Exact::fraction(1999, 100), 20, Exact::fraction(1, 3)});
  if (chance.one_in(5)) {  // written by hand
    line.units_count = chance.fraction(40);
    line.unit_amount = chance.one_in(4) ? -chance.fraction(300) : chance.fraction(3000);
    line.exact_amount = line.units_count * line.unit_amount;
    return explained;
  }
  explained.source.emplace();
  explained.source->id = SubscriptionLineId("sli_" + std::to_string(index));
  line.subscription_line_id = explained.source->id;
  set_period(chance, line);
  if (chance.one_in(2))
    charge_fixed(chance, explained);
  else
    charge_usage(chance, explained);
  return explained;
}

std::vector<DocumentCoupon> random_coupons(Chance& chance, std::size_t lines) {
  std::vector<DocumentCoupon> coupons;
  for (std::int64_t i = chance.from(0, 4); i > 0; --i) {
    DocumentCoupon coupon;
    coupon.shown.name = "Coupon " + std::to_string(i);
    if (chance.one_in(2))
      coupon.shown.discount_percent = chance.fraction(100);
    else
      coupon.shown.fixed_amount = chance.from(1, 9000);
    if (coupon.shown.fixed_amount && chance.one_in(2))
      coupon.carried = chance.from(-*coupon.shown.fixed_amount, 9000);
    if (chance.one_in(2)) {
      coupon.lines.emplace();
      for (std::size_t k = 0; k < lines; ++k) {
        if (chance.one_in(2)) coupon.lines->push_back(k);
      }
    }
    coupon.target = chance.any_of<CouponTarget>(
        {CouponTarget::usage, CouponTarget::products, CouponTarget::everything});
    // Those of a subscription are left out when they take nothing.
    if (chance.one_in(2)) coupon.shown.subscription_coupon_id = "coos_" + std::to_string(i);
    coupons.push_back(std::move(coupon));
  }
  return coupons;
}

struct Document {
  Explanation explanation;
  int lines = 0;
};

Document random_document(Chance& chance) {
  Invoice invoice;
  invoice.id = InvoiceId("inv_1");
  invoice.currency = "EUR";
  std::vector<ExplainedLine> explained;
  for (std::int64_t i = chance.from(1, 5); i > 0; --i)
    explained.push_back(random_line(chance, static_cast<int>(explained.size())));
  std::vector<InvoiceLine> lines;
  for (auto const& each : explained) lines.push_back(each.line);
  discount_document(
      invoice, lines, random_coupons(chance, lines.size()),
      chance.any_of<CouponStacking>({CouponStacking::in_order, CouponStacking::percentages_first,
                                     CouponStacking::narrowest_first}));
  Subscription subscription;
  if (chance.one_in(3)) subscription.minimum_invoice_fee = chance.from(1, 40'000);
  auto const share = chance.one_in(2) ? Exact(1) : Exact::fraction(chance.from(1, 31), 31);
  set_minimum_line(subscription, invoice, lines, share);
  compute_totals(invoice, lines);
  if (lines.size() > explained.size()) explained.emplace_back();
  for (std::size_t i = 0; i < lines.size(); ++i) explained[i].line = lines[i];
  return {explain(invoice, explained, subscription.minimum_invoice_fee),
          static_cast<int>(lines.size())};
}

bool tells_everything(ExplanationNode const& node) {
  bool const stored = node.source == "invoice_line.exact_amount";
  return !stored && std::ranges::all_of(node.of, tells_everything);
}

// Output of the calculator over the documents, its exit status in `status`.
std::string recompute(std::vector<std::string> const& documents, int& status) {
  auto const file = std::filesystem::temp_directory_path() /
                    ("explanations-" + std::to_string(::getpid()) + ".jsonl");
  {
    std::ofstream out(file);
    for (auto const& document : documents) out << document << "\n";
  }
  std::string const command =
      "python3 " TALLYBOOK_SOURCE_DIR "/tools/recompute.py " + file.string() + " 2>&1";
  std::string text;
  FILE* pipe = ::popen(command.c_str(), "r");
  char buffer[4096];
  while (std::size_t const read = std::fread(buffer, 1, sizeof buffer, pipe))
    text.append(buffer, read);
  status = ::pclose(pipe);
  std::filesystem::remove(file);
  return text;
}

std::uint64_t seed() {
  char const* const given = std::getenv("TALLYBOOK_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : 20'261'128;
}

TEST(Explanations, AreRecomputedByAnotherProgram) {
  int const wanted = std::getenv("TALLYBOOK_LONG") != nullptr ? 100'000 : 5'000;
  SCOPED_TRACE("TALLYBOOK_SEED=" + std::to_string(seed()));
  Chance chance(seed());
  std::vector<std::string> documents;
  std::set<std::string> methods;
  for (int lines = 0; lines < wanted;) {
    auto const document = random_document(chance);
    lines += document.lines;
    for (auto const& line : document.explanation.lines)
      ASSERT_TRUE(tells_everything(line.gross)) << api::explanation_json(document.explanation);
    if (auto const& discounts = document.explanation.discounts) {
      auto const& method = discounts->texts.front().second;
      ASSERT_NE(method, "stored") << api::explanation_json(document.explanation);
      methods.insert(method);
    }
    EXPECT_TRUE(document.explanation.taxes.texts.front().second == "per_rate");
    documents.push_back(api::explanation_json(document.explanation));
  }
  int status = -1;
  auto const text = recompute(documents, status);
  EXPECT_EQ(status, 0) << text.substr(0, 4000);
  EXPECT_EQ(text, std::to_string(documents.size()) + " documents, 0 mismatches\n");
  EXPECT_EQ(methods, (std::set<std::string>{"in_order", "narrowest_first", "percentages_first"}));
}

// The calculator is no rubber stamp: each document has one wrong figure, and each is found.
TEST(Explanations, AWrongFigureIsFound) {
  Chance chance(seed() + 1);
  std::vector<std::string> documents;
  for (int i = 0; i < 400; ++i) {
    auto explanation = random_document(chance).explanation;
    auto& line = explanation.lines[static_cast<std::size_t>(
        chance.from(0, static_cast<std::int64_t>(explanation.lines.size()) - 1))];
    switch (i % 9) {
      case 0:
        line.net += 1;
        break;
      case 1:
        line.tax -= 1;
        break;
      case 2:
        line.total += 1;
        break;
      case 3:
        line.discount += 1;
        break;
      case 4:
        line.gross.value += 1;
        break;
      case 5:
        line.gross.of.front().value += Exact::fraction(1, 1'000'000);
        break;
      case 6:
        explanation.invoice.total_amount += 1;
        break;
      case 7:
        explanation.taxes.value += 1;
        break;
      default:
        explanation.invoice.amount_excluding_tax -= 1;
    }
    documents.push_back(api::explanation_json(explanation));
  }
  int status = 0;
  auto const text = recompute(documents, status);
  EXPECT_NE(status, 0);
  EXPECT_NE(text.find("400 documents, 400 mismatches"), std::string::npos)
      << text.substr(text.size() > 2000 ? text.size() - 2000 : 0);
}

// A wrong input changes what comes out: 3 units at 10.00 are 30.00, not the 40.00 it says.
TEST(Explanations, AWrongInputIsFound) {
  ExplainedLine explained;
  explained.line.id = InvoiceLineId("ili_1");
  explained.line.units_count = 3;
  explained.line.unit_amount = 1000;
  explained.line.exact_amount = 3000;
  Invoice invoice;
  invoice.currency = "EUR";
  std::vector<InvoiceLine> lines = {explained.line};
  compute_totals(invoice, lines);
  explained.line = lines.front();
  auto explanation = explain(invoice, {explained}, std::nullopt);
  int status = -1;
  recompute({api::explanation_json(explanation)}, status);
  EXPECT_EQ(status, 0);
  explanation.lines.front().gross.of.front().of.front().value = 4;
  recompute({api::explanation_json(explanation)}, status);
  EXPECT_NE(status, 0);
}

// What is not known is an input that says so, never a made-up step.
TEST(Explanations, WhatIsNotKnownIsAnInput) {
  ExplainedLine explained;
  explained.line.units_count = 3;
  explained.line.unit_amount = 1000;
  explained.line.exact_amount = 2999;
  auto const node = explain_amount(explained);
  EXPECT_EQ(node.op, "input");
  EXPECT_EQ(node.source, "invoice_line.exact_amount");
  EXPECT_EQ(node.value, Exact(2999));
}

}  // namespace
}  // namespace tallybook
