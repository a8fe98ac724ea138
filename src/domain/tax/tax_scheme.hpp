// The words every rule about tax shares: how a document is taxed, what a product is for tax, which
// EN 16931 category a line falls into and which legal words the document must carry.
#pragma once

#include <boost/describe/enum.hpp>

namespace tallybook {

// TAX-3, as the API spells them.
BOOST_DEFINE_ENUM_CLASS(TaxScheme, standard, exempt, reverse_charge, manual, not_eligible)

// What a product is: taxed at the standard rate, at the country's highest reduced rate, or exempt.
BOOST_DEFINE_ENUM_CLASS(ProductTaxCategory, standard, reduced, exempt)

// UNCL 5305 codes EN 16931 allows for what we sell (BT-151): S taxed, Z taxed at 0, E exempt, AE
// reverse charge, O outside the scope of VAT. G and K are about goods.
BOOST_DEFINE_ENUM_CLASS(TaxCategory, S, Z, E, AE, O)

// Legal words of a document without tax; their text is in tax_mention.hpp.
BOOST_DEFINE_ENUM_CLASS(TaxMention, reverse_charge, exempt, outside_scope)

// Why a line is taxed as it is: which rule of decide_tax() it was. external: another engine said
// so.
BOOST_DEFINE_ENUM_CLASS(TaxReason, document_scheme, line_rate, customer_exempt, customer_rate,
                        product_rate, entity_rate, no_manual_rate, seller_not_registered,
                        seller_without_tax, product_exempt, domestic, domestic_without_vat,
                        reverse_charge, one_stop_shop, seller_rate, outside_the_union, abroad,
                        external)

// Who finds the rate of an invoicing entity's invoices (TAX-1).
BOOST_DEFINE_ENUM_CLASS(TaxEngineKind, automatic, manual, external)

}  // namespace tallybook
