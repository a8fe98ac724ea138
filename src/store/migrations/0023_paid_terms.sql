-- What the running period of a line is paid for, where a waived change moved its terms; what came
-- back of it when the subscription was cancelled.
ALTER TABLE subscription_lines ADD COLUMN paid TEXT;
ALTER TABLE subscription_lines ADD COLUMN refunded_at_end TEXT;
