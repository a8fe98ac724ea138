// Turning what is due into invoice lines: usage is counted here, prices come from the rules.
#pragma once

#include "app/invoice/invoicing.hpp"

namespace tallybook {

struct CountedUsage {
  Exact quantity;
  std::vector<Exact> values;  // bps only
  std::int64_t sequence = 0;
};

// The usage of a line's customer in [start, end) local days.
CountedUsage count_usage(UnitOfWork& work, CustomerId const& customer, SubscriptionLine const& line,
                         Period period, TimeZone const& zone);

// An invoice line for a share of a cycle; its tax and totals are decided with the document's.
InvoiceLine charge_line(UnitOfWork& work, CustomerId const& customer, SubscriptionLine const& line,
                        Period period, Exact const& fraction, TimeZone const& zone);

// An empty invoice of a subscription, in the zone its periods are cut in: a later change of the
// entity's zone must not move them.
InvoiceWithLines invoice_for(UnitOfWork& work, Subscription const& subscription,
                             InvoiceParties const& parties);
// Puts the line last and widens the invoice's period by the line's.
void add_line(InvoiceWithLines& document, InvoiceLine line);
// False when this line and period were charged before: then nothing is charged again.
bool claim_charge(UnitOfWork& work, SubscriptionLineId const& line, Date period_start,
                  InvoiceLineId const& invoice_line);
// Totals and stores a finished invoice: draft, in grace or issued as the subscription and entity
// say. A customer's organisation may be billed instead: `document` is its one then, or waits.
void finish_invoice(UnitOfWork& work, Subscription const& subscription,
                    InvoiceParties const& parties, InvoiceWithLines& document);

// Counts a usage line of a stored invoice again and prices it anew.
void recount_line(UnitOfWork& work, CustomerId const& customer, SubscriptionLine const& line,
                  InvoiceLine& invoice_line, TimeZone const& zone);

}  // namespace tallybook
