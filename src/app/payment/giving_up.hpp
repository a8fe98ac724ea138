// An invoice whose attempts have all failed, and its subscription (PAY-3).
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

// The invoice goes to error and its active subscription to errored, each with its webhook. The
// invoice is not stored. Nothing when it is in error already or written off.
void give_up(UnitOfWork& work, Invoice& invoice);
// An invoice that was in error is paid: its subscription goes on once none of its invoices is in
// error. What fell due meanwhile is billed by the next run.
void recover_after(UnitOfWork& work, Invoice const& invoice);

}  // namespace tallybook
