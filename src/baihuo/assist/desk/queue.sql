-- Conversations of the queue. Who was handed over waits from then on, after an answer
-- of the desk from the next message of the shopper on.
-- What is shown of each is the last that its shopper wrote, before "a person, please".
-- {where} which conversations
-- {most}  at most so many
with
    chosen as (
        select
            c.conversation_id,
            coalesce(c.language, 'en') as language,
            c.handed_over_for,
            c.handed_over_at_us,
            c.claimed_by,
            c.claimed_at_us,
            (
                select max(m.seq)
                from messages m
                where
                    m.conversation_id = c.conversation_id
                    and m.author = 'desk'
                    and m.at_us >= c.handed_over_at_us
            ) as answered_seq
        from conversations c
        where {where}
        order by c.handed_over_at_us
        limit {most}
    )
select
    conversation_id,
    language,
    handed_over_for,
    handed_over_at_us,
    case
        when answered_seq is null
        then handed_over_at_us
        else
            (
                select min(m.at_us)
                from messages m
                where
                    m.conversation_id = chosen.conversation_id
                    and m.author = 'shopper'
                    and m.seq > answered_seq
            )
    end,
    (select count(*) from messages m where m.conversation_id = chosen.conversation_id),
    coalesce(
        (
            select m.text
            from messages m
            left join
                decisions d
                on d.conversation_id = m.conversation_id
                and d.message_id = m.message_id
            where m.conversation_id = chosen.conversation_id and m.author = 'shopper'
            order by coalesce(d.reason, '') = 'asked_for_person', m.seq desc
            limit 1
        ),
        ''
    ),
    claimed_by,
    claimed_at_us
from chosen
;
