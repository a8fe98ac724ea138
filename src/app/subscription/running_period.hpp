// The period a line or subscription is in now, for reading.
#pragma once

#include "domain/subscription/billing.hpp"
#include "store/sql/tables.hpp"

namespace tallybook {

// Half-open instants. In advance that is the period charged last; in arrears the one running.
std::optional<InstantRange> running_period(SubscriptionLine const& line, TimeZone const& zone);
// The earliest of its lines' running periods; empty before the start and for one-time lines only.
std::optional<InstantRange> running_period_of(SqlSession& sql, Tenant const& tenant,
                                              Subscription const& subscription);
// The earliest moment a change may be dated back to: within the running period, and since a
// cancellation was taken back. Empty: nothing runs.
std::optional<Instant> changeable_from(Subscription const& subscription,
                                       std::vector<SubscriptionLine> const& lines);
// When the running period began, or would have where a change in arrears cut it; not before the
// subscription's first day, nor before a cancellation was taken back.
std::optional<Instant> last_renewal_of(Subscription const& subscription,
                                       std::vector<SubscriptionLine> const& lines);
std::optional<InstantRange> running_period_of(Subscription const& subscription,
                                              std::vector<SubscriptionLine> const& lines);

// The terms at which a pause passed over the line's running period (SUB-6), by this version of its
// subscription or one before it: until its end they cost nothing.
std::optional<SubscriptionLine> passed_over_terms(SqlSession& sql, Tenant const& tenant,
                                                  SubscriptionLine const& line,
                                                  TimeZone const& zone);

// The versions of a subscription, whichever of them is given (SUB-UPD-7).
std::vector<SubscriptionId> versions_of(SqlSession& sql, Tenant const& tenant,
                                        Subscription const& subscription);

std::vector<SubscriptionLine> lines_of(SqlSession& sql, Tenant const& tenant,
                                       SubscriptionId const& id);

}  // namespace tallybook
