-- Where a change cut a period in arrears by its time; since when a subscription runs again whose
-- cancellation was taken back, and how it was sold to end.
ALTER TABLE subscription_lines ADD COLUMN period_starts_at BIGINT;
ALTER TABLE subscriptions ADD COLUMN reinstated_at BIGINT;
ALTER TABLE subscriptions ADD COLUMN agreed_cancellation_strategy TEXT;
ALTER TABLE subscriptions ADD COLUMN agreed_cancellation_amount BIGINT;
ALTER TABLE subscriptions ADD COLUMN agreed_cancellation_refund_method TEXT;
UPDATE subscriptions SET agreed_cancellation_strategy = cancellation_strategy,
  agreed_cancellation_amount = cancellation_amount,
  agreed_cancellation_refund_method = cancellation_refund_method WHERE cancel_at IS NULL;
-- From where on usage is taken of a balance, and up to where what was there before it was opened is.
ALTER TABLE customer_credits ADD COLUMN counts_from BIGINT;
ALTER TABLE customer_credits ADD COLUMN caught_up_to BIGINT;
ALTER TABLE credit_uses ADD COLUMN events_from BIGINT;
ALTER TABLE credit_uses ADD COLUMN events_to BIGINT;
