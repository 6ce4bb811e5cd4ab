-- Days on which a visitor did much, and the days before and after: visitor_id, day.
-- A page is never shorter than a few impressions, so a fifth of the impressions is
-- more pages than there were.
-- {min_actions} user actions of a day from which it is busy
select distinct visitor_id, day + unnest([-1, 0, 1]) as day
from days
where n_hand + divide(n_impressions, 5) >= {min_actions} or n_carts >= {min_actions}
