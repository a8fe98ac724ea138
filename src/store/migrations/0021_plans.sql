-- Plans, and what is sold with them.
CREATE TABLE plans (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT,
  commitment_interval TEXT,
  renew_automatically BIGINT NOT NULL,
  trial_interval TEXT,
  products TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  archived_at BIGINT
);
CREATE INDEX plans_account ON plans (account_id, mode, created_at, id);
ALTER TABLE price_configurations ADD COLUMN plan_id TEXT;
ALTER TABLE subscriptions ADD COLUMN plan_id TEXT;
ALTER TABLE promotion_codes ADD COLUMN plan_id TEXT;
CREATE INDEX price_configurations_plan ON price_configurations (plan_id) WHERE plan_id IS NOT NULL;
CREATE INDEX subscriptions_plan ON subscriptions (plan_id) WHERE plan_id IS NOT NULL;
-- What waits comes in the order in which it was written.
ALTER TABLE pending_charges ADD COLUMN position BIGINT NOT NULL DEFAULT 0;
