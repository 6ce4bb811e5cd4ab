-- of clicked pairs only: when the ad was last on screen, and when it was last clicked
-- {repeat_us}
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
                select *, at_us + case when is_click then 2000000 else 0 end as slack_us
                from ads
                semi join clicked using (visitor_id, product_id)
            )
        window
            w as (
                partition by visitor_id, product_id
                order by slack_us, is_click, import_id, line
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
    ) as is_again
from timed
where is_click
