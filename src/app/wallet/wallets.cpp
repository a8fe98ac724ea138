#include "app/wallet/wallets.hpp"

#include "app/customer/customers.hpp"
#include "app/invoice/invoicing.hpp"
#include "app/tax/taxes.hpp"
#include "app/wallet/movements.hpp"
#include "base/assert.hpp"
#include "domain/subscription/billing.hpp"
#include "money/money.hpp"

namespace tallybook {
namespace wallets_app_detail {

Result<void> check_amount(std::optional<std::int64_t> const& amount, char const* field,
                          std::int64_t least) {
  if (amount && (*amount < least || *amount > max_amount_minor))
    return fail(errors::invalid_field(
        field, "expected " + std::to_string(least) + " to 10^15 minor units"));
  return {};
}

Result<void> check_complete(Wallet const& wallet) {
  if (!wallet.auto_load_type)
    return fail(errors::invalid_field("auto_load_type", "required with is_auto_load_enabled"));
  if (!wallet.auto_load_amount)
    return fail(errors::invalid_field("auto_load_amount", "required with is_auto_load_enabled"));
  if (wallet.auto_load_interval.has_value() != wallet.auto_load_next_date.has_value())
    return fail(errors::invalid_field(
        wallet.auto_load_interval ? "auto_load_next_date" : "auto_load_interval",
        "auto_load_interval and auto_load_next_date go together"));
  if (!wallet.auto_load_interval && !wallet.auto_load_threshold)
    return fail(errors::invalid_field(
        "auto_load_threshold", "give a threshold, or an interval with its next date, or both"));
  return {};
}

Result<void> apply_auto_load(UnitOfWork& work, WalletTerms const& terms, Wallet& wallet) {
  if (!terms.is_auto_load_enabled) {
    static_cast<AutoLoad&>(wallet) = AutoLoad{};
    return {};
  }
  wallet.is_auto_load_enabled = true;
  if (terms.auto_load_type) wallet.auto_load_type = terms.auto_load_type;
  if (terms.auto_load_amount) wallet.auto_load_amount = terms.auto_load_amount;
  wallet.auto_load_reset = terms.auto_load_reset.value_or(wallet.auto_load_reset);
  terms.auto_load_threshold.apply(wallet.auto_load_threshold);
  terms.auto_load_interval.apply(wallet.auto_load_interval);
  auto const before = wallet.auto_load_next_date;
  terms.auto_load_next_date.apply(wallet.auto_load_next_date);
  TB_CHECK(check_amount(wallet.auto_load_amount, "auto_load_amount", 1));
  TB_CHECK(check_amount(wallet.auto_load_threshold, "auto_load_threshold", 0));
  if (wallet.auto_load_interval) {
    auto const& every = *wallet.auto_load_interval;
    int const count = every.count.value_or(1);
    if (every.period == WirePeriod::once || every.period == WirePeriod::all || count < 1 ||
        count > 1000)
      return fail(errors::invalid_field("auto_load_interval",
                                        "expected days, weeks, months or years, 1 to 1000"));
    wallet.auto_load_interval->count = count;
  }
  if (wallet.auto_load_next_date != before) {
    if (wallet.auto_load_next_date && *wallet.auto_load_next_date < work.now())
      return fail(
          errors::invalid_field("auto_load_next_date", "expected a moment not in the past"));
    wallet.auto_load_anchor_at = wallet.auto_load_next_date;
  }
  return check_complete(wallet);
}

Result<void> apply(UnitOfWork& work, WalletTerms const& terms, Wallet& wallet) {
  if (terms.state) wallet.state = *terms.state;
  terms.low_projected_balance_threshold.apply(wallet.low_projected_balance_threshold);
  TB_CHECK(
      check_amount(wallet.low_projected_balance_threshold, "low_projected_balance_threshold", 0));
  TB_CHECK(apply_auto_load(work, terms, wallet));
  bool const gives = wallet.auto_load_type == AutoLoadType::free;
  if (gives && !wallet_settings(work.sql(), work.tenant()).allow_free_credits)
    return fail(errors::invalid_field("auto_load_type",
                                      "free loads are off; switch allow_free_credits on (PATCH "
                                      "/v1/wallets/settings) or load paid"));
  plan_auto_load(work, wallet, true);
  return {};
}

Wallet new_wallet(UnitOfWork& work, Customer const& customer, std::string const& currency) {
  Wallet wallet;
  wallet.id = work.new_id<WalletTag>();
  wallet.customer_id = customer.id;
  wallet.currency = currency;
  wallet.created_at = wallet.updated_at = work.now();
  return wallet;
}

// What the next charges of the active subscriptions will cost with tax. Usage is not foreseen.
std::int64_t next_charges(SqlSession& sql, Tenant const& tenant, Wallet const& wallet,
                          Customer const& customer) {
  std::int64_t sum = 0;
  auto const currency = Currency::parse(wallet.currency).value_or(Currency());
  for (auto const& subscription :
       Records<Subscription>(sql, tenant)
           .where("customer_id = ? AND status = 'active' AND currency = ?",
                  {customer.id.value, wallet.currency})) {
    auto const entity =
        Records<InvoicingEntity>(sql, tenant).find(subscription.invoicing_entity_id.value);
    TB_ASSERT(entity.has_value());
    auto const zone = TimeZone::find(entity->timezone).value_or(TimeZone());
    for (auto const& line :
         Records<SubscriptionLine>(sql, tenant)
             .where("subscription_id = ? AND detached_at IS NULL AND next_charge_at IS NOT NULL",
                    {subscription.id.value})) {
      bool const over = subscription.cancel_at && *line.next_charge_at >= *subscription.cancel_at;
      if (line.type == ProductType::dynamic || over) continue;
      auto const decided =
          decide_tax(tax_question(*entity, customer, zone.date_of(*line.next_charge_at)),
                     VatRates::built_in());
      Exact const with_tax = Exact(1) + decided.rate / Exact(100);
      auto const charge = charge_amount(line, due_charge(line, zone).part.fraction, Exact(0), {});
      sum = checked_add(sum, Money::rounded(charge.amount_minor * with_tax, currency).minor);
    }
  }
  return sum;
}

}  // namespace wallets_app_detail

WalletSettings wallet_settings(SqlSession& sql, Tenant const& tenant) {
  return Records<WalletSettings>(sql, tenant).first("1=1").value_or(WalletSettings());
}

Result<WalletSettings> enabled_wallets(UnitOfWork& work) {
  auto settings = wallet_settings(work.sql(), work.tenant());
  if (!settings.enabled)
    return fail(errors::conflict(
        "Wallets are off; switch them on first (PATCH /v1/wallets/settings, enabled)"));
  return settings;
}

Result<WalletSettings> update_wallet_settings(UnitOfWork& work,
                                              WalletSettingsChanges const& changes) {
  WalletSettings fresh;
  fresh.id = work.services().ids.next("wse");
  work.records<WalletSettings>().insert_if_new(fresh);
  auto settings =
      *work.records<WalletSettings>().first(std::string("1=1") + work.sql().for_update());
  bool const was_enabled = settings.enabled;
  if (changes.enabled) settings.enabled = *changes.enabled;
  if (changes.allow_free_credits) settings.allow_free_credits = *changes.allow_free_credits;
  if (changes.allow_topup_on_portal)
    settings.allow_topup_on_portal = *changes.allow_topup_on_portal;
  if (changes.product_ids) {
    for (std::size_t i = 0; i < changes.product_ids->size(); ++i) {
      if (!work.records<Product>().find((*changes.product_ids)[i]))
        return fail(
            errors::invalid_field("product_ids[" + std::to_string(i) + "]", "no such product"));
    }
    settings.product_ids = *changes.product_ids;
  }
  settings.updated_at = work.now();
  work.records<WalletSettings>().update(settings);
  if (settings.enabled && !was_enabled) {
    // What fell to its threshold meanwhile is loaded now.
    work.sql().execute(
        "UPDATE wallets SET auto_load_due_at = ? WHERE account_id = ? AND mode = ? AND state = "
        "'active' AND is_auto_load_enabled = 1 AND balance <= auto_load_threshold AND "
        "auto_load_due_at IS NULL",
        {work.now().ms, work.tenant().account_id, std::string(mode_text(work.tenant().mode))});
  }
  return settings;
}

Result<Wallet> create_wallet(UnitOfWork& work, CustomerId const& customer_id,
                             WalletTerms const& terms) {
  auto const customer = work.records<Customer>().find(customer_id.value);
  if (!customer || customer->deleted_at)
    return fail(errors::invalid_field("customer_id", "no such customer"));
  auto const entity = work.records<InvoicingEntity>().find(customer->invoicing_entity_id.value);
  TB_ASSERT(entity.has_value());
  auto wallet = wallets_app_detail::new_wallet(work, *customer,
                                               customer->currency.value_or(entity->currency));
  TB_CHECK(wallets_app_detail::apply(work, terms, wallet));
  if (!work.records<Wallet>().insert_if_new(wallet))
    return fail(errors::conflict("The customer has a wallet already; a customer has one"));
  return wallet;
}

Result<Wallet> update_wallet(UnitOfWork& work, WalletId const& id, WalletTerms const& terms) {
  auto wallet = work.records<Wallet>().find_for_update(id.value);
  if (!wallet) return fail(errors::not_found("Wallet"));
  TB_CHECK(wallets_app_detail::apply(work, terms, *wallet));
  wallet->updated_at = work.now();
  work.records<Wallet>().update(*wallet);
  return *std::move(wallet);
}

Result<Wallet> wallet_for(UnitOfWork& work, CustomerId const& customer_id,
                          std::string const& currency) {
  auto wallet = lock_wallet_of(work, customer_id);
  if (!wallet) {
    auto const customer = work.records<Customer>().find(customer_id.value);
    TB_ASSERT(customer.has_value());
    work.records<Wallet>().insert_if_new(wallets_app_detail::new_wallet(work, *customer, currency));
    wallet = lock_wallet_of(work, customer_id);
    TB_ASSERT(wallet.has_value());
  }
  if (wallet->currency != currency)
    return fail(errors::conflict("The customer's wallet is in " + wallet->currency +
                                 ", the document in " + currency +
                                 "; refund it to the original method or externally"));
  return *std::move(wallet);
}

std::int64_t projected_balance(SqlSession& sql, Tenant const& tenant, Wallet const& wallet) {
  auto const customer = Records<Customer>(sql, tenant).find(wallet.customer_id.value);
  TB_ASSERT(customer.has_value());
  std::int64_t const owed = sql.number(
      "SELECT CAST(SUM(CASE WHEN number IS NULL THEN total_amount ELSE amount_due END) AS BIGINT) "
      "FROM invoices WHERE account_id = ? AND mode = ? AND customer_id = ? AND currency = ? AND "
      "type <> 'credit_note' AND revenue_kind <> 'wallet' AND status IN ('draft', 'grace_period', "
      "'to_pay', 'partially_paid', 'error')",
      {tenant.account_id, std::string(mode_text(tenant.mode)), wallet.customer_id.value,
       wallet.currency});
  return wallet.balance - owed - wallets_app_detail::next_charges(sql, tenant, wallet, *customer);
}

}  // namespace tallybook
