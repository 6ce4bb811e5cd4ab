-- Findings: clicks that no hand makes so fast (a result that had just come on screen),
-- and clicks and stays of products that their page did not show.
--
-- A page may have lost an impression: rows of it that came and were taken out say so.
-- A time that is ours, in place of the visitor's, says nothing about a hand.
with
    sent as materialized(
        select import_id, line, event_type, query_id, product_id, occurred_at_us
        from raw
        where query_id in (select query_id from strange_clicks)
    ),
    complete as (
        select query_id
        from sent
        where
            event_type is null
            or event_type not in (
                'search',
                'click',
                'dwell',
                'add_to_cart',
                'remove_from_cart',
                'purchase'
            )
        group by query_id
        having
            count(*) <= (
                select sum(n_rows)
                from page_profiles as p
                where p.query_id = sent.query_id
            )
    ),
    confirmed as (
        select *
        from strange_clicks
        where odd = 'not_shown' and query_id in (select query_id from complete)
        union all
        select c.*
        from strange_clicks as c
        semi join sent using (import_id, line, occurred_at_us)
        semi join
            (select * from sent where event_type = 'impression') as i
            on i.query_id = c.query_id
            and i.product_id = c.product_id
            and i.occurred_at_us = c.impression_us
        where odd = 'at_once'
    )
select
    import_id,
    line,
    case
        when odd = 'at_once' then 'contradictory_click' else 'row_against_page'
    end as rule,
    'note' as action,
    'product_id' as field,
    cast(null as varchar) as new,
    cast(
        case
            when odd = 'at_once'
            then
                to_json(
                    struct_pack(
                        whose := visitor_id,
                        query_id := query_id,
                        reason := 'it had just come on screen',
                        after_ms := round((occurred_at_us - impression_us) / 1e3)
                    )
                )
            else
                to_json(
                    struct_pack(
                        field := 'product_id',
                        old := product_id,
                        query_id := query_id,
                        shown_there := false
                    )
                )
        end as varchar
    ) as detail
from confirmed
