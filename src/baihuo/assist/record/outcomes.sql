-- Conversations that began in the time asked for, with at least one turn: all, handed
-- over, waiting for the desk, over (no message for
-- an hour), and over without the desk or a word that it did not help. Values: when
-- they are over, twice, and since when.
select
    count(*),
    count(handed_over_at_us),
    coalesce(sum(handed_over_at_us is not null and closed_at_us is null), 0),
    coalesce(sum(last_at_us < ?), 0),
    coalesce(
        sum(
            last_at_us < ?
            and handed_over_at_us is null
            and not exists (
                select 1
                from feedback as f
                where f.conversation_id = c.conversation_id and f.kind = 'not_resolved'
            )
        ),
        0
    )
from conversations as c
where
    started_at_us >= ?
    and exists (
        select 1 from decisions as d where d.conversation_id = c.conversation_id
    )
