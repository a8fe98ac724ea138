// The legal words of a document without tax, in the nine languages we write. They name the rule in
// the term the state requires (Article 226 (11) and (11a) of Directive 2006/112/EC).
#pragma once

#include <string_view>

#include "domain/tax/tax_scheme.hpp"

namespace tallybook {

// `language` is a two-letter code ("fr", also "fr-BE"); English when it is none of ours.
[[nodiscard]] std::string_view tax_mention_text(TaxMention mention, std::string_view language);

// Why a category carries no tax; nothing for S and Z.
[[nodiscard]] std::string_view exemption_reason(TaxCategory category, std::string_view language);
// The code of the Union's list of exemption reasons (VATEX); empty where none fits.
[[nodiscard]] std::string_view exemption_code(TaxCategory category);

}  // namespace tallybook
