#include "app/wallet/documents.hpp"

#include "app/invoice/crediting.hpp"
#include "app/invoice/invoicing.hpp"
#include "app/wallet/movements.hpp"
#include "base/assert.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace wallet_documents_detail {

InvoiceWithLines make(UnitOfWork& work, InvoiceParties const& parties, Wallet const& wallet,
                      InvoiceType type, std::int64_t amount, char const* name,
                      std::optional<std::string> const& comment) {
  InvoiceWithLines document{new_document(work, parties, type, wallet.currency), {}};
  auto& invoice = document.invoice;
  invoice.revenue_kind = RevenueKind::wallet;
  invoice.tax_scheme = TaxScheme::not_eligible;
  if (comment) invoice.properties = comment_properties(comment);
  InvoiceLine line;
  line.id = work.new_id<InvoiceLineTag>();
  line.invoice_id = invoice.id;
  line.name = name;
  line.entry_type = type == InvoiceType::credit_note ? EntryType::credit : EntryType::debit;
  line.exact_amount = line.unit_amount = Exact(amount);
  line.tax_rate = 0;
  line.tax_rate_custom = Exact(0);
  document.lines.push_back(std::move(line));
  compute_totals(invoice, document.lines);
  return document;
}

void store(UnitOfWork& work, InvoiceWithLines const& document) {
  work.records<Invoice>().insert(document.invoice);
  for (auto const& line : document.lines) work.records<InvoiceLine>().insert(line);
}

InvoiceParties parties(UnitOfWork& work, Wallet const& wallet) {
  auto const customer = work.records<Customer>().find(wallet.customer_id.value);
  TB_ASSERT(customer.has_value());
  auto found = parties_of(work, customer->invoicing_entity_id, customer->id);
  TB_ASSERT(found.has_value());
  return *std::move(found);
}

}  // namespace wallet_documents_detail

void lock_numbers(UnitOfWork& work, EntityId const& entity, InvoiceType type) {
  work.sql().query(
      std::string("SELECT next_number FROM number_sequences WHERE account_id = ? AND mode = ? AND "
                  "invoicing_entity_id = ? AND kind = ?") +
          work.sql().for_update(),
      {work.tenant().account_id, std::string(mode_text(work.tenant().mode)), entity.value,
       std::string(reflect::enum_name(type))},
      [](SqlRow const&) {});
}

InvoiceWithLines issue_advance(UnitOfWork& work, Wallet const& wallet, std::int64_t amount,
                               std::optional<std::string> const& comment, PaymentStrategy strategy,
                               std::optional<std::string> const& bank_account_id) {
  using namespace wallet_documents_detail;
  auto const who = parties(work, wallet);
  auto document = make(work, who, wallet, InvoiceType::document, amount, "Wallet top-up", comment);
  document.invoice.payment_method_strategy = strategy;
  document.invoice.bank_account_id = bank_account_id;
  work.emit("invoice.created", wallet.customer_id,
            work.services().snapshots.invoice(document.invoice, document.lines));
  issue(work, who, document);
  store(work, document);
  return document;
}

Result<void> give_to_wallet(UnitOfWork& work, Wallet const& wallet, std::int64_t amount,
                            std::optional<std::string> const& comment, bool draft) {
  using namespace wallet_documents_detail;
  auto const who = parties(work, wallet);
  auto note =
      make(work, who, wallet, InvoiceType::credit_note, amount, "Free wallet credit", comment);
  note.invoice.refund_method = RefundMethod::wallet;
  if (draft) {
    note.invoice.status = InvoiceStatus::draft;
    store(work, note);
    return {};
  }
  issue(work, who, note);
  store(work, note);
  TB_CHECK(settle_note(work, note.invoice));
  work.records<Invoice>().update(note.invoice);
  return {};
}

}  // namespace tallybook
