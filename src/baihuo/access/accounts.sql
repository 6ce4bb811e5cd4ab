-- Deleting, disabling or changing the password of an account ends its sessions in the
-- same transaction, so no foreign keys are needed.
CREATE TABLE IF NOT EXISTS accounts (
    account_id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    password_hash TEXT,
    created_at_us INTEGER NOT NULL,
    disabled_at_us INTEGER,
    last_login_at_us INTEGER
) STRICT;
CREATE TABLE IF NOT EXISTS invites (
    token_hash BLOB PRIMARY KEY,
    account_id TEXT NOT NULL,
    expires_at_us INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS sessions (
    token_hash BLOB PRIMARY KEY,
    session_id TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    seen_at_us INTEGER NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS known_addresses (
    account_id TEXT NOT NULL,
    address_hash BLOB NOT NULL,
    at_us INTEGER NOT NULL,
    PRIMARY KEY (account_id, address_hash)
) STRICT;
CREATE TABLE IF NOT EXISTS attempts (
    subject BLOB PRIMARY KEY,
    n INTEGER NOT NULL,
    last_at_us INTEGER NOT NULL
) STRICT;
