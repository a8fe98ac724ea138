-- Money core: what documents, transactions and ledger entries need beyond the foundation.
-- Columns of facts (what an entry's source_hash covers) that come later must be nullable: an absent
-- value is not part of the facts, so older entries keep their hash.

ALTER TABLE invoices ADD COLUMN amount_credited BIGINT NOT NULL DEFAULT 0;
ALTER TABLE invoices ADD COLUMN imported BIGINT;
ALTER TABLE invoices ADD COLUMN document_name TEXT;
ALTER TABLE invoices ADD COLUMN additional_info TEXT;
ALTER TABLE invoices ADD COLUMN properties TEXT;
ALTER TABLE invoices ADD COLUMN custom_properties TEXT;
ALTER TABLE invoices ADD COLUMN additional_display_fields TEXT;
ALTER TABLE invoices ADD COLUMN coupons TEXT;
ALTER TABLE invoices ADD COLUMN conversion_rate TEXT;
ALTER TABLE invoices ADD COLUMN converted_amount BIGINT;
ALTER TABLE invoices ADD COLUMN converted_at BIGINT;
ALTER TABLE invoices ADD COLUMN refund_method TEXT;
ALTER TABLE invoices ADD COLUMN payment_method_strategy TEXT;
ALTER TABLE invoices ADD COLUMN payment_method_id TEXT;
ALTER TABLE invoices ADD COLUMN payment_method_type TEXT;
ALTER TABLE invoices ADD COLUMN bank_account_id TEXT;
ALTER TABLE invoices ADD COLUMN attempt_count BIGINT NOT NULL DEFAULT 0;
ALTER TABLE invoices ADD COLUMN collect_at BIGINT;
ALTER TABLE invoices ADD COLUMN written_off_at BIGINT;
ALTER TABLE invoices ADD COLUMN due_override_at BIGINT;
ALTER TABLE invoices ADD COLUMN parent_invoice_id TEXT;
ALTER TABLE invoices ADD COLUMN amendments BIGINT;
CREATE INDEX invoices_collect ON invoices (account_id, mode, collect_at, id) WHERE collect_at IS NOT NULL;
CREATE INDEX invoices_original ON invoices (original_invoice_id) WHERE original_invoice_id IS NOT NULL;
CREATE INDEX invoices_parent ON invoices (parent_invoice_id) WHERE parent_invoice_id IS NOT NULL;

ALTER TABLE invoice_lines ADD COLUMN discount_percent TEXT;
ALTER TABLE invoice_lines ADD COLUMN tax_rate_custom TEXT;
ALTER TABLE invoice_lines ADD COLUMN hide_service_period BIGINT;
CREATE INDEX invoice_lines_original ON invoice_lines (original_line_item_id) WHERE original_line_item_id IS NOT NULL;

-- A transaction may stand on its own (money not allocated yet) or pay several invoices.
CREATE TABLE transactions_now (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  type TEXT NOT NULL, status TEXT NOT NULL, amount BIGINT NOT NULL, currency TEXT NOT NULL, customer_id TEXT NOT NULL,
  invoicing_entity_id TEXT, invoice_id TEXT, payment_method_type TEXT NOT NULL, payment_method_id TEXT, wallet_id TEXT,
  bank_account_id TEXT, provider_name TEXT, provider_id TEXT, provider_transaction_id TEXT, reference TEXT,
  original_transaction_id TEXT, provider_fee BIGINT, error_type TEXT, error_message TEXT, recovered BIGINT, attempt BIGINT,
  process_at BIGINT NOT NULL, sent_at BIGINT, look_again_at BIGINT, last_refreshed_at BIGINT,
  settled_at BIGINT, refunded_at BIGINT, refunded_amount BIGINT NOT NULL DEFAULT 0,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
INSERT INTO transactions_now (account_id, mode, id, type, status, amount, currency, customer_id, invoice_id,
  payment_method_type, bank_account_id, provider_name, provider_id, provider_transaction_id, process_at, settled_at,
  refunded_at, created_at, updated_at)
SELECT account_id, mode, id, type, status, amount, currency, customer_id, invoice_id,
  payment_method_type, bank_account_id, provider_name, provider_id, provider_transaction_id, process_at, settled_at,
  refunded_at, created_at, updated_at FROM transactions;
DROP TABLE transactions;
ALTER TABLE transactions_now RENAME TO transactions;
CREATE INDEX transactions_invoice ON transactions (invoice_id, created_at);
CREATE INDEX transactions_created ON transactions (account_id, mode, created_at, id);
CREATE INDEX transactions_customer ON transactions (account_id, mode, customer_id, created_at);
CREATE INDEX transactions_planned ON transactions (account_id, mode, process_at, id) WHERE status = 'scheduled';
CREATE INDEX transactions_open ON transactions (account_id, mode, look_again_at, id) WHERE look_again_at IS NOT NULL;
CREATE INDEX transactions_refunds ON transactions (original_transaction_id) WHERE original_transaction_id IS NOT NULL;
CREATE UNIQUE INDEX transactions_provider ON transactions (account_id, mode, provider_name, provider_transaction_id, type) WHERE sent_at IS NOT NULL AND provider_transaction_id IS NOT NULL;

-- What a transaction without an invoice of its own pays.
CREATE TABLE transaction_allocations (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  transaction_id TEXT NOT NULL, invoice_id TEXT NOT NULL, amount BIGINT NOT NULL, recovered BIGINT,
  created_at BIGINT NOT NULL
);
CREATE INDEX transaction_allocations_of ON transaction_allocations (transaction_id);
CREATE INDEX transaction_allocations_to ON transaction_allocations (invoice_id);

-- The chain: an entry's digest covers the entry and, by source_hash, what it documents; its link
-- covers the digest and the link before it. Position and link are given after the commit.
ALTER TABLE ledger_entries ADD COLUMN source_hash TEXT;
ALTER TABLE ledger_entries ADD COLUMN digest TEXT;
ALTER TABLE ledger_entries ADD COLUMN position BIGINT;
ALTER TABLE ledger_entries ADD COLUMN link TEXT;
CREATE UNIQUE INDEX ledger_entries_chain ON ledger_entries (account_id, mode, position) WHERE position IS NOT NULL;
CREATE INDEX ledger_entries_unsealed ON ledger_entries (account_id, mode, sequence) WHERE position IS NULL;

CREATE TABLE ledger_heads (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  position BIGINT NOT NULL,
  link TEXT NOT NULL,
  day BIGINT NOT NULL,
  day_first_position BIGINT NOT NULL,
  PRIMARY KEY (account_id, mode)
);

-- The root of each day's tree of entries, chained to the day before.
CREATE TABLE ledger_roots (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  day BIGINT NOT NULL,
  first_position BIGINT NOT NULL,
  last_position BIGINT NOT NULL,
  tree_root TEXT NOT NULL,
  root TEXT NOT NULL,
  PRIMARY KEY (account_id, mode, day)
);

-- Reference rates: units of the currency for one euro on that day.
CREATE TABLE exchange_rates (
  day BIGINT NOT NULL,
  currency TEXT NOT NULL,
  per_euro TEXT NOT NULL,
  PRIMARY KEY (currency, day)
);

-- Batches of invoices that were taken: a batch id works once.
CREATE TABLE invoice_batches (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, mode, id)
);
