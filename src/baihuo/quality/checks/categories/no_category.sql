-- Findings: products that came without a category into a catalogue of categories.
--
-- {rows}           the products left, with category
-- {min_rows}       products with a category, before one without is noted
-- {min_share_with} of all products that have a category, 0 to 1
with bare as (select import_id, line from raw where trim(coalesce(category, '')) = '')
select
    import_id,
    line,
    'no_category' as rule,
    'note' as action,
    'category' as field,
    cast(null as varchar) as new,
    cast(null as varchar) as detail
from {rows}
semi join bare using (import_id, line)
where
    (
        select
            count(*) filter (category <> '')
            >= greatest({min_rows}, {min_share_with} * count(*))
        from {rows}
    )
