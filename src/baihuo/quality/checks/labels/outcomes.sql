-- Outcomes that say another position than their impression, or came after its window
-- had closed.
-- {late_us}
-- {window_us}
with
    told as (
        select
            said.* exclude (position),
            case when z.line is not null then 0 else position end as told
        from said
        left join (select import_id, line from zeros) as z using (import_id, line)
    )
select told.*, case when low = high then low end as shown, shown_us, heard_us
from told
join shown using (query_id, product_id)
where
    (low = high and told <> low)
    or (
        event_type in ('click', 'add_to_cart', 'purchase')
        and occurred_at_us <= shown_us + {window_us}
        and received_at_us > heard_us + {window_us}
        and (received_at_us - occurred_at_us) - (heard_us - shown_us) > {late_us}
    )
