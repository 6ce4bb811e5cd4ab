-- Hashes alone: who tried, and what was claimed, cannot be read back.
CREATE TABLE IF NOT EXISTS attempts (
    subject BLOB NOT NULL,
    at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS attempts_by_subject ON attempts (subject, at_us);
