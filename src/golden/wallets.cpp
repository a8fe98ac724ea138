// Wallets: which of them pay, which top-ups fund what they pay, when they are topped up.
#include "domain/wallet/wallets.hpp"

#include <algorithm>

#include "golden/calendar_words.hpp"
#include "golden/themes.hpp"

namespace tallybook::golden {
namespace wallets_detail {

// The fees of the types a wallet is restricted to; empty for all of them.
std::optional<std::vector<std::size_t>> allowed_lines(Json const& wallet,
                                                      std::vector<std::string> const& types) {
  if (!wallet.has("allowed_fee_types") || wallet.at("allowed_fee_types").list().empty())
    return std::nullopt;
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < types.size(); ++i) {
    auto const& allowed = wallet.at("allowed_fee_types").items;
    if (std::ranges::any_of(allowed, [&](Json const& one) { return one.word() == types[i]; }))
      out.push_back(i);
  }
  return out;
}

PayingWallet wallet_of(Json const& one, std::vector<std::string> const& types) {
  only_known(one, "wallets",
             {"id", "name", "balance_minor", "priority", "currency", "allowed_fee_types"});
  PayingWallet out;
  out.balance = one.at("balance_minor").minor();
  if (one.has("priority")) out.priority = one.at("priority").small();
  if (one.has("currency")) out.currency = currency_of(one.at("currency"));
  out.lines = allowed_lines(one, types);
  return out;
}

void apply_to_invoice(Json const& inputs, Policy const&, Checker& check) {
  std::vector<Exact> lines;
  std::vector<std::string> types;
  if (inputs.has("fees")) {
    for (Json const& fee : inputs.at("fees").list()) {
      only_known(fee, "fees", {"id", "type", "amount_minor", "tax_minor"});
      Exact const tax = fee.has("tax_minor") ? fee.at("tax_minor").number() : Exact(0);
      lines.push_back(fee.at("amount_minor").number() + tax);
      types.push_back(fee.has("type") ? fee.at("type").word() : "");
    }
  }
  Currency const invoice_currency =
      inputs.has("invoice_currency") ? currency_of(inputs.at("invoice_currency")) : Currency();
  std::vector<PayingWallet> wallets;
  for (Json const& one : inputs.at("wallets").list()) {
    wallets.push_back(wallet_of(one, types));
    if (!inputs.has("invoice_currency")) wallets.back().currency.reset();
  }
  auto const out =
      pay_with_wallets(inputs.at("invoice_total_minor").minor(), lines, wallets, invoice_currency);
  std::map<std::string, Json> used;
  std::map<std::string, Json> left;
  for (std::size_t i = 0; i < wallets.size(); ++i) {
    std::string const& id = inputs.at("wallets").items[i].at("id").word();
    used[id] = Json::of(Exact(out.used[i]));
    left[id] = Json::of(Exact(wallets[i].balance) - out.used[i]);
  }
  check.value("used_minor", Json::object(std::move(used)));
  check.value("balance_after_minor", Json::object(std::move(left)));
  check.number("total_prepaid_minor", out.total);
}

// Equal fees, of which the wallet pays the first so many.
void limited_to_metric(Json const& inputs, Policy const&, Checker& check) {
  Exact const fee =
      inputs.at("fee_precise_minor").number() + inputs.at("fee_tax_precise_minor").number();
  int const count = inputs.at("fee_count").small();
  if (count < 0) throw BadCase("less than no fees");
  std::vector<Exact> const lines(static_cast<std::size_t>(count), fee);
  Json const& applies = inputs.at("wallet_applies_to_fees");
  int const mine =
      applies.kind == Json::Kind::list ? static_cast<int>(applies.items.size()) : applies.small();
  if (mine < 0 || mine > count) throw BadCase("more fees than there are");
  PayingWallet wallet{inputs.at("wallet_balance_minor").minor(), {}, {}, {{}}};
  for (int i = 0; i < mine; ++i) wallet.lines->push_back(static_cast<std::size_t>(i));
  auto const out = pay_with_wallets(inputs.at("invoice_total_minor").minor(), lines,
                                    std::vector<PayingWallet>{wallet}, Currency());
  check.number("total_prepaid_minor", out.total);
}

// A wallet for everything pays what is due, whatever the fractions of its fees sum to.
void precise_caps(Json const& inputs, Policy const&, Checker& check) {
  PayingWallet const wallet{inputs.at("wallet_balance_minor").minor(), {}, {}, {}};
  auto const out = pay_with_wallets(inputs.at("invoice_total_minor").minor(), {},
                                    std::vector<PayingWallet>{wallet}, Currency());
  check.number("total_prepaid_minor", out.total);
}

Instant created_at(Json const& value) {
  if (auto const date = parse_date(value.word())) return TimeZone().start_of(*date);
  return instant(value);
}

bool is_purchased(Json const& credit) {
  if (credit.has("purchased")) return credit.at("purchased").truth();
  if (credit.has("granted")) return !credit.at("granted").truth();
  for (char const* name : {"status", "transaction_status", "source", "type", "kind"}) {
    if (!credit.has(name)) continue;
    std::string const& word = credit.at(name).word();
    if (word == "purchased" || word == "paid") return true;
    if (word == "granted" || word == "free") return false;
    throw NotApplicable{std::string("credits.") + name, word + ": neither granted nor purchased"};
  }
  return false;
}

// A credit as a number, or as an object with its rank.
InboundCredit inbound_of(Json const& one) {
  if (one.kind != Json::Kind::object) return {one.number(), {}};
  only_known(one, "credits",
             {"id", "amount_minor", "amount", "amount_major", "credits", "balance", "priority",
              "created_at", "expires_at", "purchased", "granted", "status", "transaction_status",
              "source", "type", "kind"});
  InboundCredit out;
  out.amount =
      first_of(one, {"amount_minor", "amount", "amount_major", "credits", "balance"}).number();
  if (one.has("priority")) out.rank.priority = one.at("priority").small();
  if (one.has("expires_at")) out.rank.expires_at = created_at(one.at("expires_at"));
  if (one.has("created_at")) out.rank.created_at = created_at(one.at("created_at"));
  out.rank.purchased = is_purchased(one);
  return out;
}

std::vector<InboundCredit> all_inbound(Json const& list) {
  std::vector<InboundCredit> out;
  for (Json const& one : list.list()) out.push_back(inbound_of(one));
  return out;
}

// What is left of each, as the case shows it: by id, or as listed.
Json remaining(Json const& list, std::vector<InboundCredit> const& inbound, bool listed) {
  Json out;
  out.kind = listed ? Json::Kind::list : Json::Kind::object;
  for (std::size_t i = 0; i < inbound.size(); ++i) {
    Json left = Json::of(inbound[i].amount);
    if (listed)
      out.items.push_back(std::move(left));
    else if (list.items[i].has("id"))
      out.members[list.items[i].at("id").str()] = std::move(left);
  }
  return out;
}

void consumption_order(Json const& inputs, Policy const&, Checker& check) {
  Json const& list = inputs.at("inbound");
  auto inbound = all_inbound(list);
  std::vector<Json> outbound;
  for (Json const& amount : inputs.at("outbound_minor").list()) {
    auto const out = consume(inbound, amount.number());
    std::map<std::string, Json> funding;
    for (auto const& part : out.funding)
      funding[list.items[part.inbound].at("id").str()] = Json::of(part.amount);
    outbound.push_back(Json::object({{"funding_minor", Json::object(std::move(funding))},
                                     {"unfunded_minor", Json::of(out.unfunded)}}));
  }
  check.value("remaining_minor", remaining(list, inbound, false));
  check.value("outbound", Json::list(std::move(outbound)));
}

void debit(Json const& inputs, Policy const&, Checker& check) {
  Json const& list = inputs.at("credits");
  auto inbound = all_inbound(list);
  auto const out = consume(inbound, inputs.at("debit").number(), BurnOrder{});
  if (out.unfunded > 0) throw BadCase("the credits do not cover the debit");
  Exact total;
  Exact first;
  for (auto const& one : inbound) {
    total += one.amount;
    if (one.rank.priority == 1) first += one.amount;
  }
  Json const* const wanted = check.wanted("remaining");
  bool const listed = wanted != nullptr && wanted->kind == Json::Kind::list;
  check.number("balance_after", total);
  check.number("remaining_total", total);
  check.number("remaining_priority_1_total", first);
  check.value("remaining", remaining(list, inbound, listed));
}

void rate(Json const& inputs, Policy const&, Checker& check) {
  Exact const rate = minor_or_zero(inputs, "rate_major_per_credit");
  std::int64_t const granted = credits_value(inputs.at("granted_credits").number(), rate);
  std::int64_t const voided = credits_value(inputs.at("voided_credits").number(), rate);
  check.number("granted_minor", granted);
  check.number("voided_minor", voided);
  check.number("remaining_minor", Exact(granted) - voided);
}

// Each step says what is used, drafted or taken for good from then on, in major units.
void ongoing(Json const& inputs, Policy const&, Checker& check) {
  Exact const rate = inputs.at("rate_major_per_credit").number();
  if (rate <= 0) throw BadCase("a rate above 0 is needed");
  Exact balance = inputs.at("credits").number();
  Exact usage;
  Exact drafts;
  for (Json const& step : inputs.at("steps").list()) {
    only_known(step, "steps", {"current_usage_major", "draft_invoices_major", "debited_major"});
    if (step.has("current_usage_major")) usage = step.at("current_usage_major").number() / rate;
    if (step.has("draft_invoices_major")) drafts = step.at("draft_invoices_major").number() / rate;
    if (step.has("debited_major")) balance -= step.at("debited_major").number() / rate;
  }
  check.number("credits_balance", balance);
  check.number("ongoing_balance", ongoing_balance(balance, usage, drafts));
  check.number("ongoing_usage", usage + drafts);
}

void threshold_top_up(Json const& inputs, Policy const& policy, Checker& check) {
  TopUpTerms terms;
  std::string const& method = inputs.at("method").word();
  if (method == "target") {
    terms.method = TopUpMethod::target;
    terms.target = inputs.at("target").number();
  } else if (method == "fixed") {
    terms.amount = inputs.at("top_up_credits").number();
  } else {
    throw NotApplicable{"method", method + ": neither fixed nor target"};
  }
  terms.threshold = inputs.at("threshold").number();
  if (inputs.has("min_top_up_credits")) terms.minimum = inputs.at("min_top_up_credits").number();
  if (policy.has("top_up.fixed_gap")) terms.gap = FixedGap::closed;
  Exact const pending =
      inputs.has("pending_topups") ? inputs.at("pending_topups").number() : Exact(0);
  check.number("top_up_credits", top_up(terms, inputs.at("ongoing_balance").number(), pending));
}

void top_up_burst(Json const& inputs, Policy const&, Checker& check) {
  Exact const balance = inputs.at("balance").number();
  Exact const amount = inputs.at("top_up_credits").number();
  Exact const times = top_ups_until_above(balance, inputs.at("threshold").number(), amount);
  Json const* const wanted = check.wanted("top_ups");
  if (wanted != nullptr && wanted->kind == Json::Kind::list) {
    if (times > 100'000) throw BadCase("too many top-ups to list");
    check.value("top_ups", Json::numbers(std::vector<Exact>(
                               static_cast<std::size_t>(times.round().value_or(0)), amount)));
  } else {
    check.number("top_ups", times);
  }
  check.number("balance_after", balance + times * amount);
}

}  // namespace wallets_detail

Theme wallets_theme() {
  using namespace wallets_detail;
  Theme theme;
  theme.kinds = {{"wallet.apply_to_invoice", apply_to_invoice},
                 {"wallet.currency", apply_to_invoice},
                 {"wallet.limited_to_metric", limited_to_metric},
                 {"wallet.precise_caps", precise_caps},
                 {"wallet.consumption_order", consumption_order},
                 {"wallet.prioritized_debit", debit},
                 {"wallet.multi_credit_debit", debit},
                 {"wallet.rate", rate},
                 {"wallet.ongoing_balance", ongoing},
                 {"wallet.threshold_top_up", threshold_top_up},
                 {"wallet.threshold_top_up_burst", top_up_burst}};
  theme.offered = {
      {"rounding",
       {"nearest_any_tie_rule", "half_up", "down_to_fee_billed_amount",
        "wallet_covers_full_rounded_invoice_total"}},
      {"top_up.fixed_gap", {"closed_in_one_multiple_top_up", "repeated_until_above_threshold"}},
      {"top_up.trigger", {"ongoing_balance_at_or_below_threshold"}},
      {"wallet.applies_to", {"total_including_tax"}},
      {"wallet.burn_order",
       {"priority_then_granted_before_purchased_then_oldest_first",
        "lowest_priority_number_first_no_priority_last"}},
      {"wallet.currency", {"must_match_invoice"}},
      {"wallet.fee_type_limit", {"only_matching_fees"}},
      {"wallet.ongoing_balance", {"balance_minus_current_usage_minus_draft_invoices"}},
      {"wallet.order", {"priority_then_creation"}},
      {"wallet.rate", {"credits_times_rate_is_currency"}}};
  return theme;
}

}  // namespace tallybook::golden
