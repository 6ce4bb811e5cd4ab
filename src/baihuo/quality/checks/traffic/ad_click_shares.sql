-- For each platform the share of those who clicked an ad that had been shown it:
-- platform, share (0 to 1). By visitors, so that one who invents a thousand clicks
-- counts once.
select platform, avg(case when is_shown then 1 else 0 end) as share
from
    (
        select platform, visitor_id, bool_or(is_shown) as is_shown
        from clicks
        group by all
    )
group by platform
order by platform
