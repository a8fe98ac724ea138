-- Changes of running subscriptions: updates, charges that wait, versions, templates.
CREATE TABLE subscription_updates (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  application_schedule TEXT NOT NULL, apply_at BIGINT, payment_schedule TEXT NOT NULL, charge_at BIGINT,
  calculation_method TEXT NOT NULL, refund_method TEXT, precision TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  subscription_id TEXT NOT NULL, batch_id TEXT NOT NULL, position BIGINT NOT NULL, type TEXT NOT NULL, status TEXT NOT NULL,
  product_id TEXT NOT NULL, payload TEXT NOT NULL, previous_count TEXT, new_count TEXT, adjustment_amount BIGINT,
  next_refresh_date BIGINT, applied_at BIGINT, created_at BIGINT NOT NULL
);
CREATE INDEX subscription_updates_of ON subscription_updates (subscription_id, created_at);
CREATE INDEX subscription_updates_planned ON subscription_updates (subscription_id, apply_at) WHERE status = 'scheduled';

CREATE TABLE pending_charges (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  subscription_id TEXT NOT NULL, charge_at BIGINT, line TEXT NOT NULL, refund_method TEXT, created_at BIGINT NOT NULL
);
CREATE INDEX pending_charges_of ON pending_charges (subscription_id, created_at);

CREATE TABLE subscription_transitions (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  customer_id TEXT NOT NULL, base_subscription_id TEXT NOT NULL, source_subscription_id TEXT NOT NULL,
  target_subscription_id TEXT, status TEXT NOT NULL, name TEXT, transition_date BIGINT, transitioned_at BIGINT,
  application_schedule TEXT NOT NULL, billing_cycle_transition_method TEXT NOT NULL, calculation_method TEXT NOT NULL,
  refund_method TEXT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE INDEX subscription_transitions_created ON subscription_transitions (account_id, mode, created_at, id);
CREATE INDEX subscription_transitions_source ON subscription_transitions (source_subscription_id, status);

CREATE TABLE subscription_templates (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL, description TEXT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE INDEX subscription_templates_created ON subscription_templates (account_id, mode, created_at, id);

CREATE TABLE template_configurations (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  template_id TEXT NOT NULL, currency TEXT NOT NULL, country TEXT, body TEXT NOT NULL,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX template_configurations_pair ON template_configurations (template_id, currency, COALESCE(country, ''));
