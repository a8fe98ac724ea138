#include "adapters/sandbox/test_numbers.hpp"

namespace tallybook::sandbox {
namespace test_numbers_detail {

using enum PaymentMethodType;
using enum Behaviour;
using Error = PaymentErrorType;

// A table: one number a line.
// clang-format off
constexpr TestNumber numbers[] = {
    {"4970000000004240", card, succeeds, "visa"},
    {"5100000000005551", card, succeeds, "mastercard"},
    {"340000000000371", card, succeeds, "amex"},
    {"4970000000000107", card, fails, "visa", Error::declined, "Insufficient funds"},
    {"4970000000000206", card, fails, "visa", Error::payment_method_declined, "The card was declined"},
    {"4970000000000305", card, fails, "visa", Error::payment_method_expired, "The card has expired"},
    {"4970000000000404", card, fails, "visa", Error::payment_method_invalid, "The card is not valid"},
    {"4970000000000503", card, fails, "visa", Error::payment_method_not_supported, "The card is not supported"},
    {"4970000000000602", card, fails, "visa", Error::fraud, "Blocked as suspected fraud"},
    {"4970000000000701", card, fails, "visa", Error::processing_error, "The processor failed"},
    {"4970000000000800", card, fails, "visa", Error::provider_error, "The provider failed"},
    {"4970000000000909", card, fails, "visa", Error::unknown, "Failed for no known reason"},
    {"4970000000001006", card, fails, "visa", Error::authentication_required, "The holder must authenticate"},
    {"4970000000001105", card, fails, "visa", Error::payment_method_authorization_error, "The authorisation was withdrawn"},
    {"4970000000001204", card, declines_twice, "visa", Error::declined, "Insufficient funds"},
    {"4970000000001303", card, settles_later, "visa", Error::unknown, "", 2},
    {"4970000000001402", card, charged_back, "visa", Error::unknown, "", 5},
    {"4970000000001501", card, charged_back_and_won, "visa", Error::unknown, "", 5},
    {"4970000000001600", card, answer_lost, "visa"},
    {"4970000000001709", card, request_lost, "visa"},
    {"4970000000001808", card, first_provider_down, "visa"},
    {"4970000000001907", card, keeps_a_fee, "visa"},
    {"4970000000002004", card, refund_fails, "visa"},
    {"4970000000002103", card, refund_later, "visa", Error::unknown, "", 1},
    {"DE79100100100000000003", direct_debit_sepa, settles_later, "", Error::unknown, "", 3},
    {"DE25100100100000000005", direct_debit_sepa, fails_later, "", Error::declined, "Insufficient funds", 5},
    {"DE68100100100000000007", direct_debit_sepa, fails_later, "", Error::payment_method_authorization_error, "The mandate was withdrawn", 5},
    {"000100200303", direct_debit_ach, settles_later, "", Error::unknown, "", 3},
    {"000100200505", direct_debit_ach, fails_later, "", Error::declined, "Insufficient funds", 5},
    {"20030303", direct_debit_bacs, settles_later, "", Error::unknown, "", 3},
    {"20030505", direct_debit_bacs, fails_later, "", Error::declined, "Insufficient funds", 5},
};
// clang-format on

}  // namespace test_numbers_detail

std::span<TestNumber const> test_numbers() { return test_numbers_detail::numbers; }

std::string without_spaces(std::string const& number) {
  std::string plain;
  for (char const c : number) {
    if (c != ' ' && c != '-') plain += c;
  }
  return plain;
}

TestNumber const* find_test_number(std::string const& number) {
  std::string const plain = without_spaces(number);
  for (auto const& row : test_numbers()) {
    if (row.number == plain) return &row;
  }
  return nullptr;
}

}  // namespace tallybook::sandbox
