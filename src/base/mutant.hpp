// A place where a defect can be switched on, to prove that a test would notice it. In every build
// but `mutate` it is the good expression and nothing else.
#pragma once

#ifdef TALLYBOOK_MUTANTS

namespace tallybook {

// The number of the defect that is on, from $TALLYBOOK_MUTANT; 0: none.
int mutant_on();

}  // namespace tallybook

// The numbers are unique; tools/mutate.py reads them from the source.
#define TB_MUTANT(number, good, bad) (::tallybook::mutant_on() == (number) ? (bad) : (good))

#else
#define TB_MUTANT(number, good, bad) (good)
#endif
