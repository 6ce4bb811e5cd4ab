-- Distinct values far outside what other products of the category have: robust
-- standard deviations from the median, in logarithms, and beyond the middle 90%.
-- Values of one attribute are on one scale: the base unit, or the bare number where
-- no unit is known.
--
-- {min_rows}  values of an attribute in a category before one is checked
-- {odd_share} of the values that are equal: too frequent for an error, 0 to 1
-- {min_ratio} beyond the middle 90%, or the inverse
-- {max_deviations} robust standard deviations
with
    magnitudes as (select *, coalesce(base, number) as magnitude from measured_values),
    ranges as (
        select
            category,
            key,
            is_bare,
            count(*) as n_all,
            median(ln(magnitude)) as median_log,
            greatest(1.4826 * mad(ln(magnitude)), 0.1) as spread_log,
            quantile_cont(magnitude, 0.05) as low,
            quantile_cont(magnitude, 0.95) as high
        from magnitudes
        group by category, key, is_bare
        having count(*) >= {min_rows}
    )
select
    category,
    key,
    text,
    is_text,
    unit,
    dimension,
    magnitude,
    any_value(low) as low,
    any_value(high) as high,
    any_value(n_all) as n_all
from magnitudes
join ranges using (category, key, is_bare)
where
    abs(ln(magnitude) - median_log) > {max_deviations} * spread_log
    and (magnitude * {min_ratio} < low or magnitude > {min_ratio} * high)
group by category, key, text, is_text, unit, dimension, is_bare, magnitude
having count(*) <= greatest(2, {odd_share} * any_value(n_all))
order by category, key, text, is_text
