// The rates an external engine gave for a document that is not issued yet.
#pragma once

#include <boost/describe/class.hpp>
#include <map>

#include "domain/invoice/invoice.hpp"

namespace tallybook {

struct ExternalTax {
  InvoiceId id;          // the document
  std::string question;  // the parties and lines it was asked about, as text to compare
  std::optional<std::map<std::string, Exact>> answer;  // percent by line id; empty: none so far
  std::optional<std::string> failure;                  // why the last attempt brought none
  int attempts = 0;                                    // without an answer, since the last one
  Instant next_attempt_at;
  Instant created_at;
  Instant updated_at;
};
BOOST_DESCRIBE_STRUCT(ExternalTax, (),
                      (id, question, answer, failure, attempts, next_attempt_at, created_at,
                       updated_at))

}  // namespace tallybook
