-- The engine: what subscriptions, phases and lines say beyond their first period; how each invoice
-- line came to its amount.
CREATE UNIQUE INDEX invoices_imported ON invoices (account_id, mode, invoicing_entity_id, type, number) WHERE imported IS NOT NULL;

ALTER TABLE subscriptions ADD COLUMN template_id TEXT;
ALTER TABLE subscriptions ADD COLUMN template_configuration_id TEXT;
ALTER TABLE subscriptions ADD COLUMN minimum_invoice_fee TEXT;
ALTER TABLE subscriptions ADD COLUMN paused_at BIGINT;
ALTER TABLE subscriptions ADD COLUMN reactivate_at BIGINT;
ALTER TABLE subscriptions ADD COLUMN generate_document BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subscriptions ADD COLUMN document_name TEXT;
ALTER TABLE subscriptions ADD COLUMN add_tax_to_document BIGINT NOT NULL DEFAULT 1;
ALTER TABLE subscriptions ADD COLUMN do_not_charge_subscription BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subscriptions ADD COLUMN tax_only BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subscriptions ADD COLUMN invoice_schedule TEXT;
ALTER TABLE subscriptions ADD COLUMN payment_method_strategy TEXT;
ALTER TABLE subscriptions ADD COLUMN available_payment_method_types TEXT NOT NULL DEFAULT '[]';
ALTER TABLE subscriptions ADD COLUMN transition_from_subscription_id TEXT;
ALTER TABLE subscriptions ADD COLUMN base_subscription_id TEXT;
ALTER TABLE subscriptions ADD COLUMN renewed_until BIGINT;
ALTER TABLE subscriptions ADD COLUMN contract_status TEXT NOT NULL DEFAULT 'inactive';
ALTER TABLE subscriptions ADD COLUMN next_event_at BIGINT;
ALTER TABLE subscriptions ADD COLUMN has_pending_charges BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subscriptions ADD COLUMN estimated_arr TEXT;
ALTER TABLE subscriptions ADD COLUMN contract_value TEXT;
CREATE INDEX subscriptions_base ON subscriptions (base_subscription_id) WHERE base_subscription_id IS NOT NULL;

ALTER TABLE subscription_phases ADD COLUMN duration TEXT;
ALTER TABLE subscription_phases ADD COLUMN do_not_invoice_phase BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subscription_phases ADD COLUMN transition_calculation_method TEXT;
ALTER TABLE subscription_phases ADD COLUMN transition_invoicing_schedule TEXT;

ALTER TABLE subscription_lines ADD COLUMN metering_interval_type TEXT NOT NULL DEFAULT 'payment_interval';
ALTER TABLE subscription_lines ADD COLUMN metering_interval TEXT;
ALTER TABLE subscription_lines ADD COLUMN metering_interval_start_at BIGINT;
ALTER TABLE subscription_lines ADD COLUMN bill_usage_difference BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subscription_lines ADD COLUMN price_groups TEXT NOT NULL DEFAULT '[]';
ALTER TABLE subscription_lines ADD COLUMN group_by TEXT;
ALTER TABLE subscription_lines ADD COLUMN price_options TEXT;
ALTER TABLE subscription_lines ADD COLUMN credits_expiration_in_days BIGINT;
ALTER TABLE subscription_lines ADD COLUMN expire_credits_at_end_of_period BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subscription_lines ADD COLUMN replaced_at BIGINT;

ALTER TABLE invoice_lines ADD COLUMN charge TEXT;
CREATE INDEX invoice_lines_subscription_line ON invoice_lines (subscription_line_id, period_start_on) WHERE subscription_line_id IS NOT NULL;
