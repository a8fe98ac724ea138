#include "domain/ledger/ledger.hpp"

namespace tallybook {
namespace ledger_detail {

std::vector<Posting> without_zeros(std::vector<Posting> postings) {
  std::erase_if(postings, [](Posting const& posting) { return posting.amount == 0; });
  return postings;
}

}  // namespace ledger_detail

std::vector<Posting> postings_of_issue(Invoice const& document) {
  LedgerAccount const income = document.revenue_kind == RevenueKind::credits
                                   ? LedgerAccount::credits_liability
                                   : LedgerAccount::revenue;
  if (document.type == InvoiceType::credit_note) {
    // What the customer owes falls; what he already paid becomes payable back.
    return ledger_detail::without_zeros({{income, document.amount_excluding_tax},
                                         {LedgerAccount::output_tax, document.tax_amount},
                                         {LedgerAccount::refunds_payable, -document.total_amount}});
  }
  return ledger_detail::without_zeros({{LedgerAccount::receivable, document.total_amount},
                                       {income, -document.amount_excluding_tax},
                                       {LedgerAccount::output_tax, -document.tax_amount}});
}

std::vector<Posting> postings_of_payment(std::int64_t amount) {
  return ledger_detail::without_zeros(
      {{LedgerAccount::cash_clearing, amount}, {LedgerAccount::receivable, -amount}});
}

std::vector<Posting> postings_of_refund(std::int64_t amount) {
  return ledger_detail::without_zeros(
      {{LedgerAccount::refunds_payable, amount}, {LedgerAccount::cash_clearing, -amount}});
}

std::vector<Posting> postings_of_credits_released(std::int64_t amount) {
  return ledger_detail::without_zeros(
      {{LedgerAccount::credits_liability, amount}, {LedgerAccount::revenue, -amount}});
}

bool is_balanced(std::vector<Posting> const& postings) {
  std::int64_t sum = 0;
  for (auto const& posting : postings) sum = checked_add(sum, posting.amount);
  return sum == 0;
}

}  // namespace tallybook
