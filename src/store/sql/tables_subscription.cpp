#include "store/sql/records_impl.hpp"
#include "store/sql/tables.hpp"

namespace tallybook {

template class Records<Subscription>;
template class Records<SubscriptionPhase>;
template class Records<SubscriptionLine>;

}  // namespace tallybook
