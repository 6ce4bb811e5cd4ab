-- Zones in which a release of a platform sends its times: platform, zone (half hours).
-- So many visitors are ahead of our clock by the same half hours that a row of another
-- visitor that is ahead by exactly them needs no more proof.
-- {half_hour_us} half an hour, µs
-- {jitter_us}    how far from a whole zone an offset may be, µs
-- {group_rows}   fewer rows prove nothing; of one visitor ten count
select platform, zone
from
    (
        select
            platform,
            zone,
            visitor_id,
            count(*) filter (
                abs(offset_us - zone * {half_hour_us}) <= {jitter_us}
            ) as n_near,
            count(*) as n
        from offset_rows
        where zone between 1 and 28  -- no place on Earth is more than 14 h ahead
        group by platform, zone, visitor_id
    )
group by platform, zone
having
    sum(least(n_near, 10)) >= {group_rows}
    and count(*) filter (n_near > 0) >= 10
    and sum(n_near) >= 0.5 * sum(n)
