#include "app/invoice/manual_lines.hpp"

#include "app/tax/taxes.hpp"
#include "base/assert.hpp"
#include "domain/catalogue/price.hpp"
#include "domain/discount/coupons.hpp"

namespace tallybook::manual_detail {
namespace {

Exact const largest_amount = Exact(max_amount_minor);

std::string path_of(std::size_t index, char const* field) {
  return "line_items[" + std::to_string(index) + "]." + field;
}

// The unit price the catalogue has for the product: a flat amount in the document's currency.
std::optional<Exact> catalogue_price(UnitOfWork& work, Product const& product,
                                     Invoice const& invoice) {
  std::optional<std::string> country;
  if (invoice.customer.address) country = invoice.customer.address->country;
  for (auto const& configuration : work.records<PriceConfiguration>().where(
           "product_id = ? AND currency = ? AND archived_at IS NULL ORDER BY CASE WHEN country = ? "
           "THEN 0 ELSE 1 END, created_at, id",
           {product.id.value, invoice.currency, country.value_or("")})) {
    bool const here = !configuration.country || configuration.country == country;
    if (here && configuration.type == PriceType::fee && configuration.prices.size() == 1)
      return configuration.prices.front().amount;
  }
  return std::nullopt;
}

// What the customer used in the period of the line (INV-9); its price is the line's own.
Result<Exact> used_units(UnitOfWork& work, Product const& product, Invoice const& invoice,
                         InvoiceLine& line, std::string const& path) {
  if (!product.aggregator_id || !line.period_starts_at || !line.period_ends_at)
    return fail(errors::invalid_field(
        path, "required, or period_start and period_end to count a usage product's usage"));
  auto const aggregator = work.records<Aggregator>().find(*product.aggregator_id);
  TB_ASSERT(aggregator.has_value());
  UsageQuery query;
  query.tenant = work.tenant();
  query.rule = rule_of(*aggregator);
  query.customer_ids = {invoice.customer_id.value};
  query.from = *line.period_starts_at;
  query.to = *line.period_ends_at;
  return work.services().events.usage(query).quantity;
}

Result<void> read_period(NewInvoiceLine const& wanted, std::size_t index, TimeZone const& zone,
                         InvoiceLine& line) {
  if (wanted.period_start.has_value() != wanted.period_end.has_value())
    return fail(
        errors::invalid_field(path_of(index, wanted.period_start ? "period_end" : "period_start"),
                              "period_start and period_end belong together"));
  if (!wanted.period_start) return {};
  if (*wanted.period_end < *wanted.period_start)
    return fail(errors::invalid_field(path_of(index, "period_end"),
                                      "expected a moment after period_start"));
  line.period_starts_at = wanted.period_start;
  line.period_ends_at = *wanted.period_end + 1;  // the wire names the last millisecond
  line.period_start_on = zone.date_of(*line.period_starts_at);
  line.period_end_on = zone.date_of(*wanted.period_end) + 1;
  return {};
}

Result<void> read_product(UnitOfWork& work, NewInvoiceLine const& wanted, std::size_t index,
                          Invoice const& invoice, InvoiceLine& line) {
  auto const product = work.records<Product>().find(*wanted.product_id);
  if (!product) return fail(errors::invalid_field(path_of(index, "product_id"), "no such product"));
  if (product->type == ProductType::credit)
    return fail(errors::invalid_field(path_of(index, "product_id"),
                                      "a credit product is sold by purchasing credits"));
  line.product_id = product->id;
  line.product_type = product->type;
  if (!wanted.name) line.name = product->name;
  if (!wanted.description) line.description = product->public_description;
  line.revenue_interval = Interval{WirePeriod::once, {}};
  if (!wanted.unit_amount) {
    auto const price = product->type == ProductType::dynamic
                           ? std::optional<Exact>()
                           : catalogue_price(work, *product, invoice);
    if (!price)
      return fail(errors::invalid_field(
          path_of(index, "unit_amount"),
          "required: the product has no single price in " + invoice.currency));
    line.unit_amount = *price;
  }
  if (!wanted.units_count && product->type == ProductType::dynamic) {
    TB_TRY(units, used_units(work, *product, invoice, line, path_of(index, "units_count")));
    line.units_count = units;
  }
  return {};
}

Result<InvoiceLine> read_line(UnitOfWork& work, NewInvoiceLine const& wanted, std::size_t index,
                              Invoice const& invoice, TimeZone const& zone) {
  InvoiceLine line;
  line.id = work.new_id<InvoiceLineTag>();
  line.invoice_id = invoice.id;
  line.position = static_cast<int>(index);
  line.name = wanted.name.value_or("");
  line.description = wanted.description;
  line.units_count = wanted.units_count.value_or(1);
  line.unit_amount = wanted.unit_amount.value_or(0);
  line.display_unit_amount = wanted.display_unit_amount.value_or(true);
  if (!wanted.display_service_period.value_or(true)) line.hide_service_period = true;
  TB_CHECK(read_period(wanted, index, zone, line));
  if (wanted.product_id) {
    TB_CHECK(read_product(work, wanted, index, invoice, line));
  } else {
    if (line.name.empty())
      return fail(errors::invalid_field(path_of(index, "name"), "required without product_id"));
    if (!wanted.unit_amount)
      return fail(
          errors::invalid_field(path_of(index, "unit_amount"), "required without product_id"));
  }
  if (line.name.size() > 500)
    return fail(errors::invalid_field(path_of(index, "name"), "expected at most 500 characters"));
  if (line.units_count.is_negative())
    return fail(errors::invalid_field(path_of(index, "units_count"),
                                      "expected 0 or more; a rebate has a negative unit_amount"));
  line.exact_amount = line.units_count * line.unit_amount;
  if (line.exact_amount > largest_amount || line.exact_amount < -largest_amount)
    return fail(errors::invalid_field(path_of(index, "unit_amount"),
                                      "the line would be more than 10^15 minor units"));
  bool const credit = invoice.type == InvoiceType::credit_note;
  line.entry_type =
      line.exact_amount.is_negative() != credit ? EntryType::credit : EntryType::debit;
  return line;
}

Result<void> check_rate(Exact const& rate, std::string const& path) {
  if (rate.is_negative() || rate > 100)
    return fail(errors::invalid_field(path, "expected a percentage from 0 to 100"));
  return {};
}

void set_rate(InvoiceLine& line, Exact const& rate) {
  line.tax_rate = rate;
  line.tax_rate_custom = rate;
}

}  // namespace

Result<void> apply_invoice_coupons(InvoiceWithLines& document,
                                   std::vector<NewInvoiceCoupon> const& coupons) {
  auto& lines = document.lines;
  for (auto& line : lines) line.discount_amount = 0;
  document.invoice.coupons.reset();
  if (coupons.empty()) return {};
  std::vector<Exact> amounts;
  auto const currency = Currency::parse(document.invoice.currency).value_or(Currency());
  for (auto const& line : lines)
    amounts.push_back(Money::rounded(line.exact_amount, currency).minor);
  std::vector<CouponTerms> terms;
  std::vector<InvoiceCoupon> shown;
  for (std::size_t i = 0; i < coupons.size(); ++i) {
    auto const& wanted = coupons[i];
    std::string const path = "coupons[" + std::to_string(i) + "].";
    if (wanted.coupon_id) return fail(errors::invalid_field(path + "coupon_id", "no such coupon"));
    if (wanted.discount_amount.has_value() == wanted.discount_percent.has_value())
      return fail(errors::invalid_field(path + "discount_amount",
                                        "give either discount_amount or discount_percent"));
    if (wanted.discount_amount &&
        (*wanted.discount_amount <= 0 || *wanted.discount_amount > max_amount_minor))
      return fail(errors::invalid_field(path + "discount_amount",
                                        "expected a positive number of minor units"));
    if (wanted.discount_percent &&
        (*wanted.discount_percent <= 0 || *wanted.discount_percent > 100))
      return fail(errors::invalid_field(path + "discount_percent",
                                        "expected a percentage above 0, at most 100"));
    CouponTerms term;
    term.percentage = wanted.discount_percent;
    term.amount = wanted.discount_amount.value_or(0);
    InvoiceCoupon coupon;
    coupon.name = wanted.name.value_or("Discount");
    coupon.discount_percent = wanted.discount_percent;
    coupon.fixed_amount = wanted.discount_amount;
    coupon.line_item_indexes = wanted.line_item_indexes;
    if (wanted.line_item_indexes) {
      term.lines.emplace();
      for (int const index : *wanted.line_item_indexes) {
        if (index < 0 || static_cast<std::size_t>(index) >= lines.size())
          return fail(errors::invalid_field(path + "line_item_indexes",
                                            "there is no line " + std::to_string(index)));
        term.lines->push_back(static_cast<std::size_t>(index));
      }
    }
    for (std::size_t k = 0; k < lines.size(); ++k) {
      bool const eligible = !term.lines || std::ranges::find(*term.lines, k) != term.lines->end();
      if (eligible) coupon.line_items_ids.push_back(lines[k].id.value);
    }
    terms.push_back(std::move(term));
    shown.push_back(std::move(coupon));
  }
  auto const applied = apply_coupons(amounts, terms, currency);
  auto const discounts = whole_discounts(applied);
  for (std::size_t k = 0; k < lines.size(); ++k) lines[k].discount_amount = discounts[k];
  for (auto const& use : applied.uses) shown[use.coupon].discount_amount = use.amount;
  document.invoice.coupons = std::move(shown);
  return {};
}

void tax_by_scheme(InvoiceWithLines& document, TaxScheme scheme) {
  document.invoice.tax_scheme = scheme;
  document.invoice.tax_scheme_custom = scheme;
}

Result<void> tax_and_total(UnitOfWork& work, InvoiceParties const& parties,
                           InvoiceWithLines& document) {
  // A note has the tax of what it credits. A draft may wait for its tax; create_invoice() checks.
  if (!document.invoice.original_invoice_id) (void)apply_taxes(work, parties, document);
  compute_totals(document.invoice, document.lines);
  auto const& invoice = document.invoice;
  if (invoice.total_amount < 0)
    return fail(errors::invalid_field("line_items",
                                      "the total would be " + std::to_string(invoice.total_amount) +
                                          " minor units; an invoice's is not below 0"));
  if (invoice.total_amount > max_amount_minor)
    return fail(
        errors::invalid_field("line_items", "the total would be more than 10^15 minor units"));
  return {};
}

Result<void> fill_document(UnitOfWork& work, InvoiceParties const& parties,
                           InvoiceWithLines& document, std::vector<NewInvoiceLine> const& lines,
                           std::vector<NewInvoiceCoupon> const& coupons,
                           std::optional<Exact> const& tax_rate,
                           std::optional<TaxScheme> const& scheme) {
  if (lines.empty() || lines.size() > most_lines)
    return fail(errors::invalid_field("line_items", "expected 1 to 500 lines"));
  auto const zone = TimeZone::find(document.invoice.timezone).value_or(TimeZone());
  auto& invoice = document.invoice;
  document.lines.clear();
  invoice.period_starts_at.reset();
  invoice.period_ends_at.reset();
  if (tax_rate) {
    TB_CHECK(check_rate(*tax_rate, "tax_rate"));
  }
  for (std::size_t i = 0; i < lines.size(); ++i) {
    TB_TRY(line, read_line(work, lines[i], i, invoice, zone));
    if (lines[i].tax_rate) {
      TB_CHECK(check_rate(*lines[i].tax_rate, path_of(i, "tax_rate")));
      set_rate(line, *lines[i].tax_rate);
    } else if (tax_rate) {
      set_rate(line, *tax_rate);
    }
    if (line.period_starts_at &&
        (!invoice.period_starts_at || *line.period_starts_at < *invoice.period_starts_at))
      invoice.period_starts_at = line.period_starts_at;
    if (line.period_ends_at &&
        (!invoice.period_ends_at || *line.period_ends_at > *invoice.period_ends_at))
      invoice.period_ends_at = line.period_ends_at;
    document.lines.push_back(std::move(line));
  }
  TB_CHECK(apply_invoice_coupons(document, coupons));
  if (scheme) tax_by_scheme(document, *scheme);
  return tax_and_total(work, parties, document);
}

}  // namespace tallybook::manual_detail
