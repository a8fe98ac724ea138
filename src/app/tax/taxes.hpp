// The tax of documents: puts the question of domain/tax for each line and writes the answer down.
#pragma once

#include "app/invoice/invoicing.hpp"
#include "domain/tax/tax_decision.hpp"

namespace tallybook {

// Decides rate, category and scheme of a document that is not issued yet, as of the unit's time in
// the document's zone, and the legal words it carries; also what the parties' tax numbers are now.
// Lines whose rate was given by hand keep it. False when the entity's external engine has not
// answered for this document yet: it must not be issued then, and the answer is asked for in the
// background.
[[nodiscard]] bool apply_taxes(UnitOfWork& work, InvoiceParties const& parties,
                               InvoiceWithLines& document);

// The same for a document that is only looked at: reads only, and an external engine is not asked, so
// its lines stay untaxed.
void preview_taxes(UnitOfWork& work, InvoiceParties const& parties, InvoiceWithLines& document);

// Whether every line's tax is decided; apply_taxes() was called before.
[[nodiscard]] bool is_tax_known(InvoiceWithLines const& document);

// 409: what apply_taxes() said false to.
Error tax_is_awaited();

// What a standard product would be charged on that day by the automatic or manual engine.
TaxQuestion tax_question(InvoicingEntity const& entity, Customer const& customer, Date day);

}  // namespace tallybook
