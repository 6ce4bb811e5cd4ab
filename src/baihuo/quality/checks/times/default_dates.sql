-- Dates that programs write where they have none, and that are none here: few listings
-- have the date, and no other listing was released within years of it. Old records and
-- books have neighbours.
--
-- {rows}      products: released_at_us
-- {dates}     the dates, in microseconds, with commas
-- {lonely_us} so far away no other listing was released
-- {max_share} of the listings may have the date: more, and it is how the shop writes
with
    listings as (select released_at_us from {rows} where released_at_us is not null),
    defaults as (
        select released_at_us as date, count(*) as n
        from listings
        where released_at_us in ({dates})
        group by released_at_us
    ),
    others as (
        select min(released_at_us) as first_us, max(released_at_us) as last_us
        from listings
        where released_at_us not in ({dates})
        group by floor(released_at_us / {lonely_us})
    )
select date
from defaults
where
    n <= greatest(1, {max_share} * (select count(*) from listings))
    and not exists (
        select 1
        from others
        where
            first_us between date - {lonely_us} and date + {lonely_us}
            or last_us between date - {lonely_us} and date + {lonely_us}
    )
order by date
