-- Answers by intent in conversations that began in the time asked for: those with a
-- thumb down or asked again, and all.
select
    intent,
    sum(
        exists (
            select 1
            from feedback as f
            where
                f.conversation_id = d.conversation_id
                and f.message_id = d.message_id
                and f.kind in ('thumbs_down', 'reasked')
        )
    ),
    count(*)
from decisions as d
where
    kind in ('answer', 'show_products')
    and conversation_id
    in (select conversation_id from conversations where started_at_us >= ?)
group by intent
