#include "api/ledger/routes.hpp"

#include "api/protocol/reply.hpp"
#include "app/ledger/proof.hpp"

namespace tallybook::api {

BOOST_DEFINE_ENUM_CLASS(ProofFormat, tallybook_proof_1)
BOOST_DEFINE_ENUM_CLASS(ProofSide, left, right)

struct ProofStep {
  ProofSide side{};
  std::string hash;
};
BOOST_DESCRIBE_STRUCT(ProofStep, (), (side, hash))

struct LedgerRoot {
  Date day;
  std::int64_t first_position = 0;
  std::int64_t last_position = 0;
  std::string tree_root;
  std::string root;
};
BOOST_DESCRIBE_STRUCT(LedgerRoot, (), (day, first_position, last_position, tree_root, root))

struct InvoiceProofV1 {
  ProofFormat format{};
  std::string document;
  std::string entry;
  std::int64_t position = 0;
  std::vector<ProofStep> path;
  std::string root_before;
  LedgerRoot day;
  bool day_is_closed = false;
  std::vector<LedgerRoot> later_days;
};
BOOST_DESCRIBE_STRUCT(InvoiceProofV1, (),
                      (format, document, entry, position, path, root_before, day, day_is_closed,
                       later_days))

struct LedgerRoots {
  std::vector<LedgerRoot> data;
};
BOOST_DESCRIBE_STRUCT(LedgerRoots, (), (data))

namespace ledger_routes {

LedgerRoot to_wire(DayRoot const& root) {
  return {root.day, root.first_position, root.last_position, root.tree_root, root.root};
}

Result<Reply> proof(Call& call) {
  TB_TRY(found, prove_invoice(call.services, call.tenant, InvoiceId(call.id())));
  InvoiceProofV1 wire;
  wire.document = found.document;
  wire.entry = found.entry;
  wire.position = found.position;
  for (auto const& step : found.path)
    wire.path.push_back({step.left ? ProofSide::left : ProofSide::right, step.hash});
  wire.root_before = found.root_before;
  wire.day = to_wire(found.day);
  wire.day_is_closed = found.closed;
  for (auto const& root : found.later) wire.later_days.push_back(to_wire(root));
  return reply_with(wire);
}

Result<Reply> roots(Call& call) {
  LedgerRoots wire;
  for (auto const& root : day_roots(*call.sql, call.tenant)) wire.data.push_back(to_wire(root));
  return reply_with(wire);
}

}  // namespace ledger_routes

// A table: one route a line.
// clang-format off
void add_ledger_routes(Router& router) {
  using namespace ledger_routes;
  router.add({"GET", "/v1/invoices/{id}/proof", "Ledger", "What proves that the document is in the books as it was issued", RouteKind::free, "invoices", 200, {}, schema<InvoiceProofV1>(), {}, proof});
  router.add({"GET", "/v1/ledger/roots", "Ledger", "The root of every closed day, oldest first", RouteKind::read, "ledger", 200, {}, schema<LedgerRoots>(), {}, roots});
}
// clang-format on

}  // namespace tallybook::api
