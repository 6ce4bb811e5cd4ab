-- Conversations of customer service. Texts are masked before they are written; see
-- docs/privacy.md.
CREATE TABLE IF NOT EXISTS conversations (
    conversation_id TEXT PRIMARY KEY,
    visitor_id TEXT NOT NULL,
    shopper_id TEXT,
    proof TEXT NOT NULL,
    language TEXT,
    page_product_id TEXT,
    started_at_us INTEGER NOT NULL,
    last_at_us INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT '{}',  -- JSON: asked, n_failures, mentioned
    pending TEXT,  -- JSON of the plan that waits for a yes, as it was given; gone once it is answered
    pending_at_us INTEGER,
    handed_over_at_us INTEGER,  -- null: the machine answers
    handed_over_for TEXT NOT NULL DEFAULT '',  -- the reason of the decision
    claimed_by TEXT,  -- the person at the desk
    claimed_at_us INTEGER,
    closed_at_us INTEGER,  -- by the desk
    busy_until_us INTEGER NOT NULL DEFAULT 0  -- a turn is being made, by any worker
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS conversations_by_visitor ON conversations (visitor_id);
CREATE INDEX IF NOT EXISTS conversations_by_time ON conversations (last_at_us);
CREATE INDEX IF NOT EXISTS conversations_of_desk ON conversations (handed_over_at_us) WHERE handed_over_at_us IS NOT NULL;
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    author TEXT NOT NULL,  -- shopper, machine, desk
    text TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    source_ids TEXT NOT NULL DEFAULT '[]',
    reply TEXT,  -- JSON of what else the machine showed: tiles, cards, options
    UNIQUE (conversation_id, message_id)
);
CREATE TABLE IF NOT EXISTS decisions (
    conversation_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    at_us INTEGER NOT NULL,
    language TEXT NOT NULL,
    intent TEXT NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    p_right REAL,
    is_generated INTEGER NOT NULL,
    ms REAL NOT NULL,
    steps TEXT NOT NULL,  -- JSON of the trace
    PRIMARY KEY (conversation_id, message_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS decisions_by_time ON decisions (at_us);
CREATE TABLE IF NOT EXISTS feedback (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id TEXT NOT NULL,
    message_id TEXT,  -- of the shopper's message that was answered; null: the whole conversation
    kind TEXT NOT NULL,  -- thumbs_up, thumbs_down, resolved, not_resolved, reasked
    at_us INTEGER NOT NULL,
    UNIQUE (conversation_id, message_id, kind)
);
CREATE INDEX IF NOT EXISTS feedback_by_time ON feedback (at_us);
-- Who waits for a person: limits of the queue count by them. Of an address its keyed
-- hash alone, for a day.
CREATE TABLE IF NOT EXISTS queue_places (
    conversation_id TEXT PRIMARY KEY,
    address TEXT NOT NULL,  -- empty: without a limit
    at_us INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS queue_places_by_address ON queue_places (address);
