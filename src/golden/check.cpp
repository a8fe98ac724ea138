#include "golden/check.hpp"

#include <algorithm>
#include <cctype>

namespace tallybook::golden {
namespace check_detail {

// N of a key ending in _Ndp or holding _Ndp_; -1 when it has none.
int decimals_of(std::string const& key) {
  for (std::size_t at = key.find("dp"); at != std::string::npos; at = key.find("dp", at + 1)) {
    std::size_t const end = at + 2;
    if (end < key.size() && key[end] != '_') continue;
    std::size_t first = at;
    while (first > 0 && std::isdigit(static_cast<unsigned char>(key[first - 1])) != 0) --first;
    if (first < at && at - first <= 2 && first > 0 && key[first - 1] == '_')
      return std::min(30, std::stoi(key.substr(first, at - first)));
  }
  return -1;
}

}  // namespace check_detail

bool Policy::is(std::string const& key, std::string const& value) const {
  auto const found = values.find(key);
  return found != values.end() && found->second == value;
}

void Checker::value(std::string const& key, Json const& ours) {
  Json const* const theirs = wanted(key);
  if (theirs == nullptr) return;
  ours_[key] = ours;
  same_[key] = equal(*theirs, ours, check_detail::decimals_of(key));
}

void Checker::instant(std::string const& key, Instant ours) {
  Json const* const theirs = wanted(key);
  if (theirs == nullptr) return;
  bool const same = parse_instant(theirs->text) == ours;
  value(key, same ? *theirs : Json::of(format_instant(ours)));
}

Json const* Checker::wanted(std::string const& key) const {
  auto const found = expected_.members.find(key);
  return found == expected_.members.end() ? nullptr : &found->second;
}

bool Checker::holds() const {
  return !expected_.members.empty() &&
         std::ranges::all_of(expected_.members, [&](auto const& member) {
           auto const found = same_.find(member.first);
           return found != same_.end() && found->second;
         });
}

std::string Checker::got() const {
  std::string out;
  for (auto const& [key, value] : expected_.members) {
    auto const found = ours_.find(key);
    out +=
        (out.empty() ? "" : " ") + key + "=" + (found == ours_.end() ? "?" : found->second.str());
  }
  return out;
}

std::string Checker::want() const {
  std::string out;
  for (auto const& [key, value] : expected_.members)
    out += (out.empty() ? "" : " ") + key + "=" + value.str();
  return out;
}

void only_known(Json const& object, std::string const& what,
                std::vector<std::string> const& known) {
  if (object.kind != Json::Kind::object) throw BadCase(what + " is no object: " + object.str());
  for (auto const& [key, value] : object.members) {
    if (std::ranges::find(known, key) == known.end())
      throw NotApplicable{what + "." + key, "a field whose meaning we do not know"};
  }
}

Json const& first_of(Json const& object, std::vector<std::string> const& names) {
  for (auto const& name : names) {
    if (object.has(name)) return object.at(name);
  }
  return object.at(names.front());
}

Currency currency_of(Json const& value) {
  std::string code = value.word();
  std::ranges::transform(code, code.begin(), [](unsigned char c) { return std::toupper(c); });
  auto const currency = Currency::parse(code);
  if (!currency) throw NotApplicable{"currency", value.word() + ": not on the contract's list"};
  return *currency;
}

Exact scale_of(int decimals) {
  if (decimals < 0 || decimals > 30) throw BadCase("not a number of decimals");
  Exact scale = 1;
  for (int i = 0; i < decimals; ++i) scale *= 10;
  return scale;
}

Exact minor_or_zero(Json const& inputs, std::string const& key) {
  return inputs.has(key) ? inputs.at(key).number() * 100 : Exact(0);
}

}  // namespace tallybook::golden
