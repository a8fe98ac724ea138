// Between invoices and their wire forms.
#pragma once

#include "api/invoice/wire.hpp"
#include "api/protocol/reply.hpp"
#include "app/payment/transaction_views.hpp"

namespace tallybook::api {

InvoiceV1 to_v1(Invoice const& invoice, std::vector<InvoiceLine> const& lines,
                std::vector<TransactionView> const& transactions);
InvoiceV2 to_v2(Invoice const& invoice, std::vector<InvoiceLine> const& lines,
                std::vector<TransactionView> const& transactions);
TransactionV1 to_api(TransactionView const& view);

}  // namespace tallybook::api
