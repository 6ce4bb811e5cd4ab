-- One row: n_clicks of visitors with three actions or more, and browsing_share, the
-- share of what they did by hand that is of visitors who also did something other than
-- click (0 to 1): not of visitors, whom a loop makes up by the thousand.
select
    coalesce(sum(n_clicks + n_ad_clicks), 0) as n_clicks,
    coalesce(
        sum(case when has_browsed then n_hand else 0 end) / sum(n_hand), 0
    ) as browsing_share
from
    (
        select
            actor,
            sum(n_clicks) as n_clicks,
            sum(n_ad_clicks) as n_ad_clicks,
            sum(n_hand) as n_hand,
            sum(n_impressions + n_searches + n_dwells + n_carts + n_order_lines)
            > 0 as has_browsed
        from days
        group by actor
        having sum(n_hand) >= 3
    )
