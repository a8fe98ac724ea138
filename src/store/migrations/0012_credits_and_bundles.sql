-- Credits that subscriptions bring, what credit notes take of them; bundle products.
ALTER TABLE products ADD COLUMN credits_grant_mode TEXT;
ALTER TABLE subscription_lines ADD COLUMN credits_grant_mode TEXT;
ALTER TABLE invoices ADD COLUMN credits_amount BIGINT;
ALTER TABLE credit_grants ADD COLUMN invoice_line_id TEXT;
ALTER TABLE credit_grants ADD COLUMN subscription_line_id TEXT;
ALTER TABLE credit_grants ADD COLUMN period_start_on BIGINT;
ALTER TABLE credit_grants ADD COLUMN withdrawn TEXT NOT NULL DEFAULT '0';
ALTER TABLE credit_grants ADD COLUMN withdrawn_minor BIGINT NOT NULL DEFAULT 0;
-- A period of a line brings its credits once.
CREATE UNIQUE INDEX credit_grants_period ON credit_grants (subscription_line_id, period_start_on) WHERE subscription_line_id IS NOT NULL;
CREATE INDEX credit_grants_line ON credit_grants (invoice_line_id) WHERE invoice_line_id IS NOT NULL;
ALTER TABLE products ADD COLUMN bundle_items TEXT NOT NULL DEFAULT '[]';
ALTER TABLE invoice_lines ADD COLUMN bundle_items TEXT;
