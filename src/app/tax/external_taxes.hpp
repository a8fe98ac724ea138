// Rates of an external engine. They are asked for in the background and kept per document, so that
// no transaction waits for the network; a document is issued only with an answer to its own
// question.
#pragma once

#include "app/invoice/invoicing.hpp"

namespace tallybook {

// Gives the lines the rates the engine gave for this document, its parties and lines as they are
// now. False when there are none yet: the lines are untaxed then and the question is noted.
[[nodiscard]] bool apply_external_taxes(UnitOfWork& work, InvoiceParties const& parties,
                                        InvoiceWithLines& document);

// Asks the engine for documents that wait, whose answer is 12 hours old or whose parties or lines
// changed; what waited only for its tax is issued. At most `most` calls; returns how many were
// made.
int ask_external_taxes(Services& services, Tenant const& tenant, int most = 20);

}  // namespace tallybook
