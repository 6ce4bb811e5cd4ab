-- Records as JSON, with the columns that they are found by.
CREATE TABLE IF NOT EXISTS shoppers (
    shopper_id TEXT PRIMARY KEY,
    email_key TEXT NOT NULL,
    name_key TEXT NOT NULL,
    postal_key TEXT NOT NULL,
    record TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS shoppers_by_email ON shoppers (email_key);
CREATE INDEX IF NOT EXISTS shoppers_by_name ON shoppers (name_key, postal_key);
CREATE TABLE IF NOT EXISTS visitors (
    visitor_id TEXT PRIMARY KEY,
    shopper_id TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS visitors_by_shopper ON visitors (shopper_id);
CREATE TABLE IF NOT EXISTS orders (
    order_id TEXT PRIMARY KEY,
    shopper_id TEXT NOT NULL,
    source TEXT NOT NULL,
    ordered_at_us INTEGER,
    record TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS orders_by_shopper ON orders (shopper_id);
CREATE TABLE IF NOT EXISTS products (
    product_id TEXT PRIMARY KEY,
    record TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS variants (
    variant_id TEXT PRIMARY KEY,
    product_id TEXT NOT NULL
) STRICT;
-- Each write once. What stood before and after is kept so that a person can put it
-- back.
CREATE TABLE IF NOT EXISTS writes (
    key TEXT PRIMARY KEY,
    shopper_id TEXT NOT NULL,
    order_id TEXT,
    tool TEXT NOT NULL,
    arguments TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS writes_by_shopper ON writes (shopper_id);
