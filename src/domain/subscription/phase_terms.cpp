#include "domain/subscription/phase_terms.hpp"

#include "base/mutant.hpp"

namespace tallybook {
namespace phase_terms_detail {

constexpr int longest = 1000;

bool is_counted(SubscriptionPhase const& phase) {
  return phase.duration && phase.duration->count >= 1 && phase.duration->count <= longest;
}

// The day after the contract's end as a phase that ends with it takes it; none where renewals may
// move it, or nothing is known of its start.
std::optional<Date> contract_end(ContractTerms const& contract, std::optional<Date> begins_on,
                                 TimeZone const& zone) {
  if (contract.renew_automatically) return std::nullopt;
  if (contract.ends_at) return day_after_end(*contract.ends_at, zone);
  if (!begins_on) return std::nullopt;
  Subscription begun;
  begun.contract_terms = contract;
  begun.starts_at = zone.start_of(*begins_on);
  begin_contract(begun, *begun.starts_at, zone);
  auto const& end = begun.contract_terms.ends_at;
  return end ? std::optional(day_after_end(*end, zone)) : std::nullopt;
}

void check_end(SubscriptionPhase const& phase, bool last, ContractTerms const& contract,
               std::string const& at, std::vector<PhaseProblem>& problems) {
  switch (phase.end_strategy) {
    case PhaseEnd::duration:
      if (!phase.duration)
        problems.push_back({at + "duration", "required by end_strategy duration"});
      else if (!is_counted(phase))
        problems.push_back({at + "duration.count", "expected 1 to 1000"});
      break;
    case PhaseEnd::end_date:
      if (!phase.ends_at) problems.push_back({at + "ends_at", "required by end_strategy end_date"});
      break;
    case PhaseEnd::contract_end_date:
      if (!contract.ends_at && !contract.duration)
        problems.push_back(
            {at + "end_strategy", "the contract has no end: give contract_terms an end"});
      break;
    case PhaseEnd::forever:
      if (!last) problems.push_back({at + "end_strategy", "only the last phase goes on forever"});
      break;
    case PhaseEnd::manual:
      break;
  }
}

}  // namespace phase_terms_detail

std::vector<PhaseProblem> problems_of(std::vector<GivenPhase> const& phases,
                                      std::optional<Date> begins_on, ContractTerms const& contract,
                                      TimeZone const& zone) {
  using namespace phase_terms_detail;
  std::vector<PhaseProblem> problems;
  auto const contract_ends = contract_end(contract, begins_on, zone);
  // Behind an end by hand it is the earliest day it can be.
  std::optional<Date> begin = begins_on;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    auto const& phase = *phases[i].phase;
    std::string const at = phases[i].path.empty() ? "" : phases[i].path + ".";
    if (!phases[i].sells && phase.type != PhaseType::trial)
      problems.push_back({at + "products", "expected at least one product"});
    check_end(phase, i + 1 == phases.size(), contract, at, problems);
    if (phase.billing_date_setting == BillingDateSetting::specific_date &&
        !phase.initial_billing_at)
      problems.push_back(
          {at + "initial_billing_at", "required by billing_date_setting specific_date"});
    else if (phase.initial_billing_at && begin && zone.date_of(*phase.initial_billing_at) < *begin)
      problems.push_back({at + "initial_billing_at", "expected a date at or after the start"});
    std::optional<Date> end;
    if (phase.end_strategy == PhaseEnd::end_date && phase.ends_at) {
      end = day_after_end(*phase.ends_at, zone);
      if (begin && TB_MUTANT(126, *end <= *begin, *end < *begin))
        problems.push_back({at + "ends_at", "expected a date after the phase starts"});
    } else if (phase.end_strategy == PhaseEnd::contract_end_date && contract_ends) {
      end = contract_ends;
      if (begin && *end <= *begin)
        problems.push_back({at + "end_strategy", "the contract ends on " + format_date(*end - 1) +
                                                     ", before the phase starts"});
    } else if (phase.end_strategy == PhaseEnd::duration && begin && is_counted(phase)) {
      end = later_by(*begin, *phase.duration);
    }
    if (end) begin = end;
  }
  return problems;
}

bool is_over_before(SubscriptionPhase const& phase, Date begins_on, ContractTerms const& contract,
                    TimeZone const& zone) {
  auto const& end =
      phase.end_strategy == PhaseEnd::contract_end_date ? contract.ends_at : phase.ends_at;
  bool const dated =
      phase.end_strategy == PhaseEnd::end_date || phase.end_strategy == PhaseEnd::contract_end_date;
  return dated && end && TB_MUTANT(127, day_after_end(*end, zone) <= begins_on, false);
}

}  // namespace tallybook
