-- Organisations: customers whose invoices another customer issues, one by one or grouped.

ALTER TABLE customers ADD COLUMN organisation_id TEXT;
ALTER TABLE customers ADD COLUMN organisation_invoicing TEXT;
-- On the organisation itself: its schedule, when it is next invoiced, and the day of the month it was given with.
ALTER TABLE customers ADD COLUMN organisation_schedule TEXT;
ALTER TABLE customers ADD COLUMN organisation_next_invoice_at BIGINT;
ALTER TABLE customers ADD COLUMN organisation_invoice_day BIGINT;
CREATE INDEX customers_organisation ON customers (account_id, mode, organisation_id, created_at) WHERE organisation_id IS NOT NULL;
CREATE INDEX customers_organisation_due ON customers (account_id, mode, organisation_next_invoice_at, id) WHERE organisation_next_invoice_at IS NOT NULL;

ALTER TABLE invoice_lines ADD COLUMN child_invoice_id TEXT;
CREATE INDEX invoice_lines_child ON invoice_lines (child_invoice_id) WHERE child_invoice_id IS NOT NULL;
CREATE INDEX invoices_waiting ON invoices (account_id, mode, customer_id) WHERE status = 'pending_parent_concat';
