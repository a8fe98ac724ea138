// SandboxProvider: a payment provider that moves no money and keeps a durable book of what it would
// have moved. Several of them may share one book: they know the same tokens, as processors behind
// one vault do, and keep their movements apart.
#pragma once

#include "app/ports/payment_provider.hpp"
#include "store/sql/session.hpp"

namespace tallybook {

// The file all sandbox providers of an installation share. Thread-safe.
class SandboxBook {
 public:
  // `database` must outlive this; its tables are made here.
  explicit SandboxBook(SqlDatabase& database);
  [[nodiscard]] SqlDatabase& database() { return database_; }

 private:
  SqlDatabase& database_;
};

class SandboxProvider final : public PaymentProvider {
 public:
  // `book` must outlive this. `first`: the one the "provider down" card refuses.
  SandboxProvider(SandboxBook& book, IdSource& ids, std::string name, bool first)
      : book_(book), ids_(ids), name_(std::move(name)), first_(first) {}

  [[nodiscard]] std::string const& name() const override { return name_; }
  [[nodiscard]] bool test_only() const override { return true; }
  [[nodiscard]] bool charges_tokens_of(std::string_view provider) const override {
    return provider.starts_with("sandbox");
  }
  Result<ProviderToken> tokenise(Tenant const& tenant, CardDetails const& card) override;
  Result<ProviderToken> tokenise(Tenant const& tenant, AccountDetails const& account) override;
  std::optional<ProviderToken> describe(Tenant const& tenant, std::string const& token) override;
  MoneyAnswer charge(Tenant const& tenant, ChargeOrder const& order, Instant now) override;
  MoneyAnswer refund(Tenant const& tenant, RefundOrder const& order, Instant now) override;
  MoneyAnswer find(Tenant const& tenant, std::string const& key, Instant now) override;
  bool cancel(Tenant const& tenant, std::string const& key, Instant now) override;
  ProviderEvents events_since(Tenant const& tenant, std::string const& cursor,
                              Instant now) override;
  std::optional<Instant> next_event_at(Tenant const& tenant, std::string const& cursor) override;
  std::optional<std::vector<StatementLine>> statement(Tenant const& tenant, Instant now) override;

 private:
  Result<ProviderToken> keep(Tenant const& tenant, ProviderToken token, std::size_t number);
  SandboxBook& book_;
  IdSource& ids_;
  std::string name_;
  bool first_;
};

}  // namespace tallybook
