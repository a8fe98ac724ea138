-- Every statement names the account and the mode. With indexes that begin with them beside indexes
-- that do not, SQLite, which knows nothing of the rows, took those for two columns instead of the
-- one that says which: to find the payments of one invoice it read all of an account's. So whatever
-- is found by its parent has the parent behind both.
DROP INDEX subscription_lines_of;
CREATE INDEX subscription_lines_of ON subscription_lines (account_id, mode, subscription_id, position);
DROP INDEX subscriptions_base;
CREATE INDEX subscriptions_base ON subscriptions (account_id, mode, base_subscription_id, created_at, id) WHERE base_subscription_id IS NOT NULL;
DROP INDEX invoices_subscription;
CREATE INDEX invoices_subscription ON invoices (account_id, mode, subscription_id, created_at, id);
DROP INDEX invoices_original;
CREATE INDEX invoices_original ON invoices (account_id, mode, original_invoice_id, created_at, id) WHERE original_invoice_id IS NOT NULL;
DROP INDEX invoices_parent;
CREATE INDEX invoices_parent ON invoices (account_id, mode, parent_invoice_id, created_at, id) WHERE parent_invoice_id IS NOT NULL;
DROP INDEX transactions_invoice;
CREATE INDEX transactions_invoice ON transactions (account_id, mode, invoice_id, created_at, id);
DROP INDEX transactions_refunds;
CREATE INDEX transactions_refunds ON transactions (account_id, mode, original_transaction_id, created_at, id) WHERE original_transaction_id IS NOT NULL;
DROP INDEX transactions_method;
CREATE INDEX transactions_method ON transactions (account_id, mode, payment_method_id) WHERE payment_method_id IS NOT NULL;
DROP INDEX invoices_customer;
CREATE INDEX invoices_customer ON invoices (account_id, mode, customer_id, created_at, id);
DROP INDEX subscription_coupons_of;
CREATE INDEX subscription_coupons_of ON subscription_coupons (account_id, mode, subscription_id, position);
DROP INDEX subscription_transitions_source;
CREATE INDEX subscription_transitions_source ON subscription_transitions (account_id, mode, source_subscription_id, status);
DROP INDEX subscriptions_customer;
CREATE INDEX subscriptions_customer ON subscriptions (account_id, mode, customer_id, created_at, id);
DROP INDEX transactions_customer;
CREATE INDEX transactions_customer ON transactions (account_id, mode, customer_id, created_at, id);
