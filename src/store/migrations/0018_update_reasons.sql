-- Why a planned update was not applied.
ALTER TABLE subscription_updates ADD COLUMN status_reason TEXT;
