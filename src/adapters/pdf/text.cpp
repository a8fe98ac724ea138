#include "adapters/pdf/text.hpp"

#include <pango/pangocairo.h>

#include <algorithm>
#include <numbers>

namespace tallybook::pdf {
namespace text_detail {

// Valid UTF-8 without control characters, which fonts show as boxes.
std::string printable(std::string_view text) {
  char* valid = g_utf8_make_valid(text.data(), static_cast<gssize>(text.size()));
  std::string out;
  for (char const* c = valid; *c != '\0'; ++c) {
    if (static_cast<unsigned char>(*c) < 0x20 && *c != '\n') {
      if (*c == '\t') out += ' ';
    } else if (*c != 0x7f) {
      out += *c;
    }
  }
  g_free(valid);
  return out;
}

void round_box(cairo_t* to, Page::Box const& box) {
  double const quarter = std::numbers::pi / 2;
  double const r = std::min({box.radius, box.width / 2, box.height / 2});
  double const right = box.x + box.width;
  double const bottom = box.y + box.height;
  cairo_new_sub_path(to);
  cairo_arc(to, right - r, box.y + r, r, -quarter, 0);
  cairo_arc(to, right - r, bottom - r, r, 0, quarter);
  cairo_arc(to, box.x + r, bottom - r, r, quarter, 2 * quarter);
  cairo_arc(to, box.x + r, box.y + r, r, 2 * quarter, 3 * quarter);
  cairo_close_path(to);
}

}  // namespace text_detail

double height_of(TextLines const& lines) {
  double height = 0;
  for (auto const& line : lines) height += line.height;
  return height;
}

double width_of(TextLines const& lines) {
  double width = 0;
  for (auto const& line : lines) width = std::max(width, line.width);
  return width;
}

void append(TextLines& lines, TextLines more) {
  std::move(more.begin(), more.end(), std::back_inserter(lines));
}

TextLines Typesetter::set(std::string_view text, TextStyle const& style, double width,
                          int most_lines) const {
  auto const clean = text_detail::printable(text);
  if (clean.empty()) return {};
  std::shared_ptr<PangoLayout> const layout(pango_layout_new(context_), g_object_unref);
  auto* font = pango_font_description_new();
  pango_font_description_set_family_static(font, "Noto Sans,Noto Sans Arabic,sans-serif");
  pango_font_description_set_weight(font, style.bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_font_description_set_size(font, pango_units_from_double(style.size));
  pango_layout_set_font_description(layout.get(), font);
  pango_font_description_free(font);
  // Digits of one width, so that right-aligned amounts stand in columns.
  auto* attributes = pango_attr_list_new();
  pango_attr_list_insert(attributes, pango_attr_font_features_new("tnum=1"));
  // A hyphen where a word had to be broken would change account and order numbers.
  pango_attr_list_insert(attributes, pango_attr_insert_hyphens_new(FALSE));
  pango_layout_set_attributes(layout.get(), attributes);
  pango_attr_list_unref(attributes);
  pango_layout_set_wrap(layout.get(), PANGO_WRAP_WORD_CHAR);
  pango_layout_set_width(layout.get(), pango_units_from_double(width));
  if (most_lines > 0) {
    pango_layout_set_height(layout.get(), -most_lines);
    pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
  }
  pango_layout_set_text(layout.get(), clean.c_str(), static_cast<int>(clean.size()));

  TextLines lines;
  for (int i = 0; i < pango_layout_get_line_count(layout.get()); ++i) {
    // A height in lines counts for each paragraph; the limit here is for all of them.
    if (most_lines > 0 && i == most_lines) break;
    PangoRectangle logical;
    pango_layout_line_get_extents(pango_layout_get_line_readonly(layout.get(), i), nullptr,
                                  &logical);
    lines.push_back({layout, i, pango_units_to_double(logical.width),
                     pango_units_to_double(logical.height), -pango_units_to_double(logical.y),
                     style.color});
  }
  return lines;
}

double Page::lines_left(TextLines const& lines, double x, double y) {
  for (auto const& line : lines) {
    left(line, x, y);
    y += line.height;
  }
  return y;
}

double Page::lines_right(TextLines const& lines, double x, double y) {
  for (auto const& line : lines) {
    right(line, x, y);
    y += line.height;
  }
  return y;
}

void Page::draw(cairo_t* to) const {
  for (auto const& box : boxes) {
    cairo_set_source_rgb(to, box.color.red, box.color.green, box.color.blue);
    if (box.radius > 0) {
      text_detail::round_box(to, box);
    } else {
      cairo_rectangle(to, box.x, box.y, box.width, box.height);
    }
    cairo_fill(to);
  }
  for (auto const& [line, x, y] : texts) {
    cairo_set_source_rgb(to, line.color.red, line.color.green, line.color.blue);
    cairo_move_to(to, x, y);
    pango_cairo_show_layout_line(to, pango_layout_get_line_readonly(line.layout.get(), line.index));
  }
}

Color parse_color(std::string const& text, Color fallback) {
  if (text.size() != 7 || text[0] != '#') return fallback;
  if (text.find_first_not_of("0123456789abcdefABCDEF", 1) != text.npos) return fallback;
  auto const rgb = std::stoul(text.substr(1), nullptr, 16);
  return {static_cast<double>(rgb >> 16 & 255) / 255, static_cast<double>(rgb >> 8 & 255) / 255,
          static_cast<double>(rgb & 255) / 255};
}

Color tint(Color color, double amount) {
  auto const mix = [&](double channel) { return 1 - amount * (1 - channel); };
  return {mix(color.red), mix(color.green), mix(color.blue)};
}

double brightness(Color color) {
  return 0.299 * color.red + 0.587 * color.green + 0.114 * color.blue;
}

}  // namespace tallybook::pdf
