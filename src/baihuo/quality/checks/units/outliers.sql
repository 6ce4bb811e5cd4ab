-- TODO: what its rows are
-- {covered}
-- {max_deviations}
-- {min_rows}
-- {odd_share}
-- {ratio}
-- {usual_share}
with
    scaled as (
        select
            shelf,
            key,
            text,
            is_text,
            unit,
            dimension,
            is_bare,
            coalesce(base, number) as v
        from numbers
    ),
    counts as (
        select shelf, key, is_bare, v, count(*) as n
        from scaled
        group by shelf, key, is_bare, v
    ),
    totals as (
        select shelf, key, is_bare, sum(n) as n_all
        from counts
        group by shelf, key, is_bare
        having sum(n) >= {min_rows}
    ),
    usual as (
        select
            shelf,
            key,
            is_bare,
            n_all,
            list(v order by v) as usual,
            min(v) as low,
            max(v) as high,
            sum(n) as n_usual
        from counts
        join totals using (shelf, key, is_bare)
        where n >= greatest(5, {usual_share} * n_all)
        group by shelf, key, is_bare, n_all
    ),
    discrete as (select * from usual where n_usual >= {covered} * n_all),
    broad as (
        select
            s.shelf,
            s.key,
            s.is_bare,
            count(*) as n_all,
            median(ln(v)) as middle,
            quantile_cont(v, 0.05) as low,
            quantile_cont(v, 0.95) as high,
            mad(ln(v)) as mad
        from scaled as s
        semi join
            totals as t on t.shelf = s.shelf and t.key = s.key and t.is_bare = s.is_bare
        anti join
            discrete as d
            on d.shelf = s.shelf
            and d.key = s.key
            and d.is_bare = s.is_bare
        group by s.shelf, s.key, s.is_bare
    ),
    odd as (
        select c.shelf, c.key, c.is_bare, c.v, c.n, d.usual, d.low, d.high, d.n_all
        from counts as c
        join discrete as d using (shelf, key, is_bare)
        where
            c.n <= greatest(2, {odd_share} * d.n_all)
            and (c.v * {ratio} < d.low or c.v > {ratio} * d.high)
        union all
        select c.shelf, c.key, c.is_bare, c.v, c.n, null, b.low, b.high, b.n_all
        from counts as c
        join broad as b using (shelf, key, is_bare)
        where
            c.n <= greatest(2, {odd_share} * b.n_all)
            and (c.v * {ratio} < b.low or c.v > {ratio} * b.high)
            and abs(ln(c.v) - b.middle)
            > {max_deviations} * greatest(1.4826 * b.mad, 0.1)
    )
select distinct o.*, s.text, s.is_text, s.unit, s.dimension
from odd as o
join
    scaled as s
    on s.shelf = o.shelf
    and s.key = o.key
    and s.is_bare = o.is_bare
    and s.v = o.v
order by o.shelf, o.key, s.text, s.is_text
