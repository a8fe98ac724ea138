#include <algorithm>

#include "api/catalogue/codec.hpp"
#include "api/catalogue/price_groups.hpp"
#include "api/coupon/codec.hpp"
#include "api/subscription/codec.hpp"

namespace tallybook::api {
namespace subscription_input {

constexpr char const* not_offered = "not offered by this version";

void refuse_if(reflect::Problems& problems, bool asked, std::string field,
               char const* why = not_offered) {
  if (asked) problems.add(std::move(field), why);
}

void refuse_what_is_not_offered(SubscriptionPayload const& body, reflect::Problems& problems) {
  refuse_if(problems, body.checkout_session.has_value(), "checkout_session");
  refuse_if(problems, body.tax_only.value_or(false), "tax_only");
  // Nothing is invoiced before a trial's end: there is nothing else to ask for.
  bool const trial = body.trial || body.trial_ends_at;
  refuse_if(
      problems, body.trial_delay_first_invoice && *body.trial_delay_first_invoice != trial,
      "trial_delay_first_invoice",
      trial ? "a trial's first invoice comes at its end; expected true" : "only with a trial");
  refuse_if(problems, body.payment_method_strategy == PaymentMethodStrategy::new_,
            "payment_method_strategy",
            "a new method needs a checkout; expected current or external");
  refuse_if(problems,
            body.available_payment_method_types && !body.available_payment_method_types->empty(),
            "available_payment_method_types");
  if (body.custom_properties) {
    for (auto const& [slug, value] : *body.custom_properties)
      problems.add("custom_properties." + slug, "no such custom property");
  }
}

// How a usage line counts, and prices by what events say.
Result<void> read_metering(SubscriptionProductInput const& input, std::string const& path,
                           IdSource& ids, NewLine& line) {
  line.metering_interval_type = input.metering_interval_type;
  if (input.metering_interval) {
    TB_TRY(interval, checked_interval(*input.metering_interval, path + ".metering_interval"));
    if (interval.period == WirePeriod::once)
      return fail(errors::invalid_field(path + ".metering_interval.period",
                                        "expected days, weeks, months or years"));
    line.metering_interval = interval;
  }
  line.metering_interval_start_at = input.metering_interval_start_at;
  line.bill_usage_difference = input.bill_usage_difference.value_or(false);
  bool const priced = !line.prices.empty();
  auto const without_prices = [&](char const* field) {
    return fail(errors::invalid_field(path + "." + field,
                                      "give prices with it; without them the catalogue's hold"));
  };
  if (input.price_groups && !input.price_groups->empty()) {
    if (!priced) return without_prices("price_groups");
    TB_TRY(groups,
           to_price_groups(*input.price_groups, *line.price_type, path + ".price_groups", ids));
    line.price_groups = std::move(groups);
  }
  if (input.group_by) {
    if (!priced) return without_prices("group_by");
    TB_CHECK(check_group_by(*input.group_by, path + ".group_by"));
    line.group_by = input.group_by;
  }
  if (input.price_options) {
    if (!priced) return without_prices("price_options");
    TB_TRY(options,
           to_price_options(*input.price_options, *line.price_type, path + ".price_options"));
    line.price_options = options;
  }
  return {};
}

Result<void> read_seats(SubscriptionProductInput const& input, std::string const& path,
                        NewLine& line) {
  if (!input.seat_refresh) return {};
  SeatRefresh refresh;
  refresh.mode = input.seat_refresh->mode;
  if (input.seat_refresh->interval) {
    std::string const field = path + ".seat_refresh.interval";
    TB_TRY(interval, checked_interval(*input.seat_refresh->interval, field));
    if (interval.period == WirePeriod::once)
      return fail(
          errors::invalid_field(field + ".period", "expected days, weeks, months or years"));
    refresh.interval = interval;
  }
  refresh.count = input.seat_refresh->count.value_or(refresh.count);
  refresh.payment_schedule =
      input.seat_refresh->payment_schedule.value_or(refresh.payment_schedule);
  refresh.calculation_method =
      input.seat_refresh->calculation_method.value_or(refresh.calculation_method);
  line.seat_refresh = refresh;
  return {};
}

Result<NewLine> to_line(SubscriptionProductInput const& input, std::string const& path,
                        IdSource& ids) {
  reflect::Problems problems;
  refuse_if(problems, input.catalog_version_id.has_value(), path + ".catalog_version_id");
  refuse_if(problems, input.price && input.prices, path + ".price",
            "give price or prices, not both");
  if (!problems.empty()) return fail(problems.error());
  NewLine line;
  line.path = path;
  line.product_id = ProductId(input.id);
  line.name = input.name;
  line.description = input.description;
  line.description_display_interval_dates =
      input.description_display_interval_dates.value_or(false);
  if (input.payment_interval) {
    TB_TRY(interval, checked_interval(*input.payment_interval, path + ".payment_interval"));
    line.payment_interval = interval;
  }
  line.payment_schedule = input.payment_schedule;
  line.count = input.count;
  line.unit_name = input.unit_name;
  line.min_committed_count = input.min_committed_count;
  line.min_amount = input.min_amount;
  line.max_amount = input.max_amount;
  line.credits_expiration_in_days = input.credits_expiration_in_days;
  line.expire_credits_at_end_of_period = input.expire_credits_at_end_of_period;
  std::vector<Price> prices = input.prices.value_or(std::vector<Price>{});
  if (input.price) {
    Price fee;
    fee.type = PriceType::fee;
    fee.amount = input.price->amount;
    prices = {fee};
  }
  if (!prices.empty()) {
    line.price_type = prices.front().type;
    auto tiers = to_tiers(prices, *line.price_type, path + ".prices", ids);
    if (!tiers && input.price) {
      std::string const listed = path + ".prices[0]";
      return fail(errors::renamed(tiers.error(), [&](std::string const& field) {
        return path + ".price" + field.substr(std::min(field.size(), listed.size()));
      }));
    }
    if (!tiers) return fail(std::move(tiers).error());
    line.prices = *std::move(tiers);
  }
  TB_CHECK(read_metering(input, path, ids, line));
  TB_CHECK(read_seats(input, path, line));
  return line;
}

std::optional<Duration> duration_of(std::optional<Interval> const& interval) {
  if (!interval || interval->period == WirePeriod::once || interval->period == WirePeriod::all)
    return std::nullopt;
  Duration duration{interval->count.value_or(1), DurationPeriod::months};
  if (interval->period == WirePeriod::days) duration.period = DurationPeriod::days;
  if (interval->period == WirePeriod::weeks) duration.period = DurationPeriod::weeks;
  if (interval->period == WirePeriod::years) duration.period = DurationPeriod::years;
  return duration;
}

void fill_terms(SubscriptionPayload const& body, Subscription& subscription) {
  auto& contract = subscription.contract_terms;
  if (auto const duration = duration_of(body.commitment_interval)) {
    contract.duration = duration;
    contract.end_strategy = ContractEnd::duration;
  }
  contract.renew_for_duration = duration_of(body.renew_for);
  if (body.contract_terms) contract = terms_as_given(*body.contract_terms);
  if (body.contract_start) contract.starts_at = body.contract_start;
  if (body.contract_end) {
    contract.ends_at = body.contract_end;
    contract.end_strategy = ContractEnd::end_date;
  }
  if (body.renew_automatically) contract.renew_automatically = *body.renew_automatically;
}

bool counts(std::optional<Duration> const& duration) {
  return !duration || (duration->count >= 1 && duration->count <= 1000);
}

void check_terms(ContractTerms const& terms, reflect::Problems& problems) {
  std::string const at = "contract_terms.";
  if (!counts(terms.duration)) problems.add(at + "duration.count", "expected 1 to 1000");
  if (!counts(terms.renew_for_duration))
    problems.add(at + "renew_for_duration.count", "expected 1 to 1000");
  if (terms.end_strategy == ContractEnd::duration && !terms.duration)
    problems.add(at + "duration", "required by end_strategy duration");
  if (terms.end_strategy == ContractEnd::end_date && !terms.ends_at)
    problems.add(at + "ends_at", "required by end_strategy end_date");
  if (terms.starts_at && terms.ends_at && *terms.ends_at < *terms.starts_at)
    problems.add(at + "ends_at", "expected a date after starts_at");
  bool const ends = terms.end_strategy != ContractEnd::forever;
  if (terms.renew_automatically && !ends)
    problems.add(at + "renew_automatically", "a contract without an end does not renew");
  if (terms.renew_for_duration && !ends)
    problems.add(at + "renew_for_duration", "a contract without an end does not renew");
}

// The older fields of a contract say a time or nothing.
void check_older_terms(SubscriptionPayload const& body, reflect::Problems& problems) {
  auto const is_time = [](std::optional<Interval> const& interval) {
    return !interval ||
           (interval->period != WirePeriod::once && interval->period != WirePeriod::all);
  };
  if (body.commitment_interval && body.commitment_interval->period == WirePeriod::once)
    problems.add("commitment_interval.period", "expected days, weeks, months, years or all");
  if (!is_time(body.renew_for))
    problems.add("renew_for.period", "expected days, weeks, months or years");
}

// How the first phase, and with it the subscription, begins.
void first_activation(SubscriptionPhaseInput const& input, std::string const& path,
                      Subscription& subscription, reflect::Problems& problems) {
  if (input.starts_at && !subscription.starts_at) subscription.starts_at = input.starts_at;
  if (!input.activation_strategy) return;
  switch (*input.activation_strategy) {
    case PhaseActivation::immediately:
    case PhaseActivation::start_date:
      subscription.activation_strategy = ActivationStrategy::start_date;
      break;
    case PhaseActivation::contract_start_date:
      subscription.activation_strategy = ActivationStrategy::start_date;
      subscription.starts_at = subscription.contract_terms.starts_at;
      if (!subscription.starts_at)
        problems.add(path + ".activation_strategy", "contract_terms.starts_at is missing");
      break;
    case PhaseActivation::manual:
    case PhaseActivation::manual_with_latest:
      subscription.activation_strategy = ActivationStrategy::manually;
      break;
    case PhaseActivation::checkout:
      subscription.activation_strategy = ActivationStrategy::checkout;
      break;
    case PhaseActivation::quote_signature:
      subscription.activation_strategy = ActivationStrategy::quote;
      break;
    case PhaseActivation::previous_phase_end:
      problems.add(path + ".activation_strategy", "the first phase has no phase before it");
  }
}

PhaseActivation phase_activation(ActivationStrategy strategy) {
  switch (strategy) {
    case ActivationStrategy::manually:
      return PhaseActivation::manual;
    case ActivationStrategy::checkout:
      return PhaseActivation::checkout;
    case ActivationStrategy::quote:
      return PhaseActivation::quote_signature;
    case ActivationStrategy::start_date:
      break;
  }
  return PhaseActivation::start_date;
}

PhaseEnd end_of(SubscriptionPhaseInput const& input, bool last) {
  if (input.end_strategy) return *input.end_strategy;
  if (input.duration) return PhaseEnd::duration;
  if (input.ends_at) return PhaseEnd::end_date;
  return last ? PhaseEnd::forever : PhaseEnd::manual;
}

SubscriptionPhase to_phase(SubscriptionPhaseInput const& input, bool last) {
  SubscriptionPhase phase;
  phase.name = input.name;
  phase.type = input.type.value_or(PhaseType::standard);
  phase.activation_strategy = input.activation_strategy.value_or(PhaseActivation::start_date);
  phase.end_strategy = end_of(input, last);
  // Adding a phase behind one without end makes that end by hand (PHA-2).
  if (!last && phase.end_strategy == PhaseEnd::forever) phase.end_strategy = PhaseEnd::manual;
  phase.duration = input.duration;
  if (phase.end_strategy == PhaseEnd::end_date) phase.ends_at = input.ends_at;
  phase.billing_date_setting = input.billing_date_setting.value_or(
      input.initial_billing_at ? BillingDateSetting::specific_date
                               : BillingDateSetting::phase_start);
  phase.initial_billing_at = input.initial_billing_at;
  phase.billing_cycle_alignment =
      input.billing_cycle_alignment.value_or(BillingCycleAlignment::anniversary);
  phase.do_not_invoice_phase = input.do_not_invoice_phase.value_or(false);
  phase.transition_calculation_method = input.transition_calculation_method;
  phase.transition_invoicing_schedule = input.transition_invoicing_schedule;
  return phase;
}

Result<void> add_products(std::vector<SubscriptionProductInput> const& products,
                          std::string const& prefix, std::optional<InvoiceSchedule> schedule,
                          IdSource& ids, NewPhase& phase) {
  for (std::size_t i = 0; i < products.size(); ++i) {
    TB_TRY(line, to_line(products[i], prefix + "[" + std::to_string(i) + "]", ids));
    // invoice_schedule: when the products that do not say it themselves are invoiced.
    if (schedule)
      line.default_schedule =
          *schedule == InvoiceSchedule::period_end ? PaymentSchedule::end : PaymentSchedule::start;
    phase.lines.push_back(std::move(line));
  }
  return {};
}

std::optional<NewPhase> trial_of(SubscriptionPayload const& body, Subscription& subscription) {
  if (!body.trial && !body.trial_ends_at) return std::nullopt;
  NewPhase trial;
  trial.path = "trial";
  trial.phase.type = PhaseType::trial;
  trial.phase.name = "Trial";
  if (body.trial) {
    trial.phase.end_strategy = body.trial->end_strategy;
    trial.phase.duration = body.trial->duration;
    if (body.trial->end_strategy == PhaseEnd::end_date)
      trial.phase.ends_at = body.trial->ends_at;
    else
      trial.told_end = body.trial->ends_at;
    if (body.trial->starts_at && !subscription.starts_at)
      subscription.starts_at = body.trial->starts_at;
  } else {
    trial.phase.end_strategy = PhaseEnd::end_date;
    trial.phase.ends_at = body.trial_ends_at;
  }
  return trial;
}

// The places of the phases in time: as they are listed, or by the order they all name.
Result<std::vector<std::size_t>> places_of(std::vector<SubscriptionPhaseInput> const& inputs) {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < inputs.size(); ++i) places.push_back(i);
  bool const ordered =
      std::ranges::any_of(inputs, [](auto const& input) { return input.order.has_value(); });
  if (!ordered) return places;
  reflect::Problems problems;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    std::string const field = "phases[" + std::to_string(i) + "].order";
    if (!inputs[i].order) problems.add(field, "expected with every phase or with none");
    for (std::size_t k = 0; k < i; ++k) {
      if (inputs[i].order && inputs[i].order == inputs[k].order)
        problems.add(field, "another phase has it");
    }
  }
  if (!problems.empty()) return fail(problems.error());
  std::ranges::sort(places, {}, [&](std::size_t i) { return *inputs[i].order; });
  return places;
}

