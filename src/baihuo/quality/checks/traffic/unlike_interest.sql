-- Judged clicks on ads that are too unlike organic ones, with refused_share (of the ad
-- clicks of their surface, those that are) and is_other (more than can be fraud).
-- {organic_alike}      the share of organic clicks with a score as high, at most
-- {max_honest_refused} that share, of the share of ad clicks with a score as high
-- {max_refused}        of a surface's ad clicks
with
    -- the most lenient bound that keeps both
    bound as (
        select max(organic_alike) as most
        from judged
        where
            organic_alike <= {organic_alike}
            and organic_alike <= {max_honest_refused} * ads_alike
    ),
    marked as (
        select
            *,
            count(*) filter (organic_alike <= most) over (partition by surface)
            / count(*) over (partition by surface) as refused_share
        from judged
        cross join bound
    )
select *, refused_share > {max_refused} as is_other
from marked
where organic_alike <= most
