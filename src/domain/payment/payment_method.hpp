// Payment methods: what a provider holds for a customer and may be charged. Card and account
// numbers are the provider's; here is only what people need to recognise them.
#pragma once

#include "domain/payment/transaction.hpp"

namespace tallybook {

struct PaymentMethodTag {
  static constexpr char const* prefix = "pm";
};
using PaymentMethodId = Id<PaymentMethodTag>;

BOOST_DEFINE_ENUM_CLASS(PaymentMethodStatus, active, pending, expired, errored)

struct PaymentMethod {
  PaymentMethodId id;
  CustomerId customer_id;
  PaymentMethodStatus status = PaymentMethodStatus::active;
  PaymentMethodType type = PaymentMethodType::card;
  std::string provider_name;               // who holds the token
  std::optional<std::string> provider_id;  // the connected account there, when there are several
  std::string provider_payment_method_id;  // the token
  std::optional<std::string> last_4_digits;
  std::optional<std::string> expiration_date;  // YYYY-MM
  std::optional<std::string> brand;
  std::optional<std::string> account_number_ending;
  std::optional<PaymentErrorType> error_type;  // why it is expired or errored
  std::optional<std::string> error_message;
  Instant created_at;
  Instant updated_at;
  std::optional<Instant> deleted_at;
};
BOOST_DESCRIBE_STRUCT(PaymentMethod, (),
                      (id, customer_id, status, type, provider_name, provider_id,
                       provider_payment_method_id, last_4_digits, expiration_date, brand,
                       account_number_ending, error_type, error_message, created_at, updated_at,
                       deleted_at))

struct ProviderOrderTag {
  static constexpr char const* prefix = "pro";
};
// Which providers an entity charges a kind of method with: the first is the default, the others
// take over when it is certain that the one before took no money.
struct ProviderOrder {
  Id<ProviderOrderTag> id;
  EntityId invoicing_entity_id;
  PaymentMethodType payment_method_type = PaymentMethodType::card;
  std::vector<std::string> providers;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(ProviderOrder, (),
                      (id, invoicing_entity_id, payment_method_type, providers, updated_at))

// Charged without the customer: cards and direct debits; transfers and external ones are paid.
[[nodiscard]] bool is_automatic(PaymentMethodType type);

// What a failed charge says about the method itself: expired or errored, else unchanged.
[[nodiscard]] PaymentMethodStatus status_after(PaymentMethodStatus status, PaymentErrorType error);

// Attempts on an invoice before it is given up (PAY-3).
inline constexpr int most_attempts = 4;
// Whether a later attempt may succeed without anybody doing something.
[[nodiscard]] bool is_retried(PaymentErrorType error);
// When the attempt after number `attempt` (1 is the first) is made: 2, 12 and 24 hours after the
// failure (PAY-3). None: the invoice goes to error.
[[nodiscard]] std::optional<Instant> next_attempt_at(PaymentErrorType error, int attempt,
                                                     Instant failed_at);

// When to ask a provider again whose answer to a call of `sent_at` nobody knows.
[[nodiscard]] Instant ask_again_at(Instant sent_at, Instant now);

}  // namespace tallybook
