-- Discounts: coupons of the catalogue, the codes that hand them out, and where they are attached.
CREATE TABLE coupons (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL, description TEXT, type TEXT NOT NULL, discount_amount BIGINT, currency TEXT,
  discount_percent TEXT, expiration_date BIGINT, redemption_limit BIGINT, product_ids TEXT, repeat TEXT NOT NULL,
  duration TEXT, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, deleted_at BIGINT
);
CREATE INDEX coupons_created ON coupons (account_id, mode, created_at, id);

CREATE TABLE promotion_codes (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  code TEXT NOT NULL, coupon_id TEXT NOT NULL, customer_id TEXT, product_id TEXT, expires_at BIGINT,
  max_redemptions BIGINT, current_redemptions BIGINT NOT NULL, duration_count BIGINT, duration_period TEXT,
  only_for_first_time_order BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, deleted_at BIGINT
);
CREATE INDEX promotion_codes_created ON promotion_codes (account_id, mode, created_at, id);
CREATE UNIQUE INDEX promotion_codes_code ON promotion_codes (account_id, mode, code) WHERE deleted_at IS NULL;

CREATE TABLE subscription_coupons (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  subscription_id TEXT NOT NULL, phase_id TEXT NOT NULL, coupon_id TEXT NOT NULL, promotion_code_id TEXT,
  position BIGINT NOT NULL, repeat TEXT NOT NULL, duration TEXT, apply_at BIGINT, expires_at BIGINT, product_ids TEXT,
  used_by_invoice_id TEXT, used_at BIGINT, removed_at BIGINT, created_at BIGINT NOT NULL
);
CREATE INDEX subscription_coupons_of ON subscription_coupons (subscription_id, position);
CREATE INDEX subscription_coupons_coupon ON subscription_coupons (account_id, mode, coupon_id);
