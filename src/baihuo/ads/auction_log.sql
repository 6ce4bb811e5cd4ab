-- Auctions: what was sold on a page and to whom it was refused, for learning, reports
-- and what-if.
CREATE TABLE IF NOT EXISTS auctions (
    seq INTEGER PRIMARY KEY, auction_id TEXT NOT NULL UNIQUE, at_us INTEGER NOT NULL,
    visitor_id TEXT NOT NULL, body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS auctions_by_time ON auctions (at_us);
-- By campaign and hour: in how many auctions its ads won, and why they lost the others.
CREATE TABLE IF NOT EXISTS outcomes (
    campaign_id TEXT NOT NULL, hour_at_us INTEGER NOT NULL, surface TEXT NOT NULL, outcome TEXT NOT NULL,
    n INTEGER NOT NULL, PRIMARY KEY (campaign_id, hour_at_us, surface, outcome)
) WITHOUT ROWID;
