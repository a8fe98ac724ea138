-- Connected seats: how their count follows the aggregator, when it is read again.
ALTER TABLE subscription_lines ADD COLUMN seat_refresh TEXT;
ALTER TABLE subscription_lines ADD COLUMN seats_refresh_at BIGINT;
ALTER TABLE subscription_lines ADD COLUMN seats_sequence BIGINT;
CREATE INDEX subscription_lines_realtime ON subscription_lines (account_id, mode, seats_sequence) WHERE seats_sequence IS NOT NULL;
