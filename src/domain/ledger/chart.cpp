// Reads the two data files; they are part of the program, so a mistake in them is a broken program.
#include <boost/describe/enum_from_string.hpp>

#include "base/assert.hpp"
#include "domain/ledger/ledger.hpp"

namespace tallybook {

extern std::string_view const chart_data;          // chart.tsv
extern std::string_view const posting_rules_data;  // posting_rules.tsv

namespace chart_detail {

// The rows after the heading, cut at tabs; lines with # are remarks.
std::vector<std::vector<std::string>> rows_of(std::string_view text, std::size_t columns) {
  std::vector<std::vector<std::string>> rows;
  bool heading = true;
  while (!text.empty()) {
    auto const end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    std::vector<std::string> cells;
    for (;;) {
      auto const tab = line.find('\t');
      cells.emplace_back(line.substr(0, tab));
      if (tab == std::string_view::npos) break;
      line.remove_prefix(tab + 1);
    }
    TB_ASSERT(cells.size() == columns);
    if (!heading) rows.push_back(std::move(cells));
    heading = false;
  }
  return rows;
}

template <class E>
E named(std::string const& text) {
  E value{};
  TB_ASSERT(boost::describe::enum_from_string(text.c_str(), value));
  return value;
}

}  // namespace chart_detail

std::vector<ChartRow> const& chart_of_accounts() {
  static std::vector<ChartRow> const chart = [] {
    std::vector<ChartRow> rows;
    for (auto const& cells : chart_detail::rows_of(chart_data, 3)) {
      rows.push_back({chart_detail::named<LedgerAccount>(cells[0]),
                      chart_detail::named<LedgerAccountType>(cells[1]), cells[2]});
    }
    return rows;
  }();
  return chart;
}

std::vector<PostingRule> const& posting_rules() {
  static std::vector<PostingRule> const rules = [] {
    std::vector<PostingRule> rows;
    for (auto const& cells : chart_detail::rows_of(posting_rules_data, 4)) {
      TB_ASSERT(cells[1] == "debit" || cells[1] == "credit");
      rows.push_back({chart_detail::named<EntryKind>(cells[0]), cells[1] == "debit",
                      chart_detail::named<LedgerAccount>(cells[2]),
                      chart_detail::named<PostedAmount>(cells[3])});
    }
    return rows;
  }();
  return rules;
}

}  // namespace tallybook
