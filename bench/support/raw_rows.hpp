// The baseline of a billing run: the rows it added, inserted again by nothing but prepared
// statements.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tallybook::bench {

// What a billing run adds rows to.
inline std::vector<std::string> const billed_tables = {
    "invoices", "invoice_lines", "charges", "ledger_entries", "ledger_postings", "outbox"};

// Inserts the rows of `from_file` that `to_file`, an earlier copy of it, lacks, in the same order
// and in `pieces` transactions with the program's own settings. Returns the seconds it took.
double insert_rows(std::string const& from_file, std::string const& to_file, std::int64_t pieces,
                   std::vector<std::string> const& tables = billed_tables);

}  // namespace tallybook::bench
