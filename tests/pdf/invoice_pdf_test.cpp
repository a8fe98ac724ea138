#include "adapters/pdf/invoice_pdf.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "pdf/sample.hpp"

namespace tallybook {

using testing::sample_invoice;

namespace pdf_test {

// Runs a shell command; throws when it fails, as it does when the tool is not installed.
std::string output_of(std::string const& command) {
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run: " + command);
  std::string out;
  char bytes[4096];
  while (auto const got = fread(bytes, 1, sizeof bytes, pipe)) out.append(bytes, got);
  if (int const status = ::pclose(pipe); status != 0) {
    throw std::runtime_error("failed (is poppler-utils installed?): " + command);
  }
  return out;
}

// Each test its own file, since ctest runs them at once.
std::string saved(std::string const& pdf) {
  auto const* test = ::testing::UnitTest::GetInstance()->current_test_info();
  auto const path = std::string(TALLYBOOK_BINARY_DIR) + "/" + test->name() + ".pdf";
  std::ofstream(path, std::ios::binary) << pdf;
  return path;
}

std::string text_of(std::string const& pdf) {
  return output_of("pdftotext -layout '" + saved(pdf) + "' -");
}

std::map<std::string, std::string> info_of(std::string const& pdf) {
  std::istringstream lines(output_of("pdfinfo -isodates '" + saved(pdf) + "'"));
  std::map<std::string, std::string> info;
  for (std::string line; std::getline(lines, line);) {
    auto const colon = line.find(':');
    auto const value = line.find_first_not_of(' ', colon + 1);
    info[line.substr(0, colon)] = value == line.npos ? "" : line.substr(value);
  }
  return info;
}

bool has(std::string const& text, std::string const& part) { return text.find(part) != text.npos; }

int count(std::string const& text, std::string const& part) {
  int found = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// Left, top, right and bottom of every word, by page: what the page limits are checked with.
void expect_within_margins(std::string const& pdf) {
  auto const boxes = output_of("pdftotext -bbox '" + saved(pdf) + "' -");
  std::istringstream lines(boxes);
  int words = 0;
  for (std::string line; std::getline(lines, line);) {
    double x0, y0, x1, y1;
    auto const at = line.find("<word ");
    if (at == line.npos) continue;
    ASSERT_EQ(std::sscanf(line.c_str() + at, R"(<word xMin="%lf" yMin="%lf" xMax="%lf" yMax="%lf")",
                          &x0, &y0, &x1, &y1),
              4)
        << line;
    ++words;
    EXPECT_GE(x0, 47) << line;
    EXPECT_LE(x1, 549) << line;
    EXPECT_GE(y0, 20) << line;
    EXPECT_LE(y1, 830) << line;
  }
  EXPECT_GT(words, 10);
}

}  // namespace pdf_test

using namespace pdf_test;

TEST(InvoicePdf, Text_ShowsEveryFieldOfTheDocument) {
  auto const d = sample_invoice();
  auto const text = text_of(render_invoice_pdf(d));
  std::vector<std::string> wanted = {"Invoice",
                                     d.number,
                                     d.status,
                                     d.issue_date,
                                     d.due_date,
                                     d.period,
                                     d.purchase_order,
                                     d.reference,
                                     d.currency,
                                     d.subtotal,
                                     d.discount,
                                     d.tax_total,
                                     d.total,
                                     d.amount_paid,
                                     d.amount_due,
                                     "IBAN FR76 3000 6000 0112 3456 7890 189",
                                     "Thank you",
                                     "Share capital",
                                     "Page 1 of 1",
                                     "Amount due",
                                     "VAT reduced rate 5.5%",
                                     "€1,514.19",
                                     "€302.84"};
  for (auto const* party : {&d.seller, &d.buyer}) {
    wanted.insert(wanted.end(),
                  {party->name, party->tax_id, party->registration_number, party->email});
    wanted.insert(wanted.end(), party->address_lines.begin(), party->address_lines.end());
  }
  wanted.push_back(d.seller.trade_name);
  for (auto const& line : d.lines) {
    wanted.insert(wanted.end(), {line.name, line.description, line.period, line.quantity,
                                 line.unit_price, line.net, line.tax_rate});
  }
  for (auto const& part : wanted) EXPECT_TRUE(has(text, part)) << part << "\n" << text;
}

TEST(InvoicePdf, Delivery_IsShownWhereThereIsAnAddress) {
  auto d = sample_invoice();
  EXPECT_FALSE(has(text_of(render_invoice_pdf(d)), "Ship to"));
  d.delivery = {"Warehouse 7", "", {"Quai 12", "13002 Marseille", "FR"}, "", "", ""};
  auto const text = text_of(render_invoice_pdf(d));
  for (char const* part : {"Ship to", "Warehouse 7", "Quai 12", "13002 Marseille"})
    EXPECT_TRUE(has(text, part)) << part << "\n" << text;
}

TEST(InvoicePdf, ReadingOrder_GoesAcrossARowAndDownTheTotals) {
  auto const raw =
      output_of("pdftotext -raw '" + saved(render_invoice_pdf(sample_invoice())) + "' -");
  size_t at = 0;
  for (auto part : {"Bill to", "Description", "Quantity", "Unit price", "API requests", "3,482,119",
                    "€0.0004", "€992.85", "Storage", "812.5", "Subtotal", "Amount due"}) {
    auto const found = raw.find(part, at);
    EXPECT_NE(found, raw.npos) << part << "\n" << raw;
    if (found != raw.npos) at = found;
  }
}

TEST(InvoicePdf, LongNumbers_AreBrokenWithoutHyphens) {
  auto d = sample_invoice();
  d.reference = std::string(150, '7');
  auto const text = text_of(render_invoice_pdf(d));
  EXPECT_FALSE(has(text, "7-")) << text;
  EXPECT_FALSE(has(text, "7‐")) << text;
}

TEST(InvoicePdf, EmptyFields_LeaveNoLabels) {
  InvoiceDocument d;
  d.number = "1";
  d.seller.name = "A";
  d.buyer.name = "B";
  d.lines = {{"Thing", "", "", "", "", "5.00", ""}};
  d.total = "5.00";
  auto const text = text_of(render_invoice_pdf(d));
  EXPECT_TRUE(has(text, "Thing"));
  for (auto label : {"Due date", "Period", "Purchase order", "Quantity", "Unit price", "Tax",
                     "Discount", "Subtotal", "Amount due", "Payment terms", "Notes", "Currency"}) {
    EXPECT_FALSE(has(text, label)) << label;
  }
}

TEST(InvoicePdf, Draft_HasAWatermarkInsteadOfANumber) {
  auto d = sample_invoice();
  EXPECT_FALSE(has(text_of(render_invoice_pdf(d)), "Draft"));
  d.number.clear();
  auto const pdf = render_invoice_pdf(d);
  EXPECT_EQ(info_of(pdf)["Title"], "Invoice Draft");
  // Slanted text comes out letter by letter.
  auto const raw = output_of("pdftotext -raw '" + saved(pdf) + "' -");
  EXPECT_TRUE(raw.starts_with("D\nr\na\nf\nt\n")) << raw;
  EXPECT_EQ(count(raw, "Draft"), 1);
}

TEST(InvoicePdf, Fonts_AreAllEmbeddedSubsets) {
  auto d = sample_invoice();
  d.buyer.name = "株式会社 山田商店";
  d.buyer.trade_name = "شركة النور للتجارة";
  std::istringstream lines(output_of("pdffonts '" + saved(render_invoice_pdf(d)) + "'"));
  std::string line;
  std::getline(lines, line);
  auto const embedded = line.find("emb");
  auto const subset = line.find("sub");
  ASSERT_NE(embedded, line.npos);
  std::getline(lines, line);
  int fonts = 0;
  while (std::getline(lines, line)) {
    ++fonts;
    EXPECT_EQ(line.substr(embedded, 3), "yes") << line;
    EXPECT_EQ(line.substr(subset, 3), "yes") << line;
  }
  EXPECT_GE(fonts, 4);
}

TEST(InvoicePdf, Unicode_NamesAppearInAnyScript) {
  auto d = sample_invoice();
  // Arabic is compared by a word: readers of PDF disagree on the order of right-to-left words.
  std::vector<std::string> const names = {
      "Ångström Łódź Ğüneş Kft.", "Ελληνική Εταιρεία", "ООО «Ромашка»", "株式会社山田商店",
      "华为技术有限公司",         "삼성전자",          "النور",         "बिजली"};
  for (auto const& name : names) d.lines.push_back({name, "", "", "1", "€1.00", "€1.00", "20%"});
  auto text = text_of(render_invoice_pdf(d));
  // pdftotext takes the gap after an Arabic letter that does not join for a space.
  auto const packed = [](std::string from) {
    std::erase(from, ' ');
    return from;
  };
  for (auto const& name : names)
    EXPECT_TRUE(has(packed(text), packed(name))) << name << "\n" << text;
}

TEST(InvoicePdf, Languages_TranslateLabelsAndTitle) {
  struct Case {
    char const* language;
    std::vector<std::string> words;
  };
  for (auto const& [language, words] :
       {Case{"en", {"Credit note", "Amount due", "Page 1 of 1"}},
        Case{"fr", {"Avoir", "Net à payer", "Page 1 sur 1"}},
        Case{"de", {"Gutschrift", "Zahlbetrag", "Seite 1 von 1"}},
        Case{"it", {"Nota di credito", "Importo dovuto", "Pagina 1 di 1"}},
        Case{"es", {"Factura rectificativa", "Importe pendiente", "Página 1 de 1"}},
        Case{"pl", {"Faktura korygująca", "Do zapłaty", "Strona 1 z 1"}},
        Case{"pt", {"Nota de crédito", "Montante em dívida", "Página 1 de 1"}},
        Case{"nl", {"Creditnota", "Te betalen", "Pagina 1 van 1"}},
        Case{"lt", {"Kreditinė sąskaita faktūra", "Mokėtina suma", "1 puslapis iš 1"}},
        Case{"xx", {"Credit note"}}, Case{"fr-BE", {"Avoir"}}}) {
    auto d = sample_invoice();
    d.title = "Credit note";
    d.language = language;
    auto const pdf = render_invoice_pdf(d);
    // A long title or label may go over two lines.
    auto const text = output_of("pdftotext -raw '" + saved(pdf) + "' - | tr '\\n' ' '");
    for (auto const& word : words) EXPECT_TRUE(has(text, word)) << word << "\n" << text;
    expect_within_margins(pdf);
  }
}

TEST(InvoicePdf, Metadata_NamesTitleSellerProducerAndDate) {
  auto info = info_of(render_invoice_pdf(sample_invoice()));
  EXPECT_EQ(info["Title"], "Invoice INV-2026-00042");
  EXPECT_EQ(info["Author"], "Northwind Cloud Services SAS");
  EXPECT_EQ(info["Producer"], "Tallybook");
  EXPECT_TRUE(info["CreationDate"].starts_with("2026-02-01T00:00:00")) << info["CreationDate"];
  EXPECT_TRUE(has(info["Page size"], "(A4)")) << info["Page size"];
  EXPECT_EQ(info["Pages"], "1");
}

TEST(InvoicePdf, SameDocument_SameBytesOnEveryThread) {
  auto const document = sample_invoice();
  auto const expected = render_invoice_pdf(document);
  EXPECT_EQ(expected.substr(0, 5), "%PDF-");
  std::vector<std::thread> threads;
  std::vector<int> same(4, 0);
  for (size_t t = 0; t < same.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5; ++i) {
        auto other = document;
        other.buyer.name = "株式会社 " + std::to_string(t * 10 + static_cast<size_t>(i));
        render_invoice_pdf(other);
        same[t] += render_invoice_pdf(document) == expected ? 1 : 0;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(same, (std::vector<int>{5, 5, 5, 5}));
}

TEST(InvoicePdf, TwoHundredLines_FlowOverPagesWithHeads) {
  auto d = sample_invoice();
  d.lines.clear();
  for (int i = 1; i <= 200; ++i) {
    auto const n = std::to_string(i);
    d.lines.push_back({"Item no " + n + ".", "Description of item", "January 2026", n, "€1.00",
                       "€" + n + ".00", "20%"});
  }
  auto const pdf = render_invoice_pdf(d);
  auto const text = text_of(pdf);
  for (int i = 1; i <= 200; ++i) {
    EXPECT_EQ(count(text, "Item no " + std::to_string(i) + "."), 1) << i;
    EXPECT_TRUE(has(text, "€" + std::to_string(i) + ".00"));
  }
  auto const pages = info_of(pdf)["Pages"];
  EXPECT_GE(std::stoi(pages), 6);
  EXPECT_TRUE(has(text, "Page 2 of " + pages));
  EXPECT_TRUE(has(text, "Page " + pages + " of " + pages));
  // A head on each page that has lines; the last page may hold only the totals.
  EXPECT_GE(count(text, "Unit price"), std::stoi(pages) - 1);
  EXPECT_EQ(count(text, d.amount_due), 1);
  expect_within_margins(pdf);
}

TEST(InvoicePdf, ExtremeTexts_StayOnThePage) {
  auto d = sample_invoice();
  std::string const word(400, 'W');
  std::string prose;
  for (int i = 0; i < 900; ++i) prose += "word" + std::to_string(i) + " ";
  d.seller.name = word;
  d.buyer.name = prose.substr(0, 600);
  d.buyer.address_lines.assign(60, "One of many address lines");
  d.number = std::string(120, '8');
  d.reference = word;
  d.status = prose.substr(0, 200);
  d.lines = {
      {word, prose, "", std::string(60, '9'), std::string(60, '9'), std::string(60, '9'), "20%"},
      {"After the long one", prose + prose + prose, "", "1", "€1.00", "€1.00", "20%"}};
  d.tax_recap.assign(60, {"20%", "€1.00", "€0.20", "A rate with a rather long explanation of why"});
  d.payment_terms = prose;
  d.footer = prose;
  d.total = std::string(80, '9');
  d.amount_due = std::string(80, '9');
  auto const pdf = render_invoice_pdf(d);
  expect_within_margins(pdf);
  auto const text = text_of(pdf);
  EXPECT_TRUE(has(text, "After the long one"));
  EXPECT_EQ(count(text, "One of many address lines"), 60);
  EXPECT_GE(count(text, "word899"), 5);
}

TEST(InvoicePdf, BytesThatAreNotText_DoNoHarm) {
  auto d = sample_invoice();
  d.buyer.name = "bad \xff\xfe utf8\x01\x02 end";
  d.buyer.trade_name = std::string("nul\0here", 8);
  d.brand_color = "not a colour";
  d.notes = {"<b>not markup</b> & \"quotes\""};
  auto const text = text_of(render_invoice_pdf(d));
  EXPECT_TRUE(has(text, "utf8 end")) << text;
  EXPECT_TRUE(has(text, "<b>not markup</b> & \"quotes\""));
}

}  // namespace tallybook
