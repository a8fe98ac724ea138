// InvoicePrinter: the port to whatever turns a document into a file.
#pragma once

#include <string>
#include <vector>

#include "domain/entity/invoicing_entity.hpp"
#include "domain/invoice/invoice.hpp"

namespace tallybook {

class InvoicePrinter {
 public:
  virtual ~InvoicePrinter() = default;
  // The bytes of a PDF, the same for the same document. `language` is a two-letter code; English
  // when it is none of ours. Any thread. Throws when the drawing library fails.
  [[nodiscard]] virtual std::string print(Invoice const& invoice,
                                          std::vector<InvoiceLine> const& lines,
                                          InvoicingEntity const& entity,
                                          std::string const& language) const = 0;
};

}  // namespace tallybook
