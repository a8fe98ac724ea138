// Between the domain's customer and its wire forms.
#pragma once

#include "api/customer/wire.hpp"
#include "api/protocol/reply.hpp"

namespace tallybook::api {

// Changes what the body names; 400 for what is not offered.
Result<void> apply(CustomerWrite const& write, Customer& customer);

CustomerV1 to_v1(Customer const& customer, std::vector<CustomerSubscriptionRef> subscriptions);
CustomerDetailsV1 to_details_v1(Customer const& customer,
                                std::vector<CustomerSubscriptionRef> subscriptions);
CustomerV2 to_v2(Customer const& customer, std::vector<CustomerSubscriptionRef> subscriptions);
CustomerDetailsV2 to_details_v2(Customer const& customer,
                                std::vector<CustomerSubscriptionRef> subscriptions);

}  // namespace tallybook::api
