#include "api/entity/routes.hpp"

#include "api/entity/wire.hpp"
#include "api/protocol/reply.hpp"
#include "app/entity/invoicing_entities.hpp"
#include "domain/tax/vat_number.hpp"

namespace tallybook::api {
namespace entity_routes {

InvoicingEntityV1 to_api(InvoicingEntity const& entity, NewNumbers const& next) {
  InvoicingEntityV1 wire;
  wire.id = entity.id.value;
  wire.name = entity.name;
  wire.trade_name = entity.trade_name;
  wire.is_default = entity.is_default;
  wire.timezone = entity.timezone;
  wire.language = entity.language;
  wire.currency = entity.currency;
  wire.accounting_currency = entity.accounting_currency;
  wire.address_line1 = entity.address_line1;
  wire.address_line2 = entity.address_line2;
  wire.zip_code = entity.zip_code;
  wire.city = entity.city;
  wire.state = entity.state;
  wire.country = entity.country;
  wire.registration_number = entity.registration_number;
  wire.tax_id = entity.tax_id;
  if (entity.tax_id) {
    auto const number = read_vat_number(*entity.tax_id, entity.country);
    if (number) wire.tax_id_valid = is_well_formed(*number);
  }
  wire.billing_email = entity.billing_email;
  wire.invoice_number_pattern = entity.invoice_number_pattern;
  wire.credit_note_number_pattern = entity.credit_note_number_pattern;
  wire.document_number_pattern = entity.document_number_pattern;
  wire.next_invoice_number = next.invoice;
  wire.next_credit_note_number = next.credit_note;
  wire.next_document_number = next.document;
  wire.default_payment_delay = entity.default_payment_delay;
  wire.invoice_grace_period_duration = entity.invoice_grace_period_duration;
  wire.invoice_payment_initiation_delay = entity.invoice_payment_initiation_delay;
  wire.document_payment_initiation_delay = entity.document_payment_initiation_delay;
  wire.invoice_late_fees = entity.invoice_late_fees;
  wire.invoice_footer = entity.invoice_footer;
  wire.document_footer = entity.document_footer;
  wire.logo_url = entity.logo_url;
  wire.favicon_url = entity.favicon_url;
  wire.brand_color = entity.brand_color;
  wire.forced_customer_type = entity.forced_customer_type;
  wire.credit_note_wallet_refund_enabled = entity.credit_note_wallet_refund_enabled;
  wire.standalone_credit_note_creation_enabled = entity.standalone_credit_note_creation_enabled;
  wire.manual_tax_rate = entity.manual_tax_rate;
  wire.tax_engine = entity.tax_engine;
  wire.is_oss_registered = entity.is_oss_registered;
  wire.revenue_recognition = entity.revenue_recognition;
  wire.coupon_stacking = entity.coupon_stacking;
  wire.coupon_carry_over = entity.coupon_carry_over;
  wire.created_at = entity.created_at;
  wire.updated_at = entity.updated_at;
  wire.deleted_at = entity.deleted_at;
  return wire;
}

Result<void> apply(InvoicingEntityFields const& write, InvoicingEntity& entity) {
  write.credit_note_wallet_refund_enabled.apply(entity.credit_note_wallet_refund_enabled);
  write.standalone_credit_note_creation_enabled.apply(
      entity.standalone_credit_note_creation_enabled);
  if (write.forced_customer_type.value == CustomerType::automatically_created) {
    return fail(errors::invalid_field("forced_customer_type", "expected corporate or person"));
  }
  write.trade_name.apply(entity.trade_name);
  write.is_default.apply(entity.is_default);
  write.timezone.apply(entity.timezone);
  write.language.apply(entity.language);
  write.address_line1.apply(entity.address_line1);
  write.address_line2.apply(entity.address_line2);
  write.zip_code.apply(entity.zip_code);
  write.city.apply(entity.city);
  write.state.apply(entity.state);
  write.registration_number.apply(entity.registration_number);
  write.tax_id.apply(entity.tax_id);
  write.billing_email.apply(entity.billing_email);
  write.invoice_number_pattern.apply(entity.invoice_number_pattern);
  write.credit_note_number_pattern.apply(entity.credit_note_number_pattern);
  write.document_number_pattern.apply(entity.document_number_pattern);
  write.default_payment_delay.apply(entity.default_payment_delay);
  write.invoice_grace_period_duration.apply(entity.invoice_grace_period_duration);
  write.invoice_payment_initiation_delay.apply(entity.invoice_payment_initiation_delay);
  write.document_payment_initiation_delay.apply(entity.document_payment_initiation_delay);
  write.invoice_late_fees.apply(entity.invoice_late_fees);
  write.invoice_footer.apply(entity.invoice_footer);
  write.document_footer.apply(entity.document_footer);
  write.quote_footer.apply(entity.quote_footer);
  write.logo_url.apply(entity.logo_url);
  write.favicon_url.apply(entity.favicon_url);
  write.brand_color.apply(entity.brand_color);
  write.forced_customer_type.apply(entity.forced_customer_type);
  write.manual_tax_rate.apply(entity.manual_tax_rate);
  // Who writes a rate down wants it charged, unless the same body says otherwise.
  if (write.manual_tax_rate.value) entity.tax_engine = TaxEngineKind::manual;
  write.tax_engine.apply(entity.tax_engine);
  write.is_oss_registered.apply(entity.is_oss_registered);
  write.revenue_recognition.apply(entity.revenue_recognition);
  write.coupon_stacking.apply(entity.coupon_stacking);
  write.coupon_carry_over.apply(entity.coupon_carry_over);
  return {};
}

std::vector<FilterField> const& fields() {
  static std::vector<FilterField> const list = {
      {"id", "id"}, {"name", "name"}, {"updated_at", "updated_at", FieldKind::instant}};
  return list;
}

Result<Reply> list(Call& call) {
  Condition condition;
  condition.add("deleted_at IS NULL");
  return offset_list<InvoicingEntity>(
      call, fields(), condition,
      [&](InvoicingEntity const& entity) {
        return reflect::to_text(to_api(entity, next_numbers(*call.sql, call.tenant, entity.id)));
      },
      "created_at ASC, id ASC");
}

Result<Reply> get(Call& call) {
  auto entity = Records<InvoicingEntity>(*call.sql, call.tenant).find(call.id());
  if (!entity || entity->deleted_at) return fail(errors::not_found("Invoicing entity"));
  return reply_with(to_api(*entity, next_numbers(*call.sql, call.tenant, entity->id)));
}

Result<Reply> create(Call& call) {
  TB_TRY(write, read_body<InvoicingEntityCreate>(call));
  InvoicingEntity entity;
  TB_CHECK(apply(write, entity));
  entity.name = write.name;
  entity.country = write.country;
  entity.currency = write.currency;
  entity.accounting_currency = write.accounting_currency;
  NewNumbers const numbers{write.next_invoice_number.value_or(1),
                           write.next_credit_note_number.value_or(1),
                           write.next_document_number.value_or(1)};
  TB_TRY(created, create_entity(*call.work, std::move(entity), numbers));
  return reply_with(to_api(created, next_numbers(*call.sql, call.tenant, created.id)), 201);
}

Result<Reply> update(Call& call) {
  TB_TRY(write, read_body<InvoicingEntityUpdate>(call));
  TB_TRY(entity, lock_entity(*call.work, EntityId(call.id())));
  TB_CHECK(apply(write, entity));
  write.name.apply(entity.name);
  write.country.apply(entity.country);
  write.currency.apply(entity.currency);
  write.accounting_currency.apply(entity.accounting_currency);
  TB_TRY(updated, update_entity(*call.work, entity));
  return reply_with(to_api(updated, next_numbers(*call.sql, call.tenant, updated.id)));
}

Result<Reply> erase(Call& call) {
  TB_CHECK(delete_entity(*call.work, EntityId(call.id())));
  return no_content();
}

}  // namespace entity_routes

// A table: one route a line.
// clang-format off
void add_entity_routes(Router& router) {
  using namespace entity_routes;
  char const* const tag = "Invoicing entities";
  router.add({"GET", "/v1/invoicing-entities", tag, "List invoicing entities", RouteKind::read, "invoicing_entities", 200, {}, offset_schema<InvoicingEntityV1>(), offset_parameters(fields()), list});
  router.add({"GET", "/v1/invoicing-entities/{id}", tag, "Get an invoicing entity", RouteKind::read, "invoicing_entities", 200, {}, schema<InvoicingEntityV1>(), {}, get});
  router.add({"POST", "/v1/invoicing-entities", tag, "Create an invoicing entity", RouteKind::write, "invoicing_entities", 201, schema<InvoicingEntityCreate>(), schema<InvoicingEntityV1>(), {}, create});
  router.add({"PUT", "/v1/invoicing-entities/{id}", tag, "Update an invoicing entity", RouteKind::write, "invoicing_entities", 200, schema<InvoicingEntityUpdate>(), schema<InvoicingEntityV1>(), {}, update});
  router.add({"DELETE", "/v1/invoicing-entities/{id}", tag, "Delete an invoicing entity", RouteKind::write, "invoicing_entities", 204, {}, {}, {}, erase});
}
// clang-format on

}  // namespace tallybook::api
