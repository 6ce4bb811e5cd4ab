-- Distinct values far outside what other products of the category have, measured
-- values of one attribute on one scale: the base unit, or the bare number where no
-- unit is known. usual lists the usual sizes where the category has few; else it
-- is null, and low and high are the 5% and 95% quantiles: of a thousandth or a
-- thousand times of what is near the median, those of what is near, since a tenth in
-- grams among kilograms would itself be the lowest twentieth.
--
-- {min_rows} values of an attribute in a category before one is checked
-- {usual_share} of the values that are equal: a usual size, 0 to 1
-- {covered} of the values that are usual sizes: the category has few sizes, 0 to 1
-- {odd_share} of the values that are equal: too frequent for an error, 0 to 1
-- {min_ratio} of an outlier to the nearest usual value, or the inverse
-- {max_deviations} robust standard deviations on the log scale, where there are
-- many sizes
with
    magnitudes as (
        select
            category,
            key,
            text,
            is_text,
            unit,
            dimension,
            is_bare,
            coalesce(base, number) as magnitude
        from measured_values
    ),
    counts as (
        select category, key, is_bare, magnitude, count(*) as n
        from magnitudes
        group by category, key, is_bare, magnitude
    ),
    totals as (
        select category, key, is_bare, sum(n) as n_all
        from counts
        group by category, key, is_bare
        having sum(n) >= {min_rows}
    ),
    usual_sizes as (
        select
            category,
            key,
            is_bare,
            n_all,
            list(magnitude order by magnitude) as usual,
            min(magnitude) as low,
            max(magnitude) as high,
            sum(n) as n_usual
        from counts
        join totals using (category, key, is_bare)
        where n >= greatest(5, {usual_share} * n_all)
        group by category, key, is_bare, n_all
    ),
    few_sizes as (select * from usual_sizes where n_usual >= {covered} * n_all),
    many_sizes as (
        select
            s.category,
            s.key,
            s.is_bare,
            count(*) as n_all,
            median(ln(magnitude)) as median_log,
            greatest(1.4826 * mad(ln(magnitude)), 0.1) as spread_log
        from magnitudes as s
        semi join
            totals as t
            on t.category = s.category
            and t.key = s.key
            and t.is_bare = s.is_bare
        anti join
            few_sizes as d
            on d.category = s.category
            and d.key = s.key
            and d.is_bare = s.is_bare
        group by s.category, s.key, s.is_bare
    ),
    ends as (
        select
            category,
            key,
            is_bare,
            quantile_cont(magnitude, 0.05) as low,
            quantile_cont(magnitude, 0.95) as high
        from magnitudes
        join many_sizes using (category, key, is_bare)
        group by category, key, is_bare
    ),
    near_ends as (
        select
            category,
            key,
            is_bare,
            quantile_cont(magnitude, 0.05) as low,
            quantile_cont(magnitude, 0.95) as high
        from magnitudes
        join many_sizes using (category, key, is_bare)
        where abs(ln(magnitude) - median_log) <= {max_deviations} * spread_log
        group by category, key, is_bare
        having count(*) >= 0.85 * any_value(n_all)
    ),
    outliers as (
        select
            c.category,
            c.key,
            c.is_bare,
            c.magnitude,
            c.n,
            d.usual,
            d.low,
            d.high,
            d.n_all
        from counts as c
        join few_sizes as d using (category, key, is_bare)
        where
            c.n <= greatest(2, {odd_share} * d.n_all)
            and (
                c.magnitude * {min_ratio} < d.low or c.magnitude > {min_ratio} * d.high
            )
        union all
        select
            c.category,
            c.key,
            c.is_bare,
            c.magnitude,
            c.n,
            null,
            case when is_far then e.low else n.low end,
            case when is_far then e.high else n.high end,
            b.n_all
        from counts as c
        join many_sizes as b using (category, key, is_bare)
        join ends as e using (category, key, is_bare)
        left join
            near_ends as n using (category, key, is_bare),
            lateral(
                select
                    c.magnitude * {min_ratio} < e.low
                    or c.magnitude > {min_ratio} * e.high as is_far
            )
        where
            c.n <= greatest(2, {odd_share} * b.n_all)
            and abs(ln(c.magnitude) - b.median_log) > {max_deviations} * b.spread_log
            and (
                is_far
                or c.magnitude * 1000 between n.low and n.high
                or c.magnitude / 1000 between n.low and n.high
            )
    )
select distinct o.*, s.text, s.is_text, s.unit, s.dimension
from outliers as o
join
    magnitudes as s
    on s.category = o.category
    and s.key = o.key
    and s.is_bare = o.is_bare
    and s.magnitude = o.magnitude
order by o.category, o.key, s.text, s.is_text
