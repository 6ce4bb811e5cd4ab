-- One row: n_click_only, clicks of visitors who did nothing else; and browsing_share,
-- the share of what was done by hand, by visitors of three actions or more, that is of
-- those who did something other than click (0 to 1).
select
    coalesce(sum(n_clicks) filter (n = n_clicks), 0) as n_click_only,
    sum(n_hand) filter (n_hand >= 3 and n > n_clicks)
    / sum(n_hand) filter (n_hand >= 3) as browsing_share
from
    (
        select sum(n) as n, sum(n_clicks) as n_clicks, sum(n_hand) as n_hand
        from days
        group by visitor_id
    )
