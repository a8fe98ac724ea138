// Rate table, custom rates, mentions, VAT numbers and the recap.
#include <gtest/gtest.h>

#include "domain/invoice/vat_breakdown.hpp"
#include "domain/tax/tax_decision.hpp"
#include "domain/tax/tax_mention.hpp"
#include "domain/tax/tax_number_check.hpp"
#include "domain/tax/vat_number.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace {

TEST(VatRates, TheBuiltInTableIsWhole) {
  auto const& rates = VatRates::built_in();
  for (auto const* place :
       {"AT", "BE", "BG", "CY", "CZ", "DE", "DK",    "EE",    "ES",    "FI", "FR", "GR", "HR",
        "HU", "IE", "IT", "LT", "LU", "LV", "MT",    "NL",    "PL",    "PT", "RO", "SE", "SI",
        "SK", "GB", "NO", "CH", "IS", "FO", "AT-JM", "PT-20", "PT-30", "GP", "MQ", "RE"}) {
    for (Date day = VatRates::covered_from(); day < make_date(2031, 1, 1); day = day + 1) {
      auto const rate = rates.find(place, VatRateKind::standard, day);
      ASSERT_TRUE(rate.has_value()) << place << " " << format_date(day);
      ASSERT_GT(*rate, Exact(5)) << place;
    }
  }
  for (auto const& row : rates.rows()) EXPECT_LE(row.rate, Exact(27)) << row.place;
}

TEST(VatRates, DaysAreInclusiveExclusive) {
  auto const& rates = VatRates::built_in();
  EXPECT_EQ(rates.find("DE", VatRateKind::standard, make_date(2020, 6, 30)), Exact(19));
  EXPECT_EQ(rates.find("DE", VatRateKind::standard, make_date(2020, 7, 1)), Exact(16));
  EXPECT_EQ(rates.find("DE", VatRateKind::standard, make_date(2020, 12, 31)), Exact(16));
  EXPECT_EQ(rates.find("DE", VatRateKind::standard, make_date(2021, 1, 1)), Exact(19));
  EXPECT_EQ(rates.find("FR", VatRateKind::standard, make_date(1990, 1, 1)), Exact(20));
  EXPECT_EQ(rates.find("SK", VatRateKind::reduced_2, make_date(2024, 12, 31)), std::nullopt);
  EXPECT_EQ(rates.find("XX", VatRateKind::standard, make_date(2024, 12, 31)), std::nullopt);
  EXPECT_EQ(rates.rate_for("DK", ProductTaxCategory::reduced, make_date(2024, 1, 1)), Exact(25));
}

TEST(VatRates, ABadTableIsRefusedWithItsLine) {
  auto const line = [](char const* text) { return VatRates::parse(text).error().message; };
  EXPECT_NE(line("FR\tstandard\t20\n").find("line 1: expected 6 columns"), std::string::npos);
  EXPECT_NE(line("# \n\nFR\todd\t20\t2020-01-01\t\tact\n").find("line 3"), std::string::npos);
  EXPECT_FALSE(VatRates::parse("FR\tstandard\t101\t2020-01-01\t\tact\n"));
  EXPECT_FALSE(VatRates::parse("FR\tstandard\t-1\t2020-01-01\t\tact\n"));
  EXPECT_FALSE(VatRates::parse("FR\tstandard\t20\t2020-02-30\t\tact\n"));
  EXPECT_FALSE(VatRates::parse("FR\tstandard\t20\t2020-01-01\t2020-01-01\tact\n"));
  EXPECT_FALSE(VatRates::parse("FR\tstandard\t20\t2020-01-01\t\t\n"));
  EXPECT_FALSE(VatRates::parse("FR\treduced\t5\t2020-01-01\t\tact\n"));
  std::string const first = "FR\tstandard\t20\t2020-01-01\t2021-01-01\tact\n";
  EXPECT_TRUE(VatRates::parse(first + "FR\tstandard\t21\t2021-01-01\t\tact\n"));
  EXPECT_FALSE(VatRates::parse(first + "FR\tstandard\t21\t2021-01-02\t\tact\n"));  // a gap
  EXPECT_FALSE(VatRates::parse(first + "FR\tstandard\t21\t2020-12-31\t\tact\n"));  // an overlap
}

TaxQuestion french_sale(std::string const& buyer = "FR") {
  TaxQuestion question;
  question.seller = tax_place("FR");
  question.seller_registered = true;
  question.buyer = tax_place(buyer);
  question.buyer_country = buyer;
  question.day = make_date(2026, 3, 1);
  return question;
}

TaxRate rate_of(Exact const& percent, std::optional<std::string> country = {}) {
  TaxRate rate;
  rate.id = TaxRateId("taxr_1");
  rate.rate = percent;
  rate.country = std::move(country);
  return rate;
}

