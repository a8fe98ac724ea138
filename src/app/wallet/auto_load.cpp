// Wallets that load themselves (WAL-7).
#include "app/invoice/invoicing.hpp"
#include "app/wallet/documents.hpp"
#include "app/wallet/loading.hpp"
#include "app/wallet/movements.hpp"
#include "base/assert.hpp"

namespace tallybook {
namespace auto_load_detail {

bool may_load(WalletSettings const& settings, Wallet const& wallet) {
  if (!settings.enabled || wallet.state != WalletState::active || !wallet.is_auto_load_enabled)
    return false;
  bool const free = wallet.auto_load_type == AutoLoadType::free;
  return !free || settings.allow_free_credits;
}

void load(UnitOfWork& work, Wallet& wallet, InvoicingEntity const& entity) {
  bool const free = wallet.auto_load_type == AutoLoadType::free;
  std::optional<std::string> const comment = "loaded automatically";
  if (free) {
    if (wallet.auto_load_reset) expire_balance(work, wallet, entity.id);
    auto const given = give_to_wallet(work, wallet, *wallet.auto_load_amount, comment, false);
    TB_ASSERT(given.has_value());
    return;
  }
  auto const document =
      issue_advance(work, wallet, *wallet.auto_load_amount, comment, PaymentStrategy::current, {});
  if (!wallet.auto_load_reset) return;
  // Nothing expires before the money is there.
  wallet.resets_with = document.invoice.id;
  work.records<Wallet>().update(wallet);
}

}  // namespace auto_load_detail

void run_auto_load(UnitOfWork& work, WalletId const& id) {
  using namespace auto_load_detail;
  auto const seen = work.records<Wallet>().find(id.value);
  TB_ASSERT(seen.has_value());
  auto const customer = work.records<Customer>().find(seen->customer_id.value);
  TB_ASSERT(customer.has_value());
  auto const entity = work.records<InvoicingEntity>().find(customer->invoicing_entity_id.value);
  TB_ASSERT(entity.has_value());
  // The number comes before the wallet in the lock order, and a load takes one.
  lock_numbers(work, entity->id,
               seen->auto_load_type == AutoLoadType::free ? InvoiceType::credit_note
                                                          : InvoiceType::document);
  auto wallet = *work.records<Wallet>().find_for_update(id.value);
  Instant const now = work.now();
  if (!wallet.auto_load_due_at || *wallet.auto_load_due_at > now) return;
  // The terms changed while it waited for the lock: the next round has the numbers they need.
  if (wallet.auto_load_type != seen->auto_load_type) return;
  if (wallet.auto_load_next_date && *wallet.auto_load_next_date <= now) {
    auto const zone = TimeZone::find(entity->timezone).value_or(TimeZone());
    wallet.auto_load_next_date =
        next_load_date(*wallet.auto_load_anchor_at, *wallet.auto_load_interval, now, zone);
  }
  wallet.auto_load_due_at = wallet.is_auto_load_enabled && wallet.state == WalletState::active
                                ? wallet.auto_load_next_date
                                : std::nullopt;
  work.records<Wallet>().update(wallet);
  bool const room = wallet.auto_load_amount.value_or(0) <= max_amount_minor - wallet.balance;
  if (may_load(wallet_settings(work.sql(), work.tenant()), wallet) && room)
    load(work, wallet, *entity);
}

}  // namespace tallybook
