// The explanation of a stored document, or of one that is being counted: its lines with the terms
// they were charged by and the events that were counted.
#pragma once

#include "app/unit_of_work.hpp"
#include "domain/explain/explanation.hpp"

namespace tallybook {

// Usage is read as of the sequence the line was computed at: later events change nothing.
Explanation explain_document(SqlSession& sql, Tenant const& tenant, EventStore& events,
                             InvoiceWithLines const& document);

}  // namespace tallybook
