#include "domain/ledger/chain.hpp"

#include "base/assert.hpp"
#include "base/sha256.hpp"

namespace tallybook {
namespace chain_detail {

std::string leaf(std::string_view digest) { return sha256("leaf\n" + std::string(digest) + "\n"); }

std::string node(std::string const& left, std::string const& right) {
  return sha256("node\n" + left + "\n" + right + "\n");
}

std::vector<std::string> leaves(std::vector<std::string> const& digests) {
  TB_ASSERT(!digests.empty());
  std::vector<std::string> level;
  level.reserve(digests.size());
  for (auto const& digest : digests) level.push_back(leaf(digest));
  return level;
}

std::vector<std::string> above(std::vector<std::string> const& level) {
  std::vector<std::string> next;
  next.reserve((level.size() + 1) / 2);
  for (std::size_t i = 0; i < level.size(); i += 2)
    next.push_back(i + 1 < level.size() ? node(level[i], level[i + 1]) : level[i]);
  return next;
}

}  // namespace chain_detail

std::string canonical_text(EntryText const& entry) {
  std::string text = "tallybook ledger entry 1\n";
  auto const line = [&](std::string_view key, std::string_view value) {
    text += key;
    text += '=';
    text += value;
    text += '\n';
  };
  line("account_id", entry.account_id);
  line("mode", entry.mode);
  line("id", entry.id);
  line("kind", entry.kind);
  line("invoicing_entity_id", entry.invoicing_entity_id);
  line("customer_id", entry.customer_id);
  line("currency", entry.currency);
  line("source_id", entry.source_id);
  line("source_hash", entry.source_hash);
  line("posted_at", entry.posted_at);
  for (auto const& posting : entry.postings) line(posting.ledger_account, posting.amount);
  return text;
}

std::string next_link(std::string_view link_before, std::string_view digest) {
  return sha256("link\n" + std::string(link_before) + "\n" + std::string(digest) + "\n");
}

std::string tree_root(std::vector<std::string> const& digests) {
  auto level = chain_detail::leaves(digests);
  while (level.size() > 1) level = chain_detail::above(level);
  return level.front();
}

std::vector<TreeStep> tree_path(std::vector<std::string> const& digests, std::size_t index) {
  TB_ASSERT(index < digests.size());
  std::vector<TreeStep> path;
  auto level = chain_detail::leaves(digests);
  for (; level.size() > 1; level = chain_detail::above(level), index /= 2) {
    bool const left = index % 2 == 1;
    std::size_t const neighbour = left ? index - 1 : index + 1;
    if (neighbour < level.size()) path.push_back({left, level[neighbour]});
  }
  return path;
}

std::string chained_root(std::string_view root_before, DayRoot const& day) {
  return sha256("day\n" + std::string(root_before) + "\n" + format_date(day.day) + "\n" +
                std::to_string(day.first_position) + "\n" + std::to_string(day.last_position) +
                "\n" + day.tree_root + "\n");
}

}  // namespace tallybook
