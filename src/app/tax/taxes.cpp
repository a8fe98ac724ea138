#include "app/tax/taxes.hpp"

#include <algorithm>
#include <map>

#include "app/tax/external_taxes.hpp"
#include "reflect/describe.hpp"
#include "reflect/value.hpp"

namespace tallybook {
namespace taxes_detail {

// What tax asks of a product.
struct TaxedProduct {
  ProductTaxCategory category = ProductTaxCategory::standard;
  std::optional<TaxRate> rate;
};

std::optional<TaxRate> mapped_rate(UnitOfWork& work, std::string_view accounting,
                                   EntityId const& entity) {
  if (accounting == "{}") return std::nullopt;
  auto const settings = parse_json(accounting);
  auto const* own = settings ? settings->find(entity.value) : nullptr;
  auto const* id = own == nullptr ? nullptr : own->find("tax_rate_id");
  if (id == nullptr || id->as_string() == nullptr) return std::nullopt;
  return work.records<TaxRate>().find(*id->as_string());
}

// One query for all products of a document.
std::map<std::string, TaxedProduct> products_of(UnitOfWork& work, EntityId const& entity,
                                                std::vector<InvoiceLine> const& lines) {
  SqlParams params = {work.tenant().account_id, std::string(mode_text(work.tenant().mode))};
  std::string marks;
  for (auto const& line : lines) {
    if (!line.product_id) continue;
    marks += marks.empty() ? "?" : ", ?";
    params.emplace_back(line.product_id->value);
  }
  std::map<std::string, TaxedProduct> products;
  if (marks.empty()) return products;
  std::map<std::string, std::string> accounting;
  work.sql().query(
      "SELECT id, tax_category, accounting FROM products WHERE account_id = ? AND mode = ? AND id "
      "IN (" +
          marks + ")",
      params, [&](SqlRow const& row) {
        std::string const id(row.text(0));
        products[id].category = reflect::enum_from<ProductTaxCategory>(row.text(1))
                                    .value_or(ProductTaxCategory::standard);
        accounting[id] = row.text(2);
      });
  for (auto& [id, product] : products) product.rate = mapped_rate(work, accounting[id], entity);
  return products;
}

void write_down(TaxDecision const& decision, InvoiceLine& line) {
  line.tax_rate = decision.rate;
  line.tax_category = decision.category;
  line.tax_rate_id = decision.tax_rate_id;
  line.tax_reason = decision.reason;
}

bool knows_no_tax(TaxScheme scheme) {
  return scheme != TaxScheme::standard && scheme != TaxScheme::manual;
}

// Somebody chose a scheme without tax for the whole document.
void take_all_tax(InvoiceWithLines& document, TaxScheme scheme) {
  TaxDecision decision;
  decision.reason = TaxReason::document_scheme;
  if (scheme == TaxScheme::exempt) {
    decision.category = TaxCategory::E;
    decision.mention = TaxMention::exempt;
  } else if (scheme == TaxScheme::reverse_charge) {
    decision.category = TaxCategory::AE;
    decision.mention = TaxMention::reverse_charge;
  }
  for (auto& line : document.lines) write_down(decision, line);
  document.invoice.tax_scheme = scheme;
  document.invoice.tax_mention = decision.mention;
}

// Decided by the engine of somebody else: nothing a person wrote down comes first.
bool is_external(TaxQuestion const& question) {
  return question.engine == TaxEngineKind::external && question.taxability != Taxability::exempt &&
         !question.customer_rate;
}

TaxQuestion question_about(UnitOfWork& work, InvoiceParties const& parties,
                           Invoice const& invoice) {
  auto const zone = TimeZone::find(invoice.timezone).value_or(TimeZone());
  return tax_question(parties.entity, parties.customer, zone.date_of(work.now()));
}

bool has_scheme_without_tax(Invoice const& invoice) {
  return invoice.tax_scheme_custom && knows_no_tax(*invoice.tax_scheme_custom);
}

void decide_here(UnitOfWork& work, TaxQuestion question, EntityId const& entity,
                 InvoiceWithLines& document) {
  auto& invoice = document.invoice;
  // What a person wrote down needs no engine.
  if (question.engine == TaxEngineKind::external) question.engine = TaxEngineKind::manual;
  auto const products = products_of(work, entity, document.lines);
  std::vector<TaxDecision> decisions;
  for (auto& line : document.lines) {
    auto of_line = question;
    of_line.line_rate = line.tax_rate_custom;
    auto const product = line.product_id ? products.find(line.product_id->value) : products.end();
    if (product != products.end()) {
      of_line.product = product->second.category;
      of_line.product_rate = product->second.rate;
    }
    decisions.push_back(decide_tax(of_line, VatRates::built_in()));
    write_down(decisions.back(), line);
  }
  auto const whole = decision_of_document(decisions);
  invoice.tax_scheme =
      invoice.tax_scheme_custom.value_or(whole ? whole->scheme : TaxScheme::manual);
  invoice.tax_mention = whole ? whole->mention : std::nullopt;
  if (whole && whole->buyer_number) invoice.customer.tax_id = whole->buyer_number;
}

}  // namespace taxes_detail

bool is_tax_known(InvoiceWithLines const& document) {
  return std::ranges::all_of(document.lines,
                             [](InvoiceLine const& line) { return line.tax_reason.has_value(); });
}

TaxQuestion tax_question(InvoicingEntity const& entity, Customer const& customer, Date day) {
  TaxQuestion question;
  question.engine = entity.tax_engine;
  question.seller = tax_place(entity.country, entity.zip_code.value_or(""));
  question.seller_registered = entity.tax_id && !entity.tax_id->empty();
  question.seller_uses_oss = entity.is_oss_registered;
  question.entity_rate = entity.manual_tax_rate;
  auto const& address = customer.billing_address;
  question.buyer_country = customer.country.value_or(address ? address->country : entity.country);
  question.buyer =
      tax_place(question.buyer_country,
                address && address->country == question.buyer_country ? address->zip : "");
  question.buyer_is_person = customer.type == CustomerType::person;
  question.buyer_tax_ids = customer.tax_ids;
  question.taxability = customer.taxability;
  question.customer_rate = customer.tax_rate_custom;
  question.day = day;
  return question;
}

bool apply_taxes(UnitOfWork& work, InvoiceParties const& parties, InvoiceWithLines& document) {
  using namespace taxes_detail;
  auto& invoice = document.invoice;
  if (!invoice.seller.tax_id) invoice.seller.tax_id = parties.entity.tax_id;
  if (has_scheme_without_tax(invoice)) {
    take_all_tax(document, *invoice.tax_scheme_custom);
    return true;
  }
  auto const question = question_about(work, parties, invoice);
  if (is_external(question)) return apply_external_taxes(work, parties, document);
  decide_here(work, question, parties.entity.id, document);
  return true;
}

void preview_taxes(UnitOfWork& work, InvoiceParties const& parties, InvoiceWithLines& document) {
  using namespace taxes_detail;
  auto const question = question_about(work, parties, document.invoice);
  if (!is_external(question)) decide_here(work, question, parties.entity.id, document);
}

Error tax_is_awaited() {
  return errors::conflict(
      "The tax of the document is not known: the external tax engine has not answered yet; it is "
      "asked again in the background");
}

}  // namespace tallybook
