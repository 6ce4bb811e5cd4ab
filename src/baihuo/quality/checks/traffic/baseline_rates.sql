-- One row: n_actions of the log, and how many dwells, carts, … a click has on days
-- that were not busy.
-- {min_actions} user actions of a day from which it is busy
select
    any_value(n_actions) as n_actions,
    sum(n_dwells) / nullif(sum(n_clicks), 0) as dwells_per_click,
    sum(n_carts) / nullif(sum(n_clicks), 0) as carts_per_click,
    sum(n_impressions) / nullif(sum(n_clicks), 0) as impressions_per_click,
    sum(n_clicks) / nullif(sum(n_impressions), 0) as clicks_per_impression,
    sum(n_clicks) / nullif(sum(n_searches), 0) as clicks_per_search
from (select coalesce(sum(n_hand + n_impressions), 0) as n_actions from days)
left join days on n_hand < {min_actions}
