// One instant of one subscription: what is charged then comes together on one document (CYC-10),
// and changes that happen then are made between what ends and what begins.
#pragma once

#include <set>

#include "app/billing/billing_run.hpp"
#include "app/billing/charging.hpp"
#include "app/subscription/telling.hpp"
#include "domain/subscription/phases.hpp"

namespace tallybook {

class BillingStep {
 public:
  // `work` and `state` must outlive this. `due`: what falls due up to here is charged.
  BillingStep(UnitOfWork& work, SubscriptionState& state, Instant due);

  UnitOfWork& work;
  SubscriptionState& state;
  Instant const due;
  TimeZone const zone;
  bool changed_lines = false;  // lines came or went: the whole state is saved
  bool resuming = false;       // a pause ends: what fell due in it is passed over (SUB-6)
  StepNews news;               // whoever stores the state tells them then

  [[nodiscard]] InvoiceParties const& parties();
  // Claims the line's period for this step; the lines of a period's groups share one claim.
  [[nodiscard]] bool claim(InvoiceLine const& line);
  // Adds a computed line to the document; it must have been claimed, or be a credit.
  void add(InvoiceLine line);
  // What its document comes to so far without tax and before discounts; at least 0.
  [[nodiscard]] std::int64_t charged_minor() const;
  // What lines of the document give back of another document's line so far; exact, above 0.
  [[nodiscard]] Exact credited_of(InvoiceLineId const& line) const;
  // Charges the lines of that schedule that are due; in advance only while service goes on.
  bool charge(PaymentSchedule schedule);
  // What was used beyond balances of credits, before the lines that sell them end.
  void charge_overage();
  // Phases that end, contracts, planned updates and transitions, charges with a date of their own,
  // counts of connected seats.
  bool run_events();
  // Puts what waits for the next invoice on the document.
  void take_waiting();
  // Stores the document, with what waits for the next invoice, unless nothing was charged.
  void finish(RunCounts& counts);
  // The document this step makes, begun with this if it was not yet.
  [[nodiscard]] InvoiceId const& document_id();
  [[nodiscard]] std::optional<InvoiceId> const& finished() const { return finished_; }

 private:
  void open_document();
  // Whether the line joins on the day a period that an earlier document of any version charged: it
  // was brought to the minimum fee then (MIN-2).
  [[nodiscard]] bool had_its_minimum(SubscriptionLine const& line, Date starts_on) const;
  std::optional<InvoiceParties> parties_;
  std::optional<InvoiceWithLines> document_;
  std::optional<InvoiceId> finished_;
  std::set<std::pair<std::string, std::int32_t>> claimed_;
  bool looked_at_ended_ = false;  // usage of products that are not sold any more
};

// The earliest planned event that changes what is billed: contracts only inform (CON-2).
std::optional<Instant> next_change(UnitOfWork& work, SubscriptionState& state);
// Recomputes the earliest planned event of the state's subscription.
void plan_events(UnitOfWork& work, SubscriptionState& state);

}  // namespace tallybook
