// Credits that pay the lines of a document before tax: line by line, each credit as far as it goes.
#pragma once

#include <span>
#include <vector>

#include "money/exact.hpp"

namespace tallybook {

struct CreditedLine {
  Exact credit;   // what credits pay of the line
  Exact payable;  // what is left to pay
};

struct LineCredits {
  std::vector<CreditedLine> lines;
  std::vector<Exact> used;  // of each credit
  Exact total_payable;
};

// The lines in their order take from the credits in theirs. Lines and credits of 0 or less neither
// take nor give. Any one unit for all amounts.
[[nodiscard]] LineCredits apply_credits(std::span<Exact const> lines,
                                        std::span<Exact const> credits);

}  // namespace tallybook
