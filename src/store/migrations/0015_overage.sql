-- Credits used beyond a balance that an invoice has billed.
ALTER TABLE customer_credits ADD COLUMN overage_billed TEXT NOT NULL DEFAULT '0';
