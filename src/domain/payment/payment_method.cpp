#include "domain/payment/payment_method.hpp"

namespace tallybook {

bool is_automatic(PaymentMethodType type) {
  using enum PaymentMethodType;
  return type == card || type == direct_debit || type == direct_debit_ach ||
         type == direct_debit_bacs || type == direct_debit_sepa;
}

PaymentMethodStatus status_after(PaymentMethodStatus status, PaymentErrorType error) {
  using enum PaymentErrorType;
  if (error == payment_method_expired) return PaymentMethodStatus::expired;
  bool const unusable = error == payment_method_invalid || error == payment_method_not_supported ||
                        error == payment_method_authorization_error;
  return unusable ? PaymentMethodStatus::errored : status;
}

bool is_retried(PaymentErrorType error) {
  using enum PaymentErrorType;
  return error == payment_method_declined || error == declined || error == processing_error ||
         error == provider_error || error == unknown;
}

std::optional<Instant> next_attempt_at(PaymentErrorType error, int attempt, Instant failed_at) {
  constexpr std::int64_t hour = 3'600'000;
  constexpr std::array<std::int64_t, most_attempts - 1> waits = {2 * hour, 12 * hour, 24 * hour};
  if (attempt < 1 || attempt >= most_attempts || !is_retried(error)) return std::nullopt;
  return failed_at + waits[static_cast<std::size_t>(attempt - 1)];
}

Instant ask_again_at(Instant sent_at, Instant now) {
  constexpr std::int64_t minute = 60'000;
  std::int64_t const age = now.ms - sent_at.ms;
  if (age < 10 * minute) return now + minute;
  return now + (age < 120 * minute ? 10 * minute : 60 * minute);
}

}  // namespace tallybook
