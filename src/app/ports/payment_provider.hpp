// PaymentProvider: who takes and gives back money. Every movement is named by a key of ours (the id
// of its transaction): the provider does one thing per key however often it is asked, so a doubt is
// settled by asking again. The time is the account's: it comes with each call.
#pragma once

#include "domain/account/account.hpp"
#include "domain/payment/payment_method.hpp"

namespace tallybook {

// Nobody knows whether the provider did it: the answer did not come. Thrown by every call that can.
struct ProviderSilent : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Raw details: they live in the call that makes a token and nowhere else.
struct CardDetails {
  std::string number;
  int expiration_month = 0;
  int expiration_year = 0;
};
struct AccountDetails {
  PaymentMethodType type = PaymentMethodType::direct_debit_sepa;
  std::string number;  // an IBAN, or a national account number
};

// A token and what people may see of what it stands for.
struct ProviderToken {
  std::string token;
  PaymentMethodType type = PaymentMethodType::card;
  std::optional<std::string> brand;
  std::optional<std::string> last_4_digits;
  std::optional<std::string> expiration_date;  // YYYY-MM
  std::optional<std::string> account_number_ending;
};

struct ChargeOrder {
  std::string key;
  std::string token;
  std::int64_t amount = 0;  // minor units
  std::string currency;
};
struct RefundOrder {
  std::string key;
  std::string charge_key;
  std::int64_t amount = 0;
  std::string currency;
};

enum class MoneyState {
  settled,
  pending,      // accepted; an event or asking tells how it ends
  failed,       // no money moved and none will
  unavailable,  // the provider refused to take the order; whether an earlier one arrived is open
  absent,       // find only: the provider does not know the key
};

// The bank took a settled charge back; won: and gave the amount back again (not the fee).
struct Dispute {
  std::string id;
  std::int64_t amount = 0;
  std::int64_t fee = 0;
  bool won = false;
};

struct MoneyAnswer {
  MoneyState state = MoneyState::absent;
  std::string id;                                           // the provider's own
  std::int64_t fee = 0;                                     // kept of a settled charge
  PaymentErrorType error_type = PaymentErrorType::unknown;  // failed only
  std::string error_message;
  std::optional<Dispute> dispute;
};

// Keys something happened to, in no order and at least once; `cursor` continues after them.
struct ProviderEvents {
  std::vector<std::string> keys;
  std::string cursor;
};

// One movement as the provider has it, to compare books with.
struct StatementLine {
  std::string key;
  bool refund = false;
  std::int64_t amount = 0;
  MoneyState state{};
};

class PaymentProvider {
 public:
  virtual ~PaymentProvider() = default;
  [[nodiscard]] virtual std::string const& name() const = 0;
  // Moves no real money: for test mode only.
  [[nodiscard]] virtual bool test_only() const = 0;
  // Whether it can charge what that provider holds the token of: itself, or one behind the same
  // vault.
  [[nodiscard]] virtual bool charges_tokens_of(std::string_view provider) const = 0;

  // 400 when the details are not usable.
  virtual Result<ProviderToken> tokenise(Tenant const& tenant, CardDetails const& card) = 0;
  virtual Result<ProviderToken> tokenise(Tenant const& tenant, AccountDetails const& account) = 0;
  // Empty when the token is not this account's or this provider cannot charge it.
  virtual std::optional<ProviderToken> describe(Tenant const& tenant, std::string const& token) = 0;

  virtual MoneyAnswer charge(Tenant const& tenant, ChargeOrder const& order, Instant now) = 0;
  virtual MoneyAnswer refund(Tenant const& tenant, RefundOrder const& order, Instant now) = 0;
  virtual MoneyAnswer find(Tenant const& tenant, std::string const& key, Instant now) = 0;
  // True: no money moved under the key and none ever will. False: the key is taken, ask find.
  virtual bool cancel(Tenant const& tenant, std::string const& key, Instant now) = 0;

  virtual ProviderEvents events_since(Tenant const& tenant, std::string const& cursor,
                                      Instant now) = 0;
  // When the next event after the cursor happens, for providers that know it; a test clock stops
  // there.
  virtual std::optional<Instant> next_event_at(Tenant const& tenant, std::string const& cursor) = 0;
  // Every movement of the account, where the provider can list them.
  virtual std::optional<std::vector<StatementLine>> statement(Tenant const& tenant,
                                                              Instant now) = 0;
};

// The connected providers. They must outlive it.
class PaymentProviders {
 public:
  void add(PaymentProvider& provider) { providers_.push_back(&provider); }
  [[nodiscard]] PaymentProvider* find(std::string_view name) const {
    for (auto* provider : providers_) {
      if (provider->name() == name) return provider;
    }
    return nullptr;
  }
  [[nodiscard]] std::vector<PaymentProvider*> const& all() const { return providers_; }

 private:
  std::vector<PaymentProvider*> providers_;
};

}  // namespace tallybook
