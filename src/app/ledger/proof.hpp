// Proofs: what shows somebody outside that a document is in the books exactly as it was issued.
#pragma once

#include "app/ledger/sealing.hpp"

namespace tallybook {

struct InvoiceProof {
  std::string document;  // the facts of the document; its SHA-256 is the entry's source_hash
  std::string entry;     // the entry's text; its SHA-256 is the digest
  std::int64_t position = 0;
  std::vector<TreeStep> path;  // from the digest to the day's tree root
  std::string root_before;     // of the day before
  DayRoot day;
  bool closed = false;         // false: the day goes on, its root is as of now
  std::vector<DayRoot> later;  // of every closed day after it: they chain to the newest root
};

// 404 for an unknown invoice, 409 with the state when it is not issued. Seals first when it must.
Result<InvoiceProof> prove_invoice(Services& services, Tenant const& tenant, InvoiceId const& id);

// The closed days, oldest first.
std::vector<DayRoot> day_roots(SqlSession& sql, Tenant const& tenant);

}  // namespace tallybook
