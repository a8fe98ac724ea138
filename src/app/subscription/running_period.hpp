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
std::optional<InstantRange> running_period_of(Subscription const& subscription,
                                              std::vector<SubscriptionLine> const& lines);

std::vector<SubscriptionLine> lines_of(SqlSession& sql, Tenant const& tenant,
                                       SubscriptionId const& id);

}  // namespace tallybook