// How it is invoiced.
Result<void> fill_invoicing(SubscriptionPayload const& body, Subscription& subscription) {
  reflect::Problems problems;
  if (body.minimum_invoice_fee &&
      (*body.minimum_invoice_fee < 0 || *body.minimum_invoice_fee > Exact(max_amount_minor) ||
       !body.minimum_invoice_fee->is_whole()))
    problems.add("minimum_invoice_fee", "expected a whole number of minor units, 0 to 10^15");
  subscription.generate_document = body.generate_document.value_or(false);
  if (body.document_name && !subscription.generate_document)
    problems.add("document_name", "only with generate_document");
  if (body.document_name && (body.document_name->empty() || body.document_name->size() > 200))
    problems.add("document_name", "expected 1 to 200 bytes");
  if (body.add_tax_to_document == false && !subscription.generate_document)
    problems.add("add_tax_to_document", "only with generate_document");
  if (!problems.empty()) return fail(problems.error());
  if (body.minimum_invoice_fee && !body.minimum_invoice_fee->is_zero())
    subscription.minimum_invoice_fee = body.minimum_invoice_fee;
  subscription.document_name = body.document_name;
  subscription.add_tax_to_document = body.add_tax_to_document.value_or(true);
  subscription.do_not_charge_subscription = body.do_not_charge_subscription.value_or(false);
  return {};
}

