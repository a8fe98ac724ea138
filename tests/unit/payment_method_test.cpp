// When failed charges are tried again, and what they say about the method.
#include "domain/payment/payment_method.hpp"

#include <gtest/gtest.h>

namespace tallybook {

TEST(Retrying, TwoTwelveAndTwentyFourHoursThenNoMore) {
  constexpr std::int64_t hour = 3'600'000;
  Instant const failed{1'000};
  auto const error = PaymentErrorType::declined;
  EXPECT_EQ(next_attempt_at(error, 1, failed), failed + 2 * hour);
  EXPECT_EQ(next_attempt_at(error, 2, failed), failed + 12 * hour);
  EXPECT_EQ(next_attempt_at(error, 3, failed), failed + 24 * hour);
  EXPECT_EQ(next_attempt_at(error, 4, failed), std::nullopt);
  EXPECT_EQ(next_attempt_at(error, 0, failed), std::nullopt);
}

TEST(Retrying, OnlyWhatMayCureItself) {
  using enum PaymentErrorType;
  for (auto const error :
       {payment_method_declined, declined, processing_error, provider_error, unknown})
    EXPECT_TRUE(is_retried(error));
  for (auto const error :
       {authentication_required, payment_method_authorization_error, payment_method_expired,
        payment_method_invalid, payment_method_not_supported, fraud}) {
    EXPECT_FALSE(is_retried(error));
    EXPECT_EQ(next_attempt_at(error, 1, Instant{0}), std::nullopt);
  }
}

TEST(Retrying, DoubtsAreAskedAboutLessAndLessOften) {
  constexpr std::int64_t minute = 60'000;
  Instant const sent{0};
  EXPECT_EQ(ask_again_at(sent, sent), sent + minute);
  EXPECT_EQ(ask_again_at(sent, sent + 10 * minute), sent + 20 * minute);
  EXPECT_EQ(ask_again_at(sent, sent + 120 * minute), sent + 180 * minute);
}

TEST(PaymentMethods, AFailureMayBeTheMethodsOwn) {
  auto const active = PaymentMethodStatus::active;
  EXPECT_EQ(status_after(active, PaymentErrorType::payment_method_expired),
            PaymentMethodStatus::expired);
  EXPECT_EQ(status_after(active, PaymentErrorType::payment_method_invalid),
            PaymentMethodStatus::errored);
  EXPECT_EQ(status_after(active, PaymentErrorType::declined), active);
  EXPECT_EQ(status_after(active, PaymentErrorType::fraud), active);
}

}  // namespace tallybook
