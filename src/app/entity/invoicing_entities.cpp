#include "app/entity/invoicing_entities.hpp"

#include "base/assert.hpp"
#include "domain/tax/territory.hpp"
#include "domain/tax/vat_number.hpp"
#include "reflect/describe.hpp"

namespace tallybook {
namespace entities_detail {

Result<void> check(UnitOfWork& work, InvoicingEntity const& entity) {
  std::vector<FieldError> problems;
  if (entity.name.empty()) problems.push_back({"name", "expected a name"});
  if (!TimeZone::find(entity.timezone))
    problems.push_back({"timezone", "expected an IANA time zone such as Europe/Paris"});
  if (!Currency::parse(entity.currency))
    problems.push_back({"currency", "expected an ISO 4217 currency code"});
  if (!Currency::parse(entity.accounting_currency))
    problems.push_back({"accounting_currency", "expected an ISO 4217 currency code"});
  if (!is_number_pattern(entity.invoice_number_pattern))
    problems.push_back({"invoice_number_pattern", "expected {number} once"});
  if (!is_number_pattern(entity.credit_note_number_pattern))
    problems.push_back({"credit_note_number_pattern", "expected {number} once"});
  if (!is_number_pattern(entity.document_number_pattern))
    problems.push_back({"document_number_pattern", "expected {number} once"});
  auto const days = [&](char const* field, int value) {
    if (value < 0 || value > 3650) problems.push_back({field, "expected 0 to 3650 days"});
  };
  days("default_payment_delay", entity.default_payment_delay);
  days("invoice_grace_period_duration", entity.invoice_grace_period_duration);
  days("invoice_payment_initiation_delay", entity.invoice_payment_initiation_delay);
  days("document_payment_initiation_delay", entity.document_payment_initiation_delay);
  if (entity.manual_tax_rate &&
      (entity.manual_tax_rate->is_negative() || *entity.manual_tax_rate > Exact(100))) {
    problems.push_back({"manual_tax_rate", "expected a percentage from 0 to 100"});
  }
  if (entity.tax_id && !entity.tax_id->empty() && !may_be_tax_id(*entity.tax_id))
    problems.push_back({"tax_id", "expected a tax number of 1 to 64 printable characters"});
  auto const place = tax_place(entity.country, entity.zip_code.value_or(""));
  if (entity.tax_engine == TaxEngineKind::external && work.services().tax_engine == nullptr)
    problems.push_back({"tax_engine", "no external engine is set up for this installation"});
  if (entity.is_oss_registered && !place.in_eu)
    problems.push_back({"is_oss_registered", "only an entity in the European Union"});
  if (problems.empty()) return {};
  return fail(errors::invalid_fields(std::move(problems)));
}

void create_sequences(SqlSession& sql, Tenant const& tenant, EntityId const& id,
                      NewNumbers const& numbers) {
  std::pair<char const*, std::int64_t> const kinds[] = {{"invoice", numbers.invoice},
                                                        {"credit_note", numbers.credit_note},
                                                        {"document", numbers.document}};
  for (auto const& [kind, next] : kinds) {
    sql.execute(
        "INSERT INTO number_sequences (account_id, mode, invoicing_entity_id, kind, next_number, "
        "first_number) VALUES (?, ?, ?, ?, ?, ?)",
        {tenant.account_id, std::string(mode_text(tenant.mode)), id.value, std::string(kind), next,
         next});
  }
}

void unset_other_defaults(UnitOfWork& work, InvoicingEntity const& entity) {
  if (!entity.is_default) return;
  work.sql().execute(
      "UPDATE invoicing_entities SET is_default = 0 WHERE account_id = ? AND mode = ? AND id <> ?",
      {work.tenant().account_id, std::string(mode_text(work.tenant().mode)), entity.id.value});
}

}  // namespace entities_detail

InvoicingEntity create_default_entity(SqlSession& sql, IdSource& ids, Tenant const& tenant,
                                      Instant now) {
  InvoicingEntity entity;
  entity.id = ids.make<EntityTag>();
  entity.name = "My company";
  entity.is_default = true;
  entity.created_at = entity.updated_at = now;
  Records<InvoicingEntity>(sql, tenant).insert(entity);
  entities_detail::create_sequences(sql, tenant, entity.id, {});
  return entity;
}

Result<InvoicingEntity> create_entity(UnitOfWork& work, InvoicingEntity entity,
                                      NewNumbers const& numbers) {
  TB_CHECK(entities_detail::check(work, entity));
  if (numbers.invoice < 1 || numbers.credit_note < 1 || numbers.document < 1) {
    return fail(errors::invalid_field("next_invoice_number", "expected numbers of 1 or more"));
  }
  entity.id = work.new_id<EntityTag>();
  entity.created_at = entity.updated_at = work.now();
  work.records<InvoicingEntity>().insert(entity);
  entities_detail::create_sequences(work.sql(), work.tenant(), entity.id, numbers);
  entities_detail::unset_other_defaults(work, entity);
  return entity;
}

Result<InvoicingEntity> update_entity(UnitOfWork& work, InvoicingEntity const& entity) {
  TB_TRY(current, lock_entity(work, entity.id));
  TB_CHECK(entities_detail::check(work, entity));
  if (entity.country != current.country)
    return fail(errors::invalid_field("country", "the country is fixed once the entity exists"));
  if (current.is_default && !entity.is_default) {
    return fail(errors::invalid_field(
        "is_default", "there is always one default; make another entity the default instead"));
  }
  InvoicingEntity updated = entity;
  updated.updated_at = work.now();
  work.records<InvoicingEntity>().update(updated);
  entities_detail::unset_other_defaults(work, updated);
  return updated;
}

Result<void> delete_entity(UnitOfWork& work, EntityId const& id) {
  TB_TRY(entity, lock_entity(work, id));
  if (entity.is_default)
    return fail(errors::invalid(
        "The default invoicing entity cannot be deleted; make another one the default first"));
  if (work.records<Customer>().count("invoicing_entity_id = ? AND deleted_at IS NULL", {id.value}) >
      0) {
    return fail(
        errors::invalid("Customers use this invoicing entity; give them another one first"));
  }
  entity.deleted_at = entity.updated_at = work.now();
  work.records<InvoicingEntity>().update(entity);
  return {};
}

Result<InvoicingEntity> find_entity(UnitOfWork& work, EntityId const& id) {
  auto entity = work.records<InvoicingEntity>().find(id.value);
  if (!entity || entity->deleted_at) return fail(errors::not_found("Invoicing entity"));
  return *std::move(entity);
}

Result<InvoicingEntity> lock_entity(UnitOfWork& work, EntityId const& id) {
  auto entity = work.records<InvoicingEntity>().find_for_update(id.value);
  if (!entity || entity->deleted_at) return fail(errors::not_found("Invoicing entity"));
  return *std::move(entity);
}

InvoicingEntity default_entity(UnitOfWork& work) {
  auto entity = work.records<InvoicingEntity>().first("is_default = 1 AND deleted_at IS NULL");
  TB_ASSERT(entity.has_value());
  return *std::move(entity);
}

NewNumbers next_numbers(SqlSession& sql, Tenant const& tenant, EntityId const& id) {
  NewNumbers numbers;
  sql.query(
      "SELECT kind, next_number FROM number_sequences WHERE account_id = ? AND mode = ? AND "
      "invoicing_entity_id = ?",
      {tenant.account_id, std::string(mode_text(tenant.mode)), id.value}, [&](SqlRow const& row) {
        if (row.text(0) == "invoice") numbers.invoice = row.integer(1);
        if (row.text(0) == "credit_note") numbers.credit_note = row.integer(1);
        if (row.text(0) == "document") numbers.document = row.integer(1);
      });
  return numbers;
}

std::int64_t take_number(UnitOfWork& work, EntityId const& id, InvoiceType type) {
  std::int64_t taken = 0;
  work.sql().query(
      "UPDATE number_sequences SET next_number = next_number + 1 WHERE account_id = ? AND mode = ? "
      "AND invoicing_entity_id = ? AND kind = ? RETURNING next_number - 1",
      {work.tenant().account_id, std::string(mode_text(work.tenant().mode)), id.value,
       std::string(reflect::enum_name(type))},
      [&](SqlRow const& row) { taken = row.integer(0); });
  TB_ASSERT(taken > 0);
  return taken;
}

}  // namespace tallybook
