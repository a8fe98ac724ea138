// Credits as a product of a subscription (CRE-8): a charged period brings them to the customer's
// balance, what credits its line takes the rest of them back, and the net of the line is a debt
// until they are used.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

// What a line brings for a share of a cycle; a period whose credits would have expired brings none.
struct LineGrant {
  Exact count;
  Exact fraction = 1;
  std::optional<CreditsGrantMode> mode;
  Period period;
  std::optional<InvoiceId> invoice_id;  // none: the phase is not invoiced, the credits are free
  std::optional<InvoiceLineId> invoice_line_id;
};
void grant_line_credits(UnitOfWork& work, Subscription const& subscription,
                        SubscriptionLine const& line, LineGrant const& wanted);
// When nothing more of a start in the past is to come, what was used of the running period is taken:
// what is beyond it is billed with the next one.
void catch_up_with_lines(UnitOfWork& work, Subscription const& subscription,
                         std::vector<SubscriptionLine> const& lines);
// The same for a charge as it stands on its document; nothing for lines of other products.
void grant_charged_credits(UnitOfWork& work, Subscription const& subscription,
                           SubscriptionLine const& line, InvoiceLine const& charged,
                           InvoiceId const& document);

// The share of its cycle's credits that a charge brings: 1 where the product grants all of them
// however long the period is.
[[nodiscard]] Exact credits_fraction_of(UnitOfWork& work, InvoiceLine const& line);

// When a document is issued, before it takes its number: the credits its lines brought are worth
// their net, those of the lines it credits are taken back.
void settle_line_credits(UnitOfWork& work, InvoiceWithLines& document);

// A line that was never issued is cut by `share`: so are its credits.
void cut_line_credits(UnitOfWork& work, InvoiceLineId const& line, Exact const& share);

// How much of what a line credits was for a lower price and took no credits: 0 to 1.
Exact price_part_of(InvoiceLine const& credit);

// Shares of the credits a line brought, with the usage up to now; where it brought none, all of
// them are there.
struct CreditsOfLine {
  Exact unused = 1;   // there to be given back
  Exact used;         // or ended
  Exact priced_down;  // share of the line's net that was given back for a lower price
};
CreditsOfLine credits_of_line(UnitOfWork& work, InvoiceLine const& line);

}  // namespace tallybook
