#include "app/credit/line_credits.hpp"

#include <algorithm>

#include "app/credit/credits.hpp"
#include "app/credit/movements.hpp"
#include "base/assert.hpp"

namespace tallybook {
namespace line_credits_detail {

// The customer's balance, opened by the first credits that come: usage counts from the first day
// they are for.
CustomerCredit balance_of(UnitOfWork& work, CustomerId const& customer, ProductId const& product,
                          Instant from) {
  if (auto found = find_credit(work, customer, product)) return *std::move(found);
  NewCredit wanted;
  wanted.product_id = product;
  wanted.counts_from = from;
  if (auto opened = open_credit(work, customer, wanted)) return *std::move(opened);
  auto found = find_credit(work, customer, product);  // opened by somebody else meanwhile
  TB_ASSERT(found.has_value());
  return *std::move(found);
}

bool uses_usage(UnitOfWork& work, ProductId const& id) {
  auto const product = work.records<Product>().find(id.value);
  TB_ASSERT(product.has_value());
  return !product->credit_aggregators.empty();
}

struct Brought {
  CustomerCredit credit;  // locked
  CreditGrant grant;
};
std::optional<Brought> brought_by(UnitOfWork& work, InvoiceLineId const& line) {
  auto const known = work.records<CreditGrant>().first("invoice_line_id = ?", {line.value});
  if (!known) return std::nullopt;
  auto const seen = work.records<CustomerCredit>().find(known->credit_id.value);
  TB_ASSERT(seen.has_value());
  auto credit = find_credit(work, seen->customer_id, seen->product_id);
  TB_ASSERT(credit.has_value());
  return Brought{*std::move(credit), *work.records<CreditGrant>().find_for_update(known->id.value)};
}

// What numbered documents gave back of the line for a lower price.
Exact priced_down(UnitOfWork& work, InvoiceLine const& line) {
  Exact sum;
  for (auto const& credit : work.records<InvoiceLine>().where(
           "original_line_item_id = ? AND entry_type = 'credit' AND EXISTS (SELECT 1 FROM invoices "
           "n WHERE n.account_id = invoice_lines.account_id AND n.mode = invoice_lines.mode AND "
           "n.id = invoice_lines.invoice_id AND n.number IS NOT NULL)",
           {line.id.value}))
    sum += price_part_of(credit) * Exact(std::abs(credit.amount_excluding_tax));
  return sum;
}

// The share of the line's credits that goes with what `credit` gives back of it.
Exact share_taken(UnitOfWork& work, InvoiceLine const& credit, InvoiceLine const& original) {
  Exact const back(std::abs(credit.amount_excluding_tax));
  if (credit.charge && credit.charge->credit && credit.charge->credit->charged)
    return credits_share(*credit.charge->credit, back);
  Exact const net(std::abs(original.amount_excluding_tax));
  Exact const kept = net - priced_down(work, original);
  return kept <= Exact(0) ? Exact(0) : back / kept;
}

// `by`: what takes them back, for the books.
std::int64_t take_back(UnitOfWork& work, Brought& brought, Exact const& share, std::int64_t net,
                       std::string const& by, std::optional<InvoiceId> const& note) {
  auto& [credit, grant] = brought;
  auto const taken = withdraw(grant, share, net);
  if (taken.count.is_zero() && taken.minor == 0) return 0;
  if (taken.count.is_zero()) {
    work.records<CreditGrant>().update(grant);
    release_value(work, credit, grant, EntryKind::credits_consumed, by, taken.released_minor);
    return taken.minor;
  }
  end_credits(work, credit, grant, taken.count, EntryKind::credits_consumed, taken.released_minor,
              note);
  work.emit("credit.balance_refreshed", credit.customer_id,
            work.services().snapshots.credit(credit));
  return taken.minor;
}

// What the line was sold for is known now; what of it was used already is earned.
std::int64_t value_line(UnitOfWork& work, Invoice const& invoice, Brought& brought,
                        std::int64_t minor) {
  auto& [credit, grant] = brought;
  auto transaction = work.records<CreditTransaction>().find(grant.transaction_id.value);
  TB_ASSERT(transaction.has_value());
  std::int64_t const earned = value_grant(grant, minor);
  // An organisation may be billed by another entity.
  grant.invoicing_entity_id = invoice.invoicing_entity_id;
  work.records<CreditGrant>().update(grant);
  release_value(work, credit, grant, EntryKind::credits_consumed, transaction->id.value, earned);
  transaction->amount_excluding_tax = minor;
  transaction->updated_at = work.now();
  work.records<CreditTransaction>().update(*transaction);
  return minor;
}

}  // namespace line_credits_detail

void grant_line_credits(UnitOfWork& work, Subscription const& subscription,
                        SubscriptionLine const& line, LineGrant const& wanted) {
  NewGrant grant;
  grant.count = credits_of(wanted.count, wanted.fraction, wanted.mode);
  if (grant.count <= Exact(0)) return;
  auto const zone = TimeZone::find(subscription.timezone).value_or(TimeZone());
  grant.expires_at = credits_expiry(line, wanted.period, zone);
  Instant const begins = zone.start_of(wanted.period.start);
  bool const over = grant.expires_at && *grant.expires_at <= work.now();
  if (over && !line_credits_detail::uses_usage(work, line.product_id)) return;
  // Sold in the course of a day: from then on.
  bool const today = zone.date_of(work.now()) <= wanted.period.start;
  auto credit = line_credits_detail::balance_of(work, subscription.customer_id, line.product_id,
                                                today ? work.now() : begins);
  if (over && !credit.caught_up_to) return;
  auto const& pack = line.prices.front();
  grant.price = CreditPrice{pack.id, pack.amount, pack.pack_size};
  if (wanted.invoice_line_id) {
    grant.entity = subscription.invoicing_entity_id;
    grant.currency = subscription.currency;
  }
  grant.invoice_id = wanted.invoice_id;
  grant.invoice_line_id = wanted.invoice_line_id;
  grant.subscription_line_id = line.id;
  grant.period_start_on = wanted.period.start;
  grant.source = CreditSource::system;
  // Of a subscription that began before it was sold: what the period before used was its credits'.
  catch_up_usage(work, credit, begins);
  add_credits(work, credit, grant);
}

void catch_up_with_lines(UnitOfWork& work, Subscription const& subscription,
                         std::vector<SubscriptionLine> const& lines) {
  for (auto const& line : lines) {
    bool const more_to_come = std::ranges::any_of(lines, [&](SubscriptionLine const& other) {
      return other.product_id == line.product_id && !other.detached_at && other.next_charge_at &&
             *other.next_charge_at <= work.now();
    });
    if (line.type != ProductType::credit || more_to_come) continue;
    bool const behind = work.records<CustomerCredit>().count(
                            "customer_id = ? AND product_id = ? AND caught_up_to IS NOT NULL",
                            {subscription.customer_id.value, line.product_id.value}) > 0;
    if (!behind) continue;
    // Locked, as all that moves a balance.
    if (auto credit = find_credit(work, subscription.customer_id, line.product_id))
      catch_up_usage(work, *credit, {});
  }
}

void grant_charged_credits(UnitOfWork& work, Subscription const& subscription,
                           SubscriptionLine const& line, InvoiceLine const& charged,
                           InvoiceId const& document) {
  if (line.type != ProductType::credit || charged.entry_type != EntryType::debit) return;
  if (charged.charge && charged.charge->kind == ChargeKind::overage) return;
  TB_ASSERT(charged.charge && charged.period_start_on);
  LineGrant wanted;
  wanted.count = line.count;
  // A change brings what is new beside the line it replaces.
  if (charged.charge->replaced_line_id) {
    auto const replaced = work.records<SubscriptionLine>().find(*charged.charge->replaced_line_id);
    TB_ASSERT(replaced.has_value());
    wanted.count -= replaced->count;
  }
  wanted.fraction = charged.charge->credits_fraction.value_or(charged.charge->fraction);
  if (!charged.charge->credits_fraction) wanted.mode = line.credits_grant_mode;
  wanted.period = {*charged.period_start_on,
                   charged.period_end_on.value_or(*charged.period_start_on + 1)};
  wanted.invoice_id = document;
  wanted.invoice_line_id = charged.id;
  grant_line_credits(work, subscription, line, wanted);
}

Exact credits_fraction_of(UnitOfWork& work, InvoiceLine const& line) {
  TB_ASSERT(line.charge.has_value());
  if (line.charge->credits_fraction) return *line.charge->credits_fraction;
  auto const sold = work.records<SubscriptionLine>().find(line.subscription_line_id->value);
  TB_ASSERT(sold.has_value());
  bool const whole = sold->credits_grant_mode == CreditsGrantMode::full_allowance;
  return whole ? Exact(1) : line.charge->fraction;
}

void settle_line_credits(UnitOfWork& work, InvoiceWithLines& document) {
  using namespace line_credits_detail;
  auto& invoice = document.invoice;
  std::int64_t const sign = invoice.type == InvoiceType::credit_note ? -1 : 1;
  for (auto const& line : document.lines) {
    if (line.product_type != ProductType::credit) continue;
    auto const& source = line.original_line_item_id ? *line.original_line_item_id : line.id;
    auto brought = brought_by(work, source);
    if (!brought) continue;
    std::int64_t const net = line.amount_excluding_tax;
    std::int64_t owed = 0;
    if (!line.original_line_item_id) {
      owed = sign * value_line(work, invoice, *brought, std::max(std::int64_t{0}, sign * net));
    } else if (auto const original = work.records<InvoiceLine>().find(source.value);
               original && original->amount_excluding_tax != 0) {
      std::int64_t const back = std::abs(net);
      auto const share = share_taken(work, line, *original);
      std::int64_t const taken = take_back(work, *brought, share, back, line.id.value, invoice.id);
      owed = sign < 0 ? taken : -taken;
    }
    invoice.credits_amount = checked_add(invoice.credits_amount.value_or(0), owed);
  }
}

void cut_line_credits(UnitOfWork& work, InvoiceLineId const& line, Exact const& share) {
  auto brought = line_credits_detail::brought_by(work, line);
  if (brought) line_credits_detail::take_back(work, *brought, share, 0, line.value, std::nullopt);
}

Exact price_part_of(InvoiceLine const& credit) {
  return credit.charge && credit.charge->credit ? price_part(*credit.charge->credit) : Exact(0);
}

CreditsOfLine credits_of_line(UnitOfWork& work, InvoiceLine const& line) {
  CreditsOfLine shares;
  if (line.product_type != ProductType::credit) return shares;
  auto const brought = line_credits_detail::brought_by(work, line.id);
  if (!brought || brought->grant.granted.is_zero()) return shares;
  auto const& grant = brought->grant;
  shares.unused = grant.remaining / grant.granted;
  shares.used = used_of(grant) / grant.granted;
  if (line.amount_excluding_tax != 0)
    shares.priced_down = Exact(line_credits_detail::priced_down(work, line)) /
                         Exact(std::abs(line.amount_excluding_tax));
  return shares;
}

}  // namespace tallybook
