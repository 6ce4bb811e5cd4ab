-- TODO: what its rows are
select
    coalesce(sum(n_clicks + n_ad_clicks), 0) as n_clicks,
    coalesce(avg(case when looks then 1 else 0 end), 0) as looking_share
from
    (
        select
            who,
            sum(n_clicks) as n_clicks,
            sum(n_ad_clicks) as n_ad_clicks,
            sum(n_impressions + n_searches + n_dwells + n_carts + n_lines) > 0 as looks
        from days
        group by who
        having sum(n_hand) >= 3
    )
