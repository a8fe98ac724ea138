#include "app/tax/tax_rates.hpp"

#include "app/customer/customers.hpp"
#include "app/entity/invoicing_entities.hpp"

namespace tallybook {

Result<TaxRate> create_tax_rate(UnitOfWork& work, TaxRate rate) {
  std::vector<FieldError> problems;
  if (rate.name.empty() || rate.name.size() > 200)
    problems.push_back({"name", "expected 1 to 200 bytes"});
  if (rate.description && rate.description->size() > 1000)
    problems.push_back({"description", "expected at most 1000 bytes"});
  if (rate.rate.is_negative() || rate.rate > Exact(100))
    problems.push_back({"rate", "expected a percentage from 0 to 100"});
  if (rate.rate.rounded(6) != rate.rate)
    problems.push_back({"rate", "expected at most 6 decimals"});
  if (rate.country && !is_country_code(*rate.country))
    problems.push_back({"country", "expected a two-letter country code"});
  if (rate.invoicing_entity_id && !find_entity(work, EntityId(*rate.invoicing_entity_id)))
    problems.push_back({"invoicing_entity_id", "no such invoicing entity"});
  if (!problems.empty()) return fail(errors::invalid_fields(std::move(problems)));
  rate.id = work.new_id<TaxRateTag>();
  rate.created_at = rate.updated_at = work.now();
  work.records<TaxRate>().insert(rate);
  return rate;
}

Result<void> check_mapped_rate(UnitOfWork& work, std::string const& entity_id,
                               std::string const& tax_rate_id, std::string const& path) {
  if (!find_entity(work, EntityId(entity_id)))
    return fail(errors::invalid_field(path, "no such invoicing entity as " + entity_id));
  auto const rate = work.records<TaxRate>().find(tax_rate_id);
  if (!rate) return fail(errors::invalid_field(path, "no such tax rate"));
  if (rate->invoicing_entity_id && *rate->invoicing_entity_id != entity_id)
    return fail(errors::invalid_field(path, "the tax rate is another invoicing entity's"));
  return {};
}

}  // namespace tallybook
