// The last step on a drawn PDF: what the drawing library does not let us say itself. Internal to
// adapters/pdf.
#pragma once

#include <string>

namespace tallybook::pdf {

// Names Tallybook as producer, sets the language for screen readers and gives the file an id made
// from its content. Throws std::runtime_error when `drawn` is not a PDF.
std::string finish_pdf(std::string const& drawn, std::string const& language);

}  // namespace tallybook::pdf
