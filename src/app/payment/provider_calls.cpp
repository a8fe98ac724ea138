#include "app/payment/provider_calls.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "base/crash_point.hpp"
#include "base/log.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace provider_calls_detail {

constexpr std::int64_t lease_ms = 60'000;           // an answer takes less
constexpr std::int64_t pending_ms = 6 * 3'600'000;  // events usually come first

PaymentProvider* one_of(PaymentProviders const* providers, Tenant const& tenant,
                        std::string_view name) {
  if (providers == nullptr) return nullptr;
  auto* provider = providers->find(name);
  if (provider == nullptr || (provider->test_only() && tenant.mode == Mode::live)) return nullptr;
  return provider;
}

PaymentProvider* connected(Services const& services, Tenant const& tenant, std::string_view name) {
  return one_of(services.providers, tenant, name);
}

// Who would be asked: a rehearsal knows them as well, and calls nobody.
PaymentProvider const* known(Services const& services, Tenant const& tenant,
                             std::string_view name) {
  auto const* providers =
      services.providers != nullptr ? services.providers : services.rehearsed_providers;
  return one_of(providers, tenant, name);
}

ProviderOutcome ask(PaymentProvider& provider, Tenant const& tenant, ProviderCall const& call,
                    Instant now) {
  std::string const& key = call.transaction_id.value;
  try {
    if (call.ask_first) {
      auto found = provider.find(tenant, key, now);
      if (found.state != MoneyState::absent) return {true, false, std::move(found)};
      if (!call.may_send) return {};
    }
    auto answer = call.refund ? provider.refund(tenant, call.refund_order, now)
                              : provider.charge(tenant, call.charge, now);
    crash_point("payment.asked");
    if (answer.state != MoneyState::unavailable) return {true, false, std::move(answer)};
    // An earlier order under the key may have arrived all the same: only a dead key is certain.
    if (call.refund) return {};
    if (provider.cancel(tenant, key, now)) return {true, true, std::move(answer)};
    auto found = provider.find(tenant, key, now);
    if (found.state == MoneyState::absent) return {};
    return {true, false, std::move(found)};
  } catch (ProviderSilent const& silent) {
    log::warn("payment " + key + ": " + silent.what());
    return {};
  }
}

std::string cursor_of(SqlSession& sql, Tenant const& tenant, std::string const& provider) {
  std::string position;
  sql.query(
      "SELECT position FROM provider_cursors WHERE account_id = ? AND mode = ? AND provider_name = "
      "?",
      {tenant.account_id, std::string(mode_text(tenant.mode)), provider},
      [&](SqlRow const& row) { position = row.text(0); });
  return position;
}

bool is_blocked(std::vector<std::string> const& blocked, std::string const& name) {
  return std::ranges::find(blocked, name) != blocked.end();
}

// Looks at what an event names; keys of other accounts and of no transaction are not ours.
std::int64_t look_at(Services& services, Tenant const& tenant, std::string const& provider,
                     std::string const& key) {
  std::vector<ProviderCall> calls;
  services.database.write([&](SqlSession& sql) {
    calls.clear();
    UnitOfWork work(services, sql, tenant, tenant_now(sql, tenant, services.clock));
    auto transaction = work.records<Transaction>().find_for_update(key);
    if (!transaction || transaction->provider_name != provider) return false;
    if (auto call = prepare_call(work, *transaction)) {
      call->ask_first = true;
      calls.push_back(*std::move(call));
    }
    return true;
  });
  return carry_out(services, tenant, std::move(calls));
}

}  // namespace provider_calls_detail

std::vector<std::string> providers_for(UnitOfWork& work, EntityId const& entity,
                                       PaymentMethod const& method) {
  using enum PaymentMethodType;
  auto const order_of = [&](PaymentMethodType type) {
    return work.records<ProviderOrder>().first(
        "invoicing_entity_id = ? AND payment_method_type = ?",
        {entity.value, std::string(reflect::enum_name(type))});
  };
  auto order = order_of(method.type);
  if (!order && method.type != card) order = order_of(direct_debit);
  std::vector<std::string> wanted = order ? order->providers : std::vector<std::string>{};
  if (std::ranges::find(wanted, method.provider_name) == wanted.end())
    wanted.push_back(method.provider_name);
  std::erase_if(wanted, [&](std::string const& name) {
    auto const* provider = provider_calls_detail::known(work.services(), work.tenant(), name);
    return provider == nullptr || !provider->charges_tokens_of(method.provider_name);
  });
  return wanted;
}

