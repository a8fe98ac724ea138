// Usage on invoices: counted window by window and group by group, one invoice line for each, with
// the facts it can be counted again by.
#pragma once

#include "app/invoice/invoicing.hpp"
#include "domain/subscription/metering.hpp"

namespace tallybook {

// What one invoice line bills of a period.
struct UsagePart {
  std::optional<std::string> group;
  MeteredWindow window;
  Exact quantity;
  std::vector<Exact> values;  // bps only
  std::int64_t events = 0;
  std::int64_t sequence = 0;  // of ingestion, that it was counted at
  Exact billed_before;        // bill_usage_difference: of this window, exact minor units
  // Of what is given back of the window: what of it was paid after coupons.
  std::optional<Exact> paid_share;
  ChargeAmount amount;
};

// A stored line for usage of a product of a subscription, whatever line of whatever version it was
// charged by: terms may have been replaced since.
struct BilledUsage {
  InvoiceLine line;
  Exact amount;            // exact minor units; negative on a document that became a credit note
  bool settled = true;     // false: its document may still be counted again
  bool adjustable = true;  // its document claims money: neither voided nor dropped
};

// The windows of a part of a cycle, group by group. The line must be a usage line.
std::vector<UsagePart> usage_parts(UnitOfWork& work, CustomerId const& customer,
                                   SubscriptionLine const& line, ChargedPart const& charged,
                                   TimeZone const& zone);
// One window as it is now, nothing taken off.
std::vector<UsagePart> window_parts(UnitOfWork& work, CustomerId const& customer,
                                    SubscriptionLine const& line, MeteredWindow const& window,
                                    Exact const& fraction);
std::vector<MeteredWindow> windows_of(UnitOfWork& work, SubscriptionLine const& line,
                                      ChargedPart const& charged, TimeZone const& zone);

// The lines a usage product was sold by, in all versions of a subscription, and what they billed.
struct SoldUsage {
  std::vector<SubscriptionLine> sources;
  std::vector<BilledUsage> billed;
};
SoldUsage sold_usage(UnitOfWork& work, Subscription const& subscription, ProductId const& product);
// What was billed of the line's product.
std::vector<BilledUsage> billed_usage(UnitOfWork& work, SubscriptionLine const& line);
// Usage lines that ended, of all versions.
std::vector<SubscriptionLine> ended_usage(UnitOfWork& work, Subscription const& subscription);
// Whether a stored line counted the window from `from`.
[[nodiscard]] bool counted_from(InvoiceLine const& line, std::optional<Instant> const& from);

// What a line of the part is called.
[[nodiscard]] std::string name_of(SubscriptionLine const& line, UsagePart const& part);
// Writes amount, quantity and facts of a part on a line.
void apply_part(InvoiceLine& invoice_line, UsagePart const& part);

// Counts the lines of one period of a subscription line of an unissued document again. Groups that
// were not there before get lines of their own, stored at once. In a window whose difference a
// later line billed already nothing changes: that one counted the whole window.
void recount_period(UnitOfWork& work, CustomerId const& customer, SubscriptionLine const& line,
                    InvoiceWithLines& document, Date period_start, TimeZone const& zone);

}  // namespace tallybook
