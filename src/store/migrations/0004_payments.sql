-- Payment methods, the order of providers, and how far each provider's events were read.

ALTER TABLE customers ADD COLUMN payment_method_id TEXT;

-- What a provider holds; never the card or the account itself. A deleted one stays for its history.
CREATE TABLE payment_methods (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL, status TEXT NOT NULL, type TEXT NOT NULL,
  provider_name TEXT NOT NULL, provider_id TEXT, provider_payment_method_id TEXT NOT NULL,
  last_4_digits TEXT, expiration_date TEXT, brand TEXT, account_number_ending TEXT,
  error_type TEXT, error_message TEXT,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, deleted_at BIGINT
);
CREATE INDEX payment_methods_customer ON payment_methods (account_id, mode, customer_id, created_at);
CREATE UNIQUE INDEX payment_methods_token ON payment_methods (account_id, mode, customer_id, provider_name, provider_payment_method_id) WHERE deleted_at IS NULL;
CREATE INDEX transactions_method ON transactions (payment_method_id) WHERE payment_method_id IS NOT NULL;

-- Which providers an entity charges a kind of method with, first to last.
CREATE TABLE provider_orders (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  invoicing_entity_id TEXT NOT NULL, payment_method_type TEXT NOT NULL, providers TEXT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX provider_orders_of ON provider_orders (account_id, mode, invoicing_entity_id, payment_method_type);

CREATE TABLE provider_cursors (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  provider_name TEXT NOT NULL, position TEXT NOT NULL,
  PRIMARY KEY (account_id, mode, provider_name)
);
