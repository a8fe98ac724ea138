// Composer: decides what stands where on the pages of one invoice. Sections flow downwards from a
// cursor and go on to the next page when they reach the bottom. One render on one thread; internal
// to adapters/pdf.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "adapters/pdf/invoice_pdf.hpp"
#include "adapters/pdf/labels.hpp"
#include "adapters/pdf/text.hpp"

namespace tallybook::pdf {

inline constexpr double page_width = 595.276;  // A4
inline constexpr double page_height = 841.89;

class Composer {
 public:
  // Both must outlive this.
  Composer(InvoiceDocument const& document, PangoContext* context);

  // All pages, with their footers.
  std::vector<Page> compose();

  // What stands behind every page of a draft; empty when the document has a number.
  [[nodiscard]] TextLines watermark() const;

 private:
  struct Cursor {
    std::size_t page = 0;
    double y = 0;
  };
  struct Column {
    char const* head;
    std::string PdfLine::*text;
    double right;  // right edge
    double width;
  };
  struct Pair {
    std::string label;
    std::string value;
  };
  using OnNewPage = std::function<Cursor(Cursor)>;

  Cursor letterhead();
  TextLines party(PdfParty const& party, double width, bool is_seller) const;
  Cursor title_block(Cursor at);
  [[nodiscard]] std::vector<Pair> facts() const;
  Cursor buyer(Cursor at, std::string const& title, PdfParty const& who);
  Cursor table(Cursor at);
  [[nodiscard]] std::vector<Column> columns() const;
  Cursor table_head(Cursor at, std::vector<Column> const& columns);
  [[nodiscard]] TextLines details(PdfLine const& line, double width) const;
  Cursor table_row(Cursor at, PdfLine const& line, std::vector<Column> const& columns,
                   OnNewPage const& heads);
  Cursor totals(Cursor at);
  Cursor tax_recap(Cursor at);
  Cursor closing(Cursor at);
  void footers();

  // Lines one under the other, each on the page it fits on.
  Cursor flow(Cursor at, TextLines const& lines, double x, OnNewPage const& on_new_page);
  Cursor next_page(Cursor at);
  // `at`, or the next page when `height` does not fit any more but would there.
  Cursor keep(Cursor at, double height, OnNewPage const& on_new_page);
  [[nodiscard]] OnNewPage plain() {
    return [this](Cursor at) { return next_page(at); };
  }
  [[nodiscard]] double bottom() const { return bottom_; }
  Page& page(Cursor at) { return pages_[at.page]; }
  void rule(Cursor at, double x, double width, Color color, double thickness);

  InvoiceDocument const& document_;
  Labels const& labels_;
  Typesetter const type_;
  Color brand_;       // fills
  Color brand_text_;  // the same, dark enough to read on white
  TextLines footer_;
  double bottom_;
  std::string title_;
  std::vector<Page> pages_;
};

}  // namespace tallybook::pdf
