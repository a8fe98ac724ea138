#include "app/invoice/manual_lines.hpp"

#include "app/coupon/applying.hpp"
#include "app/tax/taxes.hpp"
#include "base/assert.hpp"
#include "domain/catalogue/price.hpp"

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
  if (product->type == ProductType::bundle) line.bundle_items = product->bundle_items;
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

// The lines a discount on the document is limited to: by its indexes, and by the coupon's products.
Result<std::optional<std::vector<std::size_t>>> lines_of(InvoiceWithLines const& document,
                                                         NewInvoiceCoupon const& wanted,
                                                         Coupon const* coupon,
                                                         std::string const& path) {
  std::optional<std::vector<std::size_t>> lines;
  if (wanted.line_item_indexes) {
    lines.emplace();
    for (int const index : *wanted.line_item_indexes) {
      if (index < 0 || static_cast<std::size_t>(index) >= document.lines.size())
        return fail(errors::invalid_field(path + "line_item_indexes",
                                          "there is no line " + std::to_string(index)));
      lines->push_back(static_cast<std::size_t>(index));
    }
  }
  if (coupon == nullptr || !coupon->product_ids) return lines;
  std::vector<std::size_t> of_products;
  for (std::size_t i = 0; i < document.lines.size(); ++i) {
    auto const& product = document.lines[i].product_id;
    bool const asked = !lines || std::ranges::find(*lines, i) != lines->end();
    if (asked && product &&
        std::ranges::find(*coupon->product_ids, product->value) != coupon->product_ids->end())
      of_products.push_back(i);
  }
  return of_products;
}

Result<void> check_value(NewInvoiceCoupon const& wanted, std::string const& path) {
  if (wanted.discount_amount.has_value() == wanted.discount_percent.has_value())
    return fail(errors::invalid_field(path + "discount_amount",
                                      "give either discount_amount or discount_percent"));
  if (wanted.discount_amount &&
      (*wanted.discount_amount <= 0 || *wanted.discount_amount > max_amount_minor))
    return fail(errors::invalid_field(path + "discount_amount",
                                      "expected a positive number of minor units"));
  if (wanted.discount_percent && (*wanted.discount_percent <= 0 || *wanted.discount_percent > 100))
    return fail(errors::invalid_field(path + "discount_percent",
                                      "expected a percentage above 0, at most 100"));
  return {};
}

DocumentCoupon shown_coupon(NewInvoiceCoupon const& wanted,
                            std::optional<std::vector<std::size_t>> lines) {
  DocumentCoupon coupon;
  coupon.shown.name = wanted.name.value_or("Discount");
  coupon.shown.id = coupon.shown.coupon_id = wanted.coupon_id;
  coupon.shown.discount_percent = wanted.discount_percent;
  coupon.shown.fixed_amount = wanted.discount_amount;
  coupon.shown.line_item_indexes = wanted.line_item_indexes;
  coupon.lines = std::move(lines);
  return coupon;
}

Result<Coupon> catalogue_coupon(UnitOfWork& work, InvoiceWithLines const& document,
                                NewInvoiceCoupon const& wanted, std::string const& path) {
  auto coupon = work.records<Coupon>().find(*wanted.coupon_id);
  if (!coupon || coupon->deleted_at)
    return fail(errors::invalid_field(path + "coupon_id", "no such coupon"));
  if (coupon->expiration_date && *coupon->expiration_date <= work.now())
    return fail(errors::invalid_field(
        path + "coupon_id", "the coupon expired on " + format_instant(*coupon->expiration_date)));
  if (coupon->currency && *coupon->currency != document.invoice.currency)
    return fail(errors::invalid_field(path + "coupon_id", "the coupon is in " + *coupon->currency +
                                                              ", the document in " +
                                                              document.invoice.currency));
  if (wanted.discount_amount)
    return fail(errors::invalid_field(path + "discount_amount", "the coupon has its own"));
  if (wanted.discount_percent && coupon->type == CouponType::amount)
    return fail(errors::invalid_field(path + "discount_percent", "the coupon takes an amount"));
  return *std::move(coupon);
}

Result<DocumentCoupon> read_coupon(UnitOfWork& work, InvoiceWithLines const& document,
                                   NewInvoiceCoupon wanted, std::string const& path) {
  std::optional<Coupon> coupon;
  if (wanted.coupon_id) {
    TB_TRY(found, catalogue_coupon(work, document, wanted, path));
    coupon = std::move(found);
    if (!wanted.name) wanted.name = coupon->name;
    if (!wanted.discount_percent) wanted.discount_percent = coupon->discount_percent;
    wanted.discount_amount = coupon->discount_amount;
  }
  TB_CHECK(check_value(wanted, path));
  TB_TRY(lines, lines_of(document, wanted, coupon ? &*coupon : nullptr, path));
  return shown_coupon(wanted, std::move(lines));
}

Result<DocumentCoupon> kept_coupon(UnitOfWork& work, InvoiceWithLines const& document,
                                   NewInvoiceCoupon const& wanted, std::string const& path) {
  std::optional<Coupon> coupon;
  if (wanted.coupon_id) coupon = work.records<Coupon>().find(*wanted.coupon_id);
  TB_TRY(lines, lines_of(document, wanted, coupon ? &*coupon : nullptr, path));
  return shown_coupon(wanted, std::move(lines));
}

}  // namespace

Result<void> apply_invoice_coupons(UnitOfWork& work, InvoiceWithLines& document,
                                   std::vector<NewInvoiceCoupon> const& coupons) {
  std::vector<DocumentCoupon> own;
  for (std::size_t i = 0; i < coupons.size(); ++i) {
    std::string const path = "coupons[" + std::to_string(i) + "].";
    TB_TRY(coupon, coupons[i].kept ? kept_coupon(work, document, coupons[i], path)
                                   : read_coupon(work, document, coupons[i], path));
    own.push_back(std::move(coupon));
  }
  discount(work, document, std::move(own));
  return {};
}

std::vector<NewInvoiceCoupon> kept_coupons(Invoice const& invoice) {
  std::vector<NewInvoiceCoupon> kept;
  for (auto const& coupon : invoice.coupons.value_or(std::vector<InvoiceCoupon>())) {
    if (!coupon.subscription_coupon_id)
      kept.push_back({coupon.coupon_id, coupon.name, coupon.fixed_amount, coupon.discount_percent,
                      coupon.line_item_indexes, true});
  }
  return kept;
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
  TB_CHECK(apply_invoice_coupons(work, document, coupons));
  if (scheme) tax_by_scheme(document, *scheme);
  return tax_and_total(work, parties, document);
}

}  // namespace tallybook::manual_detail
