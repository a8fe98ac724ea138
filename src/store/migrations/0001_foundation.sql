-- Accounts, keys, catalogue, customers, subscriptions, invoices, payments, credits, ledger, outbox.
-- Plain SQL for SQLite and PostgreSQL: BIGINT, TEXT and {{serial}} (the dialect's counting key).
-- Instants are UTC milliseconds, dates are days since 1970, exact numbers are 'p/q', nested data is
-- JSON text. Every business table starts with account_id and mode.

CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE api_keys (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (id),
  mode TEXT NOT NULL,
  name TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  hint TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  revoked_at BIGINT
);

CREATE TABLE test_clocks (
  account_id TEXT PRIMARY KEY,
  now_ms BIGINT
);

CREATE TABLE idempotency_keys (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  key TEXT NOT NULL,
  request_hash TEXT NOT NULL,
  status BIGINT NOT NULL,
  headers TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (account_id, mode, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

CREATE TABLE outbox (
  sequence {{serial}},
  id TEXT NOT NULL UNIQUE,
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  event_type TEXT NOT NULL,
  customer_id TEXT,
  payload TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE invoicing_entities (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL, trade_name TEXT, is_default BIGINT NOT NULL, timezone TEXT NOT NULL, language TEXT NOT NULL,
  currency TEXT NOT NULL, accounting_currency TEXT NOT NULL,
  address_line1 TEXT, address_line2 TEXT, zip_code TEXT, city TEXT, state TEXT, country TEXT NOT NULL,
  registration_number TEXT, tax_id TEXT, billing_email TEXT,
  invoice_number_pattern TEXT NOT NULL, credit_note_number_pattern TEXT NOT NULL, document_number_pattern TEXT NOT NULL,
  default_payment_delay BIGINT NOT NULL, invoice_grace_period_duration BIGINT NOT NULL,
  invoice_payment_initiation_delay BIGINT NOT NULL, document_payment_initiation_delay BIGINT NOT NULL,
  invoice_late_fees TEXT, invoice_footer TEXT, document_footer TEXT, quote_footer TEXT,
  logo_url TEXT, favicon_url TEXT, brand_color TEXT, forced_customer_type TEXT,
  credit_note_wallet_refund_enabled BIGINT NOT NULL, standalone_credit_note_creation_enabled BIGINT NOT NULL,
  manual_tax_rate TEXT,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, deleted_at BIGINT
);
CREATE INDEX invoicing_entities_tenant ON invoicing_entities (account_id, mode, created_at);

-- The next {number} of each entity and kind of document; the row is the lock of its sequence.
CREATE TABLE number_sequences (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  invoicing_entity_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  next_number BIGINT NOT NULL,
  first_number BIGINT NOT NULL,
  PRIMARY KEY (invoicing_entity_id, kind)
);

CREATE TABLE customers (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL, type TEXT, status TEXT NOT NULL, currency TEXT, country TEXT, tax_ids TEXT NOT NULL,
  tax_rate_custom TEXT, taxability TEXT NOT NULL, registration_number TEXT, is_government_affiliated BIGINT NOT NULL,
  language TEXT NOT NULL, timezone TEXT NOT NULL, external_id TEXT, properties TEXT NOT NULL,
  custom_properties TEXT NOT NULL, billing_address TEXT, shipping_address TEXT, billing_email TEXT,
  invoice_emails TEXT NOT NULL, invoicing_entity_id TEXT NOT NULL, invoice_reminders_enabled BIGINT NOT NULL,
  available_payment_methods TEXT NOT NULL, payment_method_type TEXT, bank_account TEXT,
  custom_payment_delay BIGINT, custom_payment_initiation_delay BIGINT, local_tax_number TEXT, domain TEXT,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, deleted_at BIGINT
);
CREATE INDEX customers_created ON customers (account_id, mode, created_at, id);
CREATE INDEX customers_updated ON customers (account_id, mode, updated_at, id);
CREATE UNIQUE INDEX customers_external ON customers (account_id, mode, external_id) WHERE deleted_at IS NULL;

CREATE TABLE products (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  type TEXT NOT NULL, name TEXT NOT NULL, description TEXT, public_description TEXT,
  description_display_interval_dates BIGINT NOT NULL, translations TEXT NOT NULL, status TEXT NOT NULL,
  properties TEXT NOT NULL, custom_properties TEXT NOT NULL, accounting TEXT NOT NULL,
  is_available_on_demand BIGINT NOT NULL, is_available_on_subscription BIGINT NOT NULL, unit_name TEXT,
  aggregator_id TEXT, credit_aggregators TEXT NOT NULL, low_credits_threshold TEXT,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE INDEX products_created ON products (account_id, mode, created_at, id);

CREATE TABLE price_configurations (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  product_id TEXT NOT NULL REFERENCES products (id) ON DELETE CASCADE,
  status TEXT NOT NULL, currency TEXT NOT NULL, country TEXT, billing_interval TEXT, commitment_interval TEXT,
  type TEXT NOT NULL, prices TEXT NOT NULL,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, archived_at BIGINT
);
CREATE INDEX price_configurations_product ON price_configurations (account_id, mode, product_id, created_at);
CREATE INDEX price_configurations_created ON price_configurations (account_id, mode, created_at, id);

CREATE TABLE aggregators (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  entity TEXT NOT NULL, operation TEXT NOT NULL, property TEXT, event_filter TEXT, type TEXT NOT NULL, name TEXT,
  description TEXT, allow_negative_values BIGINT NOT NULL, default_interval_count BIGINT,
  default_interval_period TEXT, custom_event_name TEXT, exposed_event_keys TEXT NOT NULL, unit_name TEXT,
  thresholds TEXT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE INDEX aggregators_created ON aggregators (account_id, mode, created_at, id);

CREATE TABLE subscriptions (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  name TEXT, currency TEXT NOT NULL, status TEXT NOT NULL, customer_id TEXT NOT NULL,
  invoicing_entity_id TEXT NOT NULL, timezone TEXT NOT NULL, purchase_order TEXT, crm_opportunity_id TEXT,
  contract_terms TEXT NOT NULL, activation_strategy TEXT NOT NULL, starts_at BIGINT, initial_billing_at BIGINT,
  activated_at BIGINT, cancel_at BIGINT, cancellation_strategy TEXT, cancellation_amount BIGINT,
  cancellation_reason TEXT, cancellation_source TEXT, cancellation_refund_method TEXT, ended_at BIGINT,
  display_shipping_details BIGINT NOT NULL, generate_draft_invoices BIGINT NOT NULL, invoice_custom_note TEXT,
  properties TEXT NOT NULL, custom_properties TEXT NOT NULL, current_phase_id TEXT NOT NULL, next_due_at BIGINT,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE INDEX subscriptions_created ON subscriptions (account_id, mode, created_at, id);
CREATE INDEX subscriptions_customer ON subscriptions (account_id, mode, customer_id, created_at);
CREATE INDEX subscriptions_due ON subscriptions (account_id, mode, next_due_at, id) WHERE next_due_at IS NOT NULL;

CREATE TABLE subscription_phases (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  subscription_id TEXT NOT NULL, name TEXT, type TEXT NOT NULL, status TEXT NOT NULL, position BIGINT NOT NULL,
  activation_strategy TEXT NOT NULL, end_strategy TEXT NOT NULL, billing_date_setting TEXT NOT NULL,
  initial_billing_at BIGINT, starts_at BIGINT, ends_at BIGINT, billing_cycle_alignment TEXT NOT NULL,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE INDEX subscription_phases_of ON subscription_phases (subscription_id, position);

CREATE TABLE subscription_lines (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  subscription_id TEXT NOT NULL, phase_id TEXT NOT NULL, position BIGINT NOT NULL, product_id TEXT NOT NULL,
  type TEXT NOT NULL, name TEXT NOT NULL, description TEXT, description_display_interval_dates BIGINT NOT NULL,
  payment_interval TEXT NOT NULL, payment_schedule TEXT NOT NULL, price_type TEXT NOT NULL, prices TEXT NOT NULL,
  count TEXT NOT NULL, unit_name TEXT, aggregator_id TEXT, min_committed_count TEXT, min_amount TEXT,
  max_amount TEXT, attached_at BIGINT NOT NULL, detached_at BIGINT, alignment TEXT NOT NULL,
  anchor_on BIGINT NOT NULL, period_start_on BIGINT, period_end_on BIGINT, next_charge_at BIGINT
);
CREATE INDEX subscription_lines_of ON subscription_lines (subscription_id, position);
CREATE INDEX subscription_lines_product ON subscription_lines (account_id, mode, product_id);

-- One row per line and period ever charged: whoever runs the billing, a second one cannot be.
CREATE TABLE charges (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  subscription_line_id TEXT NOT NULL,
  period_start_on BIGINT NOT NULL,
  invoice_line_id TEXT NOT NULL,
  PRIMARY KEY (subscription_line_id, period_start_on)
);

CREATE TABLE invoices (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  type TEXT NOT NULL, status TEXT NOT NULL, number TEXT, sequence_number BIGINT, reference TEXT, purchase_order TEXT,
  original_invoice_id TEXT, original_invoice_number TEXT, customer_id TEXT NOT NULL,
  invoicing_entity_id TEXT NOT NULL, subscription_id TEXT, currency TEXT NOT NULL, timezone TEXT NOT NULL,
  amount_excluding_tax BIGINT NOT NULL, discount_amount BIGINT NOT NULL, tax_amount BIGINT NOT NULL,
  total_amount BIGINT NOT NULL, amount_paid BIGINT NOT NULL, amount_due BIGINT NOT NULL, amount_fixed BIGINT NOT NULL,
  tax_scheme TEXT NOT NULL, custom_note TEXT, footer TEXT, late_fees TEXT, seller TEXT NOT NULL,
  customer TEXT NOT NULL, period_starts_at BIGINT, period_ends_at BIGINT, grace_period_ends_at BIGINT,
  grace_period_ended_at BIGINT, issued_at BIGINT, due_at BIGINT, settled_at BIGINT, refunded_at BIGINT,
  revenue_kind TEXT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE INDEX invoices_created ON invoices (account_id, mode, created_at, id);
CREATE INDEX invoices_customer ON invoices (account_id, mode, customer_id, created_at);
CREATE INDEX invoices_subscription ON invoices (subscription_id, created_at);
CREATE INDEX invoices_grace ON invoices (account_id, mode, grace_period_ends_at, id) WHERE status = 'grace_period';
CREATE UNIQUE INDEX invoices_number ON invoices (invoicing_entity_id, type, sequence_number) WHERE sequence_number IS NOT NULL;

CREATE TABLE invoice_lines (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  invoice_id TEXT NOT NULL, position BIGINT NOT NULL, name TEXT NOT NULL, description TEXT, entry_type TEXT NOT NULL,
  product_id TEXT, product_type TEXT, subscription_line_id TEXT, period_start_on BIGINT, period_end_on BIGINT,
  period_starts_at BIGINT, period_ends_at BIGINT, units_count TEXT NOT NULL, unit_amount TEXT NOT NULL,
  display_unit_amount BIGINT NOT NULL, exact_amount TEXT NOT NULL, discount_amount BIGINT NOT NULL,
  amount_excluding_tax BIGINT NOT NULL, tax_rate TEXT NOT NULL, tax_amount BIGINT NOT NULL, amount BIGINT NOT NULL,
  usage_quantity TEXT, usage_sequence BIGINT, original_line_item_id TEXT, revenue_interval TEXT
);
CREATE INDEX invoice_lines_of ON invoice_lines (invoice_id, position);

CREATE TABLE transactions (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  type TEXT NOT NULL, status TEXT NOT NULL, amount BIGINT NOT NULL, currency TEXT NOT NULL, customer_id TEXT NOT NULL,
  invoice_id TEXT NOT NULL, payment_method_type TEXT NOT NULL, bank_account_id TEXT, provider_name TEXT,
  provider_id TEXT, provider_transaction_id TEXT, process_at BIGINT NOT NULL, settled_at BIGINT, refunded_at BIGINT,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE INDEX transactions_invoice ON transactions (invoice_id, created_at);
CREATE INDEX transactions_created ON transactions (account_id, mode, created_at, id);
CREATE INDEX transactions_planned ON transactions (account_id, mode, process_at, id) WHERE status = 'scheduled';

CREATE TABLE ledger_entries (
  sequence {{serial}},
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL, invoicing_entity_id TEXT NOT NULL, customer_id TEXT NOT NULL, currency TEXT NOT NULL,
  source_id TEXT NOT NULL,
  posted_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX ledger_entries_source ON ledger_entries (source_id, kind);

CREATE TABLE ledger_postings (
  entry_id TEXT NOT NULL,
  position BIGINT NOT NULL,
  ledger_account TEXT NOT NULL,
  amount BIGINT NOT NULL,
  PRIMARY KEY (entry_id, position)
);

CREATE TABLE customer_credits (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL, product_id TEXT NOT NULL, name TEXT NOT NULL, current_balance TEXT NOT NULL,
  overage TEXT NOT NULL, low_count_threshold TEXT, auto_topup TEXT, last_refreshed_at BIGINT,
  refreshed_sequence BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX customer_credits_pair ON customer_credits (account_id, mode, customer_id, product_id);
CREATE INDEX customer_credits_created ON customer_credits (account_id, mode, created_at, id);

-- What was granted and is not used up: the burn order reads these.
CREATE TABLE credit_grants (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  credit_id TEXT NOT NULL, transaction_id TEXT NOT NULL, purchased BIGINT NOT NULL, granted TEXT NOT NULL,
  remaining TEXT NOT NULL, invoicing_entity_id TEXT, currency TEXT, value_minor BIGINT NOT NULL,
  released_minor BIGINT NOT NULL, expires_at BIGINT, created_at BIGINT NOT NULL
);
CREATE INDEX credit_grants_of ON credit_grants (credit_id, created_at);
CREATE INDEX credit_grants_expiry ON credit_grants (account_id, mode, expires_at, id) WHERE expires_at IS NOT NULL AND remaining <> '0';

CREATE TABLE credit_transactions (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  credit_id TEXT NOT NULL, customer_id TEXT NOT NULL, product_id TEXT NOT NULL, type TEXT NOT NULL,
  source TEXT NOT NULL, credit_count TEXT NOT NULL, balance_after TEXT NOT NULL, price TEXT, invoice_id TEXT,
  event_id TEXT, aggregator_id TEXT, amount_excluding_tax BIGINT, expires_at BIGINT,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, position BIGINT NOT NULL
);
CREATE INDEX credit_transactions_of ON credit_transactions (credit_id, position);
