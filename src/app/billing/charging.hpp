// Turning what is due into invoice lines: usage is counted here, prices come from the rules.
#pragma once

#include "app/invoice/invoicing.hpp"
#include "domain/subscription/billing.hpp"

namespace tallybook {

struct UsagePart;

// The invoice lines for a part of a cycle; their tax and totals are decided with the document's.
// One line, or for usage one for each window and group (PRD-6); claimed together, by the first.
std::vector<InvoiceLine> charge_lines(UnitOfWork& work, CustomerId const& customer,
                                      SubscriptionLine const& line, ChargedPart const& part,
                                      TimeZone const& zone);
// The one line of what cannot have more: asserts that there is one.
InvoiceLine charge_line(UnitOfWork& work, CustomerId const& customer, SubscriptionLine const& line,
                        ChargedPart const& part, TimeZone const& zone);
// A line for one window and group of a part's usage.
InvoiceLine usage_line(UnitOfWork& work, SubscriptionLine const& line, ChargedPart const& part,
                       TimeZone const& zone, UsagePart const& usage);
// The line's description with the dates it shows.
std::string described(SubscriptionLine const& line, std::string const& dates);
// The share of its cycle a period of the line is.
Exact fraction_of(SubscriptionLine const& line, Period period);

// An empty invoice of a subscription, in the zone its periods are cut in: a later change of the
// entity's zone must not move them.
InvoiceWithLines invoice_for(UnitOfWork& work, Subscription const& subscription,
                             InvoiceParties const& parties);
// Puts the line last and widens the invoice's period by the line's, unless it corrects another one.
void add_line(InvoiceWithLines& document, InvoiceLine line);
// False when this line and period were charged before: then nothing is charged again.
bool claim_charge(UnitOfWork& work, SubscriptionLineId const& line, Date period_start,
                  InvoiceLineId const& invoice_line);
// Totals and stores a finished invoice: draft, in grace or issued as the subscription and entity
// say. A customer's organisation may be billed instead: `document` is its one then, or waits.
void finish_invoice(UnitOfWork& work, Subscription const& subscription,
                    InvoiceParties const& parties, InvoiceWithLines& document);

// Lines of changes that wait for the subscription's next invoice, in their order.
std::vector<InvoiceLine> waiting_for_invoice(UnitOfWork& work, SubscriptionId const& subscription);

}  // namespace tallybook
