// What a change of a running line's terms charges and gives back (PRO-1 to PRO-5).
#pragma once

#include "app/subscription/changing.hpp"

namespace tallybook {

// The line's running period and what of it a change moves.
struct Running {
  Period dates;
  Period cycle;
  CycleShare rest;
};
std::optional<Running> running_of(SubscriptionLine const& line, Cut const& cut,
                                  CalculationMethod method, TimeZone const& zone);

// Where a change starts from when its batch changed the product before: from the line as the batch
// found it, or from nothing.
struct Before {
  bool in_batch = false;
  std::optional<SubscriptionLine> line;
  bool removed = false;  // the batch gave back what was paid of it
};

// Gives back what was charged for the product from the cut on.
void give_back(UnitOfWork& work, SubscriptionState const& state, ProductId const& product,
               Cut const& cut, Adjustments& adjustments);
// What is sold again was paid for these days, where a change that gave nothing back took it off.
void give_back_what_was_paid(BillingStep const& step, SubscriptionLine const& line, Cut const& cut,
                             CalculationMethod method, Before const& batch,
                             Adjustments& adjustments);
// The used part of what is charged at its end, at the terms that end; of what fell due in a pause
// nothing (SUB-6).
void charge_used(BillingStep const& step, SubscriptionLine const& old, Cut const& cut,
                 Adjustments& adjustments);

// New terms for a running line, from the cut on.
Adjustments change_terms(BillingStep& step, std::size_t index, SubscriptionLine const& wanted,
                         Cut const& cut, CalculationMethod method, Before const& batch);

}  // namespace tallybook
