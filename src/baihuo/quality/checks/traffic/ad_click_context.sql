-- Clicks on ads, with shown_us (when the visitor was last shown the ad), before_us
-- (when they last clicked it), is_shown and is_repeat.
-- {repeat_us} a second click within this, not shown again in between, is a repeat, µs
with
    clicked as (select distinct visitor_id, product_id from ads where is_click),
    timed as (
        select
            *,
            max(case when not is_click then at_us end) over w as shown_us,
            max(case when is_click then at_us end) over (
                w rows between unbounded preceding and 1 preceding
            ) as before_us
        from
            (
                -- batching in clients reorders events by two seconds
                select *, at_us + case when is_click then 2000000 else 0 end as order_us
                from ads
                semi join clicked using (visitor_id, product_id)
            )
        window
            w as (
                partition by visitor_id, product_id
                order by order_us, is_click, import_id, line
            )
    )
select
    import_id,
    line,
    visitor_id,
    product_id,
    platform,
    at_us,
    shown_us,
    before_us,
    shown_us is not null as is_shown,
    coalesce(
        at_us - before_us <= {repeat_us}
        and coalesce(shown_us, 0) <= before_us + 2000000,
        false
    ) as is_repeat
from timed
where is_click
