#include "store/sql/records_impl.hpp"
#include "store/sql/tables.hpp"

namespace tallybook {

template class Records<CustomerCredit>;
template class Records<CreditGrant>;
template class Records<CreditUse>;
template class Records<CreditTransaction>;

}  // namespace tallybook
