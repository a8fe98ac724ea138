#include "adapters/pdf/invoice_pdf.hpp"

#include <cairo/cairo-pdf.h>
#include <pango/pangocairo.h>

#include <memory>
#include <numbers>
#include <stdexcept>

#include "adapters/pdf/composer.hpp"
#include "adapters/pdf/finish.hpp"

namespace tallybook {
namespace invoice_pdf_detail {

struct Drop {
  void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
  void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
  void operator()(PangoContext* context) const { g_object_unref(context); }
};

cairo_status_t take_bytes(void* out, unsigned char const* bytes, unsigned length) noexcept {
  try {
    static_cast<std::string*>(out)->append(reinterpret_cast<char const*>(bytes), length);
    return CAIRO_STATUS_SUCCESS;
  } catch (std::bad_alloc const&) {
    return CAIRO_STATUS_NO_MEMORY;
  }
}

void describe(cairo_surface_t* surface, InvoiceDocument const& document) {
  auto const& labels = pdf::labels_for(document.language);
  auto const set = [&](cairo_pdf_metadata_t key, std::string const& text) {
    char* valid = g_utf8_make_valid(text.data(), static_cast<gssize>(text.size()));
    cairo_pdf_surface_set_metadata(surface, key, valid);
    g_free(valid);
  };
  auto const& number = document.number.empty() ? labels.draft : document.number;
  set(CAIRO_PDF_METADATA_TITLE, pdf::translated_title(document.title, labels) + " " + number);
  set(CAIRO_PDF_METADATA_AUTHOR, document.seller.name);
  // Without these the library would put the present time, and no two renders would be the same.
  auto const created = format_instant(document.created_at).substr(0, 19) + "Z";
  set(CAIRO_PDF_METADATA_CREATE_DATE, created);
  set(CAIRO_PDF_METADATA_MOD_DATE, created);
}

void draw_watermark(cairo_t* cairo, pdf::TextLines const& lines) {
  if (lines.empty()) return;
  cairo_save(cairo);
  cairo_translate(cairo, pdf::page_width / 2, pdf::page_height / 2);
  cairo_rotate(cairo, -std::numbers::pi / 4);
  pdf::Page page;
  page.left(lines[0], -lines[0].width / 2, -lines[0].height / 2);
  page.draw(cairo);
  cairo_restore(cairo);
}

}  // namespace invoice_pdf_detail

using namespace invoice_pdf_detail;

std::string render_invoice_pdf(InvoiceDocument const& document) {
  std::string bytes;
  std::unique_ptr<cairo_surface_t, Drop> const surface(
      cairo_pdf_surface_create_for_stream(take_bytes, &bytes, pdf::page_width, pdf::page_height));
  cairo_pdf_surface_restrict_to_version(surface.get(), CAIRO_PDF_VERSION_1_5);
  describe(surface.get(), document);
  std::unique_ptr<cairo_t, Drop> const cairo(cairo_create(surface.get()));
  // The default font map is one per thread, so renders share nothing.
  std::unique_ptr<PangoContext, Drop> const context(pango_cairo_create_context(cairo.get()));
  pango_cairo_context_set_resolution(context.get(), 72);
  pango_context_set_round_glyph_positions(context.get(), FALSE);
  pango_context_set_language(context.get(),
                             pango_language_from_string(pdf::labels_for(document.language).code));

  pdf::Composer composer(document, context.get());
  auto const watermark = composer.watermark();
  for (auto const& page : composer.compose()) {
    draw_watermark(cairo.get(), watermark);
    page.draw(cairo.get());
    cairo_show_page(cairo.get());
  }
  cairo_surface_finish(surface.get());
  for (auto const status : {cairo_status(cairo.get()), cairo_surface_status(surface.get())}) {
    if (status != CAIRO_STATUS_SUCCESS)
      throw std::runtime_error(std::string("invoice PDF: ") + cairo_status_to_string(status));
  }
  return pdf::finish_pdf(bytes, pdf::labels_for(document.language).code);
}

}  // namespace tallybook
