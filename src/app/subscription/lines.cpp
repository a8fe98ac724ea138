#include "app/subscription/lines.hpp"

#include <algorithm>

namespace tallybook {

SubscriptionLine replace_line(UnitOfWork& work, SubscriptionState& state, std::size_t index,
                              Instant at) {
  SubscriptionLine old = state.lines[index];
  state.lines[index].id = work.new_id<SubscriptionLineTag>();
  state.lines[index].passed_over_on.reset();  // at the old terms
  old.replaced_at = old.detached_at = at;
  old.next_charge_at.reset();
  work.records<SubscriptionLine>().update(old);
  return old;
}

PhaseId phase_to_update(SubscriptionState const& state) {
  auto const& running = state.subscription.current_phase_id;
  SubscriptionPhase const* next = nullptr;
  for (auto const& phase : state.phases) {
    if (phase.id == running && phase.type != PhaseType::trial) return running;
    if (phase.status == PhaseStatus::pending && phase.id != running &&
        (next == nullptr || phase.position < next->position))
      next = &phase;
  }
  bool const sells = std::ranges::any_of(state.lines, [&](SubscriptionLine const& line) {
    return line.phase_id == running && !line.detached_at;
  });
  return sells || next == nullptr ? running : next->id;
}

bool is_invoiced(SubscriptionState const& state, PhaseId const& phase) {
  return std::ranges::none_of(state.phases, [&](SubscriptionPhase const& each) {
    return each.id == phase && each.do_not_invoice_phase;
  });
}

std::optional<std::size_t> line_of_product(SubscriptionState const& state,
                                           std::string const& product_id) {
  PhaseId const phase = phase_to_update(state);
  for (std::size_t i = 0; i < state.lines.size(); ++i) {
    auto const& line = state.lines[i];
    if (line.product_id.value == product_id && !line.detached_at && line.phase_id == phase)
      return i;
  }
  return std::nullopt;
}

int next_position(UnitOfWork& work, SubscriptionId const& id) {
  return static_cast<int>(work.sql().number(
      "SELECT MAX(position) + 1 FROM subscription_lines WHERE account_id = ? AND mode = ? AND "
      "subscription_id = ?",
      {work.tenant().account_id, std::string(mode_text(work.tenant().mode)), id.value}));
}

}  // namespace tallybook