Transaction new_charge(UnitOfWork& work, Invoice const& invoice, PaymentMethod const& method,
                       std::int64_t amount) {
  TB_ASSERT(amount > 0 && amount <= invoice.amount_due);
  Transaction charge;
  charge.id = work.new_id<TransactionTag>();
  charge.type = invoice.subscription_id ? TransactionType::subscription : TransactionType::one_time;
  charge.status = TransactionStatus::to_process;
  charge.amount = amount;
  charge.currency = invoice.currency;
  charge.customer_id = invoice.customer_id;
  charge.invoice_id = invoice.id;
  charge.payment_method_type = transaction_method(method.type);
  charge.payment_method_id = method.id.value;
  auto const providers = providers_for(work, invoice.invoicing_entity_id, method);
  charge.provider_name = providers.empty() ? method.provider_name : providers.front();
  charge.process_at = charge.created_at = charge.updated_at = work.now();
  charge.look_again_at = work.now();
  return charge;
}

Transaction intend_refund(UnitOfWork& work, Transaction& payment,
                          std::optional<InvoiceId> const& document, std::int64_t amount) {
  TB_ASSERT(amount > 0 && amount <= payment.amount - payment.refunded_amount);
  Transaction refund;
  refund.id = work.new_id<TransactionTag>();
  refund.type = TransactionType::refund;
  refund.status = TransactionStatus::to_process;
  refund.amount = amount;
  refund.currency = payment.currency;
  refund.customer_id = payment.customer_id;
  refund.invoicing_entity_id = document ? std::nullopt : payment.invoicing_entity_id;
  refund.invoice_id = document;
  refund.payment_method_type = payment.payment_method_type;
  refund.payment_method_id = payment.payment_method_id;
  refund.wallet_id = payment.wallet_id;
  refund.provider_name = payment.provider_name;
  refund.provider_id = payment.provider_id;
  refund.original_transaction_id = payment.id;
  refund.process_at = refund.created_at = refund.updated_at = work.now();
  refund.look_again_at = work.now();
  payment.refunded_amount += amount;
  payment.updated_at = work.now();
  work.records<Transaction>().insert(refund);
  work.records<Transaction>().update(payment);
  return refund;
}

std::optional<ProviderCall> prepare_call(UnitOfWork& work, Transaction& transaction) {
  using namespace provider_calls_detail;
  using enum TransactionStatus;
  bool const open = transaction.status == to_process || transaction.status == pending;
  // A failed or cancelled one is asked about when an event names it; a settled one for chargebacks.
  transaction.look_again_at.reset();
  ProviderCall call;
  call.transaction_id = transaction.id;
  call.provider = transaction.provider_name.value_or("");
  call.refund = transaction.type == TransactionType::refund;
  call.may_send = transaction.status == to_process;
  call.ask_first = transaction.sent_at.has_value() || !call.may_send;
  if (call.may_send && !transaction.sent_at) transaction.sent_at = work.now();
  if (open) transaction.look_again_at = work.now() + (call.may_send ? lease_ms : pending_ms);
  work.records<Transaction>().update(transaction);
  if (connected(work.services(), work.tenant(), call.provider) == nullptr) {
    if (open) transaction.look_again_at = work.now() + pending_ms;
    work.records<Transaction>().update(transaction);
    return std::nullopt;
  }
  if (call.refund) {
    TB_ASSERT(transaction.original_transaction_id.has_value());
    call.refund_order = {transaction.id.value, transaction.original_transaction_id->value,
                         transaction.amount, transaction.currency};
  } else if (call.may_send) {
    auto const method =
        work.records<PaymentMethod>().find(transaction.payment_method_id.value_or(""));
    TB_ASSERT(method.has_value());
    call.charge = {transaction.id.value, method->provider_payment_method_id, transaction.amount,
                   transaction.currency};
  }
  return call;
}

