#include "app/credit/credits.hpp"

#include "app/catalogue/catalogue.hpp"
#include "app/credit/movements.hpp"
#include "app/credit/undoing.hpp"
#include "app/customer/customers.hpp"
#include "app/invoice/invoicing.hpp"
#include "app/payment/wallet_payment.hpp"
#include "app/tax/taxes.hpp"
#include "base/assert.hpp"
#include "base/log.hpp"
#include "domain/credit/credit_price.hpp"
#include "reflect/json.hpp"

namespace tallybook {
namespace credits_detail {

Result<void> check_count(Exact const& count, char const* field) {
  if (count.is_zero() || count.is_negative() || count > Exact(max_amount_minor))
    return fail(errors::invalid_field(field, "expected a number above 0"));
  if (count.rounded(12) != count)
    return fail(errors::invalid_field(field, "expected at most 12 decimals"));
  return {};
}

Result<void> check_expiry(UnitOfWork& work, std::optional<Instant> expires_at) {
  if (expires_at && *expires_at <= work.now())
    return fail(errors::invalid_field("expires_at", "expected a moment in the future"));
  return {};
}

// Several of one instant came in the order of their movements.
constexpr char const* in_order =
    "ORDER BY created_at, (SELECT t.position FROM credit_transactions t WHERE t.account_id = "
    "credit_grants.account_id AND t.mode = credit_grants.mode AND t.id = "
    "credit_grants.transaction_id), id";

std::vector<CreditGrant> open_grants(UnitOfWork& work, CustomerCredit const& credit) {
  return work.records<CreditGrant>().where(
      std::string("credit_id = ? AND remaining <> '0' ") + in_order + work.sql().for_update(),
      {credit.id.value});
}

// The events that were counted: (since, until].
struct Counted {
  std::string aggregator_id;
  std::uint64_t since = 0;
  std::uint64_t until = 0;
  std::optional<InstantRange> time = {};  // of those, where not all were
};

// Takes `count` from the grants that hold at `at`; what they do not cover is overage.
CreditTransaction take(UnitOfWork& work, CustomerCredit& credit, Exact const& count, Instant at,
                       std::optional<std::string> event_id, std::optional<Counted> const& counted,
                       CreditSource source) {
  Exact const before = credit.current_balance;
  auto grants = open_grants(work, credit);
  auto const burned = burn(grants, count, at);
  auto transaction = new_credit_transaction(work, credit, CreditTransactionType::usage, count);
  CreditUse record;
  record.credit_id = credit.id;
  record.transaction_id = transaction.id;
  record.position = transaction.position;
  record.used_at = at;
  if (counted) {
    record.aggregator_id = counted->aggregator_id;
    record.since_sequence = static_cast<std::int64_t>(counted->since);
    record.until_sequence = static_cast<std::int64_t>(counted->until);
    if (counted->time) {
      record.events_from = counted->time->start;
      record.events_to = counted->time->end;
    }
  }
  auto const keep = [&](std::optional<CreditGrantId> grant, Exact const& part) {
    record.id = work.new_id<CreditUseTag>();
    record.grant_id = std::move(grant);
    record.count = part;
    work.records<CreditUse>().insert(record);
  };
  for (auto const& use : burned.uses) {
    auto const& grant = grants[use.grant];
    keep(grant.id, use.count);
    work.records<CreditGrant>().update(grant);
    release_value(work, credit, grant, EntryKind::credits_consumed, transaction.id.value,
                  use.released_minor);
  }
  if (!burned.uncovered.is_zero()) keep(std::nullopt, burned.uncovered);
  credit.current_balance -= burned.taken;
  credit.overage += burned.uncovered;
  transaction.balance_after = credit.current_balance;
  transaction.event_id = std::move(event_id);
  transaction.aggregator_id = record.aggregator_id;
  transaction.source = source;
  work.records<CreditTransaction>().insert(transaction);
  save_balance(work, credit, before);
  work.emit("credit.usage_transaction_created", credit.customer_id,
            work.services().snapshots.credit_transaction(transaction));
  return transaction;
}

void top_up_when_low(UnitOfWork& work, CustomerCredit& credit);

// Counts what one entry of the product takes of a balance.
class EntryCount {
 public:
  EntryCount(UnitOfWork& work, CustomerCredit const& credit, CreditAggregator const& entry)
      : work_(work), credit_(credit), entry_(entry) {
    auto const aggregator = work.records<Aggregator>().find(entry.aggregator_id);
    TB_ASSERT(aggregator.has_value());
    event_type_ = aggregator->entity;
    query_.tenant = work.tenant();
    query_.rule = rule_of(*aggregator);
    query_.customer_ids = {credit.customer_id.value};
  }
  // What the usage took between the two sequences. Only windows in which an event changed are
  // counted: tiers may have been running for years.
  Exact taken(std::uint64_t since, std::uint64_t until) {
    auto& events = work_.services().events;
    auto const changed = events.changed_between(work_.tenant(), event_type_,
                                                credit_.customer_id.value, since, until);
    Exact taken;
    lowered_.clear();
    if (!changed) return taken;
    for (auto const& window :
         credit_windows(entry_, opened(), changed->first, changed->last, zone())) {
      query_.from = window.start;
      query_.to = window.end;
      query_.as_of = until;
      Exact const now = credits_for(entry_, events.usage(query_).quantity);
      query_.as_of = since;
      Exact const moved = now - credits_for(entry_, events.usage(query_).quantity);
      taken += moved;
      if (moved.is_negative()) lowered_.push_back(window);
    }
    return taken;
  }
  // The windows that took less when it was counted last.
  [[nodiscard]] std::vector<InstantRange> const& lowered() const { return lowered_; }
  // What the usage of that time took as of the sequence: windows are cut at both ends of it.
  Exact taken_in(InstantRange time, std::uint64_t as_of) {
    auto const changed = work_.services().events.changed_between(
        work_.tenant(), event_type_, credit_.customer_id.value, 0, as_of);
    Exact taken;
    if (!changed) return taken;
    query_.as_of = as_of;
    for (auto const& window :
         credit_windows(entry_, opened(), changed->first, changed->last, zone())) {
      if (window.end <= time.start || time.end <= window.start) continue;
      taken += credits_up_to(window.start, std::min(window.end, time.end)) -
               credits_up_to(window.start, std::max(window.start, time.start));
    }
    return taken;
  }
  ReplacedEvents replaced(std::uint64_t since, std::uint64_t until) {
    return work_.services().events.replaced_between(work_.tenant(), event_type_,
                                                    credit_.customer_id.value, since, until);
  }