// What the phases say is not said beside them.
void check_beside_phases(SubscriptionPayload const& body, bool with_phases,
                         reflect::Problems& problems) {
  if (with_phases && body.products && !body.products->empty())
    problems.add("phases", "give products or phases, not both");
  if (with_phases && body.coupons && !body.coupons->empty())
    problems.add("coupons", "give them with the phase");
  if (with_phases && body.billing_cycle_alignment)
    problems.add("billing_cycle_alignment", "give it with the phase");
  if (!with_phases && !body.activation_strategy)
    problems.add("activation_strategy", "required without phases");
}

// How the first phase begins, unless the subscription says otherwise.
void begin_with(SubscriptionPayload const& body, std::size_t place, Subscription& subscription,
                reflect::Problems& problems) {
  auto const& first = (*body.phases)[place];
  std::string const path = "phases[" + std::to_string(place) + "]";
  auto const given = subscription.activation_strategy;
  first_activation(first, path, subscription, problems);
  if (body.activation_strategy && subscription.activation_strategy != given)
    problems.add("activation_strategy",
                 path + ".activation_strategy says " +
                     std::string(reflect::enum_name(*first.activation_strategy)));
}

}  // namespace subscription_input

Result<void> check_used(std::vector<SubscriptionPhaseInput> const& inputs) {
  reflect::Problems problems;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    auto const& input = inputs[i];
    std::string const path = "phases[" + std::to_string(i) + "].";
    auto const phase = subscription_input::to_phase(input, true);
    if (input.duration && phase.end_strategy != PhaseEnd::duration)
      problems.add(path + "duration", "end_strategy " +
                                          std::string(reflect::enum_name(phase.end_strategy)) +
                                          " does not use it");
    if (input.transition_invoicing_schedule == TransitionSchedule::next_invoice &&
        !input.transition_calculation_method)
      problems.add(
          path + "transition_invoicing_schedule",
          "a direct transition has nothing to invoice; give transition_calculation_method");
    if (input.initial_billing_at && phase.billing_date_setting == BillingDateSetting::phase_start)
      problems.add(path + "initial_billing_at",
                   "billing_date_setting phase_start does not use it; expected specific_date");
  }
  if (!problems.empty()) return fail(problems.error());
  return {};
}

