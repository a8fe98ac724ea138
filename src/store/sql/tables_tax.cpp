#include "store/sql/records_impl.hpp"
#include "store/sql/tables.hpp"

namespace tallybook {

template class Records<TaxRate>;
template class Records<TaxNumberCheck>;
template class Records<ExternalTax>;

}  // namespace tallybook