Exact five_and_a_half() { return Exact::fraction(11, 2); }

TEST(TaxDecision, LineThenExemptThenCustomerThenProduct) {
  auto question = french_sale();
  question.product_rate = rate_of(five_and_a_half());
  auto decision = decide_tax(question, VatRates::built_in());
  EXPECT_EQ(decision.rate, five_and_a_half());
  EXPECT_EQ(decision.scheme, TaxScheme::manual);
  EXPECT_EQ(decision.tax_rate_id, "taxr_1");
  question.customer_rate = Exact(8);
  EXPECT_EQ(decide_tax(question, VatRates::built_in()).rate, Exact(8));
  question.taxability = Taxability::exempt;
  EXPECT_EQ(decide_tax(question, VatRates::built_in()).scheme, TaxScheme::exempt);
  question.line_rate = Exact(3);
  EXPECT_EQ(decide_tax(question, VatRates::built_in()).rate, Exact(3));
}

TEST(TaxDecision, AProductRateNeverOverridesAReverseChargeOrAnotherCountry) {
  auto question = french_sale("DE");
  question.product_rate = rate_of(five_and_a_half());
  question.buyer_tax_ids = {{"DE100000008", TaxIdStatus::valid}};
  EXPECT_EQ(decide_tax(question, VatRates::built_in()).scheme, TaxScheme::reverse_charge);
  question.buyer_tax_ids.clear();
  EXPECT_EQ(decide_tax(question, VatRates::built_in()).rate, five_and_a_half());  // French rates
  question.seller_uses_oss = true;
  EXPECT_EQ(decide_tax(question, VatRates::built_in()).rate, Exact(19));
  question.product_rate = rate_of(7, "DE");
  EXPECT_EQ(decide_tax(question, VatRates::built_in()).rate, Exact(7));
  question.seller_uses_oss = false;
  EXPECT_EQ(decide_tax(question, VatRates::built_in()).rate, Exact(20));
  auto abroad = french_sale("US");
  abroad.product_rate = rate_of(five_and_a_half());
  EXPECT_EQ(decide_tax(abroad, VatRates::built_in()).scheme, TaxScheme::not_eligible);
}

TEST(TaxDecision, Manual_TheProductsElseTheEntitysElseZero) {
  auto question = french_sale("DE");
  question.engine = TaxEngineKind::manual;
  EXPECT_EQ(decide_tax(question, VatRates::built_in()).rate, Exact(0));
  EXPECT_EQ(decide_tax(question, VatRates::built_in()).scheme, TaxScheme::manual);
  question.entity_rate = Exact(20);
  EXPECT_EQ(decide_tax(question, VatRates::built_in()).rate, Exact(20));
  question.product_rate = rate_of(7);
  EXPECT_EQ(decide_tax(question, VatRates::built_in()).rate, Exact(7));
  question.product_rate = rate_of(7, "FR");  // holds elsewhere
  EXPECT_EQ(decide_tax(question, VatRates::built_in()).rate, Exact(20));
  question.product = ProductTaxCategory::exempt;
  EXPECT_EQ(decide_tax(question, VatRates::built_in()).scheme, TaxScheme::exempt);
}

TEST(TaxDecision, ADocumentHasTheSchemeOfItsFirstLineThatIsNotManual) {
  auto question = french_sale();
  std::vector<TaxDecision> lines;
  EXPECT_FALSE(decision_of_document(lines));
  question.product_rate = rate_of(five_and_a_half());
  lines.push_back(decide_tax(question, VatRates::built_in()));
  EXPECT_EQ(decision_of_document(lines)->scheme, TaxScheme::manual);
  question.product_rate.reset();
  lines.push_back(decide_tax(question, VatRates::built_in()));
  EXPECT_EQ(decision_of_document(lines)->scheme, TaxScheme::standard);
}

TEST(TaxMention, EveryLanguageHasItsOwnWords) {
  std::vector<std::string> seen;
  for (auto const* language : {"en", "fr", "de", "it", "es", "pl", "pt", "nl", "lt"}) {
    for (auto const mention :
         {TaxMention::reverse_charge, TaxMention::exempt, TaxMention::outside_scope}) {
      std::string const text(tax_mention_text(mention, language));
      EXPECT_EQ(std::count(seen.begin(), seen.end(), text), 0) << text;
      seen.push_back(text);
      if (mention == TaxMention::reverse_charge) {
        EXPECT_NE(text.find("2006/112/"), std::string::npos);
      }
    }
  }
  EXPECT_EQ(tax_mention_text(TaxMention::exempt, "xx"), tax_mention_text(TaxMention::exempt, "en"));
  EXPECT_EQ(tax_mention_text(TaxMention::exempt, "fr-BE"),
            tax_mention_text(TaxMention::exempt, "fr"));
}