Result<std::vector<NewPhase>> to_phases(std::vector<SubscriptionPhaseInput> const& inputs,
                                        std::optional<InvoiceSchedule> schedule, IdSource& ids) {
  using namespace subscription_input;
  TB_TRY(places, places_of(inputs));
  reflect::Problems problems;
  std::vector<NewPhase> phases;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    auto const& input = inputs[places[i]];
    std::string const path = "phases[" + std::to_string(places[i]) + "]";
    bool const last = i + 1 == inputs.size();
    NewPhase phase{to_phase(input, last), {}, {}, path, input.status};
    if (phase.phase.end_strategy != PhaseEnd::end_date) phase.told_end = input.ends_at;
    if (!counts(input.duration)) problems.add(path + ".duration.count", "expected 1 to 1000");
    if (i > 0 && input.activation_strategy == PhaseActivation::start_date && input.starts_at) {
      // It starts on its day, so the one before ends right before it.
      phases.back().phase.end_strategy = PhaseEnd::end_date;
      phases.back().phase.ends_at = *input.starts_at - 1;
    } else if (i > 0 && input.activation_strategy &&
               *input.activation_strategy != PhaseActivation::previous_phase_end) {
      problems.add(path + ".activation_strategy", "expected previous_phase_end");
    }
    if (i > 0) phase.phase.activation_strategy = PhaseActivation::previous_phase_end;
    TB_CHECK(add_products(input.products, path + ".products", schedule, ids, phase));
    TB_TRY(coupons, to_coupons(input.coupons.value_or(std::vector<SubscriptionCouponInput>{}),
                               path + ".coupons["));
    phase.coupons = std::move(coupons);
    phases.push_back(std::move(phase));
  }
  if (!problems.empty()) return fail(problems.error());
  return phases;
}

