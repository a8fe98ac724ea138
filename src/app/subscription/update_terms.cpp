#include "app/subscription/update_terms.hpp"

#include "app/wallet/wallets.hpp"
#include "reflect/json.hpp"

namespace tallybook {

Result<void> check_terms(UnitOfWork& work, UpdateTerms const& terms) {
  reflect::Problems problems;
  bool const scheduled = terms.application_schedule == ApplicationSchedule::scheduled;
  if (scheduled && !terms.apply_at)
    problems.add("apply_at", "required by application_schedule scheduled");
  if (!scheduled && terms.apply_at)
    problems.add("apply_at", "only application_schedule scheduled uses it");
  if (terms.payment_schedule == UpdatePayment::custom &&
      (!terms.charge_at || *terms.charge_at <= work.now()))
    problems.add("charge_at", "expected a moment to come with payment_schedule custom");
  if (terms.payment_schedule != UpdatePayment::custom && terms.charge_at)
    problems.add("charge_at", "only payment_schedule custom uses it");
  if (terms.apply_at && terms.charge_at && *terms.charge_at < *terms.apply_at)
    problems.add("charge_at", "expected a moment after apply_at");
  if (!problems.empty()) return fail(problems.error());
  if (terms.refund_method == RefundMethod::wallet) {
    TB_CHECK(enabled_wallets(work));
  }
  return {};
}

}  // namespace tallybook
