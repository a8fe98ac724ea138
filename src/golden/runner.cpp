#include "golden/runner.hpp"

#include <algorithm>
#include <array>

#include "golden/themes.hpp"

namespace tallybook::golden {
namespace runner_detail {

std::vector<Theme> const& themes() {
  static std::vector<Theme> const all = {
      billing_dates_theme(), pricing_models_theme(), taxes_theme(),   credit_notes_theme(),
      coupons_theme(),       credits_theme(),        wallets_theme(), minimums_theme(),
      proration_theme(),     usage_theme()};
  return all;
}

Policy policy_of(Json const& one) {
  Policy policy;
  if (!one.has("policy")) return policy;
  if (one.at("policy").kind != Json::Kind::object) throw BadCase("policy is no object");
  for (auto const& [key, value] : one.at("policy").members) policy.values[key] = value.str();
  return policy;
}

void check_policies(Theme const& theme, Policy const& policy) {
  for (auto const& [key, value] : policy.values) {
    auto const found = theme.offered.find(key);
    if (found != theme.offered.end() &&
        std::ranges::find(found->second, value) != found->second.end())
      continue;
    auto const reason = theme.reasons.find(key + "=" + value);
    throw NotApplicable{
        key, value + ": " +
                 (reason == theme.reasons.end() ? "unknown to us, not guessed" : reason->second)};
  }
}

// A line of the report holds no line break or tab of a case.
std::string one_line(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

std::string text_of(Json const& one, std::string const& key) {
  auto const found = one.members.find(key);
  return found == one.members.end() ? "" : found->second.text;
}

void run(Json const& one, CaseResult& out) {
  auto const theme = std::ranges::find_if(
      themes(), [&](Theme const& known) { return known.kinds.contains(out.subject); });
  Json const& expected = one.at("expected");
  Checker checker(expected);
  out.want = checker.want();
  if (theme == themes().end()) {
    out.verdict = Verdict::unmapped;
    out.got = "-";
    return;
  }
  Policy const policy = policy_of(one);
  check_policies(*theme, policy);
  Json const& inputs = one.at("inputs");
  if (inputs.kind != Json::Kind::object || expected.kind != Json::Kind::object)
    throw BadCase("inputs and expected must be objects");
  theme->kinds.at(out.subject)(inputs, policy, checker);
  out.verdict = checker.holds() ? Verdict::pass : Verdict::fail;
  out.got = checker.got();
  out.subject.clear();
}

}  // namespace runner_detail

std::string CaseResult::line() const {
  static std::array<char const*, 4> const names = {"pass", "fail", "not-applicable", "unmapped"};
  std::string out = names.at(static_cast<std::size_t>(verdict));
  if (!subject.empty()) out += " " + runner_detail::one_line(subject);
  for (auto const* field : {&id, &got, &want}) out += "\t" + runner_detail::one_line(*field);
  return out;
}

CaseResult run_case(Json const& one) {
  CaseResult out;
  out.id = runner_detail::text_of(one, "id");
  if (out.id.empty()) out.id = "?";
  out.subject = runner_detail::text_of(one, "kind");
  try {
    if (out.subject.empty()) throw BadCase("the case lacks a kind");
    runner_detail::run(one, out);
  } catch (NotApplicable const& reason) {
    out.verdict = Verdict::not_applicable;
    out.subject = reason.key;
    out.got = reason.reason;
  } catch (std::exception const& problem) {  // also an assertion of a rule: values out of range
    out.verdict = Verdict::fail;
    out.subject.clear();
    out.got = std::string("error: ") + problem.what();
  }
  if (out.want.empty()) out.want = "-";
  return out;
}

FileResult run_file(std::string const& path) {
  Json const file = read_json_file(path);
  FileResult out;
  out.theme = runner_detail::text_of(file, "theme");
  if (out.theme.empty()) out.theme = path.substr(path.find_last_of('/') + 1);
  for (Json const& one : file.at("cases").list()) out.cases.push_back(run_case(one));
  return out;
}

std::string count_line(std::string const& theme, std::vector<CaseResult> const& cases) {
  auto const count = [&](Verdict verdict) {
    return std::to_string(std::ranges::count(cases, verdict, &CaseResult::verdict));
  };
  return theme + ": " + count(Verdict::pass) + " pass, " + count(Verdict::fail) + " fail, " +
         count(Verdict::not_applicable) + " not-applicable, " + count(Verdict::unmapped) +
         " unmapped, of " + std::to_string(cases.size());
}

}  // namespace tallybook::golden
