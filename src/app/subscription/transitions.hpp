// Versions of a subscription (SUB-UPD-3 to SUB-UPD-7): a target replaces its source on a day, and
// the difference is waived, settled on one document, or credited and invoiced anew.
#pragma once

#include "app/billing/step.hpp"
#include "domain/explain/explanation.hpp"
#include "domain/subscription/changes.hpp"

namespace tallybook {

struct NewTransition {
  SubscriptionId source;
  std::optional<std::string> name;
  TransitionApplication application_schedule = TransitionApplication::immediately;
  std::optional<Instant> transition_date;
  CycleTransition cycle = CycleTransition::keep_current_billing_cycle;
  TransitionCalculation calculation = TransitionCalculation::pro_rata;
  std::optional<RefundMethod> refund_method;
  NewSubscription target;  // its customer is the source's
};

// Applied at once, or planned. 409 when the source is not active, has a planned transition, or was
// renewed ahead; 400 for a date before the running period.
// An error of the new version, with the path it has in the transition's body.
Error in_target(Error error);
Result<SubscriptionTransition> create_transition(UnitOfWork& work, NewTransition wanted);
// Only a planned one; its target is voided.
Result<SubscriptionTransition> cancel_transition(UnitOfWork& work, TransitionId const& id);

// Of a subscription that ends: they are cancelled, their targets voided.
void drop_planned_transitions(UnitOfWork& work, SubscriptionId const& source);

// What a planned transition would emit on its day, and the target's next invoice. Leaves no trace.
struct TransitionPreview {
  std::vector<InvoiceWithLines> documents;
  std::vector<Explanation> explanations;  // of each, in their order
};
Result<TransitionPreview> preview_transition(UnitOfWork& work, TransitionId const& id);

// Applies the transition planned up to the step's instant. True: the state's subscription is
// archived now.
bool apply_planned_transition(BillingStep& step);
// The version that is due to take over, if any.
std::optional<SubscriptionTransition> next_planned_transition(BillingStep const& step);

}  // namespace tallybook
