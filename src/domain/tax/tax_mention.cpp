#include "domain/tax/tax_mention.hpp"

namespace tallybook {
namespace tax_mention_detail {

struct Words {
  std::string_view language;
  std::string_view reverse_charge;
  std::string_view exempt;
  std::string_view outside_scope;
};

// The first is the fallback.
constexpr Words table[] = {
    {"en", "Reverse charge: VAT is due from the customer (Article 196 of Directive 2006/112/EC).",
     "Exempt from VAT.", "Not subject to VAT: the place of supply is abroad."},
    {"fr",
     "Autoliquidation : la TVA est due par le preneur (article 196 de la directive 2006/112/CE).",
     "Exonéré de TVA.", "Non soumis à la TVA : le lieu de la prestation est à l’étranger."},
    {"de",
     "Steuerschuldnerschaft des Leistungsempfängers (Artikel 196 der Richtlinie 2006/112/EG).",
     "Von der Umsatzsteuer befreit.", "Nicht steuerbar: Der Leistungsort liegt im Ausland."},
    {"it",
     "Inversione contabile: l’IVA è dovuta dal committente (articolo 196 della direttiva "
     "2006/112/CE).",
     "Esente da IVA.", "Non soggetto a IVA: il luogo della prestazione è all’estero."},
    {"es",
     "Inversión del sujeto pasivo: el IVA lo debe el cliente (artículo 196 de la Directiva "
     "2006/112/CE).",
     "Exento de IVA.", "No sujeto a IVA: el lugar de la prestación está en el extranjero."},
    {"pl", "Odwrotne obciążenie: VAT rozlicza nabywca (art. 196 dyrektywy 2006/112/WE).",
     "Zwolnione z VAT.", "Nie podlega VAT: miejsce świadczenia znajduje się za granicą."},
    {"pt", "Autoliquidação: o IVA é devido pelo adquirente (artigo 196.º da Diretiva 2006/112/CE).",
     "Isento de IVA.", "Não sujeito a IVA: o lugar da prestação é no estrangeiro."},
    {"nl",
     "Btw verlegd: de afnemer is de btw verschuldigd (artikel 196 van Richtlijn 2006/112/EG).",
     "Vrijgesteld van btw.",
     "Niet onderworpen aan btw: de plaats van dienst is in het buitenland."},
    {"lt",
     "Atvirkštinis apmokestinimas: PVM sumoka pirkėjas (Direktyvos 2006/112/EB 196 straipsnis).",
     "Neapmokestinama PVM.", "Ne PVM objektas: paslaugos suteikimo vieta yra užsienyje."},
};

}  // namespace tax_mention_detail

std::string_view tax_mention_text(TaxMention mention, std::string_view language) {
  auto const* words = &tax_mention_detail::table[0];
  for (auto const& row : tax_mention_detail::table) {
    if (language.substr(0, 2) == row.language) words = &row;
  }
  switch (mention) {
    case TaxMention::reverse_charge:
      return words->reverse_charge;
    case TaxMention::exempt:
      return words->exempt;
    case TaxMention::outside_scope:
      break;
  }
  return words->outside_scope;
}

std::string_view exemption_reason(TaxCategory category, std::string_view language) {
  switch (category) {
    case TaxCategory::AE:
      return tax_mention_text(TaxMention::reverse_charge, language);
    case TaxCategory::E:
      return tax_mention_text(TaxMention::exempt, language);
    case TaxCategory::O:
      return tax_mention_text(TaxMention::outside_scope, language);
    case TaxCategory::S:
    case TaxCategory::Z:
      break;
  }
  return "";
}

std::string_view exemption_code(TaxCategory category) {
  if (category == TaxCategory::AE) return "VATEX-EU-AE";
  if (category == TaxCategory::O) return "VATEX-EU-O";
  return "";
}

}  // namespace tallybook
