// What a register said about a customer's VAT number and when it is asked (again).
#pragma once

#include <boost/describe/class.hpp>

#include "domain/customer/customer.hpp"

namespace tallybook {

struct TaxNumberCheckTag {
  static constexpr char const* prefix = "tnc";
};

struct TaxNumberCheck {
  Id<TaxNumberCheckTag> id;
  CustomerId customer_id;
  std::string prefix;                 // as the register calls the state: FR, EL
  std::string number;                 // without the prefix
  std::optional<TaxIdStatus> answer;  // valid or invalid; empty: none so far
  std::optional<Instant> answered_at;
  int attempts = 0;  // without an answer, since the last one
  Instant next_check_at;
};
BOOST_DESCRIBE_STRUCT(TaxNumberCheck, (),
                      (id, customer_id, prefix, number, answer, answered_at, attempts,
                       next_check_at))

// How long an answer is believed: 30 days for a valid number, a day for one the register did not
// know (it may be new).
[[nodiscard]] constexpr std::int64_t answer_lasts_ms(TaxIdStatus answer) {
  return answer == TaxIdStatus::valid ? 30 * 86'400'000LL : 86'400'000LL;
}

// A partner that did not answer `attempts` times in a row is asked again after 1, 2, 4 ... minutes,
// at most 6 hours.
[[nodiscard]] constexpr std::int64_t retry_after_ms(int attempts) {
  std::int64_t wait = 60'000;
  for (int i = 1; i < attempts && wait < 21'600'000; ++i) wait *= 2;
  return wait < 21'600'000 ? wait : 21'600'000;
}

}  // namespace tallybook
