// Deferring revenue when a document is issued, and recognising it as time passes.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

// Sets deferred_amount of a document that is being issued and plans its slices, where the entity
// recognises deferred. Wallet and credit documents are no revenue yet and stay out.
void defer_revenue(UnitOfWork& work, InvoicingEntity const& entity, InvoiceWithLines& document);

// Posts what was earned since the last slice; plans the next one.
void recognise(UnitOfWork& work, RevenueSchedule schedule);

}  // namespace tallybook
