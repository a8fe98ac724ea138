-- Coupons: the order in which several take, and whether what an amount does not use is carried over,
-- are the entity's choice; a document keeps what it was computed by (COU-5).
ALTER TABLE invoicing_entities ADD COLUMN coupon_stacking TEXT NOT NULL DEFAULT 'in_order';
ALTER TABLE invoicing_entities ADD COLUMN coupon_carry_over BIGINT NOT NULL DEFAULT 0;
ALTER TABLE invoices ADD COLUMN discounting TEXT;

CREATE TABLE coupon_carry_overs (
  account_id TEXT NOT NULL, mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  subscription_id TEXT NOT NULL, subscription_coupon_id TEXT NOT NULL, invoice_id TEXT NOT NULL,
  position BIGINT NOT NULL, granted BIGINT NOT NULL, taken BIGINT NOT NULL,
  created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX coupon_carry_overs_once ON coupon_carry_overs (subscription_coupon_id, invoice_id);
CREATE INDEX coupon_carry_overs_of ON coupon_carry_overs (subscription_id, position);
