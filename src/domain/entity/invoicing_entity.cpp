#include "domain/entity/invoicing_entity.hpp"

#include <cstdio>

namespace tallybook {
namespace entity_detail {

void replace_all(std::string& text, std::string const& what, std::string const& with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

std::string padded(int value, int width) {
  char buffer[16];
  std::snprintf(buffer, sizeof buffer, "%0*d", width, value);
  return buffer;
}

}  // namespace entity_detail

std::string document_number(std::string const& pattern, std::int64_t number, Date issued_on) {
  auto const day = split(issued_on);
  std::string text = pattern;
  entity_detail::replace_all(text, "{YYYY}", entity_detail::padded(day.year, 4));
  entity_detail::replace_all(text, "{MM}", entity_detail::padded(day.month, 2));
  entity_detail::replace_all(text, "{DD}", entity_detail::padded(day.day, 2));
  entity_detail::replace_all(text, "{number}", std::to_string(number));
  return text;
}

bool is_number_pattern(std::string const& pattern) {
  auto const first = pattern.find("{number}");
  return first != std::string::npos && pattern.find("{number}", first + 1) == std::string::npos &&
         pattern.size() <= 100;
}

}  // namespace tallybook
