#include "app/invoice/conversion.hpp"

#include <algorithm>
#include <map>

#include "money/currency.hpp"

namespace tallybook {
namespace conversion_detail {

constexpr int oldest_rate_days = 10;  // holidays, not a feed that stopped

std::optional<DatedRate> per_euro(SqlSession& sql, std::string const& currency, Date day) {
  if (currency == "EUR") return DatedRate{1, day};
  std::optional<DatedRate> found;
  sql.query(
      "SELECT day, per_euro FROM exchange_rates WHERE currency = ? AND day <= ? AND day >= ? ORDER "
      "BY day DESC LIMIT 1",
      {currency, std::int64_t{day.days}, std::int64_t{day.days} - oldest_rate_days},
      [&](SqlRow const& row) {
        auto const rate = Exact::parse_fraction(row.text(1));
        if (rate) found = DatedRate{*rate, Date{static_cast<std::int32_t>(row.integer(0))}};
      });
  return found;
}

struct Rate {
  Date day;
  std::string currency;
  Exact per_euro;
};

Result<Rate> checked_rate(std::string_view place, std::string_view day, std::string_view currency,
                          std::string_view number) {
  auto const date = parse_date(day);
  if (!date)
    return fail(errors::invalid(std::string(place) + ": \"" + std::string(day) +
                                "\" is no date; expected YYYY-MM-DD"));
  bool const code = currency.size() == 3 &&
                    std::ranges::all_of(currency, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!code)
    return fail(errors::invalid(std::string(place) + ": \"" + std::string(currency) +
                                "\" is no currency code"));
  auto const rate = Exact::parse(number);
  if (!rate || rate->is_zero() || rate->is_negative())
    return fail(errors::invalid(std::string(place) + ": \"" + std::string(number) +
                                "\" is no rate; expected a decimal number above 0"));
  return Rate{*date, std::string(currency), *rate};
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells;
  for (;;) {
    auto const comma = line.find(',');
    cells.push_back(trimmed(line.substr(0, comma)));
    if (comma == std::string_view::npos) return cells;
    line.remove_prefix(comma + 1);
  }
}

Result<std::vector<Rate>> read_csv(std::string_view text) {
  std::vector<Rate> rates;
  std::vector<std::string_view> heading;
  for (int number = 1; !text.empty(); ++number) {
    auto const end = std::min(text.find('\n'), text.size());
    auto const line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    auto const cells = cells_of(line);
    if (heading.empty()) {
      if (cells.front() != "Date")
        return fail(errors::invalid("line 1: expected a heading that begins with Date"));
      heading = cells;
      continue;
    }
    if (cells.size() > heading.size())
      return fail(errors::invalid("line " + std::to_string(number) + ": more cells than " +
                                  "the heading has"));
    for (std::size_t i = 1; i < cells.size(); ++i) {
      if (cells[i].empty() || cells[i] == "N/A" || heading[i].empty()) continue;
      TB_TRY(rate, checked_rate("line " + std::to_string(number), cells[0], heading[i], cells[i]));
      rates.push_back(std::move(rate));
    }
  }
  return rates;
}

std::optional<std::string_view> attribute(std::string_view element, std::string_view name) {
  std::string const key = " " + std::string(name) + "=";
  auto const at = element.find(key);
  if (at == std::string_view::npos || at + key.size() >= element.size()) return std::nullopt;
  char const quote = element[at + key.size()];
  auto const begin = at + key.size() + 1;
  auto const end = element.find(quote, begin);
  if ((quote != '"' && quote != '\'') || end == std::string_view::npos) return std::nullopt;
  return element.substr(begin, end - begin);
}

// The file is a flat list of Cube elements: a day, then its currencies.
Result<std::vector<Rate>> read_xml(std::string_view text) {
  std::vector<Rate> rates;
  std::string_view day;
  int number = 0;
  for (auto at = text.find("<Cube"); at != std::string_view::npos;
       at = text.find("<Cube", at + 5)) {
    ++number;
    auto const end = text.find('>', at);
    if (end == std::string_view::npos)
      return fail(errors::invalid("Cube element " + std::to_string(number) + ": it does not end"));
    auto const element = text.substr(at, end - at);
    if (auto const time = attribute(element, "time")) day = *time;
    auto const currency = attribute(element, "currency");
    if (!currency) continue;
    TB_TRY(rate, checked_rate("Cube element " + std::to_string(number), day, *currency,
                              attribute(element, "rate").value_or("")));
    rates.push_back(std::move(rate));
  }
  return rates;
}

}  // namespace conversion_detail

std::optional<DatedRate> exchange_rate(SqlSession& sql, std::string const& from,
                                       std::string const& to, Date day) {
  if (from == to) return DatedRate{1, day};
  auto const source = conversion_detail::per_euro(sql, from, day);
  auto const target = conversion_detail::per_euro(sql, to, day);
  if (!source || !target) return std::nullopt;
  return DatedRate{target->rate / source->rate, std::min(source->day, target->day)};
}

void convert_total(UnitOfWork& work, InvoicingEntity const& entity, Invoice& invoice) {
  auto const from = Currency::parse(invoice.currency);
  auto const to = Currency::parse(entity.accounting_currency);
  if (!from || !to) return;
  auto const zone = TimeZone::find(invoice.timezone).value_or(TimeZone());
  auto const found = exchange_rate(work.sql(), invoice.currency, entity.accounting_currency,
                                   zone.date_of(work.now()));
  if (!found) return;
  invoice.conversion_rate = found->rate;
  // Minor units of one currency are not those of the other: 1 JPY is 100 of the cents of a euro.
  auto const minor_per_unit = [](Currency const& currency) {
    Exact units = 1;
    for (int i = 0; i < currency.decimals(); ++i) units *= 10;
    return units;
  };
  Exact const scale = minor_per_unit(*to) / minor_per_unit(*from);
  auto const converted = (Exact(invoice.total_amount) * found->rate * scale).round();
  if (!converted) return;
  invoice.converted_amount = *converted;
  invoice.converted_at = zone.start_of(found->day);
}

Result<std::int64_t> import_rates(SqlSession& sql, std::string_view text) {
  bool const xml = conversion_detail::trimmed(text).starts_with("<");
  TB_TRY(rates, xml ? conversion_detail::read_xml(text) : conversion_detail::read_csv(text));
  if (rates.empty()) return fail(errors::invalid("the file holds no rates"));
  for (auto const& rate : rates) {
    sql.execute(
        "INSERT INTO exchange_rates (day, currency, per_euro) VALUES (?, ?, ?) ON CONFLICT "
        "(currency, day) DO UPDATE SET per_euro = excluded.per_euro",
        {std::int64_t{rate.day.days}, rate.currency, rate.per_euro.str()});
  }
  return static_cast<std::int64_t>(rates.size());
}

}  // namespace tallybook
