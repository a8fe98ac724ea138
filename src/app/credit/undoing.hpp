// Usage that was deducted from a balance and is gone, and grants that end.
#pragma once

#include "app/unit_of_work.hpp"
#include "domain/credit/undo_use.hpp"

namespace tallybook {

// What was taken comes back to the grants it was taken from (CRE-5); what of them ended since, ends
// at once. Overage falls where the use was beyond the balance; what of that is billed by now, or
// was used before uses were recorded, is granted anew.
void undo_usage(UnitOfWork& work, CustomerCredit& credit, UndoneUse const& undone);

// What is left of the grant is gone.
void end_grant(UnitOfWork& work, CustomerCredit& credit, CreditGrant grant);

}  // namespace tallybook
