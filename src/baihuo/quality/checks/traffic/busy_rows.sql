-- Of the rows near busy days those on and beside days that are busy for one rule.
-- {rows}      the rows near busy days that are still there
-- {busy_days} a SELECT of actor and day
with busy_days as ({busy_days})
select near.*
from {rows}
semi join
    busy_days
    on busy_days.actor = near.actor
    and busy_days.day = divide(near.at_us, 86400000000)
