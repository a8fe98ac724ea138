#include "api/catalogue/codec.hpp"
#include "api/catalogue/price_groups.hpp"
#include "api/subscription/codec.hpp"

namespace tallybook::api {
namespace subscription_input {

constexpr char const* not_offered = "not offered by this version";

void refuse_if(reflect::Problems& problems, bool asked, std::string field,
               char const* why = not_offered) {
  if (asked) problems.add(std::move(field), why);
}

void refuse_what_is_not_offered(SubscriptionCreate const& body, reflect::Problems& problems) {
  refuse_if(problems, body.plan_id.has_value(), "plan_id");
  refuse_if(problems, body.template_id.has_value(), "template_id");
  refuse_if(problems, body.template_configuration_id.has_value(), "template_configuration_id");
  refuse_if(problems, body.checkout_session.has_value(), "checkout_session");
  refuse_if(problems, body.trial.has_value(), "trial");
  refuse_if(problems, body.coupons && !body.coupons->empty(), "coupons");
  refuse_if(problems, body.minimum_invoice_fee && !body.minimum_invoice_fee->is_zero(),
            "minimum_invoice_fee");
  refuse_if(problems, body.tax_only.value_or(false), "tax_only");
  refuse_if(problems, body.generate_document.value_or(false), "generate_document");
  refuse_if(problems, body.document_name.has_value(), "document_name");
  refuse_if(problems, !body.add_tax_to_document.value_or(true), "add_tax_to_document");
  refuse_if(problems, body.display_shipping_details.value_or(false), "display_shipping_details");
  refuse_if(problems, body.do_not_charge_subscription.value_or(false),
            "do_not_charge_subscription");
  refuse_if(problems, body.invoice_schedule.has_value(), "invoice_schedule");
  refuse_if(problems, body.payment_method_strategy == PaymentMethodStrategy::new_,
            "payment_method_strategy",
            "a new method needs a checkout; expected current or external");
  refuse_if(problems,
            body.available_payment_method_types && !body.available_payment_method_types->empty(),
            "available_payment_method_types");
  refuse_if(problems, body.commitment_interval.has_value(), "commitment_interval",
            "use contract_terms");
  refuse_if(problems, body.renew_for.has_value(), "renew_for", "use contract_terms");
  if (body.custom_properties) {
    for (auto const& [slug, value] : *body.custom_properties)
      problems.add("custom_properties." + slug, "no such custom property");
  }
  if (body.activation_strategy && *body.activation_strategy != ActivationStrategyV2::start_date &&
      *body.activation_strategy != ActivationStrategyV2::manually) {
    problems.add("activation_strategy", "expected start_date or manually");
  }
}

void refuse_in_phase(SubscriptionPhaseInput const& phase, reflect::Problems& problems) {
  std::string const at = "phases[0].";
  refuse_if(problems, phase.type && *phase.type != PhaseType::standard, at + "type",
            "expected standard");
  refuse_if(problems,
            phase.end_strategy && *phase.end_strategy != PhaseEnd::forever &&
                *phase.end_strategy != PhaseEnd::manual,
            at + "end_strategy", "expected forever or manual");
  refuse_if(problems, phase.duration.has_value(), at + "duration");
  refuse_if(problems, phase.ends_at.has_value(), at + "ends_at");
  refuse_if(
      problems,
      phase.billing_date_setting && *phase.billing_date_setting != BillingDateSetting::phase_start,
      at + "billing_date_setting", "expected phase_start");
  refuse_if(problems, phase.do_not_invoice_phase.value_or(false), at + "do_not_invoice_phase");
  refuse_if(problems, phase.coupons && !phase.coupons->empty(), at + "coupons");
  bool const known = !phase.activation_strategy ||
                     *phase.activation_strategy == PhaseActivation::start_date ||
                     *phase.activation_strategy == PhaseActivation::immediately ||
                     *phase.activation_strategy == PhaseActivation::manual;
  refuse_if(problems, !known, at + "activation_strategy",
            "expected start_date, immediately or manual");
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

Result<NewLine> to_line(SubscriptionProductInput const& input, std::string const& path,
                        IdSource& ids) {
  reflect::Problems problems;
  refuse_if(problems, input.credits_expiration_in_days.has_value(),
            path + ".credits_expiration_in_days");
  refuse_if(problems, input.expire_credits_at_end_of_period.value_or(false),
            path + ".expire_credits_at_end_of_period");
  refuse_if(problems, input.catalog_version_id.has_value(), path + ".catalog_version_id");
  refuse_if(problems, input.price && input.prices, path + ".price",
            "give price or prices, not both");
  if (!problems.empty()) return fail(problems.error("Invalid body"));
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
  std::vector<Price> prices = input.prices.value_or(std::vector<Price>{});
  if (input.price) {
    Price fee;
    fee.type = PriceType::fee;
    fee.amount = input.price->amount;
    prices = {fee};
  }
  if (!prices.empty()) {
    line.price_type = prices.front().type;
    TB_TRY(tiers,
           to_tiers(prices, *line.price_type, path + (input.price ? ".price" : ".prices"), ids));
    line.prices = std::move(tiers);
  }
  TB_CHECK(read_metering(input, path, ids, line));
  return line;
}

void fill_terms(SubscriptionCreate const& body, Subscription& subscription) {
  if (body.contract_terms) {
    auto const& terms = *body.contract_terms;
    subscription.contract_terms = {terms.activation_strategy,
                                   terms.end_strategy,
                                   terms.starts_at,
                                   terms.ends_at,
                                   terms.duration,
                                   terms.renew_automatically.value_or(false),
                                   terms.renew_for_duration};
  }
  if (body.contract_start) subscription.contract_terms.starts_at = body.contract_start;
  if (body.contract_end) {
    subscription.contract_terms.ends_at = body.contract_end;
    subscription.contract_terms.end_strategy = ContractEnd::end_date;
  }
  if (body.renew_automatically)
    subscription.contract_terms.renew_automatically = *body.renew_automatically;
}

}  // namespace subscription_input

Result<NewSubscription> to_command(SubscriptionCreate const& body, IdSource& ids) {
  using namespace subscription_input;
  reflect::Problems problems;
  refuse_what_is_not_offered(body, problems);
  bool const with_phases = body.phases && !body.phases->empty();
  if (with_phases && body.products && !body.products->empty())
    problems.add("phases", "give products or phases, not both");
  if (with_phases && body.phases->size() > 1) problems.add("phases", "expected one phase");
  if (with_phases) refuse_in_phase(body.phases->front(), problems);
  if (!with_phases && !body.activation_strategy)
    problems.add("activation_strategy", "required without phases");
  if (!problems.empty()) return fail(problems.error("Invalid body"));
  NewSubscription wanted;
  auto& subscription = wanted.subscription;
  subscription.customer_id = CustomerId(body.customer_id);
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
  if (body.properties) subscription.properties.text = reflect::to_text(*body.properties);
  fill_terms(body, subscription);
  bool by_hand = body.activation_strategy == ActivationStrategyV2::manually;
  auto& phase = wanted.phase;
  if (body.billing_cycle_alignment) phase.billing_cycle_alignment = *body.billing_cycle_alignment;
  if (with_phases) {
    auto const& input = body.phases->front();
    phase.name = input.name;
    if (input.billing_cycle_alignment)
      phase.billing_cycle_alignment = *input.billing_cycle_alignment;
    if (input.end_strategy) phase.end_strategy = *input.end_strategy;
    if (input.starts_at && !subscription.starts_at) subscription.starts_at = input.starts_at;
    by_hand = by_hand || input.activation_strategy == PhaseActivation::manual;
  }
  subscription.activation_strategy =
      by_hand ? ActivationStrategy::manually : ActivationStrategy::start_date;
  phase.activation_strategy = by_hand ? PhaseActivation::manual : PhaseActivation::start_date;
  auto const& products = with_phases
                             ? body.phases->front().products
                             : body.products.value_or(std::vector<SubscriptionProductInput>{});
  std::string const prefix = with_phases ? "phases[0].products[" : "products[";
  for (std::size_t i = 0; i < products.size(); ++i) {
    TB_TRY(line, to_line(products[i], prefix + std::to_string(i) + "]", ids));
    wanted.lines.push_back(std::move(line));
  }
  return wanted;
}

}  // namespace tallybook::api
