#include "api/invoice/explanation.hpp"

#include "reflect/describe.hpp"
#include "reflect/value.hpp"

namespace tallybook::api {
namespace explanation_detail {

void member(std::string& out, std::string_view name) {
  if (out.back() != '{') out += ',';
  append_json_string(out, name);
  out += ':';
}

void text(std::string& out, std::string_view name, std::string_view value) {
  member(out, name);
  append_json_string(out, value);
}

void append(std::string& out, ExplanationNode const& node) {
  out += '{';
  text(out, "op", node.op);
  text(out, "label", node.label);
  text(out, "value", node.value.str());
  if (!node.source.empty()) text(out, "source", node.source);
  for (auto const& [name, value] : node.texts) text(out, name, value);
  for (auto const& [name, value] : node.numbers) text(out, name, value.str());
  if (!node.lines.empty()) {
    member(out, "lines");
    out += '[';
    for (std::size_t const line : node.lines)
      out += (out.back() == '[' ? "" : ",") + std::to_string(line);
    out += ']';
  }
  member(out, "of");
  out += '[';
  for (auto const& part : node.of) {
    if (out.back() != '[') out += ',';
    append(out, part);
  }
  out += "]}";
}

void append(std::string& out, LineExplanation const& line) {
  out += '{';
  text(out, "id", line.id);
  text(out, "name", line.name);
  member(out, "gross");
  append(out, line.gross);
  text(out, "discount", std::to_string(line.discount));
  text(out, "net", std::to_string(line.net));
  text(out, "tax", std::to_string(line.tax));
  text(out, "total", std::to_string(line.total));
  out += '}';
}

}  // namespace explanation_detail

std::string explanation_json(Explanation const& explanation) {
  using namespace explanation_detail;
  auto const& invoice = explanation.invoice;
  std::string out = "{";
  text(out, "format", "1");
  text(out, "invoice_id", invoice.id.value);
  member(out, "number");
  if (invoice.number)
    append_json_string(out, *invoice.number);
  else
    out += "null";
  text(out, "status", reflect::enum_name(invoice.status));
  text(out, "currency", invoice.currency);
  member(out, "lines");
  out += '[';
  for (auto const& line : explanation.lines) {
    if (out.back() != '[') out += ',';
    append(out, line);
  }
  out += ']';
  member(out, "discounts");
  if (explanation.discounts)
    append(out, *explanation.discounts);
  else
    out += "null";
  member(out, "taxes");
  append(out, explanation.taxes);
  member(out, "totals");
  out += '{';
  text(out, "net", std::to_string(invoice.amount_excluding_tax));
  text(out, "discount", std::to_string(invoice.discount_amount));
  text(out, "tax", std::to_string(invoice.tax_amount));
  text(out, "total", std::to_string(invoice.total_amount));
  return out + "}}";
}

}  // namespace tallybook::api