ContractTerms terms_as_given(ContractTermsInput const& terms) {
  return {terms.activation_strategy,
          terms.end_strategy,
          terms.starts_at,
          terms.ends_at,
          terms.duration,
          terms.renew_automatically.value_or(false),
          terms.renew_for_duration};
}

Result<ContractTerms> to_contract(ContractTermsInput const& input) {
  auto terms = terms_as_given(input);
  reflect::Problems problems;
  subscription_input::check_terms(terms, problems);
  if (!problems.empty()) return fail(problems.error());
  return terms;
}

void fill_header(SubscriptionPayload const& body, Subscription& subscription) {
  subscription.name = body.name;
  subscription.purchase_order = body.purchase_order;
  if (body.invoicing_entity_id)
    subscription.invoicing_entity_id = EntityId(*body.invoicing_entity_id);
  subscription.crm_opportunity_id = body.crm_opportunity_id;
  subscription.starts_at = body.starts_at;
  subscription.initial_billing_at = body.initial_billing_at;
  subscription.cancel_at = body.cancel_at;
  subscription.cancellation_strategy = body.cancellation_strategy;
  subscription.cancellation_amount = body.cancellation_amount;
  subscription.cancellation_refund_method = body.cancellation_refund_method;
  subscription.display_shipping_details = body.display_shipping_details.value_or(false);
  subscription.generate_draft_invoices = body.generate_draft_invoices.value_or(false);
  subscription.invoice_custom_note = body.invoice_custom_note;
  subscription.invoice_schedule = body.invoice_schedule;
  subscription.plan_id = body.plan_id;
  subscription.template_id = body.template_id;
  subscription.template_configuration_id = body.template_configuration_id;
  if (body.payment_method_strategy == PaymentMethodStrategy::current)
    subscription.payment_method_strategy = PaymentStrategy::current;
  if (body.payment_method_strategy == PaymentMethodStrategy::external)
    subscription.payment_method_strategy = PaymentStrategy::external;
  if (body.properties) subscription.properties.text = reflect::to_text(*body.properties);
}

