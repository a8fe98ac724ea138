-- The cycle of a line that a pause made free.
ALTER TABLE subscription_lines ADD COLUMN passed_over_on BIGINT;
