-- Deferred revenue: what was invoiced for a time to come, earned day by day (REV-1).
ALTER TABLE invoicing_entities ADD COLUMN revenue_recognition TEXT NOT NULL DEFAULT 'immediate';
ALTER TABLE invoices ADD COLUMN deferred_amount BIGINT;

CREATE TABLE revenue_schedules (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  invoice_id TEXT NOT NULL, invoice_line_id TEXT NOT NULL, invoicing_entity_id TEXT NOT NULL, customer_id TEXT NOT NULL,
  currency TEXT NOT NULL, timezone TEXT NOT NULL, amount BIGINT NOT NULL, starts_on BIGINT NOT NULL,
  ends_on BIGINT NOT NULL, recognised BIGINT NOT NULL, next_at BIGINT, created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX revenue_schedules_line ON revenue_schedules (invoice_line_id);
CREATE INDEX revenue_schedules_invoice ON revenue_schedules (invoice_id);
CREATE INDEX revenue_schedules_due ON revenue_schedules (account_id, mode, next_at, id) WHERE next_at IS NOT NULL;
