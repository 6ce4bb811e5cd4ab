-- Rows that nothing came before that must have.
-- {rows}         the table
-- {where}        rows that need one before them
-- {needs}        which rows come before
-- {by}           the columns that both have in common
-- {by_present}   none of them is empty
-- {at}           the time of a row, µs
-- {tolerance_us} clients send out of order by up to so much
-- {max_share}    of the rows that may lack one: more, and what must come before is
-- not logged
with
    first_ones as (
        select {by}, min({at}) as first_us
        from {rows}
        where {by_present} and ({needs})
        group by {by}
    ),
    looked_at as (
        select import_id, line, {at} as at_us, first_us
        from {rows}
        left join first_ones using ({by})
        where {by_present} and ({where})
    ),
    early as (
        select *
        from looked_at
        where first_us is null or first_us > at_us + {tolerance_us}
    )
select
    import_id,
    line,
    null as new,
    struct_pack(first_after_ms := round((first_us - at_us) / 1000)) as detail
from early
where
    (select count(*) from early) <= {max_share} * (select count(*) from looked_at)
    and exists (select 1 from first_ones)
