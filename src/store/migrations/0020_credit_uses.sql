-- What each use of credits took of which grant, so that use which is undone goes back to it.
CREATE TABLE credit_uses (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  credit_id TEXT NOT NULL, transaction_id TEXT NOT NULL, position BIGINT NOT NULL, grant_id TEXT,
  count TEXT NOT NULL, aggregator_id TEXT, since_sequence BIGINT NOT NULL, until_sequence BIGINT NOT NULL,
  used_at BIGINT NOT NULL
);
CREATE INDEX credit_uses_of ON credit_uses (account_id, mode, credit_id, position, id);
-- Grants from before have none: their use is not recorded.
ALTER TABLE credit_grants ADD COLUMN expired TEXT;
