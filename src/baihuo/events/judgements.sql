-- Tables of the log of judgements. A changed grade is a new row; the newest of a rater
-- and pair counts, older ones remain.
CREATE TABLE IF NOT EXISTS judgements (
    seq INTEGER PRIMARY KEY, query_text TEXT NOT NULL, product_id TEXT NOT NULL, rater TEXT NOT NULL,
    grade INTEGER, at_us INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS judged ON judgements (query_text, product_id, rater, seq);
CREATE TRIGGER IF NOT EXISTS never_changed BEFORE UPDATE ON judgements
    BEGIN SELECT raise(ABORT, 'judgements are appended, never changed'); END;
CREATE TRIGGER IF NOT EXISTS never_deleted BEFORE DELETE ON judgements
    BEGIN SELECT raise(ABORT, 'judgements are appended, never deleted'); END;
CREATE TABLE IF NOT EXISTS asked (
    query_text TEXT NOT NULL, product_id TEXT NOT NULL, rater TEXT NOT NULL, at_us INTEGER NOT NULL,
    PRIMARY KEY (query_text, product_id, rater)) STRICT;
