// HttpTaxEngine: any engine that speaks the JSON of this folder's README.
#pragma once

#include "app/ports/tax_engine.hpp"

namespace tallybook {

class HttpTaxEngine final : public TaxEngine {
 public:
  // `base_url` is what /taxes is added to; `key` is sent as a bearer token, empty for none.
  HttpTaxEngine(std::string base_url, std::string key)
      : base_url_(std::move(base_url)), key_(std::move(key)) {}

  // An answer that lacks a line, names one twice or has a rate outside of [0, 100] is no answer. No
  // connection within 5 s or no end within 20 s neither.
  Result<std::map<std::string, Exact>> rates(TaxEngineQuestion const& question) override;

 private:
  std::string base_url_;
  std::string key_;
};

}  // namespace tallybook
