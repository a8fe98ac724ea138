#include "domain/payment/transaction.hpp"

namespace tallybook {

Result<void> may_record_payment(Invoice const& invoice, std::int64_t amount,
                                std::int64_t already_planned) {
  if (invoice.type == InvoiceType::credit_note) {
    return fail(
        errors::conflict("A credit note takes no payment; payments are recorded on invoices that "
                         "are to_pay or partially_paid"));
  }
  if (invoice.status != InvoiceStatus::to_pay && invoice.status != InvoiceStatus::partially_paid &&
      invoice.status != InvoiceStatus::error) {
    std::string const state(invoice.status == InvoiceStatus::paid ? "paid"
                            : invoice.number                      ? "closed for payment"
                                                                  : "not issued yet");
    return fail(
        errors::conflict("The invoice is " + state +
                         "; payments are recorded on invoices that are to_pay or partially_paid"));
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
