#include "bench/support/report.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace tallybook::bench {
namespace report_detail {

std::string number(double value) {
  char text[64];
  std::snprintf(text, sizeof text, value >= 1000 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value);
  return text;
}

void add(std::string& target, std::string const& text) {
  if (!target.empty()) target += ", ";
  target += text;
}

}  // namespace report_detail

void report(Figure const& figure) {
  using report_detail::number;
  std::string target;
  bool met = true;
  double const ratio = figure.baseline > 0 ? figure.value / figure.baseline : 0;
  auto const bound = [&](std::optional<double> limit, double value, bool least,
                         std::string const& unit) {
    if (!limit) return;
    report_detail::add(target, (least ? "at least " : "at most ") + number(*limit) + unit);
    met = met && (least ? value >= *limit : value <= *limit);
  };
  bound(figure.least_ratio, ratio, true, "x");
  bound(figure.most_ratio, ratio, false, "x");
  bound(figure.least, figure.value, true, " " + figure.unit);
  bound(figure.most, figure.value, false, " " + figure.unit);
  char const* verdict = target.empty() ? "-" : met ? "ok" : "below";
  if (target.empty()) target = "-";
  std::string const baseline = figure.baseline_name.empty()
                                   ? "-"
                                   : number(figure.baseline) + " (" + figure.baseline_name + ")";
  std::string const shown_ratio = figure.baseline_name.empty() ? "-" : number(ratio);
  std::printf("%-44s %10s %-11s baseline %-44s ratio %-6s target %s: %s\n", figure.name.c_str(),
              number(figure.value).c_str(), figure.unit.c_str(), baseline.c_str(),
              shown_ratio.c_str(), target.c_str(), verdict);
  std::printf("RESULT\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", figure.name.c_str(),
              number(figure.value).c_str(), figure.unit.c_str(), baseline.c_str(),
              shown_ratio.c_str(), target.c_str(), verdict);
  std::fflush(stdout);
}

void note(std::string const& text) {
  std::printf("NOTE\t%s\n", text.c_str());
  std::fflush(stdout);
}

double seconds(std::function<void()> const& body) {
  auto const from = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
}

double percentile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  auto const at = static_cast<std::size_t>(share * static_cast<double>(values.size()));
  return values[std::min(at, values.size() - 1)];
}

double median(std::vector<double> values) { return percentile(values, 0.5); }

double resident_mb(std::string const& process) {
  std::ifstream status("/proc/" + process + "/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("VmRSS:")) return std::atof(line.c_str() + 6) / 1024;
  }
  return 0;
}

long argument(int count, char** words, int index, long otherwise) {
  return index < count ? std::strtol(words[index], nullptr, 10) : otherwise;
}

}  // namespace tallybook::bench
