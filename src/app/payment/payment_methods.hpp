// Payment methods of customers: imported from a provider, chosen, failed, deleted.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

struct NewPaymentMethod {
  std::string provider_name;
  std::optional<std::string> provider_id;
  std::string token;
};
// What the provider says of the token, asked before the transaction. 400 when the provider is not
// connected in this mode or does not hold the token.
Result<ProviderToken> describe_token(Services const& services, Tenant const& tenant,
                                     NewPaymentMethod const& wanted);
// Stores it; the customer's first becomes the active one. 409 when the customer has it already.
Result<PaymentMethod> add_payment_method(UnitOfWork& work, CustomerId const& customer,
                                         NewPaymentMethod const& wanted,
                                         ProviderToken const& described);
// 409 while a payment with it is planned or under way. Its history stays.
Result<void> delete_payment_method(UnitOfWork& work, CustomerId const& customer,
                                   PaymentMethodId const& id);

// A method of the customer that can be charged; 400 of payment_method_id when there is no such
// method, 409 when its status forbids it.
Result<PaymentMethod> chargeable_method(UnitOfWork& work, CustomerId const& customer,
                                        std::string const& id);
// Fits payment_method_id and payment_method_type of a customer's new state together: a method
// brings its type, a type paid by hand ends the automatic one. `current` is the state before.
Result<void> choose_method(UnitOfWork& work, Customer const& current, Customer& updated);

// What a failed charge says about its method: expired or errored, told once.
void note_failure(UnitOfWork& work, Transaction const& charge);

// Sets the order of providers of the entity for one type of method; an empty list removes it. 400
// for providers that are not connected.
Result<void> set_provider_order(UnitOfWork& work, EntityId const& entity, PaymentMethodType type,
                                std::vector<std::string> const& providers);

}  // namespace tallybook
