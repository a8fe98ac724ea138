#include "app/ledger/proof.hpp"

#include "app/invoice/invoicing.hpp"
#include "base/assert.hpp"
#include "base/sha256.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace proof_detail {

// The newest entry of the document: its issue, or the last edit the ledger notes.
struct Place {
  std::string entry_id;
  std::optional<std::int64_t> position;
};
std::optional<Place> place_of(SqlSession& sql, Tenant const& tenant, Invoice const& invoice) {
  std::optional<Place> place;
  int const edits = invoice.amendments.value_or(0);
  std::string const source =
      edits == 0 ? invoice.id.value : invoice.id.value + "/" + std::to_string(edits);
  sql.query(
      "SELECT id, position FROM ledger_entries WHERE account_id = ? AND mode = ? AND "
      "source_id = ? AND kind IN ('invoice_issued', 'credit_note_issued', "
      "'document_amended')",
      {tenant.account_id, std::string(mode_text(tenant.mode)), source}, [&](SqlRow const& row) {
        place = Place{std::string(row.text(0)), {}};
        if (!row.is_null(1)) place->position = row.integer(1);
      });
  return place;
}

std::vector<std::string> digests(SqlSession& sql, Tenant const& tenant, std::int64_t first,
                                 std::int64_t last) {
  std::vector<std::string> found;
  sql.query(
      "SELECT digest FROM ledger_entries WHERE account_id = ? AND mode = ? AND position >= ? AND "
      "position <= ? ORDER BY position",
      {tenant.account_id, std::string(mode_text(tenant.mode)), first, last},
      [&](SqlRow const& row) { found.emplace_back(row.text(0)); });
  return found;
}

void place_in_day(SqlSession& sql, Tenant const& tenant, InvoiceProof& proof) {
  proof.root_before = first_link;
  for (auto const& root : day_roots(sql, tenant)) {
    if (root.last_position < proof.position) {
      proof.root_before = root.root;
    } else if (root.first_position <= proof.position) {
      proof.day = root;
      proof.closed = true;
    } else {
      proof.later.push_back(root);
    }
  }
  if (proof.closed) return;
  sql.query(
      "SELECT day, day_first_position, position FROM ledger_heads WHERE account_id = ? AND mode = "
      "?",
      {tenant.account_id, std::string(mode_text(tenant.mode))}, [&](SqlRow const& row) {
        proof.day.day = Date{static_cast<std::int32_t>(row.integer(0))};
        proof.day.first_position = row.integer(1);
        proof.day.last_position = row.integer(2);
      });
}

}  // namespace proof_detail

std::vector<DayRoot> day_roots(SqlSession& sql, Tenant const& tenant) {
  std::vector<DayRoot> roots;
  sql.query(
      "SELECT day, first_position, last_position, tree_root, root FROM ledger_roots WHERE "
      "account_id = ? AND mode = ? ORDER BY day",
      {tenant.account_id, std::string(mode_text(tenant.mode))}, [&](SqlRow const& row) {
        roots.push_back({Date{static_cast<std::int32_t>(row.integer(0))}, row.integer(1),
                         row.integer(2), std::string(row.text(3)), std::string(row.text(4))});
      });
  return roots;
}

Result<InvoiceProof> prove_invoice(Services& services, Tenant const& tenant, InvoiceId const& id) {
  seal_ledger(services, tenant);
  std::optional<Result<InvoiceProof>> answer;
  services.database.read([&](SqlSession& sql) {
    auto const invoice = Records<Invoice>(sql, tenant).find(id.value);
    if (!invoice) {
      answer = fail(errors::not_found("Invoice"));
      return;
    }
    auto const place = proof_detail::place_of(sql, tenant, *invoice);
    if (!place) {
      answer = fail(errors::conflict("The invoice is " +
                                     std::string(reflect::enum_name(invoice->status)) +
                                     "; a document issued here has a proof"));
      return;
    }
    InvoiceProof proof;
    auto const entry = entry_text(sql, tenant, place->entry_id);
    TB_ASSERT(entry && place->position);
    proof.document = stored_facts_of(sql, tenant, id);
    proof.entry = canonical_text(*entry);
    proof.position = *place->position;
    proof_detail::place_in_day(sql, tenant, proof);
    auto& day = proof.day;
    auto const digests = proof_detail::digests(sql, tenant, day.first_position, day.last_position);
    proof.path = tree_path(digests, static_cast<std::size_t>(proof.position - day.first_position));
    if (!proof.closed) {
      day.tree_root = tree_root(digests);
      day.root = chained_root(proof.root_before, day);
    }
    answer = std::move(proof);
  });
  return *std::move(answer);
}

}  // namespace tallybook
