-- What people at the desk sent, corrected or rejected, to learn answers from. Texts
-- are masked before they are written.
CREATE TABLE IF NOT EXISTS pairs (
    pair_id TEXT PRIMARY KEY,  -- of the message that was sent; of a rejected suggestion: the question's message and the source
    conversation_id TEXT NOT NULL,
    visitor_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('sent', 'corrected', 'rejected')),
    language TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    source_id TEXT NOT NULL,  -- of the suggestion; empty: written freely
    suggested TEXT NOT NULL,  -- its text, where it was corrected
    by TEXT NOT NULL,
    at_us INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS pairs_by_conversation ON pairs (conversation_id);
CREATE INDEX IF NOT EXISTS pairs_by_visitor ON pairs (visitor_id);
