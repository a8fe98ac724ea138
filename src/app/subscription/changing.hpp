// Changing what runs: lines replace each other, the money that follows is charged or credited now,
// on the next invoice, or on a date (PRO-1 to PRO-5, PHA-4 to PHA-6, SUB-UPD-4).
#pragma once

#include "app/billing/step.hpp"
#include "domain/subscription/changes.hpp"

namespace tallybook {

// A part of a charged line that is given back.
struct Unused {
  InvoiceLine original;  // on a document, or waiting for one
  Exact net;             // minor units without tax, above 0
  Period period;
  std::string name;
  std::optional<Exact> units = {};   // of what goes; none: those of the line
  CreditFacts facts = {};            // what `net` comes from
  std::optional<Instant> from = {};  // its first moment, where time is counted and not days
};

// What a change costs and gives back.
struct Adjustments {
  std::vector<InvoiceLine> charges;
  std::vector<Unused> credits;
  void add(Adjustments&& other);
  // The net in minor units, each part rounded as its line will be.
  [[nodiscard]] std::int64_t net(Currency currency) const;
};

// What was charged in advance for a product's days from the cut on and not given back yet; of what
// was charged by its time, from the start of that day on.
std::vector<Unused> paid_after(UnitOfWork& work, SubscriptionId const& subscription,
                               ProductId const& product, Cut const& cut, TimeZone const& zone);

// The lines of documents that charged the product's days from the cut on, in order: of the
// subscription and of the versions before it.
std::vector<InvoiceLine> charged_after(UnitOfWork& work, SubscriptionId const& subscription,
                                       ProductId const& product, Cut const& cut);

// What a line of a document charged for its days from the cut on, and what was given back of them;
// exact minor units, above 0, after coupons.
struct DaysCharged {
  Exact charged;
  Exact given_back;
  bool written_off = false;
  std::optional<Exact> before_coupons = {};  // what was charged; none: charged again (SUB-13)
};
std::vector<DaysCharged> days_charged_after(UnitOfWork& work, SubscriptionId const& subscription,
                                            ProductId const& product, Cut const& cut,
                                            TimeZone const& zone);

// Whether a line was charged or given back by its time, not by its days.
[[nodiscard]] bool counts_time(InvoiceLine const& line);
// All that a line charges or gives back.
[[nodiscard]] CutAmount whole_amount(InvoiceLine const& line);

// How old lines hand over to new ones.
struct Handover {
  Cut cut;
  ChargeKind kind = ChargeKind::transition;
  CalculationMethod method = CalculationMethod::pro_rata;
  bool keep_cycles = true;
  bool direct = false;         // new lines are charged as configured, nothing is given back
  bool charge_arrears = true;  // what was used of lines in arrears is charged
  bool charge_new = true;      // false: the phase is not invoiced
  bool waives_new = false;     // what would be charged in advance on the day is waived too
  // What goes on as it is, is given back and charged anew all the same.
  bool charges_anew = false;
  std::optional<Instant> paused_until = {};  // within a pause: what falls due in it costs nothing
};
// Detaches `before` (lines of the state, running) and starts `after` on the cut's day; the rest of
// kept cycles is charged by the returned adjustments, whole periods by the billing that follows.
// Connected seats are counted as they start.
Adjustments hand_over(UnitOfWork& work, SubscriptionState& state,
                      std::vector<SubscriptionLine*> const& before,
                      std::vector<SubscriptionLine*> const& after, SubscriptionPhase const& phase,
                      Handover const& how, TimeZone const& zone);

// Where adjustments go.
struct Settlement {
  UpdatePayment schedule = UpdatePayment::immediately;
  std::optional<Instant> charge_at;
  std::optional<RefundMethod> refund_method;
  bool one_document = true;  // credits lower the charges of one document; what is beyond is a note
};
// On the step's document: what begins in advance must have been charged before, so that credits
// lower it.
void settle(BillingStep& step, Adjustments adjustments, Settlement const& how);

// The line of a change: `fraction` of the cycle at the line's price, less that of `replaced`.
InvoiceLine change_line(UnitOfWork& work, SubscriptionState const& state,
                        SubscriptionLine const& line, SubscriptionLine const* replaced,
                        CycleShare const& share, Period cycle, ChargeKind kind,
                        ProrationBasis basis);

// The same for what may have several lines: usage, one for each group and window.
std::vector<InvoiceLine> change_lines(UnitOfWork& work, SubscriptionState const& state,
                                      SubscriptionLine const& line, ChargedPart const& part,
                                      Period cycle, ChargeKind kind);

// Ends the running phase on the cut's day and begins the next one; without one the subscription
// ends. Its lines hand over as the next phase says.
void next_phase(BillingStep& step, Cut const& cut);

// Waits as a charge of its own: for the next invoice, or until `charge_at`.
void keep_pending(UnitOfWork& work, SubscriptionState& state, InvoiceLine line,
                  std::optional<Instant> charge_at, std::optional<RefundMethod> refund_method);

// A waiting charge is lowered by what is given back of it: nothing of it was billed yet.
void lower_waiting(UnitOfWork& work, SubscriptionState& state, Unused const& part,
                   TimeZone const& zone);
// Gives a part of a charge back with the next document.
void credit_later(UnitOfWork& work, SubscriptionState& state, Unused const& part,
                  std::optional<Instant> charge_at, std::optional<RefundMethod> refund_method);

// 400 where a waived change gives what is paid for its running period another interval, or moves a
// product between the start and the end of its periods: days of the running one would be paid twice
// or never. `paths` name the wanted lines.
Result<void> check_waived(std::vector<SubscriptionLine const*> const& running,
                          std::vector<SubscriptionLine const*> const& wanted,
                          std::vector<std::string> const& paths, Date day, TimeZone const& zone);

// The same for a waived change to a new billing cycle, which charges the product from its first day
// on; which of the wanted lines is paid beyond it, and until when.
struct PaidBeyond {
  std::size_t line;
  Date until;  // the first day that is not paid
};
std::optional<PaidBeyond> paid_beyond(std::vector<SubscriptionLine const*> const& running,
                                      std::vector<SubscriptionLine const*> const& wanted, Date day,
                                      TimeZone const& zone);

// Puts a waiting charge on the step's document.
void take_pending(BillingStep& step, PendingCharge waiting);

}  // namespace tallybook
