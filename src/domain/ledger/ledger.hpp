// The ledger: every movement of money as a balanced entry, append only, corrected by reversal.
// Debits are positive, credits negative; an entry sums to zero in its one currency.
#pragma once

#include "domain/payment/transaction.hpp"

namespace tallybook {

struct EntryTag {
  static constexpr char const* prefix = "led";
};
using LedgerEntryId = Id<EntryTag>;

BOOST_DEFINE_ENUM_CLASS(LedgerAccount, receivable, revenue, output_tax, cash_clearing,
                        credits_liability, refunds_payable)
BOOST_DEFINE_ENUM_CLASS(EntryKind, invoice_issued, credit_note_issued, payment_settled,
                        refund_settled, credits_consumed, credits_expired)

struct Posting {
  LedgerAccount ledger_account = LedgerAccount::receivable;
  std::int64_t amount = 0;  // minor units; positive debit, negative credit
};
BOOST_DESCRIBE_STRUCT(Posting, (), (ledger_account, amount))

struct LedgerEntry {
  LedgerEntryId id;
  EntryKind kind = EntryKind::invoice_issued;
  EntityId invoicing_entity_id;
  CustomerId customer_id;
  std::string currency;
  std::string source_id;  // the invoice, transaction or credit transaction it documents
  Instant posted_at;
  std::vector<Posting> postings;
};

// What each business event posts. Empty postings (a zero invoice) mean: no entry.
[[nodiscard]] std::vector<Posting> postings_of_issue(Invoice const& document);
[[nodiscard]] std::vector<Posting> postings_of_payment(std::int64_t amount);
[[nodiscard]] std::vector<Posting> postings_of_refund(std::int64_t amount);
// Credits used or expired: `amount` minor units of what was prepaid become revenue.
[[nodiscard]] std::vector<Posting> postings_of_credits_released(std::int64_t amount);

[[nodiscard]] bool is_balanced(std::vector<Posting> const& postings);

}  // namespace tallybook
