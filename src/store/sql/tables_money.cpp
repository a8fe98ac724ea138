#include "store/sql/records_impl.hpp"
#include "store/sql/tables.hpp"

namespace tallybook {

template class Records<Invoice>;
template class Records<InvoiceLine>;
template class Records<Transaction>;
template class Records<TransactionAllocation>;
template class Records<RevenueSchedule>;
template class Records<PaymentMethod>;
template class Records<ProviderOrder>;

}  // namespace tallybook
