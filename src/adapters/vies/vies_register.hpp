// ViesRegister: the Union's exchange of VAT number registers, over its JSON interface.
#pragma once

#include "app/ports/tax_number_register.hpp"

namespace tallybook {

class ViesRegister final : public TaxNumberRegister {
 public:
  // `base_url` is what /check-vat-number is added to; http:// or https://.
  explicit ViesRegister(std::string base_url) : base_url_(std::move(base_url)) {}

  // Only a clear yes or no is an answer: another status than 200, an error inside of the answer
  // (the state's own service is down, too many questions), no connection within 5 s or no end
  // within 15 s are unavailable.
  RegisterAnswer check(std::string const& prefix, std::string const& number) override;

 private:
  std::string base_url_;
};

}  // namespace tallybook
