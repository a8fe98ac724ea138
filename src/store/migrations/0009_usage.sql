-- How usage is counted and priced: formulas, prices by the dimensions of events, connected seats.
ALTER TABLE aggregators ADD COLUMN formula_sql TEXT;

ALTER TABLE products ADD COLUMN is_connected_seat_item BIGINT NOT NULL DEFAULT 0;

ALTER TABLE price_configurations ADD COLUMN price_book_id TEXT;
ALTER TABLE price_configurations ADD COLUMN metering_filter TEXT;
ALTER TABLE price_configurations ADD COLUMN group_by TEXT;
ALTER TABLE price_configurations ADD COLUMN price_options TEXT;

ALTER TABLE subscriptions ADD COLUMN first_term_ends_at BIGINT;

CREATE TABLE price_books (
  account_id TEXT NOT NULL,
  mode TEXT NOT NULL,
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  description TEXT,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX price_books_account ON price_books (account_id, mode, created_at, id);
CREATE INDEX price_configurations_book ON price_configurations (price_book_id) WHERE price_book_id IS NOT NULL;
ALTER TABLE customers ADD COLUMN price_book_id TEXT;
CREATE INDEX customers_price_book ON customers (price_book_id) WHERE price_book_id IS NOT NULL;