ActivationStrategy activation_of(ActivationStrategyV2 strategy) {
  switch (strategy) {
    case ActivationStrategyV2::manually:
      return ActivationStrategy::manually;
    case ActivationStrategyV2::checkout:
      return ActivationStrategy::checkout;
    case ActivationStrategyV2::quote:
      return ActivationStrategy::quote;
    case ActivationStrategyV2::start_date:
    case ActivationStrategyV2::contract_start_date:
      break;
  }
  return ActivationStrategy::start_date;
}

Result<NewSubscription> to_command(SubscriptionPayload const& body, IdSource& ids) {
  using namespace subscription_input;
  reflect::Problems problems;
  refuse_what_is_not_offered(body, problems);
  bool const with_phases = body.phases && !body.phases->empty();
  check_beside_phases(body, with_phases, problems);
  NewSubscription wanted;
  auto& subscription = wanted.subscription;
  fill_header(body, subscription);
  fill_terms(body, subscription);
  TB_CHECK(fill_invoicing(body, subscription));
  check_older_terms(body, problems);
  check_terms(subscription.contract_terms, problems);
  if (body.activation_strategy) {
    subscription.activation_strategy = activation_of(*body.activation_strategy);
    if (*body.activation_strategy == ActivationStrategyV2::contract_start_date) {
      subscription.starts_at = subscription.contract_terms.starts_at;
      if (!subscription.starts_at)
        problems.add("activation_strategy", "contract_terms.starts_at is missing");
    }
  }
  if (with_phases) {
    TB_CHECK(check_used(*body.phases));
    TB_TRY(places, places_of(*body.phases));
    begin_with(body, places.front(), subscription, problems);
  }
  if (!problems.empty()) return fail(problems.error());
  if (auto trial = trial_of(body, subscription)) wanted.phases.push_back(*std::move(trial));
  if (!wanted.phases.empty() && subscription.initial_billing_at)
    return fail(errors::invalid_field("initial_billing_at",
                                      "a trial comes first; give it with the phase behind it"));
  if (with_phases) {
    TB_TRY(phases, to_phases(*body.phases, body.invoice_schedule, ids));
    TB_TRY(places, places_of(*body.phases));
    if (body.activation_strategy && !(*body.phases)[places.front()].activation_strategy)
      phases.front().phase.activation_strategy = phase_activation(subscription.activation_strategy);
    std::ranges::move(phases, std::back_inserter(wanted.phases));
  } else {
    NewPhase phase;
    if (body.billing_cycle_alignment)
      phase.phase.billing_cycle_alignment = *body.billing_cycle_alignment;
    phase.phase.activation_strategy =
        subscription.activation_strategy == ActivationStrategy::manually
            ? PhaseActivation::manual
            : PhaseActivation::start_date;
    TB_CHECK(add_products(body.products.value_or(std::vector<SubscriptionProductInput>{}),
                          "products", body.invoice_schedule, ids, phase));
    TB_TRY(coupons,
           to_coupons(body.coupons.value_or(std::vector<SubscriptionCouponInput>{}), "coupons["));
    phase.coupons = std::move(coupons);
    wanted.phases.push_back(std::move(phase));
  }
  if (wanted.phases.size() > 1 && wanted.phases.front().phase.type == PhaseType::trial &&
      wanted.phases.back().path.empty())
    wanted.phases.back().phase.activation_strategy = PhaseActivation::previous_phase_end;
  if (body.promotion_code) wanted.promotion_code = body.promotion_code;
  return wanted;
}

Result<NewLine> to_new_line(SubscriptionProductInput const& input, std::string const& path,
                            IdSource& ids) {
  return subscription_input::to_line(input, path, ids);
}

}  // namespace tallybook::api
