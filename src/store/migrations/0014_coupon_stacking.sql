-- Coupons: the order in which several take is the entity's choice; a document keeps what it was
-- computed by (COU-5).
ALTER TABLE invoicing_entities ADD COLUMN coupon_stacking TEXT NOT NULL DEFAULT 'in_order';
ALTER TABLE invoices ADD COLUMN discounting TEXT;
