#include "domain/tax/tax_decision.hpp"

#include "base/assert.hpp"
#include "base/mutant.hpp"
#include "domain/tax/vat_number.hpp"

namespace tallybook {
namespace tax_detail {

TaxDecision forced(Exact const& rate, TaxReason reason) {
  TaxDecision decision;
  decision.scheme = TaxScheme::manual;
  decision.rate = rate;
  decision.category = rate.is_zero() ? TaxCategory::Z : TaxCategory::S;
  decision.reason = reason;
  return decision;
}

TaxDecision custom(TaxRate const& rate) {
  auto decision = forced(rate.rate, TaxReason::product_rate);
  decision.tax_rate_id = rate.id.value;
  return decision;
}

TaxDecision exempt(TaxReason reason) {
  TaxDecision decision;
  decision.scheme = TaxScheme::exempt;
  decision.category = TaxCategory::E;
  decision.mention = TaxMention::exempt;
  decision.reason = reason;
  return decision;
}

TaxDecision without_tax(TaxReason reason) {
  TaxDecision decision;
  decision.reason = reason;
  return decision;
}

// Businesses are told why there is no VAT; consumers need no words.
TaxDecision outside(TaxQuestion const& question, TaxReason reason) {
  auto decision = without_tax(reason);
  if (!question.buyer_is_person) decision.mention = TaxMention::outside_scope;
  return decision;
}

// Without an engine: what somebody wrote down, else `otherwise`.
TaxDecision written_down(TaxQuestion const& question, TaxDecision otherwise) {
  auto const& rate = question.product_rate;
  if (rate && (!rate->country || tax_place(*rate->country).area == question.buyer.area))
    return custom(*rate);
  if (question.product == ProductTaxCategory::exempt) return exempt(TaxReason::product_exempt);
  if (question.entity_rate) return forced(*question.entity_rate, TaxReason::entity_rate);
  return otherwise;
}

// VAT is charged at the rate of `place`, which lies in `area`.
TaxDecision charged(TaxQuestion const& question, VatRates const& rates, std::string const& place,
                    std::string const& area, TaxReason reason) {
  auto const& custom_rate = question.product_rate;
  if (custom_rate) {
    auto const holds_in =
        custom_rate->country ? tax_place(*custom_rate->country).area : question.seller.area;
    if (holds_in == area) return custom(*custom_rate);
  }
  if (question.product == ProductTaxCategory::exempt) return exempt(TaxReason::product_exempt);
  TaxDecision decision;
  decision.scheme = TaxScheme::standard;
  decision.rate = rates.rate_for(place, question.product, question.day);
  decision.category = TaxCategory::S;
  decision.reason = reason;
  decision.place = place;
  return decision;
}

// The rate of Jungholz and Mittelberg is for businesses there and what they supply there.
std::string rates_of(TaxPlace const& buyer, TaxPlace const& seller) {
  if (buyer.area == "AT" && buyer.rates != seller.rates) return "AT";
  return buyer.rates;
}

// A usable number of a member state other than the seller's, with prefix. Northern Irish numbers
// are for goods only.
std::optional<std::string> number_of_another_state(TaxQuestion const& question) {
  for (auto const& id : question.buyer_tax_ids) {
    if (!is_usable(id.status)) continue;
    auto const number = read_vat_number(id.value, question.buyer_country);
    if (!number || !is_member_state(number->country) ||
        TB_MUTANT(92, number->country == question.seller.area, false))
      continue;
    if (is_well_formed(*number)) return number->text();
  }
  return std::nullopt;
}

TaxDecision in_the_union(TaxQuestion const& question, VatRates const& rates) {
  if (auto number = number_of_another_state(question)) {
    if (question.product == ProductTaxCategory::exempt) return exempt(TaxReason::product_exempt);
    TaxDecision decision;
    decision.scheme = TaxScheme::reverse_charge;
    decision.category = TaxCategory::AE;
    decision.mention = TaxMention::reverse_charge;
    decision.reason = TaxReason::reverse_charge;
    decision.buyer_number = std::move(number);
    return decision;
  }
  if (question.seller_uses_oss)
    return charged(question, rates, rates_of(question.buyer, question.seller), question.buyer.area,
                   TaxReason::one_stop_shop);
  return charged(question, rates, question.seller.rates, question.seller.area,
                 TaxReason::seller_rate);
}

TaxDecision automatic(TaxQuestion const& question, VatRates const& rates) {
  if (!has_automatic_tax(question.seller))
    return written_down(question, without_tax(TaxReason::seller_without_tax));
  if (!question.seller_registered)
    return written_down(question, without_tax(TaxReason::seller_not_registered));
  if (question.buyer.area == question.seller.area) {
    if (question.buyer.rates.empty()) return without_tax(TaxReason::domestic_without_vat);
    return charged(question, rates, rates_of(question.buyer, question.seller), question.seller.area,
                   TaxReason::domestic);
  }
  if (question.seller.in_eu && question.buyer.in_eu) return in_the_union(question, rates);
  return outside(question,
                 question.seller.in_eu ? TaxReason::outside_the_union : TaxReason::abroad);
}

}  // namespace tax_detail

bool is_usable(TaxIdStatus status) {
  return status == TaxIdStatus::valid || TB_MUTANT(93, status == TaxIdStatus::pending, false);
}

TaxDecision decide_tax(TaxQuestion const& question, VatRates const& rates) {
  using namespace tax_detail;
  TB_ASSERT(question.engine != TaxEngineKind::external);
  if (question.line_rate) return forced(*question.line_rate, TaxReason::line_rate);
  if (question.taxability == Taxability::exempt) return exempt(TaxReason::customer_exempt);
  if (question.customer_rate) return forced(*question.customer_rate, TaxReason::customer_rate);
  if (question.engine == TaxEngineKind::manual)
    return written_down(question, forced(0, TaxReason::no_manual_rate));
  return automatic(question, rates);
}

std::optional<TaxDecision> decision_of_document(std::vector<TaxDecision> const& lines) {
  for (auto const& line : lines) {
    if (line.scheme != TaxScheme::manual && line.reason != TaxReason::product_exempt) return line;
  }
  if (lines.empty()) return std::nullopt;
  return lines.front();
}

}  // namespace tallybook
