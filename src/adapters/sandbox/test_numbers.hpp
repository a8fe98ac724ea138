// The sandbox's test numbers: what each card and account does when it is charged.
#pragma once

#include <span>
#include <string_view>

#include "app/ports/payment_provider.hpp"

namespace tallybook::sandbox {

BOOST_DEFINE_ENUM_CLASS(Behaviour, succeeds, keeps_a_fee, fails, declines_twice, settles_later,
                        fails_later, charged_back, charged_back_and_won, answer_lost, request_lost,
                        first_provider_down, refund_fails, refund_later)

struct TestNumber {
  std::string_view number;
  PaymentMethodType type{};
  Behaviour behaviour{};
  std::string_view brand;  // cards
  PaymentErrorType error = PaymentErrorType::unknown;
  std::string_view message;
  int days = 0;  // until what happens later
};

[[nodiscard]] std::span<TestNumber const> test_numbers();
// By its digits and letters; spaces and dashes are skipped. nullptr when it is no test number.
[[nodiscard]] TestNumber const* find_test_number(std::string const& number);
[[nodiscard]] std::string without_spaces(std::string const& number);

}  // namespace tallybook::sandbox
