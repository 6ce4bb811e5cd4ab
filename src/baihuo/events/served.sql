-- Served pages: those of the last hours, and where the sealed ones are.
CREATE TABLE IF NOT EXISTS pages (
    seq INTEGER PRIMARY KEY, query_id TEXT NOT NULL, page INTEGER NOT NULL, at_us INTEGER NOT NULL,
    source INTEGER NOT NULL, body BLOB NOT NULL, UNIQUE (query_id, page)
);
-- Shared by many pages: bundle, index, names of features.
CREATE TABLE IF NOT EXISTS sources (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
-- Pages up to the greatest last_seq are in files; the rows of some may still be here.
CREATE TABLE IF NOT EXISTS segments (
    first_seq INTEGER PRIMARY KEY, last_seq INTEGER NOT NULL, n_pages INTEGER NOT NULL,
    first_at_us INTEGER NOT NULL, last_at_us INTEGER NOT NULL, file TEXT NOT NULL, sha256 TEXT NOT NULL,
    due_at_us INTEGER
);
-- last_seq: numbers up to it were used, even if no row is left; dropped: expired pages.
CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, n INTEGER NOT NULL);
-- The format of version 1, until they are sealed. A worker of it may still write when
-- this is read.
CREATE TABLE IF NOT EXISTS served (
    seq INTEGER PRIMARY KEY, query_id TEXT NOT NULL, page INTEGER NOT NULL,
    body BLOB NOT NULL, names INTEGER NOT NULL, features BLOB NOT NULL, UNIQUE (query_id, page)
);
CREATE TABLE IF NOT EXISTS names (id INTEGER PRIMARY KEY, names TEXT NOT NULL UNIQUE);
INSERT OR IGNORE INTO counts SELECT 'last_seq', coalesce(max(seq) + 1000000, 0) FROM served;
INSERT OR IGNORE INTO counts VALUES ('dropped', 0);
