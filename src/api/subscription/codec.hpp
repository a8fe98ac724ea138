// Between subscriptions and their wire forms.
#pragma once

#include "api/protocol/reply.hpp"
#include "api/subscription/wire.hpp"
#include "app/subscription/live_billing.hpp"
#include "app/subscription/subscriptions.hpp"

namespace tallybook::api {

SubscriptionItem to_item(Subscription const& subscription,
                         std::vector<SubscriptionLine> const& lines);
SubscriptionLiveBilling to_api(LiveBilling const& live);
SubscriptionDetails to_details(SubscriptionState const& state);
// Finds what is invoiced next, also where it must be rehearsed.
void foresee(Call& call, SubscriptionState& state);
// Of a stored subscription, with what is invoiced next.
SubscriptionDetails details_of(Call& call, SubscriptionState& state);
SubscriptionPhaseV2 to_api(SubscriptionPhase const& phase,
                           std::vector<SubscriptionLine> const& lines,
                           std::vector<HeldCoupon> const& coupons, TimeZone const& zone);

// 400 for what is not offered, each with its field.
Result<NewSubscription> to_command(SubscriptionPayload const& body, IdSource& ids);
// In the order they name, else as they are listed.
// A field of a phase that its strategies do not use is refused by name. What is stored is not
// asked.
Result<void> check_used(std::vector<SubscriptionPhaseInput> const& inputs);
Result<std::vector<NewPhase>> to_phases(std::vector<SubscriptionPhaseInput> const& inputs,
                                        std::optional<InvoiceSchedule> schedule, IdSource& ids);
// Unchecked: as they were given, for what is only shown.
ContractTerms terms_as_given(ContractTermsInput const& terms);
Result<ContractTerms> to_contract(ContractTermsInput const& input);
Result<NewLine> to_new_line(SubscriptionProductInput const& input, std::string const& path,
                            IdSource& ids);

}  // namespace tallybook::api
