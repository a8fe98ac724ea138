#include "store/sql/records_impl.hpp"
#include "store/sql/tables.hpp"

namespace tallybook {

template class Records<Wallet>;
template class Records<WalletTransaction>;
template class Records<WalletSettings>;

}  // namespace tallybook
