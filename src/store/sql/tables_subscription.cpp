#include "store/sql/records_impl.hpp"
#include "store/sql/tables.hpp"

namespace tallybook {

template class Records<Subscription>;
template class Records<SubscriptionPhase>;
template class Records<SubscriptionLine>;
template class Records<SubscriptionUpdate>;
template class Records<PendingCharge>;
template class Records<SubscriptionTransition>;
template class Records<SubscriptionTemplate>;
template class Records<TemplateConfiguration>;

}  // namespace tallybook
