// Text as lines with known sizes, and the list of things drawn on each page. Pages are composed
// first and drawn afterwards, because "page 1 of 3" needs the 3. Lengths are points (1/72 inch),
// y grows downwards. One render on one thread; internal to adapters/pdf.
#pragma once

#include <pango/pango.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

typedef struct _cairo cairo_t;

namespace tallybook::pdf {

struct Color {
  double red = 0, green = 0, blue = 0;
};

struct TextStyle {
  double size = 9;
  bool bold = false;
  Color color{};
};

// One line of a set paragraph. Keeps its layout alive.
struct TextLine {
  std::shared_ptr<PangoLayout> layout;
  int index = 0;
  double width = 0;
  double height = 0;
  double baseline = 0;  // from the top of the line
  Color color{};
};

using TextLines = std::vector<TextLine>;

double height_of(TextLines const& lines);
double width_of(TextLines const& lines);
// Both, one under the other.
void append(TextLines& lines, TextLines more);

class Typesetter {
 public:
  // `context` must outlive this.
  explicit Typesetter(PangoContext* context) : context_(context) {}

  // Breaks `text` into lines no wider than `width`, inside words where it must. Empty text: no
  // line. With `most_lines` the rest is cut and an ellipsis says so.
  [[nodiscard]] TextLines set(std::string_view text, TextStyle const& style, double width,
                              int most_lines = 0) const;

 private:
  PangoContext* context_;
};

// What is on one page, in drawing order.
struct Page {
  struct Text {
    TextLine line;
    double x, y;  // left end of the baseline
  };
  struct Box {
    double x, y, width, height;
    double radius;
    Color color;
  };
  std::vector<Box> boxes;  // under all text
  std::vector<Text> texts;

  void box(double x, double y, double width, double height, Color color, double radius = 0) {
    boxes.push_back({x, y, width, height, radius, color});
  }
  // Top left corner of the line at (x, y), or its top right corner.
  void left(TextLine const& line, double x, double y) {
    texts.push_back({line, x, y + line.baseline});
  }
  void right(TextLine const& line, double x, double y) {
    texts.push_back({line, x - line.width, y + line.baseline});
  }
  // All lines downwards from y; returns the y under them.
  double lines_left(TextLines const& lines, double x, double y);
  double lines_right(TextLines const& lines, double x, double y);

  void draw(cairo_t* to) const;
};

// "#RRGGBB", or the fallback.
Color parse_color(std::string const& text, Color fallback);
// Between white (0) and the colour (1).
Color tint(Color color, double amount);
// Perceived brightness, 0 to 1.
double brightness(Color color);

}  // namespace tallybook::pdf
