-- Findings: every row of a visitor whose visits begin by a timetable, day and night.
--
-- A few visits may be evenly apart by chance, a dozen are not: a person's starts are
-- within a fiftieth of a multiple of their usual distance one time in 25.
-- {rows}       events: visitor_id, occurred_at_us
-- {gap_us}     a gap without an event that parts two visits, µs
-- {min_visits} fewer visits prove nothing
-- {min_share}  of the visits begin on time, 0 to 1
with
    acts as materialized(
        select import_id, line, visitor_id, occurred_at_us
        from {rows}
        semi join suspects using (visitor_id)
    ),
    starts as (
        select
            visitor_id,
            occurred_at_us,
            occurred_at_us - lag(occurred_at_us) over w as apart_us
        from
            (
                select
                    visitor_id,
                    occurred_at_us,
                    occurred_at_us - lag(occurred_at_us) over (
                        partition by visitor_id order by occurred_at_us
                    ) as gap_us
                from acts
            )
        where gap_us is null or gap_us > {gap_us}
        window w as (partition by visitor_id order by occurred_at_us)
    ),
    usual as (
        select visitor_id, median(apart_us) as every_us
        from starts
        group by visitor_id
        having
            count(*) >= {min_visits}
            -- in each quarter of the day: nobody is awake in all of them for days
            and count(distinct divide(occurred_at_us, 21600000000) % 4) = 4
    ),
    timetables as (
        select
            visitor_id,
            any_value(every_us) as every_us,
            count(*) as n_visits,
            avg(
                case
                    when
                        abs(
                            apart_us
                            - every_us * greatest(1, round(apart_us / every_us))
                        )
                        <= 0.02 * every_us
                    then 1
                    else 0
                end
            ) as on_time
        from starts
        join usual using (visitor_id)
        where apart_us is not null
        group by visitor_id
        having on_time >= {min_share}
    )
select
    import_id,
    line,
    'bot' as rule,
    'quarantine' as action,
    cast(null as varchar) as field,
    cast(null as varchar) as new,
    cast(
        to_json(
            struct_pack(
                whose := visitor_id,
                every_hours := round(every_us / 3.6e9, 2),
                visits := n_visits + 1,
                on_time := round(on_time, 3)
            )
        ) as varchar
    ) as detail
from acts
join timetables using (visitor_id)
