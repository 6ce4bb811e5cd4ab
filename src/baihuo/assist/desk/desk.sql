-- Who is at the desk. Nothing of a visitor.
CREATE TABLE IF NOT EXISTS duty (
    name TEXT PRIMARY KEY,  -- of the account
    since_us INTEGER NOT NULL,
    seen_at_us INTEGER NOT NULL  -- the last thing that they did
) STRICT;
