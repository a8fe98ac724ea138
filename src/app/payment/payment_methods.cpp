#include "app/payment/payment_methods.hpp"

#include <algorithm>

#include "app/customer/customers.hpp"
#include "app/entity/invoicing_entities.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace payment_methods_detail {

PaymentProvider* connected(Services const& services, Tenant const& tenant,
                           std::string const& name) {
  if (services.providers == nullptr) return nullptr;
  auto* provider = services.providers->find(name);
  return provider != nullptr && provider->test_only() && tenant.mode == Mode::live ? nullptr
                                                                                   : provider;
}

void say(UnitOfWork& work, char const* event, PaymentMethod const& method) {
  work.emit(event, method.customer_id, work.services().snapshots.payment_method(method));
}

}  // namespace payment_methods_detail

Result<ProviderToken> describe_token(Services const& services, Tenant const& tenant,
                                     NewPaymentMethod const& wanted) {
  auto* provider = payment_methods_detail::connected(services, tenant, wanted.provider_name);
  if (provider == nullptr)
    return fail(errors::invalid_field("provider_name", "no such provider is connected"));
  if (wanted.provider_id)
    return fail(
        errors::invalid_field("provider_id", "the provider is connected once; leave it out"));
  auto token = provider->describe(tenant, wanted.token);
  if (!token)
    return fail(errors::invalid_field("provider_payment_method_id",
                                      "the provider holds no such payment method"));
  return *std::move(token);
}

Result<PaymentMethod> add_payment_method(UnitOfWork& work, CustomerId const& id,
                                         NewPaymentMethod const& wanted,
                                         ProviderToken const& described) {
  TB_TRY(customer, find_customer(work, id));
  PaymentMethod method;
  method.id = work.new_id<PaymentMethodTag>();
  method.customer_id = id;
  method.type = described.type;
  method.provider_name = wanted.provider_name;
  method.provider_id = wanted.provider_id;
  method.provider_payment_method_id = wanted.token;
  method.brand = described.brand;
  method.last_4_digits = described.last_4_digits;
  method.expiration_date = described.expiration_date;
  method.account_number_ending = described.account_number_ending;
  method.created_at = method.updated_at = work.now();
  if (!work.records<PaymentMethod>().insert_if_new(method))
    return fail(errors::conflict("The customer has this payment method already"));
  payment_methods_detail::say(work, "payment_method.created", method);
  if (!customer.payment_method_id) {
    customer.payment_method_id = method.id.value;
    customer.payment_method_type = method.type;
    customer.updated_at = work.now();
    work.records<Customer>().update(customer);
    payment_methods_detail::say(work, "payment_method.activated", method);
  }
  return method;
}

Result<void> delete_payment_method(UnitOfWork& work, CustomerId const& customer_id,
                                   PaymentMethodId const& id) {
  TB_TRY(customer, find_customer(work, customer_id));
  auto method = work.records<PaymentMethod>().find_for_update(id.value);
  if (!method || method->deleted_at || method->customer_id != customer_id)
    return fail(errors::not_found("Payment method"));
  auto const used = work.records<Transaction>().first(
      "payment_method_id = ? AND status IN ('scheduled', 'to_process', 'pending') ORDER BY "
      "created_at",
      {id.value});
  if (used)
    return fail(errors::conflict("Payment " + used->id.value + " with this method is " +
                                 std::string(reflect::enum_name(used->status)) +
                                 "; delete the method when it has ended"));
  method->deleted_at = method->updated_at = work.now();
  work.records<PaymentMethod>().update(*method);
  if (customer.payment_method_id == id.value) {
    customer.payment_method_id.reset();
    customer.payment_method_type.reset();
    customer.updated_at = work.now();
    work.records<Customer>().update(customer);
  }
  payment_methods_detail::say(work, "payment_method.deleted", *method);
  return {};
}

Result<PaymentMethod> chargeable_method(UnitOfWork& work, CustomerId const& customer,
                                        std::string const& id) {
  auto method = work.records<PaymentMethod>().find(id);
  if (!method || method->deleted_at || method->customer_id != customer)
    return fail(
        errors::invalid_field("payment_method_id", "the customer has no such payment method"));
  if (method->status != PaymentMethodStatus::active)
    return fail(errors::conflict("The payment method is " +
                                 std::string(reflect::enum_name(method->status)) +
                                 "; only an active one can be charged"));
  return *std::move(method);
}

Result<void> choose_method(UnitOfWork& work, Customer const& current, Customer& updated) {
  bool const id_changed = current.payment_method_id != updated.payment_method_id;
  bool const type_changed = current.payment_method_type != updated.payment_method_type;
  if (id_changed && updated.payment_method_id) {
    TB_TRY(method, chargeable_method(work, updated.id, *updated.payment_method_id));
    if (type_changed && updated.payment_method_type && *updated.payment_method_type != method.type)
      return fail(
          errors::invalid_field("payment_method_type", "the payment method is of another type"));
    updated.payment_method_type = method.type;
    payment_methods_detail::say(work, "payment_method.activated", method);
    return {};
  }
  if (id_changed) {
    if (!type_changed) updated.payment_method_type.reset();
    return {};
  }
  if (type_changed && updated.payment_method_id) {
    if (updated.payment_method_type && is_automatic(*updated.payment_method_type))
      return fail(errors::invalid_field(
          "payment_method_type", "give payment_method_id to change the method that is charged"));
    updated.payment_method_id.reset();
  }
  return {};
}

void note_failure(UnitOfWork& work, Transaction const& charge) {
  if (!charge.payment_method_id || !charge.error_type) return;
  auto method = work.records<PaymentMethod>().find_for_update(*charge.payment_method_id);
  if (!method) return;
  auto const status = status_after(method->status, *charge.error_type);
  if (status == method->status) return;
  method->status = status;
  method->error_type = charge.error_type;
  method->error_message = charge.error_message;
  method->updated_at = work.now();
  work.records<PaymentMethod>().update(*method);
  payment_methods_detail::say(work, "payment_method.errored", *method);
}

Result<void> set_provider_order(UnitOfWork& work, EntityId const& id, PaymentMethodType type,
                                std::vector<std::string> const& providers) {
  std::string const field(reflect::enum_name(type));
  for (std::size_t i = 0; i < providers.size(); ++i) {
    std::string const path = field + "[" + std::to_string(i) + "]";
    if (payment_methods_detail::connected(work.services(), work.tenant(), providers[i]) == nullptr)
      return fail(errors::invalid_field(path, "no such provider is connected"));
    if (std::ranges::count(providers, providers[i]) > 1)
      return fail(errors::invalid_field(path, "named twice"));
  }
  auto known = work.records<ProviderOrder>().first(
      "invoicing_entity_id = ? AND payment_method_type = ?", {id.value, field});
  if (providers.empty()) {
    if (known) work.records<ProviderOrder>().erase(known->id.value);
    return {};
  }
  if (known) {
    known->providers = providers;
    known->updated_at = work.now();
    work.records<ProviderOrder>().update(*known);
  } else {
    work.records<ProviderOrder>().insert(
        {work.new_id<ProviderOrderTag>(), id, type, providers, work.now()});
  }
  return {};
}

}  // namespace tallybook
