#include "store/sql/records_impl.hpp"
#include "store/sql/tables.hpp"

namespace tallybook {

template class Records<Product>;
template class Records<PriceConfiguration>;
template class Records<Aggregator>;
template class Records<PriceBook>;
template class Records<Plan>;

}  // namespace tallybook
