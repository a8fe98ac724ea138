-- Tax: engines of entities, custom rates, categories of products and lines, checks of tax numbers.

-- Entities from before keep the rate somebody wrote down: an update never changes what they charge.
ALTER TABLE invoicing_entities ADD COLUMN tax_engine TEXT NOT NULL DEFAULT 'manual';
ALTER TABLE invoicing_entities ADD COLUMN is_oss_registered BIGINT NOT NULL DEFAULT 0;

ALTER TABLE products ADD COLUMN tax_category TEXT NOT NULL DEFAULT 'standard';

ALTER TABLE invoices ADD COLUMN tax_scheme_custom TEXT;
ALTER TABLE invoices ADD COLUMN tax_mention TEXT;
ALTER TABLE invoice_lines ADD COLUMN tax_category TEXT;
ALTER TABLE invoice_lines ADD COLUMN tax_rate_id TEXT;
ALTER TABLE invoice_lines ADD COLUMN tax_reason TEXT;

CREATE TABLE tax_rates (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL, description TEXT, rate TEXT NOT NULL, country TEXT, invoicing_entity_id TEXT,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE INDEX tax_rates_created ON tax_rates (account_id, mode, created_at, id);

-- What the register said about a customer's number, and when to ask (again).
CREATE TABLE tax_number_checks (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL, prefix TEXT NOT NULL, number TEXT NOT NULL, answer TEXT, answered_at BIGINT,
  attempts BIGINT NOT NULL, next_check_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX tax_number_checks_of ON tax_number_checks (account_id, mode, customer_id, prefix, number);
CREATE INDEX tax_number_checks_number ON tax_number_checks (account_id, mode, prefix, number);
CREATE INDEX tax_number_checks_due ON tax_number_checks (account_id, mode, next_check_at, id);

-- The rates an external engine gave for a document that is not issued yet.
CREATE TABLE external_taxes (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  question TEXT NOT NULL, answer TEXT, failure TEXT, attempts BIGINT NOT NULL, next_attempt_at BIGINT NOT NULL,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE INDEX external_taxes_due ON external_taxes (account_id, mode, next_attempt_at, id);
