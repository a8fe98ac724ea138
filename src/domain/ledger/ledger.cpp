#include "domain/ledger/ledger.hpp"

#include <boost/describe/enum_to_string.hpp>

#include "base/assert.hpp"
#include "base/mutant.hpp"

namespace tallybook {

std::vector<Posting> postings_of(EntryKind event, std::initializer_list<NamedAmount> amounts) {
  std::vector<Posting> postings;
  std::size_t used = 0;
  for (auto const& given : amounts) used += given.minor == 0 ? 0 : 1;
  for (auto const& rule : posting_rules()) {
    if (rule.event != event) continue;
    for (auto const& given : amounts) {
      if (given.name != rule.amount || given.minor == 0) continue;
      postings.push_back(
          {rule.account, TB_MUTANT(96, rule.debit ? given.minor : -given.minor, given.minor)});
    }
  }
  TB_ASSERT(used == 0 || !postings.empty());
  TB_ASSERT(is_balanced(postings));
  return postings;
}

std::vector<Posting> postings_of_issue(Invoice const& document) {
  using enum PostedAmount;
  if (document.revenue_kind == RevenueKind::wallet && document.type != InvoiceType::credit_note) {
    return {};
  }
  std::int64_t const net = document.amount_excluding_tax;
  std::int64_t const credits =
      document.credits_amount.value_or(document.revenue_kind == RevenueKind::credits ? net : 0);
  std::int64_t const later = document.deferred_amount.value_or(0);
  std::int64_t const earned = net - later - credits;
  if (document.type == InvoiceType::credit_note) {
    return postings_of(EntryKind::credit_note_issued,
                       {{net_revenue, earned},
                        {net_deferred, later},
                        {net_credits, credits},
                        {tax, document.tax_amount},
                        {applied, document.amount_credited},
                        {payable, document.total_amount - document.amount_credited}});
  }
  return postings_of(EntryKind::invoice_issued, {{total, document.total_amount},
                                                 {net_revenue, earned},
                                                 {net_deferred, later},
                                                 {net_credits, credits},
                                                 {tax, document.tax_amount}});
}

PaymentShares shares_of_payment(Invoice const& invoice, std::int64_t amount, bool recovered) {
  PaymentShares shares;
  if (invoice.revenue_kind == RevenueKind::wallet) {
    shares.loaded = amount;
  } else if (recovered) {
    shares.recovered = amount;
  } else {
    shares.applied = amount;
  }
  return shares;
}

std::vector<Posting> postings_of_payment(Transaction const& payment, Invoice const* invoice) {
  using enum PostedAmount;
  PaymentShares const shares =
      invoice == nullptr
          ? PaymentShares{}
          : shares_of_payment(*invoice, payment.amount, payment.recovered.value_or(false));
  if (payment.payment_method_type == TransactionMethod::wallet && invoice == nullptr)
    return postings_of(EntryKind::wallet_reverted,
                       {{amount, payment.amount}, {unapplied, payment.amount}});
  if (payment.payment_method_type == TransactionMethod::wallet) {
    return postings_of(
        EntryKind::wallet_paid,
        {{amount, payment.amount}, {applied, shares.applied}, {recovered, shares.recovered}});
  }
  std::int64_t const kept = payment.provider_fee.value_or(0);
  return postings_of(EntryKind::payment_settled,
                     {{cash, payment.amount - kept},
                      {fee, kept},
                      {applied, shares.applied},
                      {recovered, shares.recovered},
                      {loaded, shares.loaded},
                      {unapplied, invoice == nullptr ? payment.amount : 0}});
}

std::vector<Posting> postings_of_allocation(TransactionAllocation const& part,
                                            Invoice const& invoice) {
  using enum PostedAmount;
  auto const shares = shares_of_payment(invoice, part.amount, part.recovered.value_or(false));
  return postings_of(EntryKind::payment_applied, {{amount, part.amount},
                                                  {applied, shares.applied},
                                                  {recovered, shares.recovered},
                                                  {loaded, shares.loaded}});
}

EntryKind entry_kind_of(Transaction const& transaction, Invoice const* document) {
  bool const wallet = transaction.payment_method_type == TransactionMethod::wallet;
  if (transaction.type == TransactionType::chargeback) return EntryKind::payment_charged_back;
  if (transaction.type != TransactionType::refund)
    return !wallet               ? EntryKind::payment_settled
           : document == nullptr ? EntryKind::wallet_reverted
                                 : EntryKind::wallet_paid;
  if (document != nullptr && document->type == InvoiceType::credit_note)
    return wallet ? EntryKind::wallet_refunded : EntryKind::refund_settled;
  return wallet ? EntryKind::wallet_payment_undone : EntryKind::payment_refunded;
}

std::vector<Posting> postings_of_refund(Transaction const& refund, Invoice const* credit_note,
                                        Transaction const* taken_back, Invoice const* invoice,
                                        std::int64_t uncovered) {
  using enum PostedAmount;
  EntryKind const kind = entry_kind_of(refund, credit_note);
  if (credit_note != nullptr && refund.type == TransactionType::refund)
    return postings_of(kind, {{amount, refund.amount}});
  bool const had_recovered = taken_back != nullptr && taken_back->recovered.value_or(false);
  PaymentShares shares = invoice == nullptr
                             ? PaymentShares{}
                             : shares_of_payment(*invoice, refund.amount, had_recovered);
  TB_ASSERT(uncovered == 0 || (uncovered > 0 && uncovered <= shares.loaded));
  shares.loaded -= uncovered;
  shares.recovered += uncovered;
  std::int64_t const kept =
      refund.type == TransactionType::chargeback ? refund.provider_fee.value_or(0) : 0;
  std::int64_t const loose = invoice == nullptr ? refund.amount : 0;
  if (kind == EntryKind::payment_charged_back) {
    return postings_of(kind, {{cash, checked_add(refund.amount, kept)},
                              {fee, kept},
                              {applied, shares.applied},
                              {recovered, shares.recovered},
                              {loaded, shares.loaded},
                              {unapplied, loose}});
  }
  return postings_of(kind, {{amount, refund.amount},
                            {applied, shares.applied},
                            {recovered, shares.recovered},
                            {loaded, shares.loaded},
                            {unapplied, loose}});
}

std::vector<Posting> postings_of_credits_released(EntryKind kind, std::int64_t minor) {
  return postings_of(kind, {{PostedAmount::amount, minor}});
}

std::vector<Posting> postings_of_reverted_gift(Invoice const& credit_note) {
  return postings_of(EntryKind::wallet_reverted,
                     {{PostedAmount::amount, credit_note.total_amount},
                      {PostedAmount::net_revenue, credit_note.amount_excluding_tax},
                      {PostedAmount::tax, credit_note.tax_amount}});
}

std::vector<Posting> reversed(std::vector<Posting> postings) {
  for (auto& posting : postings) posting.amount = -posting.amount;
  return postings;
}

bool is_balanced(std::span<Posting const> postings) {
  std::int64_t sum = 0;
  for (auto const& posting : postings) sum = checked_add(sum, posting.amount);
  return sum == 0;
}

EntryText text_of(LedgerEntry const& entry, std::string_view account_id, std::string_view mode) {
  auto const name = [](auto value) {
    return std::string(boost::describe::enum_to_string(value, "?"));
  };
  EntryText text{std::string(account_id),
                 std::string(mode),
                 entry.id.value,
                 name(entry.kind),
                 entry.invoicing_entity_id.value,
                 entry.customer_id.value,
                 entry.currency,
                 entry.source_id,
                 entry.source_hash,
                 std::to_string(entry.posted_at.ms),
                 {}};
  for (auto const& posting : entry.postings)
    text.postings.push_back({name(posting.ledger_account), std::to_string(posting.amount)});
  return text;
}

}  // namespace tallybook
