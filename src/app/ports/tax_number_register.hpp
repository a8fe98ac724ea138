// TaxNumberRegister: the port to whoever knows which VAT numbers are in force.
#pragma once

#include <string>

namespace tallybook {

enum class RegisterAnswer {
  valid,
  invalid,      // the register knows no such number
  unavailable,  // no answer that can be trusted: ask again later
};

class TaxNumberRegister {
 public:
  virtual ~TaxNumberRegister() = default;
  // `prefix` as the register calls the state (EL for Greece), `number` without it. Takes as long as
  // a call over the network, so never inside of a transaction. Never throws. One thread at a time.
  virtual RegisterAnswer check(std::string const& prefix, std::string const& number) = 0;
};

}  // namespace tallybook
