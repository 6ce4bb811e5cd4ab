-- The triggers prevent mistakes: a process with write access can drop them, which the
-- chain reveals.
CREATE TABLE IF NOT EXISTS entries (
    seq INTEGER PRIMARY KEY,
    at_us INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS entries_are_not_changed BEFORE UPDATE ON entries
BEGIN SELECT raise(ABORT, 'an entry of the audit log is never changed'); END;
CREATE TRIGGER IF NOT EXISTS entries_are_not_deleted BEFORE DELETE ON entries
BEGIN SELECT raise(ABORT, 'an entry of the audit log is never deleted'); END;
