#include "domain/invoice/credit_facts.hpp"

#include "base/assert.hpp"
#include "base/mutant.hpp"

namespace tallybook {

Exact unused_amount(CreditFacts const& facts) {
  TB_ASSERT(facts.charged.has_value());
  auto const& charged = *facts.charged;
  Exact amount = charged.net * charged.share;
  for (auto const& before : facts.given_back)
    amount -= TB_MUTANT(121, before.net * before.share, before.net);
  // What was used of credits is not given back.
  if (facts.unused_credits)
    amount = TB_MUTANT(122, min(amount, charged.net * *facts.unused_credits), amount);
  if (facts.part) amount *= *facts.part;
  if (facts.netted) amount -= *facts.netted;
  if (facts.taken) amount = min(amount, *facts.taken);
  if (facts.kept) amount *= *facts.kept;
  return amount;
}

}  // namespace tallybook
