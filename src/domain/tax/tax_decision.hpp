// Which tax a line of an invoice carries (TAX-2 to TAX-5, TAX-8): one pure question, one answer.
// We sell services, so the place of supply is the customer's for a business in another state
// (Article 44 of Directive 2006/112/EC) and follows the One Stop Shop for consumers (Articles 58
// and 59c). docs/decisions/0010 tells what was chosen where the law leaves a choice.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "calendar/date.hpp"
#include "domain/customer/customer.hpp"
#include "domain/tax/tax_rate.hpp"
#include "domain/tax/tax_scheme.hpp"
#include "domain/tax/territory.hpp"
#include "domain/tax/vat_rates.hpp"

namespace tallybook {

struct TaxQuestion {
  TaxEngineKind engine = TaxEngineKind::automatic;  // external ones are asked elsewhere
  TaxPlace seller;
  bool seller_registered = false;  // has a VAT number: without one it may not charge VAT
  bool seller_uses_oss =
      false;  // declares in the One Stop Shop: consumers pay their country's rate
  std::optional<Exact> entity_rate;  // percent; the manual engine's
  TaxPlace buyer;
  std::string buyer_country;     // for numbers written without a prefix
  bool buyer_is_person = false;  // a consumer, unless a VAT number says otherwise
  std::vector<TaxId> buyer_tax_ids;
  Taxability taxability = Taxability::taxable;
  std::optional<Exact> customer_rate;   // percent, forces the rate
  std::optional<Exact> line_rate;       // percent, given on the line itself
  std::optional<TaxRate> product_rate;  // what the product is mapped to
  ProductTaxCategory product = ProductTaxCategory::standard;
  Date day;  // the tax point: the seller's local day of issue
};

struct TaxDecision {
  TaxScheme scheme = TaxScheme::not_eligible;
  Exact rate;  // percent
  TaxCategory category = TaxCategory::O;
  std::optional<TaxMention> mention;
  TaxReason reason = TaxReason::abroad;
  std::string place;                        // whose rate it is (TaxPlace::rates); empty: nobody's
  std::optional<std::string> tax_rate_id;   // the custom rate, when it decided
  std::optional<std::string> buyer_number;  // the VAT number it rests on, with prefix
};

// The first of: the line's rate; an exempt customer; the customer's rate; then the engine. Manual:
// the product's rate, else the entity's, else 0. Automatic, in this order:
// - the seller has no VAT number, or its country no VAT we know: the product's or entity's rate,
//   else not_eligible;
// - the buyer is in the seller's area: the rate of the buyer's place, whoever he is;
// - both are in the Union and the buyer has a usable number of another state: reverse_charge, 0;
// - both are in the Union otherwise: the rate of the buyer's place with OSS, the seller's without;
// - anything else is outside the scope of the seller's VAT: not_eligible, 0.
// Where a rate is charged, a product that is exempt has none and a product's custom rate replaces
// it if its country is the one whose rate would be charged.
[[nodiscard]] TaxDecision decide_tax(TaxQuestion const& question, VatRates const& rates);

// Whether a number with that status may carry a reverse charge: confirmed, or well formed and not
// refused so far. A register that does not answer never stops an invoice.
[[nodiscard]] bool is_usable(TaxIdStatus status);

// The scheme and mention of a whole document: those of its first line that is not manual, else the
// first line's. Nothing for no lines.
[[nodiscard]] std::optional<TaxDecision> decision_of_document(
    std::vector<TaxDecision> const& lines);

}  // namespace tallybook
