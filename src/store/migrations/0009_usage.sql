-- How usage is counted and priced: formulas, prices by the dimensions of events, connected seats.
ALTER TABLE aggregators ADD COLUMN formula_sql TEXT;

ALTER TABLE products ADD COLUMN is_connected_seat_item BIGINT NOT NULL DEFAULT 0;

ALTER TABLE price_configurations ADD COLUMN price_book_id TEXT;
ALTER TABLE price_configurations ADD COLUMN metering_filter TEXT;
ALTER TABLE price_configurations ADD COLUMN group_by TEXT;
ALTER TABLE price_configurations ADD COLUMN price_options TEXT;
