-- Wallets: money of customers that pays invoices, its movements, the switches of an account.

CREATE TABLE wallets (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  is_auto_load_enabled BIGINT NOT NULL, auto_load_type TEXT, auto_load_amount BIGINT,
  auto_load_reset BIGINT NOT NULL, auto_load_interval TEXT, auto_load_anchor_at BIGINT,
  auto_load_next_date BIGINT, auto_load_threshold BIGINT,
  id TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL, state TEXT NOT NULL, currency TEXT NOT NULL,
  balance BIGINT NOT NULL CHECK (balance >= 0), movements BIGINT NOT NULL,
  low_projected_balance_threshold BIGINT, auto_load_due_at BIGINT, resets_with TEXT,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX wallets_customer ON wallets (account_id, mode, customer_id);
CREATE INDEX wallets_created ON wallets (account_id, mode, created_at, id);
CREATE INDEX wallets_due ON wallets (account_id, mode, auto_load_due_at, id) WHERE auto_load_due_at IS NOT NULL;

-- A source moves a wallet once: the unique index makes a second credit impossible.
CREATE TABLE wallet_transactions (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  wallet_id TEXT NOT NULL, position BIGINT NOT NULL, type TEXT NOT NULL, amount BIGINT NOT NULL CHECK (amount > 0),
  remaining BIGINT NOT NULL CHECK (remaining >= 0), invoicing_entity_id TEXT NOT NULL, comment TEXT, invoice_id TEXT,
  source_id TEXT NOT NULL, original_transaction_id TEXT, reverted_by TEXT,
  created_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX wallet_transactions_order ON wallet_transactions (wallet_id, position);
CREATE UNIQUE INDEX wallet_transactions_source ON wallet_transactions (source_id);
CREATE INDEX wallet_transactions_open ON wallet_transactions (wallet_id, position) WHERE remaining > 0;
CREATE INDEX wallet_transactions_invoice ON wallet_transactions (invoice_id) WHERE invoice_id IS NOT NULL;

CREATE TABLE wallet_settings (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  enabled BIGINT NOT NULL, allow_free_credits BIGINT NOT NULL, allow_topup_on_portal BIGINT NOT NULL,
  product_ids TEXT NOT NULL, updated_at BIGINT
);
CREATE UNIQUE INDEX wallet_settings_of ON wallet_settings (account_id, mode);

-- When the load that a document brought was taken back.
ALTER TABLE invoices ADD COLUMN reverted_at BIGINT;
