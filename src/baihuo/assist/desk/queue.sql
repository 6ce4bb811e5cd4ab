-- Conversations of the queue. Who was handed over waits from then on, after an answer of the desk from the next message of the shopper on.
-- {where} which conversations
-- {most}  at most so many
WITH chosen AS (
    SELECT c.conversation_id, coalesce(c.language, 'en') AS language, c.handed_over_for, c.handed_over_at_us, c.claimed_by, c.claimed_at_us,
        (SELECT max(m.seq) FROM messages m WHERE m.conversation_id = c.conversation_id AND m.author = 'desk' AND m.at_us >= c.handed_over_at_us) AS answered_seq
    FROM conversations c
    WHERE {where}
    ORDER BY c.handed_over_at_us
    LIMIT {most}
)
SELECT
    conversation_id,
    language,
    handed_over_for,
    handed_over_at_us,
    CASE WHEN answered_seq IS NULL THEN handed_over_at_us ELSE (
        SELECT min(m.at_us) FROM messages m WHERE m.conversation_id = chosen.conversation_id AND m.author = 'shopper' AND m.seq > answered_seq
    ) END,
    (SELECT count(*) FROM messages m WHERE m.conversation_id = chosen.conversation_id),
    coalesce((SELECT m.text FROM messages m WHERE m.conversation_id = chosen.conversation_id AND m.author = 'shopper' ORDER BY m.seq DESC LIMIT 1), ''),
    claimed_by,
    claimed_at_us
FROM chosen;
