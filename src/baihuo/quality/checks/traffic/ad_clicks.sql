-- Clicks on ads, with before_us (when the visitor last clicked it), is_shown (to the
-- visitor, before), is_again, shown_share (of those who clicked an ad on the platform,
-- those who had been shown it; 0 to 1) and is_testable.
-- {repeat_us}       a second click within this, not shown again in between, is one, µs
-- {min_shown_share} of a platform whose log holds the ads that were shown
with
    timed as (
        select
            *,
            max(case when event_type = 'ad_impression' then occurred_at_us end) over w
            as shown_us,
            max(case when event_type = 'ad_click' then occurred_at_us end) over (
                w rows between unbounded preceding and 1 preceding
            ) as before_us
        from ads
        window
            w as (
                partition by visitor_id, product_id
                order by
                    -- batching in clients reorders events by two seconds
                    occurred_at_us
                    + case when event_type = 'ad_click' then 2000000 else 0 end,
                    event_type desc,
                    import_id,
                    line
            )
    ),
    clicks as (
        select
            * replace (coalesce(platform, '') as platform),
            shown_us is not null as is_shown,
            coalesce(
                occurred_at_us - before_us <= {repeat_us}
                and coalesce(shown_us, 0) <= before_us + 2000000,
                false
            ) as is_again
        from timed
        where event_type = 'ad_click'
    ),
    -- by visitors, so that one who invents a thousand clicks counts once
    platforms as (
        select
            platform,
            count(distinct visitor_id) filter (is_shown)
            / count(distinct visitor_id) as shown_share
        from clicks
        group by platform
    )
select *, shown_share >= {min_shown_share} as is_testable
from clicks
join platforms using (platform)
