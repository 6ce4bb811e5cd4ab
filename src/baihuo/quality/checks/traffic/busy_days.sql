-- Days on which an actor did much, and the days beside them: actor, day (since 1970).
-- A page is never shorter than a few impressions, so a fifth of the impressions is
-- more pages than there were.
-- {min_actions} user actions of a day from which it is busy
select distinct actor, day + unnest([-1, 0, 1]) as day
from days
where
    n_hand + divide(n_impressions, 5) >= {min_actions} or n_order_lines >= {min_actions}
