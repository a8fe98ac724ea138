// Invoicing entities: default, create, update, delete, and the numbers of their documents.
#pragma once

#include "app/unit_of_work.hpp"

namespace tallybook {

// Each mode of an account has one from the start: zone Etc/UTC, EUR, FR, 3 days of grace.
InvoicingEntity create_default_entity(SqlSession& sql, IdSource& ids, Tenant const& tenant,
                                      Instant now);

struct NewNumbers {
  std::int64_t invoice = 1;
  std::int64_t credit_note = 1;
  std::int64_t document = 1;
};

// 400 when a pattern, zone, country or currency is wrong. A default one unsets the others.
Result<InvoicingEntity> create_entity(UnitOfWork& work, InvoicingEntity entity,
                                      NewNumbers const& numbers);
Result<InvoicingEntity> update_entity(UnitOfWork& work, InvoicingEntity const& entity);
// Soft; refused for the default one and while customers use it.
Result<void> delete_entity(UnitOfWork& work, EntityId const& id);

Result<InvoicingEntity> find_entity(UnitOfWork& work, EntityId const& id);
// The same, locked until the transaction ends: for what changes it.
Result<InvoicingEntity> lock_entity(UnitOfWork& work, EntityId const& id);
InvoicingEntity default_entity(UnitOfWork& work);

// What the next document of each kind will be called.
NewNumbers next_numbers(SqlSession& sql, Tenant const& tenant, EntityId const& id);

// Takes the next number in this transaction: gapless, since a rollback gives it back (INV-7).
std::int64_t take_number(UnitOfWork& work, EntityId const& id, InvoiceType type);

}  // namespace tallybook
