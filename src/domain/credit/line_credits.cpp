#include "domain/credit/line_credits.hpp"

#include "base/mutant.hpp"

namespace tallybook {

LineCredits apply_credits(std::span<Exact const> lines, std::span<Exact const> credits) {
  LineCredits out;
  out.used.resize(credits.size());
  for (Exact const& line : lines) {
    CreditedLine credited{0, line};
    for (std::size_t i = 0; i < credits.size() && credited.payable > 0; ++i) {
      Exact const part =
          max(0, min(credited.payable, TB_MUTANT(78, credits[i] - out.used[i], credits[i])));
      out.used[i] += part;
      credited.credit += part;
      credited.payable -= part;
    }
    out.total_payable += credited.payable;
    out.lines.push_back(std::move(credited));
  }
  return out;
}

}  // namespace tallybook
