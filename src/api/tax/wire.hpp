// Tax rates on the wire.
#pragma once

#include "domain/tax/tax_decision.hpp"
#include "reflect/patch.hpp"

namespace tallybook::api {

struct TaxRateV1 {
  std::string id;
  std::string name;
  Exact rate;
  std::optional<std::string> country;
  std::optional<std::string> description;
  std::optional<std::string> invoicing_entity_id;
};
BOOST_DESCRIBE_STRUCT(TaxRateV1, (), (id, name, rate, country, description, invoicing_entity_id))

struct TaxRateWrite {
  std::string name;
  Exact rate;
  std::optional<std::string> country;
  std::optional<std::string> description;
  std::optional<std::string> invoicing_entity_id;
};
BOOST_DESCRIBE_STRUCT(TaxRateWrite, (), (name, rate, country, description, invoicing_entity_id))

struct CustomerTaxRate {
  TaxScheme scheme{};
  Exact rate;
};
BOOST_DESCRIBE_STRUCT(CustomerTaxRate, (), (scheme, rate))

}  // namespace tallybook::api