 private:
  [[nodiscard]] Instant opened() const { return credit_.counts_from.value_or(credit_.created_at); }
  Exact credits_up_to(Instant from, Instant to) {
    if (to <= from) return 0;
    query_.from = from;
    query_.to = to;
    return credits_for(entry_, work_.services().events.usage(query_).quantity);
  }
  TimeZone const& zone() {
    if (zone_) return *zone_;
    auto const customer = work_.records<Customer>().find(credit_.customer_id.value);
    TB_ASSERT(customer.has_value());
    auto const parties = parties_of(work_, customer->invoicing_entity_id, customer->id);
    TB_ASSERT(parties.has_value());
    return zone_.emplace(TimeZone::find(parties->entity.timezone).value_or(TimeZone()));
  }

  UnitOfWork& work_;
  CustomerCredit const& credit_;
  CreditAggregator const& entry_;
  std::string event_type_;
  UsageQuery query_;
  std::vector<InstantRange> lowered_;
  std::optional<TimeZone> zone_;
};

// Takes what the entry's usage of (since, until] comes to, or undoes it. What replaces counted
// events is told apart from what is new: the one changes a use of its time, the other is used now.
struct Moved {
  bool any = false;
  bool used = false;
};
Moved move_usage(UnitOfWork& work, CustomerCredit& credit, CreditAggregator const& entry,
                 Instant at, std::uint64_t since, std::uint64_t until) {
  Moved moved;
  EntryCount count(work, credit, entry);
  auto ends = count.replaced(since, until).turns;
  ends.push_back(until);
  for (std::uint64_t const end : ends) {
    Exact const taken = count.taken(since, end);
    if (taken.is_negative()) {
      auto const replaced = count.replaced(since, end);
      undo_usage(work, credit,
                 {-taken, entry.aggregator_id, replaced.versions, replaced.times, count.lowered()});
    } else if (!taken.is_zero()) {
      take(work, credit, taken, at, std::nullopt, Counted{entry.aggregator_id, since, end},
           CreditSource::system);
      moved.used = true;
    }
    moved.any = moved.any || !taken.is_zero();
    since = end;
  }
  return moved;
}

// Folds the usage that arrived since the last time into the balance, which the caller holds locked.
// Usage is counted since the balance was opened: the total as of one sequence less the total as of
// the last one is what is new, so re-sent and deleted events come out right and none counts twice.
// A grant whose expiry has not been run yet still pays: the usage arrived before it ended.
void fold(UnitOfWork& work, CustomerCredit& credit) {
  // Taken first: events that arrive meanwhile belong to the next time.
  std::uint64_t const sequence = work.services().events.last_sequence();
  auto const folded = static_cast<std::uint64_t>(credit.refreshed_sequence);
  if (sequence == folded) return;
  // Nobody came to catch up with the rest of it.
  if (credit.caught_up_to && credit.created_at < work.now()) catch_up_usage(work, credit, {});
  auto const product = work.records<Product>().find(credit.product_id.value);
  TB_ASSERT(product.has_value());
  if (product->credit_aggregators.empty()) return;
  Instant at = work.now();
  for (auto const& open : open_grants(work, credit)) {
    if (open.expires_at && *open.expires_at <= at) at = *open.expires_at - 1;
  }
  Moved moved;
  for (auto const& entry : product->credit_aggregators) {
    auto const by = move_usage(work, credit, entry, at, folded, sequence);
    moved = {moved.any || by.any, moved.used || by.used};
  }
  credit.refreshed_sequence = static_cast<std::int64_t>(sequence);
  credit.last_refreshed_at = work.now();
  work.records<CustomerCredit>().update(credit);
  if (moved.any)
    work.emit("credit.balance_refreshed", credit.customer_id,
              work.services().snapshots.credit(credit));
  // What is taken back leaves the balance higher than it was.
  if (moved.used) top_up_when_low(work, credit);
}

// The price of a pack, looked up in the product's configurations of that currency.
Result<CreditPrice> pack_price(UnitOfWork& work, CustomerCredit const& credit,
                               std::string const& price_id, std::string const& currency) {
  for (auto const& configuration :
       configurations_of(work.sql(), work.tenant(), credit.product_id)) {
    for (auto const& tier : configuration.prices) {
      if (tier.id != price_id) continue;
      if (configuration.currency != currency)
        return fail(errors::invalid_field("price_id", "the price is in " + configuration.currency +
                                                          ", the customer pays in " + currency));
      return CreditPrice{tier.id, tier.amount, tier.pack_size};
    }
  }
  return fail(errors::invalid_field("price_id", "no such bundle price of this product"));
}

// The invoice of an automatic top-up is issued like one of a purchase. What it was set up with is
// checked again: a price may be gone by now.
void top_up_when_low(UnitOfWork& work, CustomerCredit& credit) {
  auto const terms = auto_topup_of(credit);
  if (!terms || credit.current_balance > credit.low_count_threshold.value_or(Exact(0))) return;
  auto const bought = purchase_credit(
      work, credit, {terms->credit_count, terms->amount_excluding_tax, terms->price_id, {}});
  if (!bought) {
    log::error("automatic top-up of credit " + credit.id.value + ": " + bought.error().message);
    return;
  }
  credit = *work.records<CustomerCredit>().find(credit.id.value);
}

Result<void> set_auto_topup(UnitOfWork& work, std::optional<CreditAutoTopup> const& terms,
                            CustomerCredit& credit) {
  if (!terms) {
    credit.auto_topup = JsonText();
    return {};
  }
  TB_CHECK(check_count(terms->credit_count, "auto_topup.credit_count"));
  if (terms->amount_excluding_tax.has_value() == terms->price_id.has_value())
    return fail(errors::invalid_field("auto_topup.amount_excluding_tax",
                                      "give amount_excluding_tax or price_id, one of them"));
  if (terms->amount_excluding_tax &&
      (*terms->amount_excluding_tax < 0 || *terms->amount_excluding_tax > max_amount_minor))
    return fail(errors::invalid_field("auto_topup.amount_excluding_tax",
                                      "expected 0 to 10^15 minor units"));
  if (terms->price_id) {
    TB_TRY(customer, find_customer(work, credit.customer_id));
    if (!customer.currency)
      return fail(errors::invalid_field("auto_topup.price_id", "the customer has no currency"));
    auto const pack = pack_price(work, credit, *terms->price_id, *customer.currency);
    if (!pack) return fail(errors::invalid_field("auto_topup.price_id", pack.error().message));
    if (!(terms->credit_count / pack->pack_size).is_whole())
      return fail(errors::invalid_field("auto_topup.credit_count",
                                        "expected whole packs of " + pack->pack_size.decimal()));
  }
  credit.auto_topup = JsonText{reflect::to_text(*terms)};
  return {};
}

}  // namespace credits_detail

std::optional<CreditAutoTopup> auto_topup_of(CustomerCredit const& credit) {
  auto const stored = parse_json(credit.auto_topup.text);
  if (!stored || stored->as_object() == nullptr) return std::nullopt;
  auto terms = reflect::from_value<CreditAutoTopup>(*stored);
  TB_ASSERT(terms.has_value());
  return *std::move(terms);
}

namespace credits_detail {

// Where grants end within the time, and its end: what is used in between is of those that hold
// then.
std::vector<Instant> ends_within(UnitOfWork& work, CustomerCredit const& credit,
                                 InstantRange time) {
  std::vector<Instant> ends;
  for (auto const& grant :
       work.records<CreditGrant>().where("credit_id = ? AND expires_at > ? AND expires_at < ?",
                                         {credit.id.value, time.start.ms, time.end.ms}))
    ends.push_back(*grant.expires_at);
  ends.push_back(time.end);
  std::ranges::sort(ends);
  return ends;
}

}  // namespace credits_detail

void catch_up_usage(UnitOfWork& work, CustomerCredit& credit, std::optional<Instant> until) {
  using namespace credits_detail;
  if (!credit.caught_up_to || (until && *until <= *credit.caught_up_to)) return;
  auto const product = work.records<Product>().find(credit.product_id.value);
  TB_ASSERT(product.has_value());
  auto const as_of = static_cast<std::uint64_t>(credit.refreshed_sequence);
  Instant from = *credit.caught_up_to;
  credit.caught_up_to = until;
  Instant const now = work.now();
  for (Instant const end :
       ends_within(work, credit, {from, until.value_or(Instant{max_instant_ms})})) {
    for (auto const& entry : product->credit_aggregators) {
      EntryCount count(work, credit, entry);
      Exact const taken = count.taken_in({from, end}, as_of);
      // Tiers and negative values may give back of what an earlier period took.
      if (taken.is_negative()) undo_usage(work, credit, {-taken, entry.aggregator_id, {}, {}, {}});
      if (taken > Exact(0))
        take(work, credit, taken, std::min(end - 1, now), std::nullopt,
             Counted{entry.aggregator_id, 0, as_of, InstantRange{from, end}}, CreditSource::system);
    }
    from = end;
  }
  work.records<CustomerCredit>().update(credit);
  if (until) return;
  // What ended meanwhile is not there for what comes.
  for (auto& open : open_grants(work, credit)) {
    if (open.expires_at && *open.expires_at <= now) end_grant(work, credit, std::move(open));
  }
}

Result<CustomerCredit> open_credit(UnitOfWork& work, CustomerId const& customer_id,
                                   NewCredit const& wanted) {
  TB_TRY(customer, find_customer(work, customer_id));
  auto const product = work.records<Product>().find(wanted.product_id.value);
  if (!product) return fail(errors::invalid_field("product_id", "no such product"));
  if (product->type != ProductType::credit)
    return fail(errors::invalid_field("product_id", "expected a credit product"));
  if (wanted.current_balance.is_negative() || wanted.current_balance > Exact(max_amount_minor))
    return fail(errors::invalid_field("current_balance", "expected 0 or more"));
  CustomerCredit credit;
  credit.id = work.new_id<CreditTag>();
  credit.customer_id = customer.id;
  credit.product_id = product->id;
  credit.name = wanted.name.value_or(product->name);
  credit.low_count_threshold =
      wanted.low_count_threshold ? wanted.low_count_threshold : product->low_credits_threshold;
  TB_CHECK(credits_detail::set_auto_topup(work, wanted.auto_topup, credit));
  credit.refreshed_sequence = static_cast<std::int64_t>(work.services().events.last_sequence());
  credit.last_refreshed_at = work.now();
  credit.created_at = credit.updated_at = work.now();
  credit.counts_from = wanted.counts_from;
  credit.caught_up_to = wanted.counts_from.value_or(credit.created_at);
  if (!work.records<CustomerCredit>().insert_if_new(credit))
    return fail(errors::conflict("The customer has a balance of this credit product already"));
  work.emit("credit.created", customer.id, work.services().snapshots.credit(credit));
  if (!wanted.current_balance.is_zero()) add_credits(work, credit, {wanted.current_balance});
  if (!wanted.counts_from) catch_up_usage(work, credit, {});
  return credit;
}

Result<CustomerCredit> find_credit(UnitOfWork& work, CustomerId const& customer,
                                   ProductId const& product) {
  auto found = work.records<CustomerCredit>().where(
      std::string("customer_id = ? AND product_id = ?") + work.sql().for_update(),
      {customer.value, product.value});
  if (found.empty()) return fail(errors::not_found("Credit"));
  credits_detail::fold(work, found.front());
  return std::move(found.front());
}

Result<CustomerCredit> update_credit(UnitOfWork& work, CustomerCredit credit,
                                     std::string const& name, std::optional<Exact> const& threshold,
                                     std::optional<CreditAutoTopup> const& auto_topup) {
  if (name.empty()) return fail(errors::invalid_field("name", "expected a name"));
  if (threshold && threshold->is_negative())
    return fail(errors::invalid_field("low_count_threshold", "expected 0 or more"));
  credit.name = name;
  credit.low_count_threshold = threshold;
  TB_CHECK(credits_detail::set_auto_topup(work, auto_topup, credit));
  credit.updated_at = work.now();
  work.records<CustomerCredit>().update(credit);
  work.emit("credit.updated", credit.customer_id, work.services().snapshots.credit(credit));
  return credit;
}

Result<CreditTransaction> topup_credit(UnitOfWork& work, CustomerCredit credit, Exact const& count,
                                       std::optional<Instant> expires_at) {
  TB_CHECK(credits_detail::check_count(count, "credit_count"));
  TB_CHECK(credits_detail::check_expiry(work, expires_at));
  NewGrant free;
  free.count = count;
  free.expires_at = expires_at;
  return add_credits(work, credit, free);
}

Result<CreditPurchased> purchase_credit(UnitOfWork& work, CustomerCredit credit,
                                        CreditPurchaseTerms const& terms) {
  TB_CHECK(credits_detail::check_count(terms.count, "credit_count"));
  TB_CHECK(credits_detail::check_expiry(work, terms.expires_at));
  TB_TRY(customer, find_customer(work, credit.customer_id));
  if (!customer.currency)
    return fail(errors::invalid("The customer has no currency; set one before selling to it"));
  if (terms.amount_excluding_tax.has_value() == terms.price_id.has_value()) {
    return fail(errors::invalid_field("amount_excluding_tax",
                                      "give amount_excluding_tax or price_id, one of them"));
  }
  Exact amount;
  std::optional<CreditPrice> price;
  if (terms.price_id) {
    TB_TRY(pack, credits_detail::pack_price(work, credit, *terms.price_id, *customer.currency));
    Exact const packs = terms.count / pack.pack_size;
    if (!packs.is_whole())
      return fail(errors::invalid_field("credit_count",
                                        "expected whole packs of " + pack.pack_size.decimal()));
    amount = pack.amount * packs;
    if (amount > Exact(max_amount_minor))
      return fail(
          errors::invalid_field("credit_count", "the price is more than 10^15 minor units"));
    price = pack;
  } else {
    if (*terms.amount_excluding_tax < 0 || *terms.amount_excluding_tax > max_amount_minor)
      return fail(errors::invalid_field("amount_excluding_tax", "expected 0 to 10^15 minor units"));
    amount = Exact(*terms.amount_excluding_tax);
  }
  TB_TRY(parties, parties_of(work, customer.invoicing_entity_id, customer.id));
  InvoiceWithLines document{new_document(work, parties, InvoiceType::invoice, *customer.currency),
                            {}};
  document.invoice.revenue_kind = RevenueKind::credits;
  InvoiceLine line;
  line.id = work.new_id<InvoiceLineTag>();
  line.invoice_id = document.invoice.id;
  line.name = credit.name;
  line.product_id = credit.product_id;
  line.product_type = ProductType::credit;
  line.units_count = terms.count;
  line.exact_amount = amount;
  line.unit_amount = amount / terms.count;
  document.lines.push_back(std::move(line));
  if (!apply_taxes(work, parties, document))
    return fail(errors::conflict(
        "The tax engine of the invoicing entity answers later; credits are issued at once"));
  compute_totals(document.invoice, document.lines);
  work.emit("invoice.created", customer.id,
            work.services().snapshots.invoice(document.invoice, document.lines));
  issue(work, parties, document);
  work.records<Invoice>().insert(document.invoice);
  work.records<InvoiceLine>().insert(document.lines.front());
  if (pay_from_wallet(work, document.invoice) > 0) work.records<Invoice>().update(document.invoice);
  auto const& invoice = document.invoice;
  NewGrant bought;
  bought.count = terms.count;
  bought.expires_at = terms.expires_at;
  bought.entity = invoice.invoicing_entity_id;
  bought.currency = invoice.currency;
  bought.value_minor = invoice.amount_excluding_tax;
  bought.price = std::move(price);
  bought.invoice_id = invoice.id;
  bought.invoice_line_id = document.lines.front().id;
  add_credits(work, credit, bought);
  return CreditPurchased{document.invoice.id, credit.current_balance};
}

Result<CreditTransaction> use_credit(UnitOfWork& work, CustomerCredit credit, Exact const& count,
                                     std::optional<std::string> event_id) {
  TB_CHECK(credits_detail::check_count(count, "usage_retained"));
  auto used = credits_detail::take(work, credit, count, work.now(), std::move(event_id),
                                   std::nullopt, CreditSource::api);
  credits_detail::top_up_when_low(work, credit);
  return used;
}

std::int64_t fold_usage(Services& services, Tenant const& tenant, CreditFilter const& which,
                        std::int64_t most) {
  std::vector<std::string> behind;
  services.database.read([&](SqlSession& sql) {
    std::string const mode(mode_text(tenant.mode));
    std::string text =
        "SELECT id FROM customer_credits WHERE account_id = ? AND mode = ? AND refreshed_sequence "
        "< ? AND product_id IN "
        "(SELECT p.id FROM products p WHERE p.account_id = ? AND p.mode = ? AND "
        "p.credit_aggregators <> '[]')";
    SqlParams params = {tenant.account_id, mode,
                        static_cast<std::int64_t>(services.events.last_sequence_of(tenant)),
                        tenant.account_id, mode};
    if (which.customer) {
      text += " AND customer_id = ?";
      params.emplace_back(which.customer->value);
    }
    if (which.product) {
      text += " AND product_id = ?";
      params.emplace_back(which.product->value);
    }
    params.emplace_back(most);
    sql.query(text + " ORDER BY refreshed_sequence, id LIMIT ?", params,
              [&](SqlRow const& row) { behind.emplace_back(row.text(0)); });
  });
  for (auto const& id : behind) {
    (void)in_unit(services, tenant, [&](UnitOfWork& work) -> Result<void> {
      auto credit = work.records<CustomerCredit>().find_for_update(id);
      TB_ASSERT(credit.has_value());
      credits_detail::fold(work, *credit);
      return {};
    });
  }
  return static_cast<std::int64_t>(behind.size());
}

bool expire_grant(UnitOfWork& work, CreditGrantId const& id) {
  // The balance is locked before its grants, as everywhere.
  auto const known = work.records<CreditGrant>().find(id.value);
  TB_ASSERT(known.has_value());
  auto credit = work.records<CustomerCredit>().find_for_update(known->credit_id.value);
  TB_ASSERT(credit.has_value());
  // What was used before the expiry comes out of the grant that is about to end.
  credits_detail::fold(work, *credit);
  auto grant = *work.records<CreditGrant>().find_for_update(id.value);
  if (grant.remaining.is_zero()) return false;
  end_grant(work, *credit, std::move(grant));
  credits_detail::top_up_when_low(work, *credit);
  return true;
}

}  // namespace tallybook
