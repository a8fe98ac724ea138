// Custom tax rates and which product they are for.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

// 400 when the name is empty or too long, the rate not from 0 to 100, the country no code, the
// entity unknown. A rate never changes: invoices refer to it; another one is made instead.
Result<TaxRate> create_tax_rate(UnitOfWork& work, TaxRate rate);

// Whether a product may be taxed with that rate on invoices of that entity; 400 at `path`
// otherwise.
Result<void> check_mapped_rate(UnitOfWork& work, std::string const& entity_id,
                               std::string const& tax_rate_id, std::string const& path);

}  // namespace tallybook
