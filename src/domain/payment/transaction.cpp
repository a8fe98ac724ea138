#include "domain/payment/transaction.hpp"

#include <boost/describe/enum_from_string.hpp>
#include <boost/describe/enum_to_string.hpp>

#include "base/assert.hpp"

namespace tallybook {

TransactionMethod transaction_method(PaymentMethodType type) {
  TransactionMethod method{};
  char const* const name = boost::describe::enum_to_string(type, "");
  TB_ASSERT(boost::describe::enum_from_string(name, method));
  return method;
}

bool takes_payment(Invoice const& invoice) {
  if (invoice.type == InvoiceType::credit_note) return false;
  return invoice.status == InvoiceStatus::to_pay ||
         invoice.status == InvoiceStatus::partially_paid ||
         invoice.status == InvoiceStatus::error || invoice.status == InvoiceStatus::uncollectible;
}

Result<void> may_record_payment(Invoice const& invoice, std::int64_t amount,
                                std::int64_t already_planned) {
  if (invoice.type == InvoiceType::credit_note) {
    return fail(
        errors::conflict("A credit note takes no payment; payments are recorded on invoices that "
                         "are to_pay or partially_paid"));
  }
  if (!takes_payment(invoice)) {
    return fail(errors::conflict(
        "The invoice is " + std::string(boost::describe::enum_to_string(invoice.status, "?")) +
        "; payments are recorded on invoices that are to_pay, partially_paid, error or "
        "uncollectible"));
  }
  if (amount <= 0)
    return fail(errors::invalid_field("amount", "expected a positive number of minor units"));
  std::int64_t const left = invoice.amount_due - already_planned;
  if (amount > left) {
    return fail(errors::invalid_field(
        "amount", "more than what is due: " + std::to_string(left) + " minor units are left"));
  }
  return {};
}

}  // namespace tallybook
