#include "adapters/pdf/composer.hpp"

#include <algorithm>

namespace tallybook::pdf {
namespace composer_detail {

constexpr double margin = 48;
constexpr double left_edge = margin;
constexpr double right_edge = page_width - margin;
constexpr double content_width = right_edge - left_edge;
constexpr double left_column = content_width * 0.5;
constexpr double top_of_next = 74;  // under the running head
constexpr double gutter = 14;
constexpr double row_padding = 5;

constexpr Color ink{0.11, 0.13, 0.16};
constexpr Color grey{0.40, 0.43, 0.47};
constexpr Color hairline{0.85, 0.87, 0.89};
constexpr Color default_brand{0.122, 0.227, 0.373};

constexpr TextStyle body{9, false, ink};
constexpr TextStyle strong{9, true, ink};
constexpr TextStyle small{8, false, grey};
constexpr TextStyle caption{7.5, true, grey};

std::string labelled(std::string const& label, std::string const& value) {
  return value.empty() ? std::string() : label + ": " + value;
}

}  // namespace composer_detail

using namespace composer_detail;

Composer::Composer(InvoiceDocument const& document, PangoContext* context)
    : document_(document),
      labels_(labels_for(document.language)),
      type_(context),
      brand_(parse_color(document.brand_color, default_brand)),
      brand_text_(brand_),
      title_(translated_title(document.title, labels_)) {
  while (brightness(brand_text_) > 0.45) {
    brand_text_ = {brand_text_.red * 0.85, brand_text_.green * 0.85, brand_text_.blue * 0.85};
  }
  footer_ = type_.set(document.footer, {7.5, false, grey}, content_width - 110, 4);
  bottom_ = page_height - 26 - std::max(11.0, height_of(footer_)) - 16;
}

std::vector<Page> Composer::compose() {
  pages_.emplace_back();
  auto at = letterhead();
  at = table(at);
  at = totals(at);
  closing(at);
  footers();
  return std::move(pages_);
}

TextLines Composer::watermark() const {
  if (!document_.number.empty()) return {};
  return type_.set(labels_.draft, {110, true, {0.945, 0.95, 0.955}}, 2 * page_width);
}

// --- flow

Composer::Cursor Composer::next_page(Cursor at) {
  Cursor const next{at.page + 1, top_of_next};
  // Two columns may have flowed on to it already.
  if (next.page < pages_.size()) return next;
  pages_.emplace_back();
  auto const number = document_.number.empty() ? labels_.draft : document_.number;
  page(next).lines_left(type_.set(document_.seller.name, small, content_width * 0.55, 1), left_edge,
                        40);
  page(next).lines_right(type_.set(title_ + " " + number, {8, true, ink}, content_width * 0.42, 1),
                         right_edge, 40);
  rule({next.page, 58}, left_edge, content_width, hairline, 0.6);
  return next;
}

Composer::Cursor Composer::keep(Cursor at, double height, OnNewPage const& on_new_page) {
  bool const would_fit = height <= bottom() - top_of_next - 30;
  return at.y + height > bottom() && would_fit ? on_new_page(at) : at;
}

Composer::Cursor Composer::flow(Cursor at, TextLines const& lines, double x,
                                OnNewPage const& on_new_page) {
  for (auto const& line : lines) {
    if (at.y + line.height > bottom()) at = on_new_page(at);
    page(at).left(line, x, at.y);
    at.y += line.height;
  }
  return at;
}

void Composer::rule(Cursor at, double x, double width, Color color, double thickness) {
  page(at).box(x, at.y - thickness / 2, width, thickness, color);
}

// --- top of the first page

TextLines Composer::party(PdfParty const& party, double width, bool is_seller) const {
  TextLines lines = type_.set(party.name, {is_seller ? 13.0 : 10.5, true, ink}, width);
  auto const add = [&](std::string const& text, TextStyle const& style) {
    append(lines, type_.set(text, style, width));
  };
  if (party.trade_name != party.name) add(party.trade_name, body);
  for (auto const& line : party.address_lines) add(line, {8.5, false, grey});
  add(labelled(labels_.tax_id, party.tax_id), {8.5, false, grey});
  add(labelled(labels_.registration, party.registration_number), {8.5, false, grey});
  add(party.email, {8.5, false, grey});
  return lines;
}

Composer::Cursor Composer::letterhead() {
  page({}).box(0, 0, page_width, 6, brand_);
  Cursor const top{0, 40};
  // Seller and buyer on the left, what the document is on the right; the table is under both.
  auto left = flow(top, party(document_.seller, left_column, true), left_edge, plain());
  left.y += 20;
  left = buyer(left, labels_.bill_to, document_.buyer);
  if (!document_.delivery.address_lines.empty()) {
    left.y += 12;
    left = buyer(left, labels_.ship_to, document_.delivery);
  }
  auto const right = title_block(top);
  auto at = std::pair(left.page, left.y) < std::pair(right.page, right.y) ? right : left;
  at.y += 22;
  return at;
}

std::vector<Composer::Pair> Composer::facts() const {
  std::vector<Pair> all = {{labels_.issue_date, document_.issue_date},
                           {labels_.due_date, document_.due_date},
                           {labels_.period, document_.period},
                           {labels_.purchase_order, document_.purchase_order},
                           {labels_.reference, document_.reference},
                           {labels_.original_invoice, document_.original_invoice_number},
                           {labels_.currency, document_.currency}};
  std::erase_if(all, [](Pair const& fact) { return fact.value.empty(); });
  return all;
}

Composer::Cursor Composer::title_block(Cursor at) {
  double const width = content_width * 0.44;
  at.y -= 6;
  at.y =
      page(at).lines_right(type_.set(title_, {22, true, brand_text_}, width, 3), right_edge, at.y);
  auto const number = document_.number.empty() ? labels_.draft : document_.number;
  at.y = page(at).lines_right(type_.set(number, {11, true, ink}, width, 4), right_edge, at.y);
  if (!document_.status.empty()) {
    auto const status = type_.set(document_.status, {8, true, brand_text_}, width - 16, 3);
    at.y += 5;
    double const w = width_of(status) + 16;
    page(at).box(right_edge - w, at.y, w, height_of(status) + 6, tint(brand_, 0.12), 7);
    at.y = page(at).lines_right(status, right_edge - 8, at.y + 3) + 3;
  }
  at.y += 10;
  double const value_width = width * 0.56;
  for (auto const& [label, value] : facts()) {
    auto const names = type_.set(label, {8.5, false, grey}, width - value_width - 8, 2);
    auto const values = type_.set(value, {8.5, true, ink}, value_width, 5);
    auto const height = std::max(height_of(names), height_of(values));
    at = keep(at, height, plain());
    page(at).lines_left(names, right_edge - width, at.y);
    page(at).lines_right(values, right_edge, at.y);
    at.y += height + 2;
  }
  return at;
}

Composer::Cursor Composer::buyer(Cursor at, std::string const& title, PdfParty const& who) {
  auto const heading = type_.set(title, {7.5, true, brand_text_}, left_column);
  auto const lines = party(who, left_column, false);
  at = keep(at, height_of(heading) + height_of(lines), plain());
  at = flow(at, heading, left_edge, plain());
  at.y += 1.5;
  return flow(at, lines, left_edge, plain());
}

// --- the lines

std::vector<Composer::Column> Composer::columns() const {
  struct Wanted {
    char const* head;
    std::string PdfLine::*text;
    double most;
  };
  // From the right, so that what they leave is the description's.
  Wanted const wanted[] = {{labels_.amount, &PdfLine::net, 110},
                           {labels_.tax, &PdfLine::tax_rate, 60},
                           {labels_.unit_price, &PdfLine::unit_price, 95},
                           {labels_.quantity, &PdfLine::quantity, 75}};
  std::vector<Column> columns;
  double right = right_edge - 8;
  for (auto const& [head, text, most] : wanted) {
    double widest = 0;
    for (auto const& line : document_.lines) {
      widest = std::max(widest, width_of(type_.set(line.*text, body, 1000, 1)));
    }
    if (widest == 0) continue;
    widest = std::max(widest, width_of(type_.set(head, caption, 90, 2)));
    double const width = std::min(widest + 1, most);
    columns.push_back({head, text, right, width});
    right -= width + gutter;
  }
  return columns;
}

Composer::Cursor Composer::table_head(Cursor at, std::vector<Column> const& columns) {
  TextStyle const style{7.5, true, brand_text_};
  std::vector<TextLines> heads;
  double const rest = columns.empty()
                          ? content_width - 16
                          : columns.back().right - columns.back().width - left_edge - 24;
  auto const description = type_.set(labels_.description, style, rest, 2);
  double height = height_of(description);
  for (auto const& column : columns) {
    heads.push_back(type_.set(column.head, style, std::max(column.width, 40.0), 2));
    height = std::max(height, height_of(heads.back()));
  }
  page(at).box(left_edge, at.y, content_width, height + 10, tint(brand_, 0.09));
  page(at).lines_left(description, left_edge + 8, at.y + 5 + height - height_of(description));
  for (std::size_t i = columns.size(); i-- > 0;) {
    page(at).lines_right(heads[i], columns[i].right, at.y + 5 + height - height_of(heads[i]));
  }
  at.y += height + 10;
  rule(at, left_edge, content_width, brand_, 0.9);
  return at;
}

TextLines Composer::details(PdfLine const& line, double width) const {
  if (!line.description.empty() && !line.period.empty()) {
    // Beside each other when that saves a line.
    auto joined = type_.set(line.description + "  ·  " + line.period, small, width);
    if (joined.size() == 1) return joined;
  }
  auto lines = type_.set(line.description, small, width);
  append(lines, type_.set(line.period, small, width));
  return lines;
}

Composer::Cursor Composer::table_row(Cursor at, PdfLine const& line,
                                     std::vector<Column> const& columns, OnNewPage const& heads) {
  double const rest = columns.empty()
                          ? content_width - 16
                          : columns.back().right - columns.back().width - gutter - left_edge - 8;
  auto text = type_.set(line.name, strong, rest);
  append(text, details(line, rest));
  std::vector<TextLines> cells;
  double cells_height = 0;
  for (auto const& column : columns) {
    cells.push_back(type_.set(line.*column.text, body, column.width, 8));
    cells_height = std::max(cells_height, height_of(cells.back()));
  }
  double const height = std::max(height_of(text), cells_height);
  at = keep(at, height + 2 * row_padding, heads);
  // A row longer than a page starts here and goes on; its figures stand beside its beginning.
  if (at.y + cells_height + 2 * row_padding > bottom()) at = heads(at);
  at.y += row_padding;
  auto const begin = at;
  at = flow(at, text, left_edge + 8, [&](Cursor full) {
    auto next = heads(full);
    next.y += row_padding;
    return next;
  });
  // After the text and from the left, which is the order readers and copies see.
  for (std::size_t i = columns.size(); i-- > 0;) {
    page(begin).lines_right(cells[i], columns[i].right, begin.y);
  }
  if (at.page == begin.page) at.y = std::max(at.y, begin.y + cells_height);
  at.y += row_padding;
  rule(at, left_edge, content_width, hairline, 0.6);
  return at;
}

Composer::Cursor Composer::table(Cursor at) {
  auto const shape = columns();
  OnNewPage const heads = [&](Cursor full) { return table_head(next_page(full), shape); };
  // A head without a row under it says nothing.
  at = keep(at, 70, plain());
  at = table_head(at, shape);
  for (auto const& line : document_.lines) at = table_row(at, line, shape, heads);
  at.y += 14;
  return at;
}

// --- what it comes to

Composer::Cursor Composer::totals(Cursor at) {
  std::vector<Pair> rows = {{labels_.subtotal, document_.subtotal},
                            {labels_.discount, document_.discount},
                            {labels_.tax_total, document_.tax_total},
                            {labels_.total, document_.total},
                            {labels_.amount_paid, document_.amount_paid}};
  double const width = 226;
  double const left = right_edge - width;
  struct Set {
    TextLines name, value;
    double height;
    bool is_total;
  };
  std::vector<Set> sets;
  double height = 0;
  for (auto const& [label, value] : rows) {
    if (value.empty()) continue;
    bool const is_total = label == labels_.total && value == document_.total;
    auto const& style = is_total ? strong : body;
    Set set{type_.set(label, style, width * 0.45, 2), type_.set(value, style, width * 0.5, 3), 0,
            is_total};
    set.height = std::max(height_of(set.name), height_of(set.value)) + 5.5;
    height += set.height;
    sets.push_back(std::move(set));
  }
  Color const on_brand = brightness(brand_) > 0.62 ? ink : Color{1, 1, 1};
  auto const due_name = type_.set(labels_.amount_due, {10, true, on_brand}, width * 0.42, 2);
  auto const due = type_.set(document_.amount_due, {13, true, on_brand}, width * 0.5, 3);
  double const due_height = due.empty() ? 0 : std::max(height_of(due_name), height_of(due)) + 14;
  at = keep(at, height + due_height + 8, plain());
  auto const top = at;
  for (auto const& set : sets) {
    if (set.is_total) rule(at, left, width, hairline, 0.9);
    page(at).lines_left(set.name, left + 10, at.y + 2.75);
    page(at).lines_right(set.value, right_edge - 8, at.y + 2.75);
    at.y += set.height;
  }
  if (!due.empty()) {
    at.y += 4;
    page(at).box(left, at.y, width, due_height, brand_, 4);
    page(at).lines_left(due_name, left + 10, at.y + (due_height - height_of(due_name)) / 2);
    page(at).lines_right(due, right_edge - 8, at.y + (due_height - height_of(due)) / 2);
    at.y += due_height;
  }
  auto const recap_end = tax_recap(top);
  bool const recap_later = std::pair(recap_end.page, recap_end.y) > std::pair(at.page, at.y);
  at = recap_later ? recap_end : at;
  at.y += 16;
  return at;
}

Composer::Cursor Composer::tax_recap(Cursor at) {
  if (document_.tax_recap.empty()) return at;
  double const width = content_width - 226 - 24;
  double const tax_right = left_edge + width;
  double const base_right = tax_right - 66;
  double const rate_width = width - 66 - 74 - 8;
  auto const head = [&](Cursor top) {
    page(top).lines_left(type_.set(labels_.tax_summary, {7.5, true, brand_text_}, rate_width, 2),
                         left_edge, top.y + 3);
    auto const base = type_.set(labels_.taxable_base, caption, 74, 2);
    auto const tax = type_.set(labels_.tax, caption, 60, 2);
    page(top).lines_right(base, base_right, top.y + 3);
    page(top).lines_right(tax, tax_right, top.y + 3);
    top.y += std::max(height_of(base), height_of(tax)) + 7;
    rule(top, left_edge, width, hairline, 0.9);
    return top;
  };
  OnNewPage const heads = [&](Cursor full) { return head(next_page(full)); };
  at = head(keep(at, 40, plain()));
  for (auto const& row : document_.tax_recap) {
    auto const name = row.label.empty() ? row.rate : row.label + " " + row.rate;
    auto const names = type_.set(name, {8, false, ink}, rate_width, 8);
    auto const base = type_.set(row.base, {8, false, ink}, 74, 3);
    auto const tax = type_.set(row.tax, {8, false, ink}, 60, 3);
    auto const height = std::max({height_of(names), height_of(base), height_of(tax)}) + 6;
    at = keep(at, height, heads);
    page(at).lines_left(names, left_edge, at.y + 3);
    page(at).lines_right(base, base_right, at.y + 3);
    page(at).lines_right(tax, tax_right, at.y + 3);
    at.y += height;
    rule(at, left_edge, width, hairline, 0.4);
  }
  return at;
}

Composer::Cursor Composer::closing(Cursor at) {
  auto const section = [&](char const* heading, std::string const& text) {
    if (text.empty()) return;
    auto lines = type_.set(heading, {7.5, true, brand_text_}, content_width);
    append(lines, type_.set(text, {8.5, false, ink}, content_width));
    // The heading with at least two lines of its text.
    at = keep(at, std::min(height_of(lines), 40.0), plain());
    at = flow(at, lines, left_edge, plain());
    at.y += 10;
  };
  section(labels_.payment_terms, document_.payment_terms);
  std::string notes;
  for (auto const& note : document_.notes) {
    if (note.empty()) continue;
    if (!notes.empty()) notes += '\n';
    notes += note;
  }
  section(labels_.notes, notes);
  return at;
}

void Composer::footers() {
  for (std::size_t i = 0; i < pages_.size(); ++i) {
    rule({i, bottom_ + 10}, left_edge, content_width, hairline, 0.6);
    pages_[i].lines_left(footer_, left_edge, bottom_ + 16);
    pages_[i].lines_right(
        type_.set(page_label(labels_, i + 1, pages_.size()), {7.5, false, grey}, 105, 1),
        right_edge, bottom_ + 16);
  }
}

}  // namespace tallybook::pdf
