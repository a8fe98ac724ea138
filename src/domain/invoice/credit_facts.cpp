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

Exact price_part(CreditFacts const& facts) {
  if (!facts.credits_part || !facts.part || facts.part->is_zero()) return 0;
  return max(Exact(1) - *facts.credits_part / *facts.part, 0);
}

Exact credits_share(CreditFacts const& facts, Exact const& back) {
  TB_ASSERT(facts.charged.has_value());
  auto const& charged = *facts.charged;
  Exact left = charged.net * charged.share;
  Exact with_credits = left;
  for (auto const& before : facts.given_back) {
    Exact const part = before.net * before.share;
    left -= part;
    with_credits -= part * (Exact(1) - before.price_part.value_or(Exact(0)));
  }
  if (left <= Exact(0) || charged.net.is_zero()) return 0;
  return back / left * with_credits / charged.net * (Exact(1) - price_part(facts));
}

}  // namespace tallybook
