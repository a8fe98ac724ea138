#include "app/payment/transaction_views.hpp"

#include <algorithm>

#include "app/invoice/invoicing.hpp"

namespace tallybook {

TransactionView view_of(SqlSession& sql, Tenant const& tenant, Transaction transaction) {
  TransactionView view{std::move(transaction), {}, {}, {}};
  auto const& shown = view.transaction;
  if (!shown.invoice_id)
    view.allocations = Records<TransactionAllocation>(sql, tenant)
                           .where("transaction_id = ? ORDER BY created_at, id", {shown.id.value});
  if (shown.payment_method_id)
    view.method = Records<PaymentMethod>(sql, tenant).find(*shown.payment_method_id);
  if (shown.refunded_amount == 0) return view;
  Records<Transaction> transactions(sql, tenant);
  if (auto back = transactions.first(
          "original_transaction_id = ? AND type = 'chargeback' ORDER BY created_at DESC, id DESC",
          {shown.id.value})) {
    bool const won = transactions.count("original_transaction_id = ?", {back->id.value}) > 0;
    view.chargeback = ChargebackView{*std::move(back), won};
  }
  return view;
}

std::vector<TransactionView> transaction_views(SqlSession& sql, Tenant const& tenant,
                                               InvoiceId const& invoice) {
  std::vector<TransactionView> views;
  for (auto& transaction : invoice_transactions(sql, tenant, invoice))
    views.push_back(view_of(sql, tenant, std::move(transaction)));
  for (auto& transaction :
       Records<Transaction>(sql, tenant)
           .where(
               "id IN (SELECT a.transaction_id FROM transaction_allocations a WHERE a.account_id = "
               "transactions.account_id AND a.mode = transactions.mode AND a.invoice_id = ?) "
               "ORDER BY created_at, id",
               {invoice.value}))
    views.push_back(view_of(sql, tenant, std::move(transaction)));
  return views;
}

}  // namespace tallybook