TEST(TaxNumberCheck, AnswersLastAndRetriesBackOff) {
  EXPECT_EQ(answer_lasts_ms(TaxIdStatus::valid), 30LL * 86'400'000);
  EXPECT_EQ(answer_lasts_ms(TaxIdStatus::invalid), 86'400'000);
  EXPECT_EQ(retry_after_ms(1), 60'000);
  EXPECT_EQ(retry_after_ms(2), 120'000);
  EXPECT_EQ(retry_after_ms(100), 21'600'000);
}

// Made by counting up until the state's rule is met; the second number has another check digit.
struct Numbers {
  char const* good;
  char const* bad;
};
constexpr Numbers numbers[] = {
    {"ATU10000005", "ATU10000006"},
    {"ATU10234575", "ATU10234576"},
    {"ATU10444447", "ATU10444448"},
    {"BE0100000070", "BE0100000071"},
    {"BE0100234652", "BE0100234653"},
    {"BG100000001", "BG100000002"},
    {"BG100234568", "BG100234569"},
    {"CHE100000006", "CHE100000007"},
    {"CHE100234567", "CHE100234568"},
    {"CY10000001E", "CY10000001F"},
    {"CY10234567S", "CY10234567T"},
    {"CZ10000003", "CZ10000004"},
    {"CZ10234578", "CZ10234579"},
    {"CZ640000008", "CZ640000009"},
    {"CZ7101010004", "CZ7101010005"},
    {"DE100000008", "DE100000009"},
    {"DE100234570", "DE100234571"},
    {"DK10000009", "DK10000000"},
    {"DK10234573", "DK10234574"},
    {"EE100000007", "EE100000008"},
    {"EE100234569", "EE100234560"},
    {"ESB00000018", "ESB00000019"},
    {"ES12345678Z", "ES12345678A"},
    {"ESX1234567L", "ESX1234567M"},
    {"ESP1234567D", "ESP1234567E"},
    {"ESK1234567L", "ESK1234567M"},
    {"FI10000004", "FI10000005"},
    {"FI10234572", "FI10234573"},
    {"FR88100000009", "FR88100000000"},
    {"FR48100234574", "FR48100234575"},
    {"FRAE100000009", "FRAE100000000"},
    {"GB100000034", "GB100000035"},
    {"GBGD001", "GBGD500"},
    {"GBHA500", "GBHA499"},
    {"EL100000003", "EL100000004"},
    {"EL100234575", "EL100234576"},
    {"HR10000000018", "HR10000000019"},
    {"HR10000234569", "HR10000234560"},
    {"HU10000001", "HU10000002"},
    {"HU10234570", "HU10234571"},
    {"IE1000001J", "IE1000001K"},
    {"IE1234567T", "IE1234567U"},
    {"IE1234567FA", "IE1234567FB"},
    {"IE1A23456W", "IE1A23456X"},
    {"IT10000000017", "IT10000000018"},
    {"IT10000238880", "IT10000238881"},
    {"LT100000019", "LT100000010"},
    {"LT100234612", "LT100234613"},
    {"LT100000000013", "LT100000000014"},
    {"LU10000053", "LU10000054"},
    {"LU10234584", "LU10234585"},
    {"LV40000000015", "LV40000000016"},
    {"LV40000234579", "LV40000234570"},
    {"LV01019000006", "LV01019000007"},
    {"MT10000034", "MT10000035"},
    {"MT10234572", "MT10234573"},
    {"NL100000009B01", "NL100000000B01"},
    {"NL100234570B01", "NL100234571B01"},
    {"NL123456789B13", "NL123456780B13"},
    {"NO900000006", "NO900000007"},
    {"NO900234570", "NO900234571"},
    {"PL1000000006", "PL1000000007"},
    {"PL1000234572", "PL1000234573"},
    {"PT500000018", "PT500000019"},
    {"PT500234574", "PT500234575"},
    {"RO10000008", "RO10000009"},
    {"RO10234572", "RO10234573"},
    {"RO19", "RO10"},
    {"SE500000000901", "SE500000000001"},
    {"SE500023457401", "SE500023457501"},
    {"SI10000003", "SI10000004"},
    {"SI10234578", "SI10234579"},
    {"SK2020000004", "SK2020000005"},
    {"XI100000034", "XI100000035"},
};

TEST(VatNumber, CheckDigitsOfEveryState) {
  for (auto const& [good, bad] : numbers) {
    auto const right = read_vat_number(good), wrong = read_vat_number(bad);
    ASSERT_TRUE(right && wrong) << good;
    EXPECT_TRUE(is_well_formed(*right)) << good;
    EXPECT_FALSE(is_well_formed(*wrong)) << bad;
    EXPECT_EQ(right->text(), good);
    EXPECT_FALSE(expected_vat_number(right->country).empty());
    for (auto const& broken : {right->number + "0000", right->number + "?", std::string("1")})
      EXPECT_FALSE(is_well_formed({right->country, broken})) << right->country << broken;
  }
}

TEST(VatNumber, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(read_vat_number(" fr 88 100 000 009")->text(), "FR88100000009");
  EXPECT_EQ(read_vat_number("BE0100.000.070")->text(), "BE0100000070");
  EXPECT_EQ(read_vat_number("100000003", "GR")->text(), "EL100000003");
  EXPECT_EQ(read_vat_number("GR100000003")->text(), "EL100000003");
  EXPECT_EQ(read_vat_number("900000006 MVA")->country, "NO");
  EXPECT_EQ(read_vat_number("CHE-100.000.006 MWST")->text(), "CHE100000006");
  EXPECT_EQ(read_vat_number("CHE-100.000.006", "CH")->text(), "CHE100000006");
  EXPECT_EQ(read_vat_number("88100000009", "MC")->country, "FR");
  EXPECT_FALSE(read_vat_number("12-3456789", "US"));
  EXPECT_FALSE(read_vat_number("12-3456789"));
}

TEST(VatNumber, WhatCannotBeATaxId) {
  EXPECT_TRUE(may_be_tax_id("12-3456789"));
  EXPECT_FALSE(may_be_tax_id(""));
  EXPECT_FALSE(may_be_tax_id("   "));
  EXPECT_FALSE(may_be_tax_id("1\n2"));
  EXPECT_FALSE(may_be_tax_id(std::string(65, '1')));
}

InvoiceLine line_of(std::int64_t minor, Exact const& rate, TaxCategory category) {
  InvoiceLine line;
  line.exact_amount = Exact(minor);
  line.tax_rate = rate;
  line.tax_category = category;
  return line;
}

// 0.33 + 0.33 + 0.33 at 20 % = 0.198 -> 0.20; 10.05 at 5.5 % = 0.55275 -> 0.55; 5.00 exempt.
TEST(VatBreakdown, EachTaxIsItsBaseTimesItsRate) {
  Invoice invoice;
  invoice.currency = "EUR";
  std::vector<InvoiceLine> lines = {
      line_of(33, 20, TaxCategory::S), line_of(1005, five_and_a_half(), TaxCategory::S),
      line_of(33, 20, TaxCategory::S), line_of(500, 0, TaxCategory::E),
      line_of(33, 20, TaxCategory::S)};
  compute_totals(invoice, lines);
  auto const rows = vat_breakdown(invoice, lines);
  ASSERT_EQ(rows.size(), 3u);
  std::int64_t base = 0, tax = 0;
  for (auto const& row : rows) {
    EXPECT_EQ(row.tax, (Exact(row.base) * row.rate / Exact(100)).round());  // BR-CO-17
    base += row.base;
    tax += row.tax;
  }
  EXPECT_EQ(rows[0].tax, 20);
  EXPECT_EQ(rows[1].tax, 55);
  EXPECT_EQ(rows[2].category, TaxCategory::E);
  EXPECT_EQ(base, invoice.amount_excluding_tax);
  EXPECT_EQ(tax, invoice.tax_amount);
  EXPECT_EQ(reason_of(invoice, rows[0], "en"), "");
  EXPECT_EQ(reason_of(invoice, rows[2], "en"), "Exempt from VAT.");
}

TEST(VatBreakdown, ZeroForTwoReasonsAreTwoRows) {
  Invoice invoice;
  invoice.currency = "EUR";
  std::vector<InvoiceLine> lines = {line_of(100, 0, TaxCategory::AE),
                                    line_of(200, 0, TaxCategory::Z)};
  compute_totals(invoice, lines);
  EXPECT_EQ(vat_breakdown(invoice, lines).size(), 2u);
  EXPECT_EQ(exemption_code(TaxCategory::AE), "VATEX-EU-AE");
  EXPECT_EQ(exemption_code(TaxCategory::S), "");
}

TEST(VatBreakdown, LinesFromBeforeCategoriesWereKept) {
  Invoice invoice;
  InvoiceLine line;
  line.tax_rate = 20;
  EXPECT_EQ(category_of(invoice, line), TaxCategory::S);
  line.tax_rate = 0;
  EXPECT_EQ(category_of(invoice, line), TaxCategory::Z);
  invoice.tax_scheme = TaxScheme::exempt;
  EXPECT_EQ(category_of(invoice, line), TaxCategory::E);
  invoice.tax_scheme = TaxScheme::reverse_charge;
  EXPECT_EQ(category_of(invoice, line), TaxCategory::AE);
  invoice.tax_scheme = TaxScheme::not_eligible;
  EXPECT_EQ(category_of(invoice, line), TaxCategory::O);
}

}  // namespace
}  // namespace tallybook
