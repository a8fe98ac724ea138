// The ledger: every movement of money as a balanced entry, append only, corrected by reversal.
// Debits are positive, credits negative; an entry sums to zero in its one currency. The chart of
// accounts (chart.tsv) and what each event posts (posting_rules.tsv) are data, carried inside the
// program; the functions here name the amounts of an event.
#pragma once

#include <span>

#include "domain/ledger/chain.hpp"
#include "domain/payment/transaction.hpp"

namespace tallybook {

struct EntryTag {
  static constexpr char const* prefix = "led";
};
using LedgerEntryId = Id<EntryTag>;

BOOST_DEFINE_ENUM_CLASS(LedgerAccount, receivable, cash_clearing, revenue, deferred_revenue,
                        output_tax, credits_liability, wallet_liability, refunds_payable,
                        unapplied_payments, provider_fees, bad_debt, rounding)
BOOST_DEFINE_ENUM_CLASS(LedgerAccountType, asset, liability, revenue, expense)
BOOST_DEFINE_ENUM_CLASS(EntryKind, invoice_issued, credit_note_issued, credit_set_off, written_off,
                        payment_settled, payment_applied, refund_settled, payment_refunded,
                        payment_charged_back, wallet_paid, wallet_payment_undone, wallet_refunded,
                        wallet_reverted, wallet_expired, credits_consumed, credits_expired,
                        revenue_recognised, document_amended, reversal)
// The amounts a rule may name, in minor units.
BOOST_DEFINE_ENUM_CLASS(PostedAmount, amount, total, tax, net_revenue, net_deferred, net_credits,
                        applied, payable, cash, fee, recovered, loaded, unapplied)

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
  std::string source_id;    // the invoice, transaction or credit transaction it documents
  std::string source_hash;  // SHA-256 of the facts of the source; empty where it has none
  Instant posted_at;
  std::vector<Posting> postings;
};

struct ChartRow {
  LedgerAccount account{};
  LedgerAccountType type{};
  std::string meaning;
};
struct PostingRule {
  EntryKind event{};
  bool debit = true;
  LedgerAccount account{};
  PostedAmount amount{};
};
// The data files; read once, asserted to be well formed.
[[nodiscard]] std::vector<ChartRow> const& chart_of_accounts();
[[nodiscard]] std::vector<PostingRule> const& posting_rules();

struct NamedAmount {
  PostedAmount name{};
  std::int64_t minor = 0;
};
// What the rules post for the event; amounts of 0 post nothing. Asserts that debits equal credits.
[[nodiscard]] std::vector<Posting> postings_of(EntryKind event,
                                               std::initializer_list<NamedAmount> amounts);

// What each business event posts. Empty postings (a zero invoice, an advance into a wallet) are an
// entry without postings: the document is still in the chain.
[[nodiscard]] std::vector<Posting> postings_of_issue(Invoice const& document);
// How a payment of `amount` on the invoice counts: on what is owed, on what had been written off,
// or into a wallet (an advance).
struct PaymentShares {
  std::int64_t applied = 0;
  std::int64_t recovered = 0;
  std::int64_t loaded = 0;
};
[[nodiscard]] PaymentShares shares_of_payment(Invoice const& invoice, std::int64_t amount,
                                              bool recovered);
// A settled payment; `invoice` is null for money on account, which comes from outside or, with the
// method wallet, from a load that is taken back. The provider's fee is kept from it.
[[nodiscard]] std::vector<Posting> postings_of_payment(Transaction const& payment,
                                                       Invoice const* invoice);
[[nodiscard]] std::vector<Posting> postings_of_allocation(TransactionAllocation const& part,
                                                          Invoice const& invoice);
// A refund or chargeback that settled. `credit_note`: the document paid back, else null;
// `taken_back`: the payment it undoes and `invoice` what that paid (null: money on account).
// `uncovered`: the part of a load taken back that the wallet no longer holds, a loss.
[[nodiscard]] std::vector<Posting> postings_of_refund(Transaction const& refund,
                                                      Invoice const* credit_note,
                                                      Transaction const* taken_back,
                                                      Invoice const* invoice,
                                                      std::int64_t uncovered = 0);
// Credits used or expired: `amount` minor units of what was prepaid become revenue.
[[nodiscard]] std::vector<Posting> postings_of_credits_released(EntryKind kind,
                                                                std::int64_t amount);
// A gift to a wallet taken back: what its credit note took from revenue and tax comes back.
[[nodiscard]] std::vector<Posting> postings_of_reverted_gift(Invoice const& credit_note);
[[nodiscard]] std::vector<Posting> reversed(std::vector<Posting> postings);

// Which entry a settled transaction makes.
[[nodiscard]] EntryKind entry_kind_of(Transaction const& transaction, Invoice const* document);

[[nodiscard]] bool is_balanced(std::span<Posting const> postings);

[[nodiscard]] EntryText text_of(LedgerEntry const& entry, std::string_view account_id,
                                std::string_view mode);

}  // namespace tallybook