std::vector<ProviderCall> prepare_due_calls(UnitOfWork& work, Instant at, int batch) {
  std::vector<ProviderCall> calls;
  for (auto& transaction : work.records<Transaction>().where(
           "look_again_at IS NOT NULL AND look_again_at <= ? ORDER BY look_again_at, id LIMIT ?" +
               std::string(work.sql().for_update()),
           {at.ms, std::int64_t{batch}})) {
    if (auto call = prepare_call(work, transaction)) calls.push_back(*std::move(call));
  }
  return calls;
}

std::int64_t carry_out(Services& services, Tenant const& tenant, std::vector<ProviderCall> calls) {
  std::int64_t settled = 0;
  while (!calls.empty()) {
    auto const call = std::move(calls.back());
    calls.pop_back();
    auto* provider = provider_calls_detail::connected(services, tenant, call.provider);
    TB_ASSERT(provider != nullptr);
    crash_point("payment.intended");
    Instant now;
    services.database.read([&](SqlSession& sql) { now = tenant_now(sql, tenant, services.clock); });
    auto const outcome = provider_calls_detail::ask(*provider, tenant, call, now);
    crash_point("payment.answered");
    Recorded recorded;
    try {
      services.database.write([&](SqlSession& sql) {
        UnitOfWork work(services, sql, tenant, tenant_now(sql, tenant, services.clock));
        recorded = record_outcome(work, call.transaction_id, outcome);
        return true;
      });
    } catch (BrokenInvariant const& problem) {
      // Its look_again_at stands: it is tried again, and the others go on.
      log::error("payment " + call.transaction_id.value + ": " + problem.what());
      continue;
    }
    crash_point("payment.recorded");
    settled += recorded.settled;
    if (recorded.next) calls.push_back(*std::move(recorded.next));
  }
  return settled;
}

std::optional<Instant> next_provider_event(Services& services, Tenant const& tenant, Instant until,
                                           std::vector<std::string> const& blocked) {
  std::optional<Instant> next;
  if (services.providers == nullptr) return next;
  for (auto* provider : services.providers->all()) {
    if (provider->test_only() && tenant.mode == Mode::live) continue;
    if (provider_calls_detail::is_blocked(blocked, provider->name())) continue;
    std::string cursor;
    services.database.read([&](SqlSession& sql) {
      cursor = provider_calls_detail::cursor_of(sql, tenant, provider->name());
    });
    auto const at = provider->next_event_at(tenant, cursor);
    if (at && *at <= until && (!next || *at < *next)) next = at;
  }
  return next;
}

std::int64_t read_provider_events(Services& services, Tenant const& tenant,
                                  std::vector<std::string>& blocked) {
  std::int64_t settled = 0;
  if (services.providers == nullptr) return settled;
  for (auto* provider : services.providers->all()) {
    if (provider->test_only() && tenant.mode == Mode::live) continue;
    if (provider_calls_detail::is_blocked(blocked, provider->name())) continue;
    std::string cursor;
    Instant now;
    services.database.read([&](SqlSession& sql) {
      cursor = provider_calls_detail::cursor_of(sql, tenant, provider->name());
      now = tenant_now(sql, tenant, services.clock);
    });
    try {
      auto const events = provider->events_since(tenant, cursor, now);
      for (auto const& key : events.keys)
        settled += provider_calls_detail::look_at(services, tenant, provider->name(), key);
      if (events.cursor == cursor) continue;
      crash_point("payment.events");
      services.database.write([&](SqlSession& sql) {
        sql.execute(
            "INSERT INTO provider_cursors (account_id, mode, provider_name, position) VALUES (?, "
            "?, ?, ?) ON CONFLICT (account_id, mode, provider_name) DO UPDATE SET position = "
            "excluded.position",
            {tenant.account_id, std::string(mode_text(tenant.mode)), provider->name(),
             events.cursor});
        return true;
      });
    } catch (ProviderSilent const& silent) {
      log::warn(provider->name() + ": " + silent.what());
      blocked.push_back(provider->name());
    } catch (BrokenInvariant const& problem) {
      log::error("events of " + provider->name() + ": " + problem.what());
      blocked.push_back(provider->name());
    }
  }
  return settled;
}

}  // namespace tallybook
