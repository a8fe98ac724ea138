// What a line that credits another was computed from: kept with it, so that its explanation and the
// check of the books compute it again (PRO-4, CRN-1, CRN-4). Amounts are exact minor units.
#pragma once

#include <boost/describe/class.hpp>
#include <optional>
#include <string>
#include <vector>

#include "calendar/date.hpp"
#include "money/exact.hpp"

namespace tallybook {

// What a line charged or gave back, and the share of its own period that lies after the cut.
struct CutAmount {
  std::string line_id;
  Exact net;  // above 0, whatever the line does
  Exact share = 1;
  // [start, end) and the cut within it, where whole days are counted; none: time is, or all of it.
  std::optional<Date> start_on;
  std::optional<Date> cut_on;
  std::optional<Date> end_on;
  std::optional<Exact> price_part =
      {};  // of what was given back: for a lower price, not fewer credits
};
BOOST_DESCRIBE_STRUCT(CutAmount, (), (line_id, net, share, start_on, cut_on, end_on, price_part))

// A part of an amount that was asked for, in the line's sign.
struct AskedCredit {
  Exact amount;
  Exact share = 1;           // what is left of the line / what is left of all lines
  std::optional<Exact> tax;  // within the part, where the amount is one with tax
  Exact rounding;            // what the largest remainder gave the line
};
BOOST_DESCRIBE_STRUCT(AskedCredit, (), (amount, share, tax, rounding))

struct CreditFacts {
  std::optional<CutAmount> charged;     // unused days of a charge
  std::vector<CutAmount> given_back;    // of the same days before
  std::optional<Exact> unused_credits;  // share of the credits the line brought that is not used
  std::optional<Exact> used_credits;    // share of them that was used when this was computed
  std::optional<Exact> part;            // of the price that goes
  std::optional<Exact> credits_part;    // of the credits that go, where that is another part
  std::optional<Exact> netted;          // taken by charges of the change, above 0
  std::optional<Exact> taken;           // as much as the charges of the document take
  std::optional<Exact> kept;            // share of its days before an end that came later
  std::optional<AskedCredit> asked;
  std::optional<Exact> left;  // notes: what is left of the line without tax
};
BOOST_DESCRIBE_STRUCT(CreditFacts, (),
                      (charged, given_back, unused_credits, used_credits, part, credits_part,
                       netted, taken, kept, asked, left))

// What the unused days come to, above 0 when something is given back. Needs `charged`.
[[nodiscard]] Exact unused_amount(CreditFacts const& facts);

// How much of an amount that was given back is for a lower price and takes no credits: 0 to 1.
[[nodiscard]] Exact price_part(CreditFacts const& facts);
// The share of the credits a line brought that goes with `back` of its amount: what a lower price
// gave back of the same days before took none. Needs `charged`.
[[nodiscard]] Exact credits_share(CreditFacts const& facts, Exact const& back);

}  // namespace tallybook
