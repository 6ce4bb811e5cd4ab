-- Campaigns, advertisers and bans: one log to which every change is appended as a new
-- version of its subject. A follower reads what is above the last number it knows.
CREATE TABLE IF NOT EXISTS versions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('campaign', 'advertiser', 'ban')),
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    advertiser_id TEXT NOT NULL,  -- of a campaign; else empty
    status TEXT NOT NULL,
    approved_version INTEGER,  -- of a campaign: whose name, products and keywords may be shown
    body BLOB NOT NULL,  -- JSON
    changed_by TEXT NOT NULL,
    changed_at_us INTEGER NOT NULL,
    reason TEXT NOT NULL,
    UNIQUE (kind, id, version)
) STRICT;
CREATE INDEX IF NOT EXISTS versions_by_advertiser ON versions (advertiser_id);
CREATE TRIGGER IF NOT EXISTS versions_are_not_changed BEFORE UPDATE ON versions
BEGIN SELECT raise(ABORT, 'a version is never changed'); END;
CREATE TRIGGER IF NOT EXISTS versions_are_not_deleted BEFORE DELETE ON versions
BEGIN SELECT raise(ABORT, 'a version is never deleted'); END;
CREATE VIEW IF NOT EXISTS with_approved AS
SELECT v.*, a.body AS approved_body
FROM versions v
LEFT JOIN versions a ON a.kind = v.kind AND a.id = v.id AND a.version = v.approved_version;
CREATE VIEW IF NOT EXISTS latest AS
SELECT * FROM with_approved v
WHERE NOT EXISTS (
    SELECT 1 FROM versions n WHERE n.kind = v.kind AND n.id = v.id AND n.version > v.version
);
