#include "store/sql/records_impl.hpp"
#include "store/sql/tables.hpp"

namespace tallybook {

std::string_view mode_text(Mode mode) { return mode == Mode::test ? "test" : "live"; }

template class Records<InvoicingEntity>;
template class Records<Customer>;

}  // namespace tallybook
